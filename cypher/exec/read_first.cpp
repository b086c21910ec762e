// cypher/exec/read_first.cpp: all rows that a write is for, read before it writes the first.
//
// Until then the graph is as it was, so all workers may read it. Each puts its rows aside; they are
// given in the order of their morsels, as if one had read them all.
#include <algorithm>
#include <optional>

#include "cypher/exec/kept_rows.hpp"
#include "cypher/exec/operators.hpp"
#include "cypher/exec/pipeline.hpp"
#include "cypher/exec/writing.hpp"

namespace kith::exec {

namespace {

class ReadFirstOperator final : public Operator {
 public:
  ReadFirstOperator(const plan::Node& input, std::vector<Slot> slots, Worker& worker)
      : slots_(std::move(slots)), execution_(worker.execution()) {
    Lowering lowering;
    lowering.worker = &worker;
    pipelines_.emplace(input, lowering);
  }

  void open() override {
    KITH_ASSERT(pipelines_ && lanes_.empty());  // a statement's first write is opened once
    pipelines_->open();
    for (std::uint32_t i = 0; i < pipelines_->workers(); ++i)
      lanes_.push_back(std::make_unique<Lane>(slots_, execution_));
    pipelines_->drain([this](std::uint32_t worker, const Batch& batch) {
      Lane& lane = *lanes_[worker];
      if (lane.parts.empty() || lane.parts.back().sequence != batch.sequence)
        lane.parts.push_back({batch.sequence, worker, 0});
      lane.parts.back().rows += batch.rows;
      lane.rows.add(batch);
    });
    pipelines_.reset();  // what it keeps, and its pins, are needed no more
    order_parts();
  }

  bool next(Batch& out) override {
    if (at_ == parts_.size()) return false;
    Part& part = parts_[at_];
    const bool more = lanes_[part.worker]->rows.next(out, part.rows);
    KITH_ASSERT(more && out.rows <= part.rows);
    part.rows -= out.rows;
    if (part.rows == 0) ++at_;
    out.sequence = batches_++;
    return true;
  }

 private:
  struct Part {  // rows of a morsel, or of several that follow one another
    std::uint64_t sequence;
    std::uint32_t worker;
    std::uint64_t rows;
  };
  struct Lane {  // one worker's
    Lane(const std::vector<Slot>& slots, Execution& execution)
        : rows(slots, execution, "the rows before a write") {}
    KeptRows rows;
    std::vector<Part> parts;
  };

  // A worker's own parts are in order (E3), so its rows are read from the first to the last.
  void order_parts() {
    std::vector<Part> all;
    for (const auto& lane : lanes_) all.insert(all.end(), lane->parts.begin(), lane->parts.end());
    std::stable_sort(all.begin(), all.end(),
                     [](const Part& a, const Part& b) { return a.sequence < b.sequence; });
    for (const Part& part : all) {
      if (parts_.empty() || parts_.back().worker != part.worker) {
        parts_.push_back(part);
      } else {
        parts_.back().rows += part.rows;
      }
    }
  }

  std::vector<Slot> slots_;
  Execution& execution_;
  std::optional<Pipelines> pipelines_;
  std::vector<std::unique_ptr<Lane>> lanes_;
  std::vector<Part> parts_;  // in the order of their rows
  std::size_t at_ = 0;
  std::uint64_t batches_ = 0;
};

// Nothing that workers could share.
bool begins_with_one_row(const plan::Node& node) {
  if (node.children.empty()) return std::holds_alternative<plan::Unit>(node.op);
  if (std::holds_alternative<plan::Unwind>(node.op)) return false;
  return node.children.size() == 1 && begins_with_one_row(*node.children[0]);
}

}  // namespace

OperatorPtr make_read_first(const plan::Node& reader, const Lowering& lowering) {
  const plan::Node& input = *reader.children.at(0);
  Execution& execution = lowering.execution();
  const bool is_eager = std::holds_alternative<plan::Eager>(reader.op);
  const std::vector<Slot>& slots = is_eager ? reader.live : input.live;
  const bool alone = execution.transaction == nullptr || execution.threads < 2 ||
                     lowering.argument != nullptr || begins_with_one_row(input) || writes(input);
  if (alone) return make_drained(lower_input(reader, lowering), slots, execution);
  return std::make_unique<ReadFirstOperator>(input, slots, *lowering.worker);
}

}  // namespace kith::exec
