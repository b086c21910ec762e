// storage/delta/lists_of_many.hpp: the relationships in lists of many nodes, for one who removes
// them: what nodes of a segment share is looked up once.
//
// They come in parts, since a hub's may be more than fit into memory. Between two parts the root
// may change, by what was given being removed and nothing else, and its base with it.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "storage/delta/lookup.hpp"

namespace kith::storage {

class ListsOfMany {
 public:
  // Nodes ascending, each once; Out or In. They stay where they are.
  ListsOfMany(std::span<const NodeId> nodes, Direction direction)
      : nodes_(nodes), direction_(direction) {}

  // The next part: by type, of a type ascending by id. About `most`, and no more than the shorter
  // lists of a segment beyond. False: that was all.
  bool next(const Root& root, std::size_t most, std::vector<Relationship>& found);

 private:
  void begin_segment(const Root& root);
  void gather(const Root& root, std::size_t most, std::vector<Relationship>& found);
  Relationship relationship(NodeId node, std::uint64_t neighbour, std::uint64_t id) const;

  const std::span<const NodeId> nodes_;
  const Direction direction_;
  std::size_t begin_ = 0, end_ = 0;  // those of a segment
  std::vector<TypeId> types_;        // that its lists have
  std::size_t type_ = 0;             // of them
  std::size_t at_ = 0;               // of the nodes
  std::optional<ListParts> parts_;   // of the list of node `at_`, if it is long or has changes
  std::vector<Neighbour> edges_;
  std::vector<Relationship> scratch_;
  ExistingRelationships existing_;
};

}  // namespace kith::storage
