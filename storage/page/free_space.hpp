// storage/page/free_space.hpp: which pages of the data file are free, and since when.
//
//   S1  An extent is handed out only if nobody uses it: it was never used, or it was freed by a
//       checkpoint C that is durable, and no base is held from the checkpoint that wrote it up to
//       the one before C. (For readers in other processes, and for what was written before the file
//       was opened, it counts as written from the beginning.)
//   S3  Ready pages at the end of the file are given back to the file system: a map that leaves
//   them
//       out is written, and when it is durable the file is cut.
//   S2  What one checkpoint allocates and does not commit comes back with abandon().
//
// A base registers while it lives (retain, release), so does whoever reads in another process
// (set_foreign_horizon). Thread-safe.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <span>
#include <unordered_map>
#include <utility>
#include <vector>

#include "storage/page/format.hpp"

namespace kith::storage {

class FreeSpace {
 public:
  // Of a new file.
  FreeSpace() = default;
  // `file_pages`: pages in use or free at `checkpoint`, whose free map is `extents`. Before any
  // other use.
  void restore(std::uint64_t checkpoint, std::uint64_t file_pages,
               std::span<const FreeExtent> extents);

  std::uint32_t allocate(std::uint32_t pages);
  // Pages that the checkpoint being written no longer uses; they stay untouched until S1 holds.
  void free(std::uint32_t page, std::uint32_t pages);

  // The free map as it will be once checkpoint `next` is durable. Nothing may be allocated or freed
  // between this and committed().
  std::vector<FreeExtent> map_after(std::uint64_t next);
  std::size_t map_entries_bound();  // at least map_after().size(), even after one more allocate()
  void committed(std::uint64_t checkpoint);
  void abandon();
  // Forgets what the checkpoint being written allocated and freed since the mark; nobody reads it.
  struct Mark {
    std::size_t allocated = 0, freed = 0;
  };
  Mark mark() const;
  void rewind(Mark mark);

  void retain(std::uint64_t checkpoint);
  void release(std::uint64_t checkpoint) noexcept;
  std::vector<std::uint64_t> held() const;  // checkpoints, ascending
  // The oldest checkpoint that another process still reads; asked before pages are reused.
  void set_foreign_horizon(std::function<std::uint64_t()> horizon);

  std::uint64_t file_pages() const;
  std::uint64_t free_pages() const;  // held ones included
  std::uint64_t held_pages() const;  // freed, but perhaps still read

 private:
  void drop_end();
  void add_ready(std::uint32_t page, std::uint32_t pages);
  void remove_ready(std::uint32_t page, std::uint32_t pages);
  struct Waiting {  // freed, but perhaps still read
    std::uint32_t page, pages;
    std::uint64_t written_by, freed_by;
  };
  void collect();

  mutable std::mutex mutex_;
  std::uint64_t checkpoint_ = 0;
  std::uint64_t file_pages_ = kFirstBlockPage;
  std::map<std::uint32_t, std::uint32_t> ready_;                   // page -> pages
  std::set<std::pair<std::uint32_t, std::uint32_t>> ready_sizes_;  // (pages, page)
  std::vector<Waiting> waiting_;
  std::unordered_map<std::uint32_t, std::uint64_t> written_by_;  // page -> checkpoint, since open
  std::vector<FreeExtent> allocated_;                            // by the checkpoint being written
  std::vector<FreeExtent> freed_;                                // likewise
  std::multiset<std::uint64_t> held_;                            // checkpoints of live bases
  std::function<std::uint64_t()> foreign_horizon_;
  bool may_collect_ = true;  // something happened since collect()
};

}  // namespace kith::storage
