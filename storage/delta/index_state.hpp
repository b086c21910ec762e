// storage/delta/index_state.hpp: what a root knows of one index beside the tree of its base.
#pragma once

#include <cstdint>
#include <memory>

#include "storage/delta/index_delta.hpp"

namespace kith::storage {

struct IndexSeed;

struct IndexState {
  std::uint32_t id = 0;
  // No element had the label or type when the index was made: until there is a tree, the delta is
  // all of it.
  bool complete = false;
  IndexDelta delta;
  // What the delta says is over these entries, until there is a tree; nullptr: they are to be
  // collected. Shared: by the roots from then to the checkpoint.
  std::shared_ptr<const IndexSeed> seed = nullptr;
};

}  // namespace kith::storage
