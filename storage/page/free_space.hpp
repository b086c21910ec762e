// storage/page/free_space.hpp: which pages of the data file are free, and since when.
//
//   S1  An extent is handed out only if nobody uses it: it was never used, or it was freed by a
//       checkpoint C that is durable, and no base that has it is held. (For readers in other
//       processes, and for what was written before the file was opened, it counts as written from
//       the beginning.)
//   S2  What one checkpoint allocates and does not commit comes back with abandon().
//   S3  Ready pages at the end of the file are given back to the file system: a map that leaves
//       them out is written, and when it is durable the file is cut.
//   S4  What the checkpoint being written has allocated and freed again is handed out again before
//       that is durable, as soon as no base that has it is held: no durable checkpoint, no log and
//       no other process knows it.
//
// Bases are numbered in the order of their making, private ones of a checkpoint being written (see
// staged()) among them; an extent is in those from the one it was written for up to the one before
// that which freed it. A base registers while it lives (retain, release), so does whoever reads in
// another process (set_foreign_horizon). Thread-safe.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
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
  // One extent, as it was allocated, that the base being written no longer uses; it stays untouched
  // until S1 or S4 holds.
  void free(std::uint32_t page, std::uint32_t pages);

  // The number of the base being written; greater than those of all that are held.
  std::uint64_t base_number() const;
  // It is whole, though no checkpoint: what is allocated and freed from here on is the next one's.
  void staged();

  // The free map as it will be once checkpoint `next` is durable. Nothing may be allocated or freed
  // between this and committed().
  std::vector<FreeExtent> map_after(std::uint64_t next);
  std::size_t map_entries_bound();  // at least map_after().size(), even after one more allocate()
  void committed(std::uint64_t checkpoint);
  void abandon();
  // Forgets what the checkpoint being written allocated and freed since the mark, at which a base
  // was staged, or nothing allocated yet. That base is held as long as the mark is of use.
  struct Mark {
    std::uint64_t base = 0;
    std::size_t used = 0, freed = 0;  // by the checkpoint being written
  };
  Mark mark() const;
  void rewind(Mark mark);

  void retain(std::uint64_t base, std::uint64_t checkpoint);
  void release(std::uint64_t base) noexcept;
  std::vector<std::uint64_t> held() const;  // checkpoints, ascending
  // The oldest checkpoint that another process still reads; asked before pages are reused.
  void set_foreign_horizon(std::function<std::uint64_t()> horizon);

  std::uint64_t file_pages() const;
  std::uint64_t free_pages() const;  // held ones included
  std::uint64_t held_pages() const;  // freed, but perhaps still read

 private:
  struct Waiting {  // freed, but perhaps still read
    std::uint32_t page, pages;
    std::uint64_t written_for, freed_for;  // bases
    std::uint64_t freed_by;                // checkpoint; 0: none ever had it
  };
  struct Own {
    std::uint32_t pages;
    std::uint64_t written_for;
  };
  struct Extent {
    std::uint32_t page, pages;
  };
  void drop_end();
  std::optional<Extent> extent_for(std::uint32_t pages) const;
  void add_ready(std::uint32_t page, std::uint32_t pages);
  void remove_ready(std::uint32_t page, std::uint32_t pages);
  void collect();
  bool is_held(std::uint64_t written_for, std::uint64_t freed_for) const;
  void take_back(std::uint32_t page, const Own& extent);

  mutable std::mutex mutex_;
  std::uint64_t checkpoint_ = 0;
  std::uint64_t base_number_ = 1;
  std::uint64_t file_pages_ = kFirstBlockPage;
  std::map<std::uint32_t, std::uint32_t> ready_;                   // page -> pages
  std::set<std::pair<std::uint32_t, std::uint32_t>> ready_sizes_;  // (pages, page)
  std::vector<Waiting> waiting_;
  std::unordered_map<std::uint32_t, std::uint64_t> written_for_;  // page -> base, since open
  // By the checkpoint being written:
  std::unordered_map<std::uint32_t, Own> own_;  // allocated: by page
  std::vector<Waiting> dropped_;                // of them, freed again
  std::vector<FreeExtent> freed_;               // of what the one before has
  struct Held {
    std::uint64_t checkpoint = 0, times = 0;
  };
  std::map<std::uint64_t, Held> held_;  // by number of the base
  std::function<std::uint64_t()> foreign_horizon_;
  bool may_collect_ = true;  // something happened since collect()
};

}  // namespace kith::storage
