// cypher/exec/expand.cpp: the relationships of a node, and where they lead.
//
// What the input has is carried along by index. Neither neighbours nor relationships are written
// where nobody needs them.
#include <algorithm>

#include "cypher/exec/operators.hpp"
#include "cypher/exec/readers.hpp"
#include "cypher/exec/ties_between.hpp"
#include "cypher/exec/trail.hpp"
#include "storage/cursor.hpp"

namespace kith::exec {

namespace {

bool is_live(const plan::Node& node, Slot slot) {
  return std::find(node.live.begin(), node.live.end(), slot) != node.live.end();
}

class ExpandOperator final : public Streaming {
 public:
  ExpandOperator(const plan::Node& node, const plan::Expand& op, const Lowering& lowering)
      : Streaming(lower_input(node, lowering)),
        op_(op),
        trail_(op.distinct_from),
        carry_(node, lowering),
        execution_(lowering.execution()),
        wants_to_(!op.into && is_live(node, op.to)),
        wants_relationship_(is_live(node, op.relationship)) {}

  void open() override {
    input_->open();
    expanding_ = false;
    auto make = [this]() -> std::unique_ptr<storage::NeighbourCursor> {
      auto types = find_types(execution_.view, op_.types);
      if (!types) return nullptr;
      return std::make_unique<storage::NeighbourCursor>(execution_.view, op_.direction,
                                                        std::move(*types));
    };
    neighbours_ = cursor_.get(execution_, make);
    held_ = nullptr;
  }

  bool next(Batch& out) override {
    if (neighbours_ == nullptr) return false;
    while (true) {
      execution_.poll();
      if (!expanding_ && !begin_batch()) return false;
      const std::size_t count = step();
      if (count == 0) continue;
      picker_.pick(in_, {rows_.data(), count}, carry_.of(in_), out);
      const auto filled = static_cast<std::uint32_t>(count);
      if (wants_to_) {
        to_.truncate(filled);
        out.set(op_.to, to_);
      }
      if (wants_relationship_) {
        relationships_.truncate(filled);
        out.set(op_.relationship, relationships_);
      }
      return true;
    }
  }

 private:
  bool begin_batch() {
    if (!input_->next(in_)) return false;
    expanding_ = true;
    from_.read(in_[op_.from], in_.rows, Kind::Node, "the start of a relationship");
    if (trail_.is_needed()) trail_.begin(in_);
    if (!op_.into) {
      neighbours_->begin(from_.ids(), from_.valid());
      return true;
    }
    others_.read(in_[op_.to], in_.rows, Kind::Node, "the end of a relationship");
    begin_between();
    return true;
  }

  // Where an end is null there is no match: the cursor gets only the rows that have both.
  void begin_between() {
    mapped_ = from_.valid() != nullptr || others_.valid() != nullptr;
    if (!mapped_) return begin_between(from_.ids(), others_.ids());
    map_.clear();
    map_from_.clear();
    map_to_.clear();
    for (std::uint32_t i = 0; i < in_.rows; ++i) {
      if (!from_.is_valid(i) || !others_.is_valid(i)) continue;
      map_.push_back(i);
      map_from_.push_back(from_.ids()[i]);
      map_to_.push_back(others_.ids()[i]);
    }
    begin_between(map_from_, map_to_);
  }

  void begin_between(std::span<const std::uint64_t> nodes, std::span<const std::uint64_t> others) {
    held_ = nullptr;
    if (TiesBetween::has_long_runs(nodes, others)) {
      held_ = ties_.get(execution_, [this] {
        return std::make_unique<TiesBetween>(execution_.view, op_.direction,
                                             *find_types(execution_.view, op_.types),
                                             execution_.budget);
      });
      held_->begin(nodes, others);
    } else {
      neighbours_->begin_between(nodes, others);
    }
  }

  // The next matches into rows_, to_ and relationships_; fewer than the cursor gave, or none, if
  // the trail rule forbids them.
  std::size_t step() {
    const std::uint32_t capacity = execution_.batch_rows;
    rows_.resize(capacity);
    std::uint64_t* to = nullptr;
    std::uint64_t* relationships = nullptr;
    if (wants_to_) {
      to_.reset(VectorType::Node, capacity);
      to = to_.data<std::uint64_t>();
    }
    if (wants_relationship_ || trail_.is_needed()) {
      relationships_.reset(VectorType::Relationship, capacity);
      relationships = relationships_.data<std::uint64_t>();
    }
    const std::size_t count = held_ != nullptr
                                  ? held_->next(capacity, rows_.data(), relationships)
                                  : neighbours_->next(capacity, rows_.data(), to, relationships);
    expanding_ = count != 0;
    if (op_.into && mapped_) {
      for (std::size_t i = 0; i < count; ++i) rows_[i] = map_[rows_[i]];
    }
    if (!trail_.is_needed()) return count;
    return trail_.keep_new(count, rows_.data(), to, relationships);
  }

  const plan::Expand& op_;
  TrailCheck trail_;
  Carry carry_;
  Execution& execution_;
  bool wants_to_, wants_relationship_;
  PerState<storage::NeighbourCursor> cursor_;
  storage::NeighbourCursor* neighbours_ = nullptr;  // nullptr: none of the types exists
  Batch in_;
  bool expanding_ = false;  // in_ has more matches
  bool mapped_ = false;     // rows of the cursor are numbers into map_
  PerState<TiesBetween> ties_;
  TiesBetween* held_ = nullptr;  // in the place of the cursor
  IdColumn from_, others_;
  std::vector<std::uint32_t> rows_, map_;
  std::vector<std::uint64_t> map_from_, map_to_;
  Vector to_, relationships_;
  RowPicker picker_;
};

}  // namespace

OperatorPtr make_expand(const plan::Node& node, const plan::Expand& op, const Lowering& lowering) {
  return std::make_unique<ExpandOperator>(node, op, lowering);
}

}  // namespace kith::exec
