// cypher/exec/load_csv.cpp: LOAD CSV: a row for each row of a file, read as it is asked for.
//
// Fields are strings; one that is empty and not quoted is null. With headers a row is a map: what a
// row lacks is null, what it has beyond the headers is left out.
#include <algorithm>
#include <optional>

#include "core/csv.hpp"
#include "core/file_access.hpp"
#include "cypher/exec/columns.hpp"
#include "cypher/exec/evaluate.hpp"
#include "cypher/exec/operators.hpp"

namespace kith::exec {

namespace {

constexpr std::size_t kLongestRow = 64 * kMiB;

// One file while it is read.
class CsvFile {
 public:
  CsvFile(const FileAccess& access, std::string_view url, const plan::LoadCsv& op)
      : path_(path_of(access, url)),
        reader_(access.files->open(path_, OpenMode::ReadOnly), file_name_of(path_),
                options_of(op)) {
    if (op.headers) read_headers();
  }

  const std::string& path() const { return path_; }
  std::uint64_t line() const { return reader_.line(); }

  // The next row, in `arena`; nothing at the end.
  std::optional<Cell> next(Arena& arena, bool headers) {
    const CsvRow* fields = reader_.next();
    if (fields == nullptr) return std::nullopt;
    if (!headers) {
      cells_.clear();
      for (const CsvField& field : *fields) cells_.push_back(value_of(field, arena));
      return make_list(arena, cells_);
    }
    entries_.clear();
    for (const Header& header : headers_) {
      const bool is_there = header.column < fields->size();
      entries_.push_back(
          {header.name, is_there ? value_of((*fields)[header.column], arena) : Cell::null()});
    }
    return make_map(arena, entries_);
  }

 private:
  struct Header {
    std::string name;
    std::size_t column;
  };

  static CsvOptions options_of(const plan::LoadCsv& op) {
    CsvOptions options;
    options.delimiter = op.terminator;
    options.multiline_fields = true;
    options.backslash_escapes = true;
    options.longest_row = kLongestRow;
    return options;
  }

  static Cell value_of(const CsvField& field, Arena& arena) {
    if (field.text.empty() && !field.quoted) return Cell::null();
    return Cell::of(arena.copy(field.text));
  }

  // By name, so that maps are made of sorted entries. A column without a name has no key.
  void read_headers() {
    const CsvRow* fields = reader_.next();
    if (fields == nullptr) return;
    for (std::size_t i = 0; i < fields->size(); ++i) {
      const std::string_view name = (*fields)[i].text;
      if (!name.empty()) headers_.push_back({std::string(name), i});
    }
    std::stable_sort(headers_.begin(), headers_.end(),
                     [](const Header& a, const Header& b) { return a.name < b.name; });
    const auto twice =
        std::adjacent_find(headers_.begin(), headers_.end(),
                           [](const Header& a, const Header& b) { return a.name == b.name; });
    if (twice == headers_.end()) return;
    throw ImportError("BadCsv", file_name_of(path_) + ":" + std::to_string(line()) +
                                    ": two columns have the header '" + twice->name + "'");
  }

  std::string path_;
  CsvReader reader_;
  std::vector<Header> headers_;
  std::vector<Cell> cells_;
  std::vector<MapEntry> entries_;
};

class LoadCsvOperator final : public Streaming {
 public:
  LoadCsvOperator(const plan::Node& node, const plan::LoadCsv& op, const Lowering& lowering)
      : Streaming(lower_input(node, lowering)),
        op_(op),
        source_(compile(*op.source, *lowering.worker)),
        carry_(node, lowering),
        execution_(lowering.execution()),
        arena_(*lowering.worker) {
    const auto is_live = [&](Slot slot) {
      return std::find(node.live.begin(), node.live.end(), slot) != node.live.end();
    };
    wants_file_ = is_live(op.file);
    wants_line_ = is_live(op.line);
  }

  void open() override {
    input_->open();
    in_.rows = row_ = 0;
    file_.reset();
  }

  bool next(Batch& out) override {
    while (true) {
      execution_.poll();
      if (!file_ && !open_next()) return false;
      if (take()) break;
      file_.reset();
      ++row_;
    }
    picker_.pick(in_, rows_, carry_.of(in_), out);
    fill_narrow(cells_, values_);
    out.set(op_.slot, values_);
    if (wants_line_) {
      fill_narrow(lines_, line_values_);
      out.set(op_.line, line_values_);
    }
    if (wants_file_) {
      const Cell path = Cell::of(std::string_view(file_->path()));
      fill_narrow({&path, 1}, file_value_);
      out.set_constant(op_.file, file_value_);
    }
    return true;
  }

 private:
  // Errors of the file stand where the query names it.
  template <class Work>
  decltype(auto) reading(Work&& work) {
    const Position at = op_.source->at;
    try {
      return work();
    } catch (const ImportError& e) {
      throw ImportError(e.detail(), std::string("LOAD CSV: ") + e.what(), at);
    } catch (const StorageError& e) {
      throw ImportError("CannotRead", std::string("LOAD CSV: ") + e.what(), at);
    }
  }

  bool open_next() {
    if (row_ == in_.rows) {
      if (!input_->next(in_)) return false;
      sources_ = source_->evaluate(in_);
      row_ = 0;
    }
    const Cell source = sources_.cell(row_);
    if (source.kind != Kind::String) {
      throw TypeError(
          "InvalidArgumentType",
          "LOAD CSV needs the URL of a file, a STRING, not " +
              (source.is_null() ? std::string("null")
                                : "a value of type " + std::string(kind_name(source.kind))),
          op_.source->at);
    }
    reading([&] { file_.emplace(execution_.file_access, source.string(), op_); });
    return true;
  }

  // Rows of the file, as many as fit into a batch; false at its end.
  bool take() {
    arena_.reset();
    rows_.clear();
    cells_.clear();
    lines_.clear();
    reading([&] {
      while (rows_.size() < execution_.batch_rows) {
        const auto row = file_->next(arena_, op_.headers);
        if (!row) return;
        rows_.push_back(row_);
        cells_.push_back(*row);
        lines_.push_back(Cell::of(static_cast<std::int64_t>(file_->line())));
      }
    });
    return !rows_.empty();
  }

  const plan::LoadCsv& op_;
  EvaluatorPtr source_;
  Carry carry_;
  Execution& execution_;
  ValueArena arena_;
  bool wants_file_ = false, wants_line_ = false;
  Batch in_;
  Column sources_;
  std::uint32_t row_ = 0;  // of in_, whose file is read
  std::optional<CsvFile> file_;
  std::vector<std::uint32_t> rows_;
  std::vector<Cell> cells_, lines_;
  Vector values_, line_values_, file_value_;
  RowPicker picker_;
};

}  // namespace

OperatorPtr make_load_csv(const plan::Node& node, const plan::LoadCsv& op,
                          const Lowering& lowering) {
  return std::make_unique<LoadCsvOperator>(node, op, lowering);
}

}  // namespace kith::exec
