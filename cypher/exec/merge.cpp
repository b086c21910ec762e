// cypher/exec/merge.cpp: MERGE: what matches, or else what is created; each row sees what earlier
// rows made. Where that comes out the same (merge_rows.hpp), a batch of rows looks first, all
// together; then what is missing is made at once.
#include <algorithm>
#include <numeric>

#include "cypher/exec/merge_rows.hpp"
#include "cypher/exec/operators.hpp"
#include "cypher/exec/writing.hpp"
#include "cypher/plan/tree.hpp"

namespace kith::exec {

namespace {

// What so many find in the graph is too much to keep at once.
constexpr std::size_t kMostFound = 64 * 1024;
// Of the memory; with more of what was made, the graph is asked for it from then on.
constexpr std::uint64_t kShareOfMade = 16;

bool has_join(const plan::Node& match) {
  bool found = false;
  plan::for_each_node(match, [&](const plan::Node& node) {
    found |= std::holds_alternative<plan::HashJoin>(node.op);
  });
  return found;
}

class MergeOperator final : public WritingOperator {
 public:
  MergeOperator(const plan::Node& node, const plan::Merge& op, const Lowering& lowering)
      : WritingOperator(node, lowering),
        merged_(merged_at_once(node, op)),
        match_(merged_ ? lower_inner(*node.children.at(1), lowering, &as_of_)
                       : lower_match(node, lowering)),
        creator_(op.create, *lowering.worker),
        on_create_(op.on_create, *lowering.worker),
        on_match_(op.on_match, *lowering.worker),
        sets_found_(!op.on_match.empty()),
        matches_(matched_slots(node), lowering.execution(), "the matches of a MERGE"),
        joins_(merged_ && has_join(*node.children.at(1))),
        equal_(lowering.execution().budget) {
    const std::vector<Slot> used = matched_slots(node);
    is_used_ = merged_ && std::find(used.begin(), used.end(), merged_->slot) != used.end();
    if (merged_) on_match_.gather();  // M2; what is made is set at once, before it is found again
  }

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

  // From here on rows see what is in the graph now.
  void begin() override {
    as_of_ = execution().changes();
    equal_.clear();
    made_ids_.clear();
  }
  void finish() override { on_match_.set_gathered(); }

  void write(const Batch& in, Batch& out) override {
    for (Slot slot = 0; slot < in.columns.size(); ++slot) {
      if (in.columns[slot].is_set()) present_.push_back(slot);
    }
    if (!joins_ || equal_.bytes() > execution().budget.limit() / kShareOfMade) begin();
    const bool at_once = match_.batched && in.rows >= kFewRows && merge_at_once(in, out);
    if (!at_once) merge_rows(in);
    present_.clear();
  }

  // All rows, or nothing: false. Then one of them may fail.
  bool merge_at_once(const Batch& in, Batch& out) {
    const std::vector<Cell>* values = creator_.values_of_one(in, merged_->either_way);
    if (values == nullptr || !find_all(in)) return false;
    const std::size_t width = values->size() / in.rows;
    known_ = equal_.places();
    makers_.clear();
    maker_of_.assign(in.rows, kNone);
    for (std::uint32_t row = 0; row < in.rows; ++row) {
      if (found_[row] != found_[row + 1]) continue;
      maker_of_[row] = equal_.place_of(std::span(*values).subspan(row * width, width));
      if (maker_of_[row] == known_ + makers_.size()) makers_.push_back(row);
    }
    if (!makers_.empty()) {
      picker_.pick(in, makers_, present_, one_);
      creator_.create(one_, made_);
      execution().changed();
      on_create_.set(made_);
      for (std::uint32_t maker = 0; maker < makers_.size(); ++maker)
        made_ids_.push_back(made_[merged_->slot].cell(maker).word);
    }
    if (sets_found_) {
      give(in, joined_, false);
      if (joined_.rows > 0) on_match_.set(joined_);
    }
    give(in, out, true);
    return true;
  }

