// cypher/exec/top_bound.hpp: how good a row must be to be among the first of ORDER BY … LIMIT.
//
// Once a worker has as many rows as are wanted, no row is needed whose first key comes after that
// of the last of them. Workers tell each other, and scans below, which skip segments (zones.hpp).
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <vector>

#include "core/cell.hpp"
#include "core/vector.hpp"

namespace kith::exec {

// Shared by the workers of one Top. Thread-safe.
class TopBound {
 public:
  explicit TopBound(bool ascending) : ascending_(ascending) {}

  bool ascending() const { return ascending_; }
  void reset();
  // There are enough rows whose first keys are `key` or come before it.
  void offer(const Cell& key);
  // Changes with the key; 0: there is none yet.
  std::uint64_t version() const { return version_.load(std::memory_order_acquire); }
  OwnedCell key() const;  // with version() != 0
  // Whether values between two of one kind all come after the key.
  bool excludes(const Cell& minimum, const Cell& maximum, bool may_be_null) const;
  bool excludes_null() const { return excludes(Cell::null(), Cell::null(), true); }

 private:
  const bool ascending_;
  std::atomic<std::uint64_t> version_{0};
  mutable std::mutex mutex_;
  OwnedCell key_;
};

// One worker's view of it: finds the rows of a batch that may still be needed.
class FirstKeyTest {
 public:
  // `only_key`: there are no further keys, so of equal rows of this worker the earlier ones win.
  FirstKeyTest(TopBound& shared, bool only_key) : shared_(shared), only_key_(only_key) {}

  // This worker has enough rows, the last of which has the first key `key`.
  void found(const Cell& key);
  // False: nothing is known yet, any row may be needed.
  bool is_known();
  // Rows of the column of first keys that may be needed. After is_known().
  void select(const Column& keys, std::uint32_t rows, std::vector<std::uint32_t>& kept) const;

 private:
  bool may_be_needed(const Cell& key) const;
  template <class T, class Value>
  void select_native(const Column& keys, std::uint32_t rows, T bound, Value value,
                     std::vector<std::uint32_t>& kept) const;

  TopBound& shared_;
  bool only_key_;
  std::uint64_t version_ = 0;
  bool known_ = false;
  bool strict_ = false;  // equal is not good enough
  OwnedCell key_;
};

}  // namespace kith::exec
