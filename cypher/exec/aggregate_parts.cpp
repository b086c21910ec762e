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
  std::uint64_t what;  // the address of a row, or ResultColumns::place()
};

struct Range {
  std::vector<Place> places;  // none if nobody can tell the order
  std::vector<std::unique_ptr<RowBuffer>> owners;
  std::vector<std::uint32_t> ends;  // of its places in each bucket
};

class PartMerge {
 public:
  PartMerge(std::span<const std::unique_ptr<AggregatePartial>> partials, Execution& execution,
            const WantedResults& wanted, std::uint64_t groups)
      : partials_(partials), execution_(execution), wanted_(wanted) {
    const std::uint64_t ranges = std::bit_ceil(groups / kGroupsOfRange + 1);
    ranges_.resize(std::min<std::uint64_t>(ranges, SealedGroups::kParts));
    sealed_.resize(partials.size());
  }

  std::size_t ranges() const { return ranges_.size(); }

  void run(ComputedRows& out) {
    std::vector<std::unique_ptr<RowBuffer>>& owners = out.owners;
    each(sealed_.size(),
         [&](std::uint32_t, std::size_t i) { sealed_[i] = partials_[i]->take_sealed(); });
    are_columns_ = keys_are_alike();
    if (are_columns_) {
      results_.resize(ranges_.size());
    } else {
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
    if (are_columns_) return give_columns(out);
    put_in_order([&](std::size_t count) { out.order.resize(count); },
                 [&](std::size_t first, std::span<const Place> places, std::uint32_t) {
                   for (std::size_t i = 0; i < places.size(); ++i) {
                     out.order[first + i] = std::bit_cast<Cell*>(places[i].what);
                   }
                 });
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
    groups.table.expect(count, are_columns_);
    reserve_large(groups.first, count);
    std::vector<std::uint32_t> into;
    for (auto& some : sealed_) {
      for (SealedGroups& sealed : some) {
        groups.merge(sealed.groups(), sealed.begin_of(from), sealed.count_of(from, from + parts),
                     into);
      }
    }
    for (const auto& states : groups.states) states->complete(partial.worker(), groups.size());
    if (are_columns_) {
      finish_columns(groups, number);
    } else {
      finish_rows(groups, ranges_[number]);
    }
  }

  void finish_columns(Groups& groups, std::size_t number) {
    if (!wanted_.any()) {
      results_[number].groups = groups.size();
      return;
    }
    if (groups.size() != 0) results_[number] = results_of(groups, wanted_, execution_.budget);
    if (!wanted_.in_order) return;
    std::vector<Place>& places = ranges_[number].places;
    places.reserve(groups.size());
    for (std::uint32_t g = 0; g < groups.size(); ++g) {
      places.push_back({groups.first[g], ResultColumns::place(number, g)});
    }
  }

  void finish_rows(Groups& groups, Range& range) {
    constexpr std::uint32_t kAhead = 16;
    groups.table.make_rows();
    auto results =
        std::make_unique<RowBuffer>(0, execution_.budget, "the result of an aggregation");
    range.places.reserve(groups.size());
    for (std::uint32_t g = 0; g < groups.size(); ++g) {
      if (g + kAhead < groups.size()) __builtin_prefetch(groups.table.row(g + kAhead), 1);
      Cell* row = groups.table.row(g);
      range.places.push_back({groups.first[g], reinterpret_cast<std::uintptr_t>(row)});
      Cell* result = row + groups.table.columns();
      for (const auto& states : groups.states) *result++ = states->finish(g, results->arena());
    }
    results->charge();
    range.owners.push_back(std::move(results));
    groups.table.release_rows(range.owners);
  }

  void give_columns(ComputedRows& out) {
    std::uint64_t rows = 0;
    std::vector<std::size_t> begins;  // of each range, if the order is free
    for (const GroupResults& results : results_) {
      begins.push_back(rows);
      rows += results.groups;
    }
    out.count = rows;
    if (!wanted_.any()) return;
    for (GroupResults& results : results_) results.columns.resize(wanted_.columns.size());
    ResultColumns columns(results_, rows, out);
    std::vector<ResultColumns::Nulls> nulls(partials_.size());
    if (wanted_.in_order) {
      put_in_order([](std::size_t) {},
                   [&](std::size_t first, std::span<const Place> places, std::uint32_t worker) {
                     const auto what = [&](std::size_t i) { return places[i].what; };
                     columns.put(first, places.size(), what, nulls[worker]);
                   });
    } else {
      each(results_.size(), [&](std::uint32_t worker, std::size_t part) {
        const auto what = [&](std::size_t i) {
          return ResultColumns::place(part, static_cast<std::uint32_t>(i));
        };
        columns.put(begins[part], results_[part].groups, what, nulls[worker]);
      });
    }
    for (const auto& some : nulls) columns.set_nulls(some);
    for (GroupResults& results : results_) {
      if (results.strings) out.owners.push_back(std::move(results.strings));
    }
  }

  // The rows of all ranges by where they were first seen. begin(count), then put(first, places,
  // worker) for rows from `first` on.
  template <class Begin, class Put>
  void put_in_order(const Begin& begin, const Put& put) {
    std::uint64_t last = 0;
    std::size_t count = 0;
    for (const Range& range : ranges_) {
      for (const Place& place : range.places) last = std::max(last, place.first.sequence);
      count += range.places.size();
    }
    unsigned shift = 0;
    while (last >> shift >= kMostBuckets) ++shift;
    const std::size_t buckets = (last >> shift) + 1;
    const std::vector<std::size_t> begins = count_buckets(shift, buckets);
    std::vector<Place> places;
    reserve_large(places, count);
    places.resize(count);
    each(ranges_.size(), [&](std::uint32_t, std::size_t i) {
      for (const Place& place : ranges_[i].places) {
        places[ranges_[i].ends[place.first.sequence >> shift]++] = place;
      }
      ranges_[i].places = {};
    });
    begin(count);
    std::vector<std::vector<Place>> scratch(partials_.size());
    each(buckets, [&](std::uint32_t worker, std::size_t b) {
      const auto bucket = std::span(places).subspan(begins[b], begins[b + 1] - begins[b]);
      radix_sort(bucket, scratch[worker], [](const Place& p) { return p.first.ordinal; });
      if (shift != 0) {
        radix_sort(bucket, scratch[worker], [](const Place& p) { return p.first.sequence; });
      }
      put(begins[b], bucket, worker);
    });
  }

  // Where each bucket begins, and last the end; and in the ranges where their places in it go.
  std::vector<std::size_t> count_buckets(unsigned shift, std::size_t buckets) {
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
    begins[buckets] = at;
    return begins;
  }

  std::span<const std::unique_ptr<AggregatePartial>> partials_;
  Execution& execution_;
  const WantedResults& wanted_;
  bool are_columns_ = false;
  std::vector<std::vector<SealedGroups>> sealed_;  // by worker
  std::vector<Range> ranges_;
  std::vector<GroupResults> results_;  // by range, if they are columns
};

}  // namespace

bool merge_parts(std::span<const std::unique_ptr<AggregatePartial>> partials, Execution& execution,
                 const WantedResults& wanted, ComputedRows& out) {
  std::uint64_t bytes = 0, groups = 0;
  for (const auto& partial : partials) {
    KITH_ASSERT(partial->can_seal() && !partial->has_spilled());
    bytes += partial->bytes();
    groups += partial->group_count_in_all();
  }
  // What has been merged goes when all has; of the tables of ranges there is one for each worker.
  // Sealing copies one array after the other.
  PartMerge merge(partials, execution, wanted, groups);
  const std::uint64_t tables = bytes / merge.ranges() * partials.size() + bytes / 3;
  const std::uint64_t columns = groups * ResultColumns::bytes_per_row(wanted);
  const std::uint64_t places = wanted.in_order ? groups * sizeof(Place) : 0;
  out.reserved = Reservation(execution.budget, "an aggregation");
  if (!execution.may_keep(out.reserved, tables + columns + places)) {
    out.reserved.clear();
    return false;
  }
  merge.run(out);
  out.reserved.resize(columns / 2);
  return true;
}

}  // namespace kith::exec
