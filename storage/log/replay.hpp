// storage/log/replay.hpp: transactions of the log, applied to a root one after another.
//
// Recovery replays all there is; a reader beside a writer replays as far as the writer says.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "storage/delta/editor.hpp"
#include "storage/delta/root.hpp"

namespace kith::storage {

class Replay {
 public:
  // `root` is changed in place, for `owner`: nobody else may have it, or trees of this owner, yet.
  Replay(std::shared_ptr<Root> root, Owner owner);

  // Records without a commit of their own.
  void carry(std::string_view bytes);
  // A transaction that the root has already is skipped. StorageError("CorruptLog") if it does not
  // follow, or contradicts the root.
  void transaction(std::string_view bytes);

  const std::shared_ptr<Root>& root() const { return root_; }
  std::uint64_t position() const { return root_->position(); }
  std::uint64_t commits() const { return root_->position() - first_; }

 private:
  std::shared_ptr<Root> root_;  // shared: it becomes the one that is published
  std::uint64_t first_;
  RootEditor editor_;
};

// Of the commit that a transaction ends with; what comes before it is skipped, not decoded.
std::uint64_t position_of(std::string_view transaction);

}  // namespace kith::storage
