// storage/cursor.hpp: reading a View a batch at a time.
//
// Cursors are not thread-safe; cursors of one view may run on different threads. Each reads the
// base (pinned blocks) and patches what the delta changed; for a segment without a delta, which is
// nearly all of them, the inner loop is over the raw arrays. Ids are given and returned as plain
// uint64_t arrays, the form that vectors of nodes and relationships have.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <type_traits>
#include <vector>

#include "core/id.hpp"
#include "core/vector.hpp"
#include "storage/degree_factor.hpp"
#include "storage/schema.hpp"  // ElementKind
#include "storage/view.hpp"

namespace kith::storage {

class AdjacencyReader;

// Half-open range of ids.
struct IdRange {
  std::uint64_t begin = 0, end = 0;
};

// Cuts all nodes (or those of the segments where `label` occurs) into ranges of about `target`
// units of work, not dependent on the number of threads. With `weigh` a node's work is 1 + its
// degree over `types` in `direction` (from CSR offsets); without it, 1.
struct MorselOptions {
  std::optional<LabelId> label;
  bool weigh = false;
  Direction direction = Direction::Out;
  std::vector<TypeId> types;  // empty: all
  std::uint64_t target = 16 * kBatchRows;
};
std::vector<IdRange> node_morsels(const View& view, const MorselOptions& options);
// Ranges of relationship ids; with a type, only segments of that type.
std::vector<IdRange> relationship_morsels(const View& view, std::optional<TypeId> type,
                                          std::uint64_t target);

// The nodes of a range, ascending, that have all of `labels`.
class NodeScan {
 public:
  NodeScan(View view, std::vector<LabelId> labels);
  ~NodeScan();
  void begin(IdRange range);
  // Fills `out` with at most out.size() ids; the count, 0 at the end.
  std::size_t next(std::span<std::uint64_t> out);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// The relationships of a range, ascending.
class RelationshipScan {
 public:
  RelationshipScan(View view, std::optional<TypeId> type);
  ~RelationshipScan();
  void begin(IdRange range);
  // All spans have the same size, but for those of ends that nobody asks for: they are empty.
  std::size_t next(std::span<std::uint64_t> ids, std::span<std::uint64_t> starts,
                   std::span<std::uint64_t> ends);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Neighbours in ascending order, as often as there are relationships to them, in the one or the
// other width.
struct NeighbourList {
  const std::uint32_t* narrow = nullptr;
  const std::uint64_t* wide = nullptr;
  std::size_t size = 0;
  // Their relationships: copies, or those of a chunk of the base from this position on, or the ids
  // from this one on.
  const std::uint64_t* relationships = nullptr;
  AdjacencyReader* reader = nullptr;
  std::uint64_t first = 0;

  std::uint64_t relationship(std::size_t item) const {
    if (relationships != nullptr) return relationships[item];
    return reader == nullptr ? first + item : read_relationship(item);
  }
  void copy_relationships(std::uint64_t* out) const;  // of all items

 private:
  std::uint64_t read_relationship(std::size_t item) const;
};

// The relationships of many nodes. In direction Both a self-loop appears once.
class NeighbourCursor {
 public:
  NeighbourCursor(View view, Direction direction, std::vector<TypeId> types /* empty: all */);
  ~NeighbourCursor();

  // Expands nodes[0 …]; the span stays valid until the end. A node id that does not exist has no
  // neighbours. `valid`: one byte a row, or nullptr for all valid.
  void begin(std::span<const std::uint64_t> nodes, const std::uint8_t* valid = nullptr);
  // The same, but only relationships whose other end is others[i].
  void begin_between(std::span<const std::uint64_t> nodes, std::span<const std::uint64_t> others);

  // Writes the next matches, at most `limit`: the row in `nodes`, the neighbour, the relationship
  // (`neighbours` or `relationships` may be nullptr where not needed). Rows ascend. 0 at the end.
  std::size_t next(std::size_t limit, std::uint32_t* rows, std::uint64_t* neighbours,
                   std::uint64_t* relationships);

