// cypher/exec/intersect.cpp: the nodes that all of some nodes of a row lead to, with the
// relationships that lead there.
//
// Of two legs one is walked, the other held: the one whose node stays the same for more rows. The
// lists of many walked nodes are found together; a held one has bits while it is asked again and
// again. Each further leg is asked about the nodes that the first two have in common.
#include <algorithm>
#include <deque>

#include "cypher/exec/node_ties.hpp"
#include "cypher/exec/operators.hpp"
#include "cypher/exec/readers.hpp"
#include "cypher/exec/step_predicate.hpp"
#include "cypher/exec/trail.hpp"

namespace kith::exec {

namespace {

class IntersectOperator final : public Streaming {
 public:
  IntersectOperator(const plan::Node& node, const plan::Intersect& op, const Lowering& lowering)
      : Streaming(lower_input(node, lowering)),
        op_(op),
        carry_(node, lowering),
        execution_(lowering.execution()),
        predicate_(op.predicate, op.to, *lowering.worker, storage::ElementKind::Node),
        has_rules_(predicate_.is_needed()),
        reserved_(execution_.budget, "the intersection of lists of neighbours") {
    KITH_ASSERT(op.legs.size() >= 2);
    const auto is_live = [&](Slot slot) {
      return std::find(node.live.begin(), node.live.end(), slot) != node.live.end();
    };
    wants_to_ = is_live(op.to);
    for (const auto& leg : op.legs) {
      LegColumn& column =
          columns_.emplace_back(StepPredicate(leg.predicate, leg.relationship, *lowering.worker));
      column.is_wanted = is_live(leg.relationship);
      column.is_read = column.is_wanted || !leg.distinct_from.empty() || leg.predicate;
      has_rules_ |= column.predicate.is_needed();
    }
    for (std::size_t i = 0; i < op.legs.size(); ++i) keep_apart(i);
    picked_.resize(op.legs.size());
  }

  void open() override {
    input_->open();
    in_.rows = row_ = 0;
    clear_found();
    if (paid_rows_ == 0) pay_for(execution_.batch_rows);
    legs_ = made_.get(execution_, [this] { return make(); });
  }

  bool next(Batch& out) override {
    if (legs_ == nullptr) return false;
    while (given_ == rows_.size()) {
      if (row_ == in_.rows && !begin_batch()) return false;
      clear_found();
      while (row_ < in_.rows && rows_.size() < execution_.batch_rows) find_some();
    }
    give(out);
    return true;
  }

 private:
  struct Leg {
    std::unique_ptr<storage::NeighbourCursor> cursor;
    NodeTies held;
  };
  struct Legs {
    FoldAccount account;  // of the bits
    std::deque<Leg> all;
    explicit Legs(MemoryBudget& budget) : account(budget) {}
  };
  // What is known of a leg's relationships.
  struct LegColumn {
    explicit LegColumn(StepPredicate condition) : predicate(std::move(condition)) {}

    StepPredicate predicate;
    IdColumn from;
    std::size_t changes = 0;                  // of its node, in this batch
    bool is_wanted = false, is_read = false;  // by who is above; by anybody
    TrailCheck trail{{}};                     // against those of the row
    std::vector<std::size_t> siblings;        // legs before it that it must differ from
    std::vector<std::uint64_t> found;         // side by side with rows_, if it is read
    Vector given;
  };
  static constexpr std::size_t kRowsAtOnce = 256;

  void keep_apart(std::size_t leg) {
    std::vector<Slot> others;
    for (const Slot slot : op_.legs[leg].distinct_from) {
      const auto same = [&](const auto& other) { return other.relationship == slot; };
      const auto sibling = std::find_if(op_.legs.begin(), op_.legs.end(), same);
      if (sibling == op_.legs.end()) {
        others.push_back(slot);
        continue;
      }
      const auto number = static_cast<std::size_t>(sibling - op_.legs.begin());
      KITH_ASSERT(number < leg);
      columns_[leg].siblings.push_back(number);
      columns_[number].is_read = true;
    }
    columns_[leg].trail = TrailCheck(std::move(others));
    has_rules_ |= !op_.legs[leg].distinct_from.empty();
  }

  std::unique_ptr<Legs> make() {
    auto legs = std::make_unique<Legs>(execution_.budget);
    for (const auto& leg : op_.legs) {
      const auto types = find_types(execution_.view, leg.types);
      if (!types) return nullptr;
      const auto cursor = [&] {
        return std::make_unique<storage::NeighbourCursor>(execution_.view, leg.direction, *types);
      };
      legs->all.push_back(
          {cursor(), NodeTies(cursor(), execution_.view.node_id_limit(), legs->account)});
      let_pass(columns_[legs->all.size() - 1].predicate, legs->all.back().held);
    }
    return legs;
  }

