// storage/graph/base_file.hpp: the data file: opening it, and writing its next checkpoint.
//
//   C1  A checkpoint is either whole or not there: blocks go to free space, sync, then one meta
//       page, sync. Before that nothing of the previous checkpoint is touched.
//   C2  Pages of older checkpoints are reused only when the newer one is durable and no base that
//       could reach them is held.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "core/environment.hpp"
#include "storage/graph/base.hpp"
#include "storage/graph/pool_memory.hpp"
#include "storage/graph/segment_builder.hpp"
#include "storage/page/free_space.hpp"

namespace kith::storage {

// Locked in a temporary sibling as long as somebody fills it.
inline constexpr std::uint64_t kTemporaryByte = (std::uint64_t{1} << 62) - 1;
// A name for a temporary sibling of `path`, not used so far.
std::string temporary_sibling(const Environment& environment, const std::string& path);
// A random number that is not 0, for database ids.
std::uint64_t new_database_id(const Environment& environment);

// Which checkpoint to read, and what has to be held as long as a base of it lives.
struct MetaChoice {
  MetaPages pages;
  std::shared_ptr<const void> hold;  // shared: with the base; it ends before the file is closed
};
using ChooseMeta = std::function<MetaChoice(BlockFile&)>;

// Thread-safe.
class BaseFile {
 public:
  // Makes the file of an empty graph (temporary sibling, sync, rename without replace, sync of the
  // directory); it is not opened. StorageError("AlreadyExists") if there is one.
  static void create(const Environment& environment, const std::string& path,
                     std::uint64_t database_id);
  // An open empty graph in a new file at `path` itself, a temporary one; nothing is durable before
  // a commit.
  static std::unique_ptr<BaseFile> create_in_place(const Environment& environment,
                                                   const std::string& path,
                                                   std::uint64_t database_id,
                                                   const PoolMemory& memory);
  static std::unique_ptr<BaseFile> open(const Environment& environment, const std::string& path,
                                        bool read_only, const PoolMemory& memory);
  // The same from a file that is already open (and perhaps locked). Without `choose` the newest
  // checkpoint.
  static std::unique_ptr<BaseFile> open(std::unique_ptr<File> file, const std::string& path,
                                        const PoolMemory& memory, const ChooseMeta& choose = {});
  ~BaseFile();

  std::uint64_t database_id() const;
  // The newest checkpoint; hold it as long as you read.
  std::shared_ptr<const Base> base() const;
  // True if one meta page did not verify at open: the base serves only if its logs chain to the
  // end, as the newer state may be lost.
  bool other_meta_was_invalid() const { return other_meta_was_invalid_; }
  // Read-only opens: looks for a newer checkpoint made by another process; true if there was one.
  bool refresh(const ChooseMeta& choose = {});
  // Before a writing open goes on from what it found: a killed writer's meta page may be in memory
  // only, and blocks of the checkpoint before it must not be overwritten until it is on disk.
  void harden();

  File& file();  // for locks and the coordination page
  BufferPool& pool();
  // A meta page could not be made durable: which checkpoint the disk has is not known.
  bool failed() const;
  // See FreeSpace.
  std::vector<std::uint64_t> checkpoints_held() const;
  void set_foreign_horizon(std::function<std::uint64_t()> horizon);

  std::uint64_t file_bytes() const;
  std::uint64_t free_bytes() const;  // held ones included
  std::uint64_t held_bytes() const;  // not used by this checkpoint, but perhaps still read

 private:
  friend class BaseWriter;
  BaseFile(std::shared_ptr<DataFile> file, std::shared_ptr<const Base> base, bool other_invalid);

  std::shared_ptr<DataFile> file_;  // shared: with every base
  mutable std::mutex mutex_;
  std::shared_ptr<const Base> base_;  // shared: with readers
  bool other_meta_was_invalid_;
};

// Writes the checkpoint that follows `file.base()`. At most one at a time. put_* and the builders'
// work are thread-safe against each other. Destroyed without commit, it leaves no trace.
class BaseWriter {
 public:
  explicit BaseWriter(BaseFile& file);
  ~BaseWriter();

  const Base& from() const { return *from_; }
  BlockWriter& out() { return *out_; }
  BufferPool& pool();

  // Builders that begin with the segment of the previous checkpoint, if it has one.
  NodeSegmentBuilder node_segment(std::uint64_t number);
  RelationshipSegmentBuilder relationship_segment(std::uint64_t number, TypeId type);
  void put(std::uint64_t number, NodeSegmentBuilder builder);
  void put(std::uint64_t number, RelationshipSegmentBuilder builder);
  // A segment in which nothing exists any more: its blocks are free, its slots stay used.
  void put_dead(std::uint64_t number, std::uint32_t slots);
  void put_dead(std::uint64_t number, std::uint32_t slots, TypeId type);
  // For catalogs with new names; without it the previous one stays.
  void set_catalog(std::shared_ptr<const Catalog> catalog);
  // The same for schemas.
  void set_schema(std::shared_ptr<const Schema> schema);
  // All indexes that have a tree; without it those of the previous checkpoint stay.
  void set_indexes(std::vector<IndexEntry> indexes);
  // Log records to carry along; without it this checkpoint carries none.
  void set_carry(std::string_view records);

  // A base that nobody else can reach: what was put so far, over the one before. The writer goes on
  // over it, and segments may be put again.
  std::shared_ptr<const Base> stage(const BaseFields& fields);
  // Back to how it was at a mark, when nobody reads what was staged since.
  struct Mark {
    std::shared_ptr<const Base> from;  // shared: as from_
    FreeSpace::Mark space;
  };
  Mark mark() const;
  void rewind(const Mark& mark);

  // commit() in two steps: all but the meta page, and that.
  void prepare(BaseFields fields);
  std::shared_ptr<const Base> flip(std::uint64_t first_log);
  // Durable when it returns: the new base, which is also file.base() from now on. After an
  // exception the writer is of no use and file.base() is what it was; if it was the last step that
  // failed, the disk may have either checkpoint, and there are no more writers for this file.
  std::shared_ptr<const Base> commit(BaseFields fields);

 private:
  struct State;
  std::shared_ptr<Base> write_tables(const BaseFields& fields);
  void share_indexes(Base& next) const;
  void clear();  // what was put

  BaseFile& file_;
  const std::uint64_t checkpoint_;    // its number
  std::shared_ptr<const Base> from_;  // shared: with readers
  std::unique_ptr<BlockWriter> out_;
  std::unique_ptr<State> state_;
};

}  // namespace kith::storage
