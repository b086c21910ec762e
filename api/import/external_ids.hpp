// api/import/external_ids.hpp: from the ids of the files to the graph's own.
//
// One map an id space, open addressing with linear probing. Integers lie in the table; text lies
// once in an arena. Every id gets a number in order of arrival; the caller knows which node that
// is.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "core/arena.hpp"

namespace kith::import {

class ExternalIds {
 public:
  static constexpr std::uint64_t kNone = ~std::uint64_t{0};

  // The id's number and whether it is new.
  struct Added {
    std::uint64_t number;
    bool is_new;
  };
  Added add(std::string_view id, std::uint64_t number);
  Added add(std::int64_t id, std::uint64_t number);
  std::uint64_t find(std::string_view id) const;  // kNone if there is none
  std::uint64_t find(std::int64_t id) const;
  std::uint64_t size() const { return size_; }

 private:
  struct Entry {
    std::uint64_t key = 0;  // the integer, or the hash of the text
    std::uint64_t number = kNone;
    std::string_view text;
  };
  template <class Same>
  std::size_t slot_for(std::uint64_t hash, Same&& same) const;
  void grow_if_full();

  std::vector<Entry> table_;
  std::uint64_t size_ = 0;
  Arena texts_;
};

}  // namespace kith::import
