// cypher/exec/aggregate_parts.cpp: groups from their parts by ranges of the hashes of their keys.
//
// Each range is merged, and its results computed, by one worker in a table of its own, small enough
// for its caches. Then all rows are put into the order in which their groups were first seen:
// they are spread by sequence, and what has the same sequence or nearly is sorted apart.
#include "cypher/exec/aggregate_parts.hpp"

#include <algorithm>
#include <atomic>
#include <bit>
#include <iterator>
#include <utility>

#include "core/page_memory.hpp"
#include "core/radix_sort.hpp"

namespace kith::exec {

namespace {

constexpr std::uint64_t kGroupsOfRange = 8192;  // about
constexpr std::size_t kMostBuckets = 1024;

struct Place {
  FirstSeen first;
  Cell* row;
};

struct Range {
  std::vector<Place> places;
  std::vector<std::unique_ptr<RowBuffer>> owners;
  std::vector<std::uint32_t> ends;  // of its places in each bucket
};

class PartMerge {
 public:
  PartMerge(std::span<const std::unique_ptr<AggregatePartial>> partials, Execution& execution,
            std::uint64_t groups)
      : partials_(partials), execution_(execution) {
    const std::uint64_t wanted = std::bit_ceil(groups / kGroupsOfRange + 1);
    ranges_.resize(std::min<std::uint64_t>(wanted, SealedGroups::kParts));
    sealed_.resize(partials.size());
  }

  std::size_t ranges() const { return ranges_.size(); }

  void run(std::vector<std::unique_ptr<RowBuffer>>& owners, std::vector<Cell*>& order) {
    each(sealed_.size(),
         [&](std::uint32_t, std::size_t i) { sealed_[i] = partials_[i]->take_sealed(); });
    if (!keys_are_alike()) {
      for (auto& some : sealed_) {
        each(some.size(),
             [&](std::uint32_t, std::size_t i) { some[i].groups().table.make_rows(); });
      }
    }
    each(ranges_.size(), [&](std::uint32_t worker, std::size_t i) { merge(worker, i); });
    for (const auto& partial : partials_) partial->release();
    for (auto& some : sealed_) {
      for (SealedGroups& sealed : some) sealed.groups().table.release_rows(owners);
    }
    sealed_.clear();
    for (Range& range : ranges_) {
      std::move(range.owners.begin(), range.owners.end(), std::back_inserter(owners));
    }
    put_in_order(order);
  }

 private:
  // Calls work(worker, i) for each i below `count`, on as many threads as there are partials.
  template <class Work>
  void each(std::size_t count, const Work& work) {
    std::atomic<std::size_t> next{0};
    const auto some = [&](std::uint32_t worker) {
      for (std::size_t i = next++; i < count; i = next++) {
        execution_.poll();
        work(worker, i);
      }
    };
    if (partials_.size() == 1) return some(0);
    execution_.scheduler.run(static_cast<std::uint32_t>(partials_.size()), some);
  }

  bool keys_are_alike() const {
    const GroupTable* first = nullptr;
    for (const auto& some : sealed_) {
      for (const SealedGroups& sealed : some) {
        const GroupTable& table = sealed.groups().table;
        if (first == nullptr) first = &table;
        if (!first->keys_are_like(table)) return false;
      }
    }
    return true;
  }

  void merge(std::uint32_t worker_number, std::size_t number) {
    const auto parts = static_cast<std::uint32_t>(SealedGroups::kParts / ranges_.size());
    const auto from = static_cast<std::uint32_t>(number * parts);
    AggregatePartial& partial = *partials_[worker_number];
    Groups groups = partial.new_groups();
    std::uint32_t count = 0;
    for (const auto& some : sealed_) {
      for (const SealedGroups& sealed : some) count += sealed.count_of(from, from + parts);
    }
    groups.table.expect(count);
    std::vector<std::uint32_t> into;
    for (auto& some : sealed_) {
      for (SealedGroups& sealed : some) {
        groups.merge(sealed.groups(), sealed.begin_of(from), sealed.count_of(from, from + parts),
                     into);
      }
    }
    finish(groups, partial.worker(), ranges_[number]);
  }

