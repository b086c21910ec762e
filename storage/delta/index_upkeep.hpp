// storage/delta/index_upkeep.hpp: the entries that elements have in the indexes of a root.
//
//   I1  An element is in an index exactly if it exists, has the index's label or type, and has a
//       value under each of its keys: with one entry, made of these values and its id.
//   I2  What the tree of the base and the delta say together is I1 for the root, in every root,
//       if the index is online.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/arena.hpp"
#include "storage/delta/root.hpp"

namespace kith::storage {

// The key (K1 to K3) of an element that has the label or type; nothing: a value is missing. With
// `enough` SIZE_MAX it is whole.
std::optional<std::string> index_key_of(const Root& root, ElementKind on, std::uint64_t id,
                                        std::span<const KeyId> keys, Arena& arena,
                                        std::size_t enough = kCutKeyBytes);
// The entry of an element that has the label or type.
std::optional<std::string> index_entry_of(const Root& root, ElementKind on, std::uint64_t id,
                                          std::span<const KeyId> keys, Arena& arena);

// The entries of one element, before and after a property of it changes.
class IndexUpkeep {
 public:
  struct Change {
    const IndexDef* index;
    std::optional<std::string> before;
  };
  // The indexes that the element is in by label or type, and that have the key.
  static std::vector<Change> before(const Root& root, NodeId node, KeyId key);
  static std::vector<Change> before(const Root& root, RelationshipId relationship, KeyId key);
};

}  // namespace kith::storage
