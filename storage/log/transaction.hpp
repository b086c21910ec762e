// storage/log/transaction.hpp: makes the Transaction of writer.hpp.
#pragma once

#include <memory>

#include "storage/log/committer.hpp"
#include "storage/writer.hpp"

namespace kith::storage {

// `seen`: nullptr, or the root that the transaction has read before.
std::unique_ptr<Transaction> begin_transaction(std::shared_ptr<Committer> committer,
                                               const Root* seen);

}  // namespace kith::storage