  // What each row finds: the ids from found_[row] on, below found_[row + 1].
  bool find_all(const Batch& in) {
    ids_.clear();
    found_.assign(in.rows + 1, 0);
    match_.argument->set_all(in, match_.ordinal);
    match_.root->open();
    while (match_.root->next(matched_)) {
      worker().poll();
      if (ids_.size() + matched_.rows > kMostFound) return false;
      for (std::uint32_t i = 0; i < matched_.rows; ++i) {
        const auto row = static_cast<std::uint32_t>(matched_[match_.ordinal].cell(i).integer);
        KITH_ASSERT(row < in.rows && (ids_.empty() || row >= last_row_));
        last_row_ = row;
        ++found_[row + 1];
        ids_.push_back(is_used_ ? matched_[merged_->slot].cell(i).word : 0);
      }
    }
    std::partial_sum(found_.begin(), found_.end(), found_.begin());
    return true;
  }

  // The rows with their elements, in order: all, or those that did not make theirs.
  void give(const Batch& in, Batch& out, bool with_makers) {
    rows_.clear();
    elements_.clear();
    for (std::uint32_t row = 0; row < in.rows; ++row) {
      for (std::uint32_t i = found_[row]; i < found_[row + 1]; ++i) add(row, ids_[i]);
      const std::uint32_t maker = maker_of_[row];
      if (maker == kNone) continue;
      const bool made_it = maker >= known_ && makers_[maker - known_] == row;
      if (with_makers || !made_it) add(row, made_ids_[maker]);
    }
    Vector& vector = with_makers ? given_ : set_;
    vector.reset(merged_->type, static_cast<std::uint32_t>(elements_.size()));
    std::copy(elements_.begin(), elements_.end(), vector.data<std::uint64_t>());
    (with_makers ? given_picker_ : outer_picker_).pick(in, rows_, present_, out);
    out.columns.resize(std::max<std::size_t>(out.columns.size(), execution().slot_count));
    if (is_used_) out.set(merged_->slot, vector);
  }
  void add(std::uint32_t row, std::uint64_t element) {
    rows_.push_back(row);
    elements_.push_back(element);
  }

  // One after the other; each sees what those before it made in the graph.
  void merge_rows(const Batch& in) {
    for (std::uint32_t row = 0; row < in.rows; ++row) {
      worker().poll();
      as_of_ = execution().changes();
      merge_row(in, row);
    }
    execution().changed();
    as_of_ = execution().changes();
  }

  void merge_row(const Batch& in, std::uint32_t row) {
    picker_.pick(in, {&row, 1}, present_, one_);
    creator_.refuse_unmatchable(one_);
    matches_.clear();
    if (match_.batched) {
      match_.argument->set_all(one_, match_.ordinal);
    } else {
      match_.argument->set_row(one_, 0);
    }
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

  std::optional<MergedElement> merged_;  // if a batch may be merged at once
  std::uint64_t as_of_ = 0;              // what the match must see of the graph
  InnerPlan match_;
  PatternCreator creator_;
  ItemSetter on_create_, on_match_;
  bool sets_found_;
  KeptRows matches_;
  std::vector<Slot> present_;
  std::vector<std::uint32_t> rows_;
  bool joins_;  // M4: merged at once, by a join that keeps what the graph had at the beginning
  RowPicker picker_, outer_picker_;
  Batch one_, made_, matched_, joined_;
  // Of a batch that is merged at once.
  static constexpr std::uint32_t kNone = ~std::uint32_t{0};
  bool is_used_ = false;  // the element, by the operators above, or by what is set
  EqualRows equal_;       // what was made: of all batches if joins_, else of this one
  std::vector<std::uint64_t> made_ids_;  // by its place
  std::uint32_t known_ = 0;              // places of earlier batches
  std::vector<std::uint64_t> ids_, elements_;
  std::vector<std::uint32_t> found_;     // by row: where its ids begin in ids_
  std::vector<std::uint32_t> makers_;    // rows that make an element
  std::vector<std::uint32_t> maker_of_;  // by row: the place of what was made
  std::uint32_t last_row_ = 0;
  Vector set_, given_;
  RowPicker given_picker_;
};

}  // namespace

OperatorPtr make_merge(const plan::Node& node, const plan::Merge& op, const Lowering& lowering) {
  return std::make_unique<MergeOperator>(node, op, lowering);
}

}  // namespace kith::exec
