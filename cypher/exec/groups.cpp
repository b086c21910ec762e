// cypher/exec/groups.cpp: sealing groups, and taking over those of another.
#include "cypher/exec/groups.hpp"

#include <algorithm>
#include <numeric>

#include "core/page_memory.hpp"
#include "cypher/exec/state_arrays.hpp"

namespace kith::exec {

std::uint64_t Groups::bytes() const {
  std::uint64_t bytes = table.bytes() + first.capacity() * sizeof(FirstSeen);
  for (const auto& state : states) bytes += state->bytes();
  return bytes;
}

bool Groups::have_ranges() const {
  return std::ranges::all_of(states, [](const auto& state) { return state->has_ranges(); });
}

void Groups::merge(Groups& from, std::uint32_t begin, std::uint32_t count,
                   std::vector<std::uint32_t>& into) {
  KITH_ASSERT(states.size() == from.states.size());
  table.find_or_share(from.table, begin, count, into);
  make_room(first, table.size() - first.size());
  for (std::uint32_t i = 0; i < count; ++i) {
    const FirstSeen& theirs = from.first[begin + i];
    if (into[i] == first.size()) {
      first.push_back(theirs);
    } else if (theirs < first[into[i]]) {
      first[into[i]] = theirs;
      table.replace_key(into[i], from.table, begin + i);
    }
  }
  KITH_ASSERT(first.size() == table.size());
  for (std::size_t i = 0; i < states.size(); ++i) {
    states[i]->merge(*from.states[i], begin, into, table.size());
  }
}

void Groups::take(Groups& from, std::vector<std::uint32_t>& into) {
  if (!table.keys_are_like(from.table)) from.table.make_rows();
  merge(from, 0, from.size(), into);
  table.adopt(from.table);
}

namespace {

std::uint32_t part_of(std::uint64_t hash) {
  return static_cast<std::uint32_t>(hash >> (64 - SealedGroups::kPartBits));
}

}  // namespace

SealedGroups::SealedGroups(Groups groups, Groups* heir) : groups_(std::move(groups)) {
  KITH_ASSERT(groups_.have_ranges() && groups_.first.size() == groups_.size());
  const std::uint32_t count = groups_.size();
  for (std::uint32_t g = 0; g < count; ++g) ++begins_[part_of(groups_.table.hash_of(g)) + 1];
  std::partial_sum(begins_.begin(), begins_.end(), begins_.begin());
  auto places = begins_;
  std::vector<std::uint32_t> numbers(count);
  for (std::uint32_t g = 0; g < count; ++g) {
    numbers[g] = places[part_of(groups_.table.hash_of(g))]++;
  }
  renumber_states(groups_.first, numbers, heir == nullptr ? nullptr : &heir->first);
  groups_.table.renumber(numbers, heir == nullptr ? nullptr : &heir->table);
  for (const auto& state : groups_.states) state->renumber(numbers);
}

// Looks at all groups of some parts.
double share_of_different(const std::vector<SealedGroups>& all) {
  constexpr std::uint32_t kLooked = 4;
  std::vector<std::uint64_t> hashes;
  for (const SealedGroups& sealed : all) {
    for (std::uint32_t g = 0; g < sealed.begin_of(kLooked); ++g) {
      hashes.push_back(sealed.groups().table.hash_of(g));
    }
  }
  if (hashes.empty()) return 1;
  const auto total = static_cast<double>(hashes.size());
  std::sort(hashes.begin(), hashes.end());
  const auto different = std::unique(hashes.begin(), hashes.end()) - hashes.begin();
  return static_cast<double>(different) / total;
}

}  // namespace kith::exec
