// api/import/id_space.cpp: see id_space.hpp.
#include "api/import/id_space.hpp"

#include <algorithm>

#include "core/assert.hpp"

namespace kith::import {

bool IdSpace::on_disk(const ExternalId& id) const {
  const IdLookup lookup = lookup_of(id);
  return std::any_of(runs_.begin(), runs_.end(),
                     [&](const IdRun& run) { return run.has(lookup.hash, lookup.text); });
}

std::uint64_t* IdSpace::add(const ExternalId& id) {
  if (!runs_.empty() && on_disk(id)) return nullptr;
  return memory_.add(id);
}

void IdSpace::find(IdColumn& ids) const {
  KITH_ASSERT(!is_spilled());
  ids.nodes.resize(ids.ids.size());
  memory_.find(ids.ids, ids.nodes);
}

void IdSpace::spill(IdFile& file) {
  if (memory_.size() == 0) return;
  IdRun run(file, memory_.size());
  memory_.drain([&](std::uint64_t hash, std::uint64_t node, std::string_view text) {
    run.add(hash, node, text);
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
