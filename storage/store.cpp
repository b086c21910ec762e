// storage/store.cpp: the face of an open database.
#include "storage/store.hpp"

#include "core/assert.hpp"
#include "core/memory_budget.hpp"
#include "storage/log/committer.hpp"
#include "storage/log/follower.hpp"
#include "storage/log/transaction.hpp"

namespace kith::storage {

namespace {

class OpenStore final : public Store {
 public:
  explicit OpenStore(std::shared_ptr<Committer> committer) : committer_(std::move(committer)) {
    KITH_ASSERT(committer_);
  }

  View snapshot() override { return View(committer_->snapshot()); }
  std::unique_ptr<Transaction> begin() override { return begin_transaction(committer_, nullptr); }
  std::unique_ptr<Transaction> begin_at(const View& seen) override {
    return begin_transaction(committer_, &seen.root());
  }

  void checkpoint() override { committer_->checkpoint(); }
  void close() override { committer_->close(); }
  const OpenReport& open_report() const override { return committer_->open_report(); }
  StoreStats stats() override { return committer_->stats(); }
  bool read_only() const override { return committer_->read_only(); }

 private:
  std::shared_ptr<Committer> committer_;  // shared: with running transactions
};

StoreOptions with_budget(StoreOptions options) {
  const std::uint64_t limit =
      options.memory_limit_bytes != 0 ? options.memory_limit_bytes : default_memory_limit();
  if (!options.budget) options.budget = std::make_shared<MemoryBudget>(limit);
  options.memory_limit_bytes = options.budget->limit();
  return options;
}

}  // namespace

std::shared_ptr<Store> Store::open(const std::string& path, StoreOptions options) {
  options = with_budget(std::move(options));
  if (options.read_only) return Follower::open(path, std::move(options));
  return std::make_shared<OpenStore>(Committer::open(path, std::move(options)));
}

}  // namespace kith::storage
