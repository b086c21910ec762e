// storage/store.cpp: the face of an open database.
#include "storage/store.hpp"

#include "core/assert.hpp"
#include "storage/log/committer.hpp"
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

}  // namespace

std::shared_ptr<Store> Store::open(const std::string& path, StoreOptions options) {
  return std::make_shared<OpenStore>(Committer::open(path, std::move(options)));
}

}  // namespace kith::storage
