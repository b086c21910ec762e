// core/memory_budget.hpp: the accountant of memory.
//
// A database has one budget; the buffer pool, the delta, indexes and import reserve from it. A
// query has a budget of its own whose parent is the database's, so both limits hold. What is over
// a limit is asked of the reclaimers first (the buffer pool gives up blocks nobody pins), and then
// is ResourceError("OutOfMemory") naming who wanted how much. docs/memory.md: who takes what.
//
//   M1  used() of a budget is the sum of its live reservations and of its children's.
//   M2  A failed reservation changes nothing.
//   M3  Reclaimers take only locks of their own, nobody reserves while holding one of those, and a
//       reclaimer never reserves. So whoever holds other locks may reserve.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace kith {

// Thread-safe. Lives longer than its children and reservations.
class MemoryBudget {
 public:
  // Asked to free at least this many bytes; releases what it freed from the budget itself, and says
  // how much that was. Called by any thread that reserves, one at a time (M3).
  using Reclaimer = std::function<std::uint64_t(std::uint64_t wanted)>;

  explicit MemoryBudget(std::uint64_t limit_bytes, MemoryBudget* parent = nullptr)
      : limit_(limit_bytes), parent_(parent) {}
  ~MemoryBudget();
  MemoryBudget(const MemoryBudget&) = delete;
  MemoryBudget& operator=(const MemoryBudget&) = delete;

  // Asked in the order they came. Once removed, one is not running any more.
  using Ticket = std::uint64_t;
  Ticket add_reclaimer(Reclaimer reclaimer);
  void remove_reclaimer(Ticket ticket) noexcept;

  bool try_reserve(std::uint64_t bytes);
  void reserve(std::uint64_t bytes, std::string_view who);  // "the sort of ORDER BY"
  // Asks no reclaimer.
  bool try_reserve_now(std::uint64_t bytes);
  // For what cannot be refused any more (a pinned block, a committed change): counted even if that
  // is over the limit, so that others get less until it is given back.
  void reserve_anyway(std::uint64_t bytes) noexcept;
  void release(std::uint64_t bytes) noexcept;

  std::uint64_t limit() const noexcept { return limit_; }
  std::uint64_t used() const noexcept { return used_.load(std::memory_order_relaxed); }
  std::uint64_t peak() const noexcept { return peak_.load(std::memory_order_relaxed); }

 private:
  std::uint64_t reclaim(std::uint64_t bytes);
  void note_peak(std::uint64_t now) noexcept;
  const MemoryBudget& tightest(std::uint64_t bytes) const;

  const std::uint64_t limit_;
  MemoryBudget* const parent_;
  std::mutex reclaiming_;  // held while a reclaimer runs
  std::vector<std::pair<Ticket, Reclaimer>> reclaimers_;
  Ticket last_ticket_ = 0;
  std::atomic<std::uint64_t> used_{0};
  std::atomic<std::uint64_t> peak_{0};
};

// A share of a budget that ends with the object's life. Not thread-safe itself.
class Reservation {
 public:
  Reservation() = default;
  // `who` is named in errors and must outlive the reservation (a literal).
  Reservation(MemoryBudget& budget, std::string_view who, std::uint64_t bytes = 0);
  Reservation(Reservation&& from) noexcept;
  Reservation& operator=(Reservation&& from) noexcept;
  ~Reservation() { clear(); }

  void grow_to(std::uint64_t bytes);  // to at least this many; in steps, so it may be called often
  void resize(std::uint64_t bytes);   // to exactly this many
  bool try_resize(std::uint64_t bytes);
  void resize_anyway(std::uint64_t bytes) noexcept;  // see reserve_anyway()
  // Takes over what `from`, of the same budget, has reserved.
  void absorb(Reservation&& from) noexcept;
  void clear() noexcept;
  std::uint64_t bytes() const { return bytes_; }

 private:
  MemoryBudget* budget_ = nullptr;
  std::string_view who_;
  std::uint64_t bytes_ = 0;
};

// Half of the smaller of the machine's memory and the limit of the process's control group.
std::uint64_t default_memory_limit();

// What data may take of a process's limit: the program, its libraries, stacks and plans take a
// fixed part that nobody reserves, at most a third of the limit.
std::uint64_t limit_of_data(std::uint64_t process_limit);

// The limit that control groups (v1 and v2, any ancestor) set, or UINT64_MAX. `memberships` is the
// text of /proc/self/cgroup; `read_file` gives a file's text, or "" if there is none.
std::uint64_t control_group_limit(
    std::string_view memberships,
    const std::function<std::string(const std::string& path)>& read_file);

}  // namespace kith
