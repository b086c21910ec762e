// cypher/exec/index_seek.cpp: nodes and relationships that an index finds, for each row of the
// input.
//
// Rows whose values cannot be looked up read all elements of the label or type (in the order of the
// index, if there is one to keep), and test the conjuncts that the index would have answered.
#include <algorithm>
#include <array>
#include <numeric>
#include <optional>
#include <utility>

#include "cypher/exec/columns.hpp"
#include "cypher/exec/operators.hpp"
#include "cypher/exec/readers.hpp"
#include "cypher/exec/seek_values.hpp"
#include "storage/cursor.hpp"
#include "storage/cursor_facts.hpp"
#include "storage/index.hpp"

namespace kith::exec {

namespace {

using Order = plan::IndexSeek::Order;

// All elements of a label or type, in order of id.
class ElementScan {
 public:
  ElementScan(const storage::View& view, storage::SchemaToken token) {
    if (token.on == storage::ElementKind::Node) {
      nodes_.emplace(view, std::vector{token.label()});
      nodes_->begin({0, view.node_id_limit()});
    } else {
      relationships_.emplace(view, token.type());
      relationships_->begin({0, view.relationship_id_limit()});
    }
  }
  std::size_t next(std::span<std::uint64_t> out) {
    if (nodes_) return nodes_->next(out);
    return relationships_->next(out, {}, {});
  }

 private:
  std::optional<storage::NodeScan> nodes_;
  std::optional<storage::RelationshipScan> relationships_;
};

class IndexSeekOperator final : public Streaming {
 public:
  IndexSeekOperator(const plan::Node& node, const plan::IndexSeek& op, const Lowering& lowering)
      : Streaming(lower_input(node, lowering)),
        op_(op),
        worker_(*lowering.worker),
        execution_(lowering.execution()),
        values_(op, worker_),
        carry_(node, lowering),
        is_node_(op.on == bound::ElementKind::Node) {
    for (const Slot slot : node.live) needs_ends_ |= !is_node_ && slot != op.element;
    needs_ends_ |= op.both_ways;
  }

  void open() override {
    input_->open();
    in_.rows = row_ = 0;
    from_ = From::Nothing;
  }

  bool next(Batch& out) override {
    while (true) {
      execution_.poll();
      rows_.clear();
      count_ = 0;
      tests_ = false;
      if (!fill()) return false;
      if (rows_.empty()) continue;
      if (needs_ends_) read_ends();
      set_elements();
      if (tests_ && !test()) continue;
      picker_.pick(in_, rows_, carry_.of(in_), out);
      show_elements(out);
      return true;
    }
  }

 private:
  // Where the elements of the present row (Lookups: of all rows of the input batch) come from.
  enum class From : std::uint8_t { Nothing, Lookups, Ranges, WholeIndex, Scan, Absent };

  std::size_t capacity() const {
    return std::max<std::size_t>(1, execution_.batch_rows / (op_.both_ways ? 2 : 1));
  }
  // Where the next ids go: some at first, more when there are many.
  std::span<std::uint64_t> room() {
    constexpr std::size_t kAtFirst = 64;
    if (count_ == ids_.size()) ids_.resize(std::min(capacity(), std::max(kAtFirst, 4 * count_)));
    return std::span(ids_).subspan(count_);
  }
  std::span<const std::uint64_t> ids() const { return std::span(ids_).first(count_); }

  // Elements for the next batch; false at the end. The batch has rows of one input batch.
  bool fill() {
    while (count_ < capacity()) {
      if (from_ == From::Nothing) {
        if (row_ == in_.rows) {
          if (!rows_.empty()) return true;
          if (!next_input()) return false;
          if (from_ == From::Lookups) continue;
        }
        begin_row();
        continue;
      }
      const bool unsure = from_ == From::WholeIndex || from_ == From::Scan;
      if (unsure && !rows_.empty() && !tests_) return true;  // these need no test
      if (!unsure && tests_ && !rows_.empty()) return true;
      tests_ = unsure;
      read();
    }
    return true;
  }

  bool next_input() {
    row_ = 0;
    in_.rows = 0;
    if (!input_->next(in_)) return false;
    values_.evaluate(in_);
    if (in_.rows == 1 || op_.with_absent) return true;
    const auto columns = values_.lookups();
    if (columns.empty()) return true;
    cursor().begin_lookups(columns, in_.rows);
    from_ = From::Lookups;
    return true;
  }

