// cypher/cache/plan_cache.hpp: plans by the shape of their texts, the last used first.
//
// One per database. A lookup never parses. Of one key there are several plans where literals decide
// which is good: those whose ranges and lists are of one class of selectivity share one.
//
//   G1  What is found serves the text, is current for the view, and suits the text's literals.
//   G2  Entries and their memory stay within the limits; the memory is charged to the budget.
#pragma once

#include <atomic>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "core/memory_budget.hpp"
#include "cypher/cache/shared_plan.hpp"

namespace kith::cypher {

// Thread-safe.
class PlanCache {
 public:
  // `entries` 0: nothing is kept. `budget` outlives the cache.
  PlanCache(std::size_t entries, std::uint64_t bytes, MemoryBudget& budget);

  bool is_on() const { return most_entries_ != 0; }
  // Null: there is none.
  std::shared_ptr<const SharedPlan> find(const Fingerprint& text, const storage::View& view);
  void add(std::shared_ptr<const SharedPlan> plan);

  PlanCacheStats stats() const;

 private:
  struct Entry {
    std::shared_ptr<const SharedPlan> plan;  // shared: with statements and runs
    std::uint64_t key = 0;
    std::uint64_t used = 0;  // the time, in lookups
  };
  using Entries = std::list<Entry>;
  // Which literals the texts of a shape leave open: those that every plan of it does. A guess for
  // texts whose shapes only hash alike; SharedPlan::serves() knows.
  struct Shape {
    std::vector<bool> open;
    std::size_t plans = 0;
  };

  static std::uint64_t key_of(const Fingerprint& text, const std::vector<bool>& open);
  void erase(Entries::iterator entry);
  void drop(const SharedPlan& plan);
  void settle_shape(const SharedPlan& plan);
  void make_room(std::uint64_t key, const SharedPlan& plan);

  const std::size_t most_entries_;
  const std::uint64_t most_bytes_;
  mutable std::mutex mutex_;
  Entries entries_;
  std::unordered_multimap<std::uint64_t, Entries::iterator> by_key_;
  std::unordered_map<std::uint64_t, Shape> shapes_;  // by hash
  std::uint64_t bytes_ = 0;
  Reservation memory_;
  std::uint64_t now_ = 0;
  std::atomic<std::uint64_t> hits_ = 0, misses_ = 0, outdated_ = 0;
};

}  // namespace kith::cypher
