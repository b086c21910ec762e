// cypher/exec/evaluate_property.cpp: subject.key, subject[index], list[from..to].
//
// Columns of nodes and relationships are read a batch at a time; in columns of mixed values the
// nodes and relationships are gathered first.
#include <algorithm>
#include <optional>
#include <string>

#include "core/temporal.hpp"
#include "cypher/exec/evaluate.hpp"
#include "cypher/exec/readers.hpp"

namespace kith::exec {

namespace {

bool has_parts(Kind kind) { return is_temporal(kind) || kind == Kind::Point; }

Cell part_of(const Cell& value, std::string_view name, Arena& arena, Position at) {
  bool known = false;
  const Cell part = at_position(at, [&] { return temporal_property(value, name, arena, known); });
  if (known) return part;
  throw QueryError(
      "ArgumentError", "InvalidPropertyName",
      "a " + std::string(kind_name(value.kind)) + " has no '" + std::string(name) + "'", at);
}

class PropertyEvaluator final : public Evaluator {
 public:
  PropertyEvaluator(const bound::Property& node, Position at, Worker& worker)
      : subject_(compile(*node.subject, worker)),
        key_(node.key),
        at_(at),
        part_(CalendarPart::named(node.key)),
        property_(node.key, worker),
        arena_(worker) {}

  Column evaluate(const Batch& batch) override {
    const Column subject = subject_->evaluate(batch);
    const VectorType type = subject.vector->type();
    if (type == VectorType::Node || type == VectorType::Relationship) {
      return property_.read(subject, batch.rows, at_);
    }
    const std::uint32_t rows = subject.constant ? 1 : batch.rows;
    if (part_ && type == VectorType::Any && read_parts(subject, rows)) {
      return {&out_, nullptr, subject.constant};
    }
    arena_.reset();
    cells_.assign(rows, Cell::null());
    for (auto& elements : elements_) elements.clear();
    for (std::uint32_t i = 0; i < rows; ++i) one(subject.cell(i), i);
    if (!elements_[0].rows.empty()) read_elements(elements_[0], Kind::Node);
    if (!elements_[1].rows.empty()) read_elements(elements_[1], Kind::Relationship);
    fill_narrow(cells_, out_);
    return {&out_, nullptr, subject.constant};
  }

 private:
  struct Elements {
    std::vector<std::uint32_t> rows;
    std::vector<std::uint64_t> ids;
    Vector values;
    void clear() { rows.clear(), ids.clear(); }
  };

  // Of dates and times alone. False if some are others.
  bool read_parts(const Column& subject, std::uint32_t rows) {
    constexpr std::uint32_t kMany = 256;
    if (rows >= kMany) part_->expect_many();
    const Cell* values = subject.vector->data<Cell>();
    out_.reset(VectorType::Integer, rows);
    auto* out = out_.data<std::int64_t>();
    for (std::uint32_t i = 0; i < rows; ++i) {
      const Cell& value = values[subject.at(i)];
      if (part_->read(value, out[i])) continue;
      if (!value.is_null()) return false;
      out[i] = 0;
      out_.set_null(i);
    }
    return true;
  }

  void one(const Cell& subject, std::uint32_t row) {
    if (subject.is_null()) return;
    if (subject.kind == Kind::Map) {
      if (const Cell* found = find_in_map(subject, key_)) cells_[row] = *found;
      return;
    }
    if (subject.kind == Kind::Node || subject.kind == Kind::Relationship) {
      Elements& elements = elements_[subject.kind == Kind::Node ? 0 : 1];
      elements.rows.push_back(row);
      elements.ids.push_back(subject.word);
      return;
    }
    if (has_parts(subject.kind)) {
      cells_[row] = part_of(subject, key_, arena_, at_);
      return;
    }
    throw TypeError("InvalidArgumentType",
                    "a value of type " + std::string(kind_name(subject.kind)) +
                        " has no properties: '" + key_ + "'",
                    at_);
  }

  void read_elements(Elements& elements, Kind kind) {
    property_.read_ids(kind, elements.ids, nullptr, elements.values, at_);
    for (std::uint32_t i = 0; i < elements.rows.size(); ++i) {
      cells_[elements.rows[i]] = elements.values.cell(i);
    }
  }

  EvaluatorPtr subject_;
  std::string key_;
  Position at_;
  std::optional<CalendarPart> part_;
  ElementProperty property_;
  Elements elements_[2];  // nodes, relationships among mixed values
  std::vector<Cell> cells_;
  ValueArena arena_;
  Vector out_;
};

// subject[index]: an element of a list, a value of a map, a property by a computed name.
class IndexEvaluator final : public Evaluator {
 public:
  IndexEvaluator(EvaluatorPtr subject, EvaluatorPtr index, Position at, Worker& worker)
      : subject_(std::move(subject)),
        index_(std::move(index)),
        at_(at),
        worker_(worker),
        arena_(worker) {}

  Column evaluate(const Batch& batch) override {
    const Column subject = subject_->evaluate(batch);
    const Column index = index_->evaluate(batch);
    const bool constant = subject.constant && index.constant;
    const std::uint32_t rows = constant ? 1 : batch.rows;
    arena_.reset();
    cells_.resize(rows);
    for (std::uint32_t i = 0; i < rows; ++i) cells_[i] = one(subject.cell(i), index.cell(i));
    fill_narrow(cells_, out_);
    return {&out_, nullptr, constant};
  }