  storage::IndexCursor& cursor() {
    return *cursor_.get(execution_, [&] {
      const auto* index = execution_.view.schema().find_index(op_.index);
      // The engine runs no plan for another schema.
      KITH_ASSERT(index != nullptr);
      const bool descends = op_.order == Order::Descending;
      return std::make_unique<storage::IndexCursor>(
          execution_.view, *index,
          descends ? storage::IndexOrder::Descending : storage::IndexOrder::Ascending);
    });
  }
  storage::SchemaToken token() const {
    return execution_.view.schema().find_index(op_.index)->token;
  }

  void begin_row() {
    const auto found = values_.begin(row_);
    if (found == SeekValues::Row::Nothing) return end_row();
    if (found == SeekValues::Row::Unknown) {
      if (op_.order == Order::Any) return begin_scan(From::Scan);
      cursor().seek({});
      from_ = From::WholeIndex;
      return;
    }
    if (op_.with_absent && op_.order == Order::Descending) return begin_absent();
    next_range();
  }
  void end_row() {
    from_ = From::Nothing;
    ++row_;
  }

  void next_range() {
    from_ = From::Ranges;
    if (values_.next(range_)) return cursor().seek(range_);
    if (op_.with_absent && op_.order == Order::Ascending) return begin_absent();
    end_row();
  }
  void begin_scan(From from) {
    scan_.emplace(execution_.view, token());
    from_ = from;
  }
  // Elements that are not in the index: null comes last when ascending.
  void begin_absent() {
    from_ = From::Absent;
    if (is_node_ && all_have_key()) return end_absent();
    begin_scan(From::Absent);
  }
  // True if the segments say so: all of their nodes have the key, or none has the label.
  bool all_have_key() const {
    const storage::View& view = execution_.view;
    const auto label = view.catalog().find_label(op_.token);
    const auto key = view.catalog().find_key(op_.keys.at(0));
    if (!label || !key) return false;
    std::array<std::uint64_t, kSegmentSlots / 64> bits;
    const std::uint64_t end = (view.node_id_limit() + kSegmentSlots - 1) >> kSegmentBits;
    for (std::uint64_t segment = 0; segment < end; ++segment) {
      if (storage::nodes_with(view, *label, segment, bits) == storage::LabelShare::None) continue;
      const auto zone = storage::node_zone(view, *key, segment);
      if (!zone || zone->may_be_null) return false;
    }
    return true;
  }
  void end_absent() {
    scan_.reset();
    if (op_.order == Order::Descending) return next_range();
    end_row();
  }

  void read() {
    const std::span<std::uint64_t> out = room();
    if (from_ == From::Lookups) return read_matches(out);
    const bool from_index = from_ == From::Ranges || from_ == From::WholeIndex;
    std::size_t found = from_index ? cursor().next(out) : scan_->next(out);
    if (found == 0) return end_of_source();
    if (from_ == From::Absent) found = keep_absent(out.first(found));
    count_ += found;
    rows_.resize(count_, row_);
  }
  void read_matches(std::span<std::uint64_t> out) {
    rows_.resize(count_ + out.size());
    const std::size_t found = cursor().next_matches(out.size(), rows_.data() + count_, out.data());
    count_ += found;
    rows_.resize(count_);
    if (found != 0) return;
    from_ = From::Nothing;
    row_ = in_.rows;
  }
  void end_of_source() {
    switch (from_) {
      case From::Ranges:
        return next_range();
      case From::Absent:
        return end_absent();
      default:
        scan_.reset();
        return end_row();
    }
  }

  // Moves those without the key to the front; how many.
  std::size_t keep_absent(std::span<std::uint64_t> found) {
    if (!key_) key_.emplace(op_.keys.at(0), worker_);
    key_->read_ids(is_node_ ? Kind::Node : Kind::Relationship, found, nullptr, keys_, {});
    const Column column{&keys_, nullptr, false};
    std::size_t kept = 0;
    for (std::uint32_t i = 0; i < found.size(); ++i) {
      if (!column.valid(i)) found[kept++] = found[i];
    }
    return kept;
  }

  // ---- a batch of what was found
  void set_elements() {
    fill_ids(is_node_ ? VectorType::Node : VectorType::Relationship, ids(), elements_);
    if (!needs_ends_) return;
    fill_ids(VectorType::Node, starts_, start_vector_);
    fill_ids(VectorType::Node, ends_, end_vector_);
  }
  void show_elements(Batch& out) const {
    out.set(op_.element, elements_);
    if (!needs_ends_) return;
    out.set(op_.start, start_vector_);
    out.set(op_.end, end_vector_);
  }

