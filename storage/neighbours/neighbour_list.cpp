// storage/neighbours/neighbour_list.cpp: the relationships of a list, read when they are asked for.
#include "storage/neighbours/neighbour_list.hpp"

#include <algorithm>
#include <numeric>

#include "core/assert.hpp"

namespace kith::storage {

void add_relationships(AdjacencyReader& reader, std::uint64_t position, NeighbourList& list) {
  const AdjacencyHeader& header = reader.chunk().header;
  const bool is_implicit = header.relationship_width == 0;
  list.reader = is_implicit ? nullptr : &reader;
  list.first = is_implicit ? header.first_relationship + position : position;
}

NeighbourList list_of(const NeighbourSpan& span, AdjacencyReader& reader, std::uint64_t position) {
  NeighbourList list;
  list.narrow = span.narrow() ? span.neighbours32().data() : nullptr;
  list.wide = span.narrow() ? nullptr : span.neighbours64().data();
  list.size = span.count;
  add_relationships(reader, position, list);
  return list;
}

std::uint64_t NeighbourList::read_relationship(std::size_t item) const {
  KITH_ASSERT(item < size);
  return reader->relationship(first + item);
}

void NeighbourList::copy_relationships(std::uint64_t* out) const {
  if (relationships != nullptr) {
    std::copy_n(relationships, size, out);
  } else if (reader == nullptr) {
    std::iota(out, out + size, first);
  } else {
    for (std::size_t i = 0; i < size; ++i) out[i] = reader->relationship(first + i);
  }
}

}  // namespace kith::storage
