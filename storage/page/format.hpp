// storage/page/format.hpp: every struct that lies in the data file, as plain data.
//
// docs/file_format.md describes the same in words. All numbers are little-endian. A struct here is
// copied to and from bytes as it is, so none has padding and none changes without a new
// kFormatVersion.
//
//   F1  The file is pages of 4 KiB: 0 and 1 are the meta pages, 2 and 3 are kept for coordination
//       between processes, blocks follow.
//   F2  A block is whole pages, at most 256 KiB: a 16-byte header, then a contiguous payload, which
//       may be packed; unpacked, it is not longer than kMaxPayload either.
//   F3  The checksum of a block (XXH3-64 of header and payload) stands in the pointer to it.
//   F4  Within payloads, arrays begin at multiples of 8 from the start of the payload.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>

namespace kith::storage {

static_assert(std::endian::native == std::endian::little, "add byte swaps here first");

inline constexpr std::size_t kPageBytes = 4096;
inline constexpr std::size_t kMaxBlockBytes = 256 * 1024;
inline constexpr std::uint32_t kFirstBlockPage = 4;
inline constexpr std::uint32_t kCoordinationPage = 2;
inline constexpr std::uint32_t kFormatVersion = 2;
inline constexpr std::uint64_t kMetaMagic = 0x3165'6c69'662d'746bULL;  // "kt-file1"

enum class BlockKind : std::uint32_t {
  None,
  Root,         // counts, marks, pointers to everything else
  Leaf,         // pointers to the directories of kLeafSegments segments
  Directory,    // one segment: sets, headers of its chunks, pointers to their blocks
  Column,       // the main block of a column chunk
  Heap,         // bytes of strings and other values of one column chunk
  Adjacency,    // part of an adjacency chunk
  Catalog,      // names of labels, types, keys
  FreeMap,      // free extents
  Carry,        // log records not yet merged into segments
  StreamIndex,  // pointers to the blocks of a stream too long for one block
  Schema,       // definitions of indexes and constraints
  Index,        // one page of the tree of an index
};
inline constexpr std::uint32_t kBlockKindCount = 13;
std::string_view block_kind_name(BlockKind kind);

struct BlockHeader {       // offset  at byte 0 of every block
  BlockKind kind;          //  0
  std::uint32_t bytes;     //  4      length of what follows
  std::uint32_t page;      //  8      its own page number
  std::uint32_t unpacked;  // 12      0: the payload follows; else it follows packed
                           //         (storage/pack), and this is its length
};                         // 16
static_assert(sizeof(BlockHeader) == 16 && offsetof(BlockHeader, unpacked) == 12);

inline constexpr std::size_t kMaxPayload = kMaxBlockBytes - sizeof(BlockHeader);

struct BlockPtr {              // offset
  std::uint32_t page = 0;      //  0      first page; 0: points to nothing
  std::uint32_t bytes = 0;     //  4      as in the header
  std::uint64_t checksum = 0;  //  8      XXH3-64 of header and payload
  bool is_set() const { return page != 0; }
  friend bool operator==(const BlockPtr&, const BlockPtr&) = default;
};  // 16
static_assert(sizeof(BlockPtr) == 16 && std::is_trivially_copyable_v<BlockPtr>);

constexpr std::uint32_t pages_for(std::uint32_t payload_bytes) {
  return static_cast<std::uint32_t>((payload_bytes + sizeof(BlockHeader) + kPageBytes - 1) /
                                    kPageBytes);
}

struct MetaPage {              // offset  at byte 0 of pages 0 and 1; the rest of the page is zero
  std::uint64_t magic;         //  0      kMetaMagic
  std::uint32_t version;       //  8      kFormatVersion
  std::uint32_t segment_bits;  // 12      kSegmentBits
  std::uint64_t database_id;   // 16      random, never 0
  std::uint64_t checkpoint;    // 24      from 1; page = checkpoint % 2
  std::uint64_t position;      // 32      the commit position this state has
  std::uint64_t first_log;     // 40      number of the first log needed; 0: none (clean close)
  BlockPtr root;               // 48
  BlockPtr free_map;           // 64
  std::uint64_t file_pages;    // 80      pages in use, allocated or free
  std::uint64_t checksum;      // 88      XXH3-64 of the bytes before it
};                             // 96
static_assert(sizeof(MetaPage) == 96 && offsetof(MetaPage, checksum) == 88);

inline constexpr std::uint32_t kLeafSegments = 256;
inline constexpr std::uint64_t kNoSegment = ~std::uint64_t{0};

struct RootHeader {                     // offset  at byte 0 of the root stream
  std::uint64_t node_id_limit;          //  0
  std::uint64_t relationship_segments;  //  8      numbers handed out so far
  std::uint64_t nodes;                  // 16
  std::uint64_t relationships;          // 24
  BlockPtr catalog;                     // 32
  BlockPtr carry;                       // 48      or unset
  std::uint32_t labels;                 // 64      entries in the count array
  std::uint32_t types;                  // 68      entries in both arrays by type
  std::uint32_t open_node_segments;     // 72
  std::uint32_t node_leaves;            // 76
  std::uint32_t relationship_leaves;    // 80
  std::uint32_t indexes;                // 84      that have a tree
  BlockPtr schema;                      // 88      or unset: no index, no constraint ever
};                                      // 104
static_assert(sizeof(RootHeader) == 104 && offsetof(RootHeader, schema) == 88);

struct LeafEntry {         // offset  one segment
  BlockPtr directory;      //  0      unset: the segment is empty
  std::uint32_t slots;     // 16      slots in use, dead ones included
  std::uint32_t alive;     // 20      elements that exist
  std::uint32_t type;      // 24      relationship type; 0 for node segments
  std::uint32_t reserved;  // 28      0
};                         // 32
static_assert(sizeof(LeafEntry) == 32);

struct NodeDirectory {          // offset  at byte 0 of a node segment's directory
  std::uint32_t slots;          //  0
  std::uint32_t labels;         //  4
  std::uint32_t columns;        //  8
  std::uint32_t adjacencies;    // 12
};                              // 16
struct RelationshipDirectory {  // offset  at byte 0 of a relationship segment's directory
  std::uint32_t slots;          //  0
  std::uint32_t type;           //  4
  std::uint32_t columns;        //  8
  std::uint32_t reserved;       // 12      0
};                              // 16
static_assert(sizeof(NodeDirectory) == 16 && sizeof(RelationshipDirectory) == 16);

struct StreamIndexHeader {  // offset  at byte 0 of a StreamIndex block
  std::uint64_t bytes;      //  0      of the stream below this block
  std::uint32_t level;      //  8      1: entries are data blocks; n: index blocks of level n - 1
  std::uint32_t entries;    // 12      then that many BlockPtr
};                          // 16
static_assert(sizeof(StreamIndexHeader) == 16);

enum class SetForm : std::uint32_t { None, All, Sparse, Bitmap };
struct SetHeader {         // offset
  std::uint32_t id;        //  0      label id; 0 for `alive`
  SetForm form;            //  4
  std::uint32_t count;     //  8      members; for All: slots 0 … count - 1
  std::uint32_t reserved;  // 12      0
};                         // 16      Sparse: count × u16, padded to 8; Bitmap: 256 × u64
static_assert(sizeof(SetHeader) == 16);

enum class Encoding : std::uint8_t { Constant, Plain, Packed, Dictionary, Strings, Mixed };
inline constexpr std::uint8_t kEncodingCount = 6;

struct ColumnHeader {        // offset
  std::uint32_t id;          //  0      key id
  Encoding encoding;         //  4
  std::uint8_t kind;         //  5      Kind of every value; for Mixed 255
  std::uint8_t width;        //  6      Packed, Dictionary: bits; Strings, Mixed: offset bytes
  std::uint8_t flags;        //  7      kHasValidity, kSparseRows, kHasRange
  std::uint32_t rows;        //  8      slots covered; higher slots hold nothing
  std::uint32_t values;      // 12      slots that hold a value
  std::uint32_t entries;     // 16      Dictionary: distinct strings
  std::uint32_t heap_parts;  // 20      Strings, Mixed: blocks of the heap
  std::uint64_t base;        // 24      Packed: the smallest value; Strings, Mixed: heap bytes
  std::uint64_t minimum;     // 32      with kHasRange: int64, or the bits of a double
  std::uint64_t maximum;     // 40
};                           // 48      then heap_parts × Part, then the chunk
static_assert(sizeof(ColumnHeader) == 48 && offsetof(ColumnHeader, base) == 24);
inline constexpr std::uint8_t kHasValidity = 1;  // a bitmap of slots that hold a value comes first
inline constexpr std::uint8_t kSparseRows = 2;   // a sorted list of those slots (u16) comes first,
                                                 // and only they have an entry
inline constexpr std::uint8_t kHasRange = 4;
inline constexpr std::uint8_t kMixedKind = 255;

struct Part {           // offset  a run of a long sequence
  std::uint32_t block;  //  0      index in the chunk's list of blocks
  std::uint32_t byte;   //  4      where in the payload it begins
  std::uint64_t first;  //  8      number of the run's first element (heap: byte)
};                      // 16
static_assert(sizeof(Part) == 16);

enum class ListForm : std::uint8_t { Dense, Ranked, Listed };
struct AdjacencyHeader {             // offset
  std::uint32_t type;                //  0
  std::uint8_t incoming;             //  4      0: from start to end, 1: from end to start
  ListForm form;                     //  5
  std::uint8_t offset_width;         //  6      0 (each list has one entry), 2, 4, 8
  std::uint8_t neighbour_width;      //  7      4, 8
  std::uint8_t relationship_width;   //  8      0 (implicit), 4, 8
  std::uint8_t reserved[3];          //  9      0
  std::uint32_t lists;               // 12      entries of the offset array, less one
  std::uint32_t slots;               // 16      Dense: = lists; else slots covered
  std::uint32_t neighbour_parts;     // 20
  std::uint32_t relationship_parts;  // 24
  std::uint32_t reserved2;           // 28      0
  std::uint64_t edges;               // 32
  std::uint64_t first_relationship;  // 40      implicit: id of the edge at position 0
};                                   // 48      then both lists of parts, then the chunk
static_assert(sizeof(AdjacencyHeader) == 48 && offsetof(AdjacencyHeader, edges) == 32);

struct ChunkHeader {           // offset
  std::uint32_t blocks;        //  0      then that many BlockPtr
  std::uint32_t inline_bytes;  //  4      if there are no blocks: the payload, padded to 8
};                             //  8
static_assert(sizeof(ChunkHeader) == 8);
inline constexpr std::size_t kMaxInlineBytes = 1024;

struct IndexPageHeader {       // offset  at byte 0 of a page of an index's tree
  std::uint16_t level;         //  0      0: a leaf; n: its children have level n - 1
  std::uint16_t entries;       //  2      strings; of a branch as many children
  std::uint16_t prefix_bytes;  //  4      that all strings begin with
  std::uint16_t flags;         //  6      1: there are cut keys
  std::uint32_t heap_bytes;    //  8      prefix and rests
  std::uint32_t reserved2;     // 12      0
};                             // 16
static_assert(sizeof(IndexPageHeader) == 16);

struct IndexChild {            // offset  a subtree
  BlockPtr page;               //  0
  std::uint64_t entries = 0;   // 16      in the leaves below
  std::uint64_t distinct = 0;  // 24      different keys below, about
};                             // 32
static_assert(sizeof(IndexChild) == 32);

struct IndexEntry {          // offset  one index, in the root
  std::uint32_t id = 0;      //  0
  std::uint32_t height = 0;  //  4      levels of the tree; 0: it is empty
  IndexChild top;            //  8      its topmost page
};                           // 40
static_assert(sizeof(IndexEntry) == 40);

struct FreeExtent {        // offset  the free map: u64 count, then that many
  std::uint32_t page;      //  0
  std::uint32_t pages;     //  4
  std::uint64_t freed_by;  //  8      the checkpoint that no longer uses it
};                         // 16
static_assert(sizeof(FreeExtent) == 16);

}  // namespace kith::storage