  // What is held has bits only where the conditions let a relationship and its end pass.
  void let_pass(StepPredicate& predicate, NodeTies& held) {
    if (!predicate.is_needed() && !predicate_.is_needed()) return;
    held.set_keep([&](std::size_t count, std::uint64_t* nodes, std::uint64_t* relationships) {
      no_rows_.assign(count, 0);  // they read nothing of them
      count = predicate.keep(in_, count, no_rows_.data(), nodes, relationships);
      return predicate_.keep(in_, count, no_rows_.data(), relationships, nodes);
    });
  }

  bool begin_batch() {
    row_ = 0;
    if (!input_->next(in_)) {
      in_.rows = 0;
      return false;
    }
    held_.clear();
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      held_.push_back(i);
      LegColumn& column = columns_[i];
      column.from.read(in_[op_.legs[i].from], in_.rows, Kind::Node, "the start of a relationship");
      if (column.trail.is_needed()) column.trail.begin(in_);
      const auto ids = column.from.ids();
      column.changes = 1;
      for (std::uint32_t row = 1; row < in_.rows; ++row) column.changes += ids[row] != ids[row - 1];
    }
    std::stable_sort(held_.begin(), held_.end(), [&](std::size_t a, std::size_t b) {
      return columns_[a].changes < columns_[b].changes;
    });
    walked_ = held_.back();
    held_.pop_back();
    return true;
  }

  void clear_found() {
    given_ = 0;
    rows_.clear();
    nodes_.clear();
    for (LegColumn& column : columns_) column.found.clear();
  }

  // ---- finding

  // Of the next rows of the input.
  void find_some() {
    execution_.poll();
    walks_.clear();
    walk_rows_.clear();
    const auto ids = columns_[walked_].from.ids();
    for (; row_ < in_.rows && walks_.size() < rows_at_once_; ++row_) {
      if (!has_all(row_)) continue;
      walks_.push_back(ids[row_]);
      walk_rows_.push_back(row_);
    }
    const std::size_t before = rows_.size();
    legs_->all[walked_].cursor->each_list(
        walks_, [&](std::size_t place, const storage::NeighbourList& list) {
          meet(walk_rows_[place], list);
        });
    // What is found of so many rows at once should not be much more than is asked for.
    const std::size_t found = rows_.size() - before;
    if (found > execution_.batch_rows) rows_at_once_ = std::max<std::size_t>(1, rows_at_once_ / 2);
    if (found < execution_.batch_rows / 4) rows_at_once_ = std::min(kRowsAtOnce, 2 * rows_at_once_);
    if (has_rules_) keep_matches(before);
  }

  void pay_for(std::size_t rows) {
    reserved_.grow_to(rows * (2 + columns_.size()) * sizeof(std::uint64_t));
    paid_rows_ = rows;
  }

  bool has_all(std::uint32_t row) const {
    return std::all_of(columns_.begin(), columns_.end(),
                       [&](const LegColumn& column) { return column.from.is_valid(row); });
  }

  NodeTies& hold(std::size_t leg, std::uint32_t row) {
    NodeTies& held = legs_->all[leg].held;
    held.enter(columns_[leg].from.ids()[row]);
    return held;
  }

  // A list of the row's walked node, with the others.
  void meet(std::uint32_t row, const storage::NeighbourList& list) {
    const std::size_t first = held_[0];
    NodeTies& held = hold(first, row);
    const auto ids = columns_[first].from.ids();
    const bool again = row + 1 < in_.rows && ids[row + 1] == ids[row];
    const bool reads_walked = columns_[walked_].is_read, reads_first = columns_[first].is_read;
    held.intersect(list, again, [&](std::size_t item, std::size_t place) {
      if (reads_walked) picked_[walked_] = list.relationship(item);
      if (reads_first) picked_[first] = held.relationship(place);
      add(row, list.narrow != nullptr ? list.narrow[item] : list.wide[item], 1);
    });
  }

  // A node that the walked leg and the first of held_ lead to: those of the next lead there, too?
  void add(std::uint32_t row, std::uint64_t node, std::size_t next) {
    if (next < held_.size()) {
      const std::size_t leg = held_[next];
      NodeTies& held = hold(leg, row);
      const auto [begin, end] = held.leading_to(node);
      for (std::size_t place = begin; place < end; ++place) {
        if (columns_[leg].is_read) picked_[leg] = held.relationship(place);
        add(row, node, next + 1);
      }
      return;
    }
    if (rows_.size() == paid_rows_) pay_for(2 * paid_rows_);
    rows_.push_back(row);
    nodes_.push_back(node);
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      if (columns_[i].is_read) columns_[i].found.push_back(picked_[i]);
    }
  }

