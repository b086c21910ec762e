// cypher/exec/intersect.cpp: the nodes that all of some nodes of a row lead to.
//
// Of two legs one is walked, the other held: the one whose node stays the same for more rows. Held
// lists have bits once they are used a second time; lists that are new on both sides are merged.
#include <algorithm>
#include <deque>

#include "cypher/exec/fold_ends.hpp"
#include "cypher/exec/operators.hpp"
#include "cypher/exec/readers.hpp"
#include "cypher/exec/set_kernels.hpp"

namespace kith::exec {

namespace {

class IntersectOperator final : public Streaming {
 public:
  IntersectOperator(const plan::Node& node, const plan::Intersect& op, const Lowering& lowering)
      : Streaming(lower_input(node, lowering)),
        op_(op),
        carry_(node, lowering),
        execution_(lowering.execution()),
        reserved_(execution_.budget, "the intersection of lists of neighbours") {
    KITH_ASSERT(op.legs.size() >= 2);
    froms_.resize(op.legs.size());
  }

  void open() override {
    input_->open();
    in_.rows = row_ = 0;
    common_.clear();
    given_ = 0;
    legs_ = made_.get(execution_, [this] { return make(); });
  }

  bool next(Batch& out) override {
    if (legs_ == nullptr) return false;
    rows_.clear();
    to_.reset(VectorType::Node, execution_.batch_rows);
    while (rows_.size() < execution_.batch_rows) {
      if (given_ < common_.size()) {
        to_.data<std::uint64_t>()[rows_.size()] = common_[given_++];
        rows_.push_back(row_ - 1);
        continue;
      }
      if (row_ == in_.rows) {  // a batch out never has rows of two batches in
        if (!rows_.empty()) break;
        if (!begin_batch()) return false;
        continue;
      }
      find_common(row_++);
    }
    to_.truncate(static_cast<std::uint32_t>(rows_.size()));
    picker_.pick(in_, rows_, carry_.of(in_), out);
    out.set(op_.to, to_);
    return true;
  }

 private:
  struct Leg {
    std::unique_ptr<storage::NeighbourCursor> cursor;
    NodeEnds held;
    std::optional<std::uint64_t> node = std::nullopt;  // that `held` is about
  };
  struct Legs {
    FoldAccount account;  // of the bits
    std::deque<Leg> all;
    explicit Legs(MemoryBudget& budget) : account(budget) {}
  };

  std::unique_ptr<Legs> make() {
    auto legs = std::make_unique<Legs>(execution_.budget);
    for (const auto& leg : op_.legs) {
      const auto types = find_types(execution_.view, leg.types);
      if (!types) return nullptr;
      const auto cursor = [&] {
        return std::make_unique<storage::NeighbourCursor>(execution_.view, leg.direction, *types);
      };
      legs->all.push_back(
          {cursor(), NodeEnds(cursor(), execution_.view.node_id_limit(), legs->account)});
    }
    return legs;
  }

  bool begin_batch() {
    execution_.poll();
    row_ = 0;
    common_.clear();
    given_ = 0;
    if (!input_->next(in_)) {
      in_.rows = 0;
      return false;
    }
    std::size_t most = 0;
    for (std::size_t i = 0; i < froms_.size(); ++i) {
      froms_[i].read(in_[op_.legs[i].from], in_.rows, Kind::Node, "the start of a relationship");
      const auto ids = froms_[i].ids();
      std::size_t changes = 1;
      for (std::uint32_t row = 1; row < in_.rows; ++row) changes += ids[row] != ids[row - 1];
      if (changes >= most) walked_ = i;
      most = std::max(most, changes);
    }
    reserved_.grow_to(common_.capacity() * sizeof(std::uint64_t));
    return true;
  }

  void find_common(std::uint32_t row) {
    common_.clear();
    given_ = 0;
    for (const IdColumn& from : froms_) {
      if (!from.is_valid(row)) return;
    }
    auto& legs = legs_->all;
    const std::size_t first = walked_ == 0 ? 1 : 0;  // of those that are held
    const auto walked = legs[walked_].cursor->lists(froms_[walked_].ids()[row]);
    if (walked.empty()) return;
    if (hold(first, row) || !merge(walked, first, row)) {
      for (const auto& list : walked) {
        with_ids(list, [&](auto ids) {
          legs[first].held.intersect(
              ids, [&](std::uint64_t id, Matches, Matches) { common_.push_back(id); });
        });
      }
    }
    if (walked.size() > 1) std::sort(common_.begin(), common_.end());
    common_.erase(std::unique(common_.begin(), common_.end()), common_.end());
    for (std::size_t i = first + 1; i < legs.size() && !common_.empty(); ++i) {
      if (i == walked_) continue;
      hold(i, row);
      std::erase_if(common_, [&](std::uint64_t id) { return !legs[i].held.leads_to(id); });
    }
  }

  // True: it held that node for the row before.
  bool hold(std::size_t leg, std::uint32_t row) {
    Leg& held = legs_->all[leg];
    const std::uint64_t node = froms_[leg].ids()[row];
    if (held.node == node) return true;
    held.held.enter(node);
    held.node = node;
    return false;
  }

  // False if the lists are not of the kind that the kernels take.
  bool merge(std::span<const storage::NeighbourList> walked, std::size_t leg, std::uint32_t row) {
    const bool stays = row + 1 < in_.rows && froms_[leg].ids()[row + 1] == froms_[leg].ids()[row];
    if (stays || walked.size() != 1 || walked[0].narrow == nullptr) return false;
    const auto other = legs_->all[leg].cursor->lists(froms_[leg].ids()[row]);
    if (other.empty()) return true;
    if (other.size() != 1 || other[0].narrow == nullptr) return false;
    found_.resize(std::min(walked[0].size, other[0].size) + 4);
    const std::size_t count = intersect({walked[0].narrow, walked[0].size},
                                        {other[0].narrow, other[0].size}, found_.data());
    common_.assign(found_.begin(), found_.begin() + static_cast<std::ptrdiff_t>(count));
    return true;
  }

  const plan::Intersect& op_;
  Carry carry_;
  Execution& execution_;
  Reservation reserved_;
  PerState<Legs> made_;
  Legs* legs_ = nullptr;  // null: there are no such relationships
  Batch in_;
  std::vector<IdColumn> froms_;
  std::size_t walked_ = 0;
  std::uint32_t row_ = 0;  // of in_, the next
  std::vector<std::uint64_t> common_;
  std::size_t given_ = 0;  // of common_
  std::vector<std::uint32_t> rows_, found_;
  Vector to_;
  RowPicker picker_;
};

}  // namespace

OperatorPtr make_intersect(const plan::Node& node, const plan::Intersect& op,
                           const Lowering& lowering) {
  return std::make_unique<IntersectOperator>(node, op, lowering);
}

}  // namespace kith::exec
