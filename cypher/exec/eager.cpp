// cypher/exec/eager.cpp: reads all of its input before it gives the first row, to all workers; or,
// before a write, to the one that writes (read_first.cpp).
//
// Spread does so to share what follows: the input is small, its rows are many pieces of work.
#include "cypher/exec/operators.hpp"
#include "cypher/exec/row_source.hpp"
#include "cypher/exec/row_store.hpp"

namespace kith::exec {

namespace {

// Rows of which not all are in memory.
struct KeptStream final : RowStream {
  KeptStream(std::size_t columns, Execution& execution)
      : store(columns, execution, "Eager"), reader(store) {}
  const Cell* next() override { return reader.next(); }
  std::uint64_t size() const override { return store.size(); }

  RowStore store;
  RowStore::Reader reader;
};

class EagerOperator final : public RowSource {
 public:
  EagerOperator(const plan::Node& node, const Lowering& lowering, OperatorPtr input,
                std::uint32_t id)
      : RowSource(node, lowering, emitted(node), id), live_(node.live), input_(std::move(input)) {}

 private:
  static std::vector<Emitted> emitted(const plan::Node& node) {
    std::vector<Emitted> columns;
    for (const Slot slot : node.live) columns.push_back({slot, columns.size()});
    return columns;
  }

  void compute(Rows& rows) override {
    auto kept = std::make_unique<KeptStream>(live_.size(), execution());
    input_->open();
    Batch in(execution().slot_count);
    std::vector<Column> columns;
    while (input_->next(in)) {
      columns.clear();
      for (const Slot slot : live_) columns.push_back(in[slot]);
      kept->store.append(columns, in.rows);
    }
    kept->store.finish();
    if (kept->store.has_spilled()) {
      rows.stream = std::move(kept);
      rows.width = live_.size();
      return;
    }
    rows.owners.push_back(std::make_unique<RowBuffer>(std::move(kept->store.rows())));
    rows.order = std::move(rows.owners[0]->pointers());
  }

  std::vector<Slot> live_;
  OperatorPtr input_;
};

}  // namespace

OperatorPtr make_eager(const plan::Node& node, const Lowering& lowering) {
  if (!lowering.shared) return make_read_first(node, lowering);
  return std::make_unique<EagerOperator>(node, lowering, lower_input(node, lowering), node.id);
}

OperatorPtr make_spread(const plan::Node& node, const Lowering& lowering) {
  Lowering own = lowering;
  own.shared = false;
  constexpr std::uint32_t kSpread = 1u << 31;  // no plan node has such a number
  return std::make_unique<EagerOperator>(node, lowering, lower(node, own), node.id | kSpread);
}

}  // namespace kith::exec
