// cypher/exec/sieve.cpp: drops rows whose node has been there before.
//
// Each worker has a set of its own: what passes twice is harmless, and the first of a sequence
// passes always. If nearly everything passes, it stops asking.
#include "cypher/exec/columns.hpp"
#include "cypher/exec/node_set.hpp"
#include "cypher/exec/operators.hpp"

namespace kith::exec {

namespace {

class Sieve final : public Streaming {
 public:
  Sieve(const plan::Node& node, const plan::Sieve& op, const Lowering& lowering)
      : Streaming(lower_input(node, lowering)),
        op_(op),
        carry_(node, lowering),
        execution_(lowering.execution()),
        // Rows of several outer rows at once: each would need a set.
        is_idle_(!lowering.carried.empty()),
        reserved_(execution_.budget, "nodes seen before") {
    KITH_ASSERT(!op.exact || (op.source && !is_idle_));
  }

  void open() override {
    input_->open();
    begin_anew();
    seen_ = dropped_ = 0;
    has_source_ = false;
  }

  bool next(Batch& out) override {
    while (input_->next(in_)) {
      if (is_idle_ || (!op_.exact && seen_ > kTrial && dropped_ < seen_ / kFewDropped)) {
        carry_.pass(in_, out);
        return true;
      }
      choose();
      reserved_.grow_to(set_.bytes());
      if (kept_.empty()) continue;
      if (kept_.size() == in_.rows) {
        carry_.pass(in_, out);
      } else {
        picker_.pick(in_, kept_, carry_.of(in_), out);
      }
      return true;
    }
    return false;
  }

 private:
  static constexpr std::uint64_t kTrial = 1 << 15, kFewDropped = 16;

  void begin_anew() { set_.clear(execution_.view.node_id_limit()); }

  void choose() {
    kept_.clear();
    nodes_.read(in_[op_.node], in_.rows, Kind::Node, "the node of a pattern");
    if (op_.source) sources_.read(in_[*op_.source], in_.rows, Kind::Node, "the node of a pattern");
    for (std::uint32_t i = 0; i < in_.rows; ++i) {
      if (op_.source) follow(i);
      if (!nodes_.is_valid(i) || set_.insert(nodes_.ids()[i])) kept_.push_back(i);
    }
    seen_ += in_.rows;
    dropped_ += in_.rows - kept_.size();
  }

  void follow(std::uint32_t row) {
    const std::uint64_t source = sources_.is_valid(row) ? sources_.ids()[row] : ~std::uint64_t{0};
    if (has_source_ && source == source_) return;
    if (has_source_) begin_anew();
    has_source_ = true;
    source_ = source;
  }

  const plan::Sieve& op_;
  Carry carry_;
  Execution& execution_;
  bool is_idle_;
  NodeSet set_;
  Reservation reserved_;
  std::uint64_t seen_ = 0, dropped_ = 0;
  bool has_source_ = false;
  std::uint64_t source_ = 0;
  Batch in_;
  IdColumn nodes_, sources_;
  std::vector<std::uint32_t> kept_;
  RowPicker picker_;
};

}  // namespace

OperatorPtr make_sieve(const plan::Node& node, const plan::Sieve& op, const Lowering& lowering) {
  return std::make_unique<Sieve>(node, op, lowering);
}

}  // namespace kith::exec
