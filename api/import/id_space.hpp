// api/import/id_space.hpp: the external ids of one id space, in memory as long as there is room.
//
// While nodes come, new ids enter the table in memory; when all tables together are over their
// share, spill() writes them as a run, with the node of each. Once all nodes are there, settle()
// makes one run of them: a space is then either in memory, and ids are found one by one, or on
// disk, and they are found many at a time.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "api/import/external_ids.hpp"
#include "api/import/id_runs.hpp"

namespace kith::import {

class IdSpace {
 public:
  static constexpr std::uint64_t kNone = ExternalIds::kNone;

  // False if the id is there already. Id: text or int64_t, all of a space alike.
  template <class Id>
  bool add(Id id, std::uint64_t number) {
    if (!runs_.empty() && on_disk(ExternalIds::hash_of(id), text_of(id))) return false;
    return memory_.add(id, number).is_new;
  }
  // The number of an id, while the space is in memory; kNone if there is none.
  template <class Id>
  std::uint64_t find(Id id) const {
    return memory_.find(id);
  }
  // What the answers of find_all() are asked with.
  template <class Id>
  static IdLookup lookup_of(Id id) {
    return {ExternalIds::hash_of(id), text_of(id)};
  }

  // Of the ids in memory; then there are none.
  void spill(IdFile& file, const std::vector<std::uint64_t>& node_of_number);
  void settle(IdFile& file);
  bool is_spilled() const { return !runs_.empty(); }
  // Once settled; in any order.
  void find_all(std::vector<IdLookup*>& lookups) const;

  std::uint64_t bytes() const { return memory_.bytes() + run_bytes(); }
  std::uint64_t run_bytes() const;  // of that, what is kept about the runs
  std::uint64_t bytes_to_grow() const { return memory_.bytes_to_grow(); }

 private:
  static std::string_view text_of(std::string_view id) { return id; }
  static std::string_view text_of(std::int64_t) { return {}; }
  bool on_disk(std::uint64_t hash, std::string_view text) const;

  ExternalIds memory_;
  std::vector<IdRun> runs_;
};

}  // namespace kith::import
