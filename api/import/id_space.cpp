// api/import/id_space.cpp: see id_space.hpp.
#include "api/import/id_space.hpp"

#include <algorithm>

#include "core/assert.hpp"

namespace kith::import {

bool IdSpace::on_disk(std::uint64_t hash, std::string_view text) const {
  return std::any_of(runs_.begin(), runs_.end(),
                     [&](const IdRun& run) { return run.has(hash, text); });
}

void IdSpace::spill(IdFile& file, const std::vector<std::uint64_t>& node_of_number) {
  if (memory_.size() == 0) return;
  IdRun run(file, memory_.size());
  memory_.drain([&](std::uint64_t hash, std::uint64_t number, std::string_view text) {
    KITH_ASSERT(number < node_of_number.size() && node_of_number[number] != kNone);
    run.add(hash, node_of_number[number], text);
  });
  run.finish();
  runs_.push_back(std::move(run));
}

void IdSpace::settle(IdFile& file) {
  KITH_ASSERT(memory_.size() == 0 || runs_.empty());
  if (runs_.empty()) return;
  std::vector<IdRun> one;
  one.push_back(IdRun::merge(file, runs_));
  runs_ = std::move(one);
}

void IdSpace::find_all(std::vector<IdLookup*>& lookups) const {
  KITH_ASSERT(runs_.size() == 1);
  std::sort(lookups.begin(), lookups.end(),
            [](const IdLookup* a, const IdLookup* b) { return a->hash < b->hash; });
  runs_.front().find(lookups);
}

std::uint64_t IdSpace::run_bytes() const {
  std::uint64_t bytes = 0;
  for (const IdRun& run : runs_) bytes += run.bytes();
  return bytes;
}

}  // namespace kith::import
