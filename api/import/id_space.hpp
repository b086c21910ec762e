// api/import/id_space.hpp: the external ids of one id space, in memory as long as there is room.
//
// While nodes come, new ids enter the table in memory; when all tables together are over their
// share, spill() writes them as a run, with the node of each. Once all nodes are there, settle()
// makes one run of them: a space is then either in memory, and ids are found one by one, or on
// disk, and they are found many at a time.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "api/import/external_ids.hpp"
#include "api/import/id_runs.hpp"

namespace kith::import {

class IdSpace {
 public:
  static constexpr std::uint64_t kNone = ExternalIds::kNone;

  // Before so many calls of add(). Places stay where they are until the next.
  void reserve(const IdCounts& more) { memory_.reserve(more); }
  // Where the node of a new id goes; nullptr if it is there already.
  std::uint64_t* add(const ExternalId& id);
  // What has been filled in there.
  void entered(const ExternalId& id, std::uint64_t node) { memory_.entered(id, node); }
  // Of the memory that only makes looking up faster.
  std::uint64_t order_bytes() const { return memory_.order_bytes(); }
  void forget_order() { memory_.forget_order(); }
  const void* home_of(const ExternalId& id) const { return memory_.home_of(id); }

  // The nodes of the ids in the column, while the space is in memory: kNone where there is none.
  void find(IdColumn& ids) const;
  // What the answers of find_all() are asked with.
  static IdLookup lookup_of(const ExternalId& id) {
    return {id.hash(), id.is_number != 0 ? std::string_view() : id.text()};
  }

  // Of the ids in memory; then there are none.
  void spill(IdFile& file);
  void settle(IdFile& file);
  bool is_spilled() const { return !runs_.empty(); }
  // Once settled; in any order.
  void find_all(std::vector<IdLookup*>& lookups) const;

  std::uint64_t size() const { return memory_.size(); }
  std::uint64_t bytes() const { return memory_.bytes() + run_bytes(); }
  std::uint64_t run_bytes() const;  // of that, what is kept about the runs
  std::uint64_t bytes_to_grow(const IdCounts& more) const { return memory_.bytes_to_grow(more); }

 private:
  bool on_disk(const ExternalId& id) const;

  ExternalIds memory_;
  std::vector<IdRun> runs_;
};

}  // namespace kith::import