  // The number of relationships of each node, without enumerating where the base has no delta. An
  // expansion that was begun is over.
  void degrees(std::span<const std::uint64_t> nodes, std::span<std::uint64_t> out);

  // products[i], below 2^32, is multiplied by what `factor` makes of the degree of the node
  // `first` + i; one that would be too large becomes the largest number. Returns the bits that any
  // product has then.
  std::uint64_t multiply_degrees(std::uint64_t first, DegreeFactor factor,
                                 std::span<std::uint64_t> products);

  // One node's neighbours, where they lie: one list for each type and direction, more or less.
  // Valid until the next call of anything here; an expansion that was begun is over.
  std::span<const NeighbourList> lists(std::uint64_t node);
  // The same of many nodes: calls see(place in `nodes`, list), nodes in their order, lists that are
  // not empty; a long one piece by piece. A list is valid during the call, in which nothing of this
  // cursor may be called.
  template <class See>
  void each_list(std::span<const std::uint64_t> nodes, See&& see) {
    const auto call = [](void* to, std::size_t place, const NeighbourList& list) {
      (*static_cast<std::remove_reference_t<See>*>(to))(place, list);
    };
    each_list(nodes, call, &see);
  }

 private:
  using SeeList = void (*)(void*, std::size_t, const NeighbourList&);
  void each_list(std::span<const std::uint64_t> nodes, SeeList see, void* to);

  struct State;
  std::unique_ptr<State> state_;
};

// One property of many elements, read late.
class PropertyReader {
 public:
  PropertyReader(View view, ElementKind kind, KeyId key);
  ~PropertyReader();
  // `out` gets the narrowest type that fits all values read: Integer, Float, Boolean, String, else
  // Any. An element that does not exist, or whose `valid` byte is 0, gives null. Strings point into
  // blocks pinned by this reader, or into the view's delta: valid until the next read.
  void read(std::span<const std::uint64_t> ids, const std::uint8_t* valid, Vector& out);
  // The same of more elements than are needed, if that is cheap: whole numbers of a run of ids in
  // one segment without changes. False, and nothing read, if it is not.
  bool read_around(std::span<const std::uint64_t> ids, Vector& out);
  // out[i]: 1 if the element has a value, else 0; as read(), but no value is looked at.
  void read_presence(std::span<const std::uint64_t> ids, const std::uint8_t* valid,
                     std::span<std::uint8_t> out);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Whether the nodes of one segment (id >> kSegmentBits) have a label: no, all that exist, or those
// that are set in `bits`.
enum class LabelShare : std::uint8_t { None, All, Some };
LabelShare nodes_with(const View& view, LabelId label, std::uint64_t segment,
                      std::span<std::uint64_t, kSegmentSlots / 64> bits);

// False: no relationship of one of these types (empty: of any) begins where it ends. Looks at all
// of them when first asked about a checkpoint, and at what changed since whenever it is asked.
bool may_have_loops(const View& view, std::span<const TypeId> types);

// Who has a label, asked again and again; what it knows of a segment it keeps.
class LabelReader {
 public:
  LabelReader(View view, LabelId label);
  ~LabelReader();
  // out[i]: 1 if nodes[i] has it, else 0.
  void read(std::span<const std::uint64_t> nodes, std::span<std::uint8_t> out);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Labels, types and ends of many elements.
void has_label(const View& view, LabelId label, std::span<const std::uint64_t> nodes,
               std::span<std::uint8_t> out);
void read_ends(const View& view, std::span<const std::uint64_t> relationships,
               std::span<std::uint64_t> starts, std::span<std::uint64_t> ends);
// Also of one that this transaction has deleted: the relationships of a segment have one type.
TypeId type_of(const View& view, RelationshipId relationship);

}  // namespace kith::storage