  static void fill_ids(VectorType type, std::span<const std::uint64_t> ids, Vector& vector) {
    vector.reset(type, static_cast<std::uint32_t>(ids.size()));
    std::copy(ids.begin(), ids.end(), vector.data<std::uint64_t>());
  }

  void read_ends() {
    starts_.resize(count_);
    ends_.resize(count_);
    storage::read_ends(execution_.view, ids(), starts_, ends_);
    if (!op_.both_ways) return;
    // Each twice, a loop once; rows still ascend.
    const std::vector<std::uint64_t> ids(ids_.begin(),
                                         ids_.begin() + static_cast<std::ptrdiff_t>(count_));
    const std::vector<std::uint32_t> rows = std::exchange(rows_, {});
    const std::vector<std::uint64_t> starts = std::exchange(starts_, {});
    const std::vector<std::uint64_t> ends = std::exchange(ends_, {});
    ids_.clear();
    for (std::size_t i = 0; i < ids.size(); ++i) {
      const bool is_loop = starts[i] == ends[i];
      for (const bool turned : {false, true}) {
        if (turned && is_loop) continue;
        rows_.push_back(rows[i]);
        ids_.push_back(ids[i]);
        starts_.push_back(turned ? ends[i] : starts[i]);
        ends_.push_back(turned ? starts[i] : ends[i]);
      }
    }
    count_ = ids_.size();
  }

  // Keeps the elements for which the conjuncts are true; false if none is left.
  bool test() {
    if (tested_.empty()) {
      for (const auto& conjunct : op_.conjuncts) {
        tested_.push_back({Narrowed(*conjunct, worker_), conjunct->at});
      }
    }
    picker_.pick(in_, rows_, present_in(in_), whole_);
    show_elements(whole_);
    kept_.resize(rows_.size());
    std::iota(kept_.begin(), kept_.end(), 0u);
    for (Conjunct& conjunct : tested_) {
      if (kept_.empty()) return false;
      const auto left = static_cast<std::uint32_t>(kept_.size());
      truths_.resize(left);
      read_truths(conjunct.condition.evaluate(whole_, kept_), left, truths_, conjunct.at);
      std::size_t passed = 0;
      for (std::uint32_t i = 0; i < left; ++i) {
        if (truths_[i] == Truth::True) kept_[passed++] = kept_[i];
      }
      kept_.resize(passed);
    }
    if (kept_.empty()) return false;
    keep(rows_);
    keep(ids_);
    keep(starts_);
    keep(ends_);
    count_ = kept_.size();
    set_elements();
    return true;
  }
  template <class List>
  void keep(List& list) const {
    if (list.empty()) return;
    for (std::size_t i = 0; i < kept_.size(); ++i) list[i] = list[kept_[i]];
    list.resize(kept_.size());
  }

  std::span<const Slot> present_in(const Batch& batch) {
    present_.clear();
    for (Slot slot = 0; slot < batch.columns.size(); ++slot) {
      if (batch.columns[slot].is_set()) present_.push_back(slot);
    }
    return present_;
  }

  struct Conjunct {
    Narrowed condition;
    Position at;
  };

  const plan::IndexSeek& op_;
  Worker& worker_;
  Execution& execution_;
  SeekValues values_;
  Carry carry_;
  bool is_node_, needs_ends_ = false;

  Batch in_;
  std::uint32_t row_ = 0;  // of in_
  From from_ = From::Nothing;
  PerState<storage::IndexCursor> cursor_;
  storage::IndexRange range_;
  std::optional<ElementScan> scan_;
  std::optional<ElementProperty> key_;  // which elements lack it
  Vector keys_;

  std::vector<std::uint32_t> rows_;  // of in_, for each element found
  std::vector<std::uint64_t> ids_;   // the first `count_` of them
  std::size_t count_ = 0;
  std::vector<std::uint64_t> starts_, ends_;
  Vector elements_, start_vector_, end_vector_;
  RowPicker picker_;

  bool tests_ = false;  // what was found still has to be tested
  std::vector<Conjunct> tested_;
  std::vector<std::uint32_t> kept_;
  std::vector<Truth> truths_;
  std::vector<Slot> present_;
  Batch whole_;
};

}  // namespace

OperatorPtr make_index_seek(const plan::Node& node, const plan::IndexSeek& op,
                            const Lowering& lowering) {
  return std::make_unique<IndexSeekOperator>(node, op, lowering);
}

}  // namespace kith::exec