  // Drops what has a relationship twice, or one that does not pass, from there on.
  void keep_matches(std::size_t first) {
    const auto rows = std::span(rows_).subspan(first);
    passed_.assign(rows.size(), 1);
    for (LegColumn& column : columns_) {
      if (column.is_read) look_at(column, first, rows);
    }
    test(predicate_, rows, nodes_.data() + first);
    if (std::find(passed_.begin(), passed_.end(), 0) == passed_.end()) return;
    keep_passed(first, rows_);
    keep_passed(first, nodes_);
    for (LegColumn& column : columns_) {
      if (column.is_read) keep_passed(first, column.found);
    }
  }
  void look_at(LegColumn& column, std::size_t first, std::span<const std::uint32_t> rows) {
    const std::uint64_t* const own = column.found.data() + first;
    if (column.trail.is_needed()) column.trail.mark(rows, own, passed_.data());
    for (const std::size_t sibling : column.siblings) {
      const std::uint64_t* const other = columns_[sibling].found.data() + first;
      for (std::size_t i = 0; i < rows.size(); ++i) passed_[i] &= own[i] != other[i] ? 1 : 0;
    }
    test(column.predicate, rows, own);
  }
  void test(StepPredicate& predicate, std::span<const std::uint32_t> rows,
            const std::uint64_t* ids) {
    if (!predicate.is_needed()) return;
    const auto passed = predicate.test(in_, rows.size(), rows.data(), ids);
    for (std::size_t i = 0; i < rows.size(); ++i) passed_[i] &= passed[i];
  }
  template <class T>
  void keep_passed(std::size_t first, std::vector<T>& values) const {
    std::size_t kept = first;
    for (std::size_t i = first; i < values.size(); ++i) {
      values[kept] = values[i];
      kept += passed_[i - first];
    }
    values.resize(kept);
  }

  // ---- giving

  void give(Batch& out) {
    const std::size_t count = std::min<std::size_t>(execution_.batch_rows, rows_.size() - given_);
    picker_.pick(in_, std::span(rows_).subspan(given_, count), carry_.of(in_), out);
    if (wants_to_) give(op_.to, nodes_, VectorType::Node, count, to_, out);
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      if (!columns_[i].is_wanted) continue;
      give(op_.legs[i].relationship, columns_[i].found, VectorType::Relationship, count,
           columns_[i].given, out);
    }
    given_ += count;
  }
  void give(Slot slot, const std::vector<std::uint64_t>& ids, VectorType type, std::size_t count,
            Vector& vector, Batch& out) const {
    vector.reset(type, static_cast<std::uint32_t>(count));
    std::copy_n(ids.begin() + static_cast<std::ptrdiff_t>(given_), count,
                vector.data<std::uint64_t>());
    out.set(slot, vector);
  }

  const plan::Intersect& op_;
  Carry carry_;
  Execution& execution_;
  StepPredicate predicate_;
  bool has_rules_;  // some matches do not count
  Reservation reserved_;
  PerState<Legs> made_;
  Legs* legs_ = nullptr;  // null: there are no such relationships
  bool wants_to_ = false;
  std::deque<LegColumn> columns_;  // by leg; they stay where they are
  std::vector<std::uint8_t> passed_;
  std::vector<std::uint32_t> no_rows_;
  Batch in_;
  std::size_t walked_ = 0;
  std::vector<std::size_t> held_;  // the other legs, that which changes least first
  std::uint32_t row_ = 0;          // of in_, the next
  std::size_t rows_at_once_ = kRowsAtOnce;
  std::vector<std::uint64_t> walks_;      // of some rows the nodes that are walked from …
  std::vector<std::uint32_t> walk_rows_;  // … and the rows
  std::vector<std::uint64_t> picked_;     // by leg, while a match is made
  // Matches, of which some were given.
  std::vector<std::uint32_t> rows_;
  std::vector<std::uint64_t> nodes_;
  std::size_t given_ = 0, paid_rows_ = 0;
  Vector to_;
  RowPicker picker_;
};

}  // namespace

OperatorPtr make_intersect(const plan::Node& node, const plan::Intersect& op,
                           const Lowering& lowering) {
  return std::make_unique<IntersectOperator>(node, op, lowering);
}

}  // namespace kith::exec