  void finish(Groups& groups, Worker& worker, Range& range) {
    constexpr std::uint32_t kAhead = 16;
    for (const auto& states : groups.states) states->complete(worker, groups.size());
    groups.table.make_rows();
    auto results =
        std::make_unique<RowBuffer>(0, execution_.budget, "the result of an aggregation");
    range.places.reserve(groups.size());
    for (std::uint32_t g = 0; g < groups.size(); ++g) {
      if (g + kAhead < groups.size()) __builtin_prefetch(groups.table.row(g + kAhead), 1);
      Cell* row = groups.table.row(g);
      range.places.push_back({groups.first[g], row});
      Cell* result = row + groups.table.columns();
      for (const auto& states : groups.states) *result++ = states->finish(g, results->arena());
    }
    results->charge();
    range.owners.push_back(std::move(results));
    groups.table.release_rows(range.owners);
  }

  void put_in_order(std::vector<Cell*>& order) {
    std::uint64_t last = 0;
    std::size_t count = 0;
    for (const Range& range : ranges_) {
      for (const Place& place : range.places) last = std::max(last, place.first.sequence);
      count += range.places.size();
    }
    unsigned shift = 0;
    while (last >> shift >= kMostBuckets) ++shift;
    const std::size_t buckets = (last >> shift) + 1;
    each(ranges_.size(), [&](std::uint32_t, std::size_t i) {
      ranges_[i].ends.assign(buckets, 0);
      for (const Place& place : ranges_[i].places) ++ranges_[i].ends[place.first.sequence >> shift];
    });
    std::vector<std::size_t> begins(buckets + 1);
    std::uint32_t at = 0;
    for (std::size_t bucket = 0; bucket < buckets; ++bucket) {
      begins[bucket] = at;
      for (Range& range : ranges_) at += std::exchange(range.ends[bucket], at);
    }
    begins[buckets] = count;
    KITH_ASSERT(at == count);
    std::vector<Place> places;
    reserve_large(places, count);
    places.resize(count);
    each(ranges_.size(), [&](std::uint32_t, std::size_t i) {
      for (const Place& place : ranges_[i].places) {
        places[ranges_[i].ends[place.first.sequence >> shift]++] = place;
      }
      ranges_[i].places = {};
    });
    reserve_large(order, count);
    order.resize(count);
    std::vector<std::vector<Place>> scratch(partials_.size());
    each(buckets, [&](std::uint32_t worker, std::size_t b) {
      const auto bucket = std::span(places).subspan(begins[b], begins[b + 1] - begins[b]);
      radix_sort(bucket, scratch[worker], [](const Place& p) { return p.first.ordinal; });
      if (shift != 0) {
        radix_sort(bucket, scratch[worker], [](const Place& p) { return p.first.sequence; });
      }
      for (std::size_t i = 0; i < bucket.size(); ++i) order[begins[b] + i] = bucket[i].row;
    });
  }

  std::span<const std::unique_ptr<AggregatePartial>> partials_;
  Execution& execution_;
  std::vector<std::vector<SealedGroups>> sealed_;  // by worker
  std::vector<Range> ranges_;
};

}  // namespace

bool merge_parts(std::span<const std::unique_ptr<AggregatePartial>> partials, Execution& execution,
                 std::vector<std::unique_ptr<RowBuffer>>& owners, std::vector<Cell*>& order) {
  std::uint64_t bytes = 0, groups = 0;
  for (const auto& partial : partials) {
    KITH_ASSERT(partial->can_seal() && !partial->has_spilled());
    bytes += partial->bytes();
    groups += partial->group_count_in_all();
  }
  // What has been merged goes when all has; of the tables of ranges there is one for each worker.
  // Sealing copies one array after the other.
  PartMerge merge(partials, execution, groups);
  const std::uint64_t tables = bytes / merge.ranges() * partials.size() + bytes / 3;
  Reservation reserved(execution.budget, "an aggregation");
  if (!execution.may_keep(reserved, tables + groups * sizeof(Place))) return false;
  merge.run(owners, order);
  return true;
}

}  // namespace kith::exec