 private:
  Cell one(const Cell& subject, const Cell& index) {
    if (subject.is_null()) return subject;
    switch (subject.kind) {
      case Kind::List:
        return item_of(subject.items(), index);
      case Kind::Map:
        return value_of(subject, index);
      case Kind::Node:
      case Kind::Relationship:
        return property_of(subject, index);
      default:
        break;
    }
    if (has_parts(subject.kind) && index.kind == Kind::String) {
      return part_of(subject, index.string(), arena_, at_);
    }
    throw TypeError("InvalidArgumentType",
                    "a value of type " + std::string(kind_name(subject.kind)) +
                        " cannot be indexed: [] needs a LIST, a MAP, a NODE or a RELATIONSHIP",
                    at_);
  }

  Cell item_of(std::span<const Cell> items, const Cell& index) const {
    if (index.is_null()) return index;
    if (index.kind != Kind::Integer) {
      throw TypeError(
          "InvalidArgumentType",
          "a LIST is indexed by an INTEGER, not a " + std::string(kind_name(index.kind)), at_);
    }
    const auto size = static_cast<std::int64_t>(items.size());
    const std::int64_t at = index.integer < 0 ? index.integer + size : index.integer;
    return at < 0 || at >= size ? Cell::null() : items[static_cast<std::size_t>(at)];
  }

  std::string_view name_of(const Cell& index) const {
    if (index.kind != Kind::String) {
      throw TypeError("MapElementAccessByNonString",
                      "a key must be a STRING, not a " + std::string(kind_name(index.kind)), at_);
    }
    return index.string();
  }

  Cell value_of(const Cell& map, const Cell& index) const {
    if (index.is_null()) return index;
    const Cell* found = find_in_map(map, name_of(index));
    return found == nullptr ? Cell::null() : *found;
  }

  Cell property_of(const Cell& element, const Cell& index) {
    if (index.is_null()) return index;
    check_alive(worker_, element, at_);
    const auto& view = worker_.view();
    const auto key = view.catalog().find_key(name_of(index));
    if (!key) return Cell::null();
    if (element.kind == Kind::Node) return view.property(element.node(), *key, arena_);
    return view.property(element.relationship(), *key, arena_);
  }

  EvaluatorPtr subject_, index_;
  Position at_;
  Worker& worker_;
  std::vector<Cell> cells_;
  ValueArena arena_;
  Vector out_;
};

class SliceEvaluator final : public Evaluator {
 public:
  SliceEvaluator(EvaluatorPtr subject, EvaluatorPtr from, EvaluatorPtr to, Position at,
                 Worker& worker)
      : subject_(std::move(subject)),
        from_(std::move(from)),
        to_(std::move(to)),
        at_(at),
        arena_(worker) {}

  Column evaluate(const Batch& batch) override {
    const Column subject = subject_->evaluate(batch);
    const Column from = from_ ? from_->evaluate(batch) : Column{};
    const Column to = to_ ? to_->evaluate(batch) : Column{};
    arena_.reset();
    out_.reset(VectorType::Any, batch.rows);
    for (std::uint32_t i = 0; i < batch.rows; ++i) {
      const Cell begin = from_ ? from.cell(i) : Cell::of(std::int64_t{0});
      const Cell end = to_ ? to.cell(i) : Cell::of(std::int64_t{INT64_MAX});
      out_.data<Cell>()[i] = one(subject.cell(i), begin, end);
    }
    return {&out_, nullptr, false};
  }

 private:
  std::int64_t bound_of(const Cell& cell) const {
    if (cell.kind == Kind::Integer) return cell.integer;
    throw TypeError("InvalidArgumentType",
                    "a slice is bounded by INTEGERs, not a " + std::string(kind_name(cell.kind)),
                    at_);
  }

  Cell one(const Cell& subject, const Cell& from, const Cell& to) {
    if (subject.is_null() || from.is_null() || to.is_null()) return Cell::null();
    if (subject.kind != Kind::List) {
      throw TypeError("InvalidArgumentType",
                      "only a LIST can be sliced, not a " + std::string(kind_name(subject.kind)),
                      at_);
    }
    const auto items = subject.items();
    const auto size = static_cast<std::int64_t>(items.size());
    const auto clamp = [size](std::int64_t at) {
      return std::clamp<std::int64_t>(at < 0 ? at + size : at, 0, size);
    };
    const std::int64_t begin = clamp(bound_of(from));
    const std::int64_t end = std::max(begin, clamp(bound_of(to)));
    return make_list(arena_, items.subspan(static_cast<std::size_t>(begin),
                                           static_cast<std::size_t>(end - begin)));
  }

  EvaluatorPtr subject_, from_, to_;
  Position at_;
  ValueArena arena_;
  Vector out_;
};

}  // namespace

EvaluatorPtr compile_property(const bound::Property& node, Position at, Worker& worker) {
  return std::make_unique<PropertyEvaluator>(node, at, worker);
}

EvaluatorPtr compile_index(const bound::Index& node, Position at, Worker& worker) {
  return std::make_unique<IndexEvaluator>(compile(*node.subject, worker),
                                          compile(*node.index, worker), at, worker);
}

EvaluatorPtr compile_slice(const bound::Slice& node, Position at, Worker& worker) {
  return std::make_unique<SliceEvaluator>(
      compile(*node.subject, worker), node.from ? compile(*node.from, worker) : nullptr,
      node.to ? compile(*node.to, worker) : nullptr, at, worker);
}

}  // namespace kith::exec
