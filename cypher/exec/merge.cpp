// cypher/exec/merge.cpp: MERGE: what matches, or else what is created; each row sees what earlier
// rows made.
#include <algorithm>

#include "cypher/exec/operators.hpp"
#include "cypher/exec/writing.hpp"

namespace kith::exec {

namespace {

class MergeOperator final : public WritingOperator {
 public:
  MergeOperator(const plan::Node& node, const plan::Merge& op, const Lowering& lowering)
      : WritingOperator(node, lowering),
        match_(lower_match(node, lowering)),
        creator_(op.create, *lowering.worker),
        on_create_(op.on_create, *lowering.worker),
        on_match_(op.on_match, *lowering.worker),
        matches_(matched_slots(node), lowering.execution(), "the matches of a MERGE") {}

 private:
  // Row by row: the match of one must see what the row before created.
  static InnerPlan lower_match(const plan::Node& node, const Lowering& lowering) {
    InnerPlan inner;
    inner.argument = std::make_unique<ArgumentRows>();
    Lowering own;
    own.worker = lowering.worker;
    own.shared = false;
    own.argument = inner.argument.get();
    inner.root = lower(*node.children.at(1), own);
    return inner;
  }

  // What the rows of the match are needed for: by the operators above, and by ON MATCH.
  static std::vector<Slot> matched_slots(const plan::Node& node) {
    return node.children.at(1)->live;
  }

  void write(const Batch& in, Batch&) override {
    for (Slot slot = 0; slot < in.columns.size(); ++slot) {
      if (in.columns[slot].is_set()) present_.push_back(slot);
    }
    for (std::uint32_t row = 0; row < in.rows; ++row) {
      worker().poll();
      merge_row(in, row);
    }
    present_.clear();
  }

  void merge_row(const Batch& in, std::uint32_t row) {
    picker_.pick(in, {&row, 1}, present_, one_);
    creator_.refuse_unmatchable(one_);
    matches_.clear();
    match_.argument->set_row(one_, 0);
    match_.root->open();
    while (match_.root->next(matched_)) matches_.add(matched_);
    if (matches_.size() == 0) {
      creator_.create(one_, made_);
      execution().changed();
      on_create_.set(made_);
      keep(made_);
      return;
    }
    while (matches_.next(matched_)) {
      add_outer();
      on_match_.set(joined_);
      keep(joined_);
    }
  }

  // The matched rows with the columns of the outer row beside them.
  void add_outer() {
    rows_.assign(matched_.rows, 0);
    outer_picker_.pick(one_, rows_, present_, joined_);
    joined_.columns.resize(std::max(joined_.columns.size(), matched_.columns.size()));
    for (Slot slot = 0; slot < matched_.columns.size(); ++slot) {
      if (matched_.columns[slot].is_set()) joined_.columns[slot] = matched_.columns[slot];
    }
  }

  InnerPlan match_;
  PatternCreator creator_;
  ItemSetter on_create_, on_match_;
  KeptRows matches_;
  std::vector<Slot> present_;
  std::vector<std::uint32_t> rows_;
  RowPicker picker_, outer_picker_;
  Batch one_, made_, matched_, joined_;
};

}  // namespace

OperatorPtr make_merge(const plan::Node& node, const plan::Merge& op, const Lowering& lowering) {
  return std::make_unique<MergeOperator>(node, op, lowering);
}

}  // namespace kith::exec
