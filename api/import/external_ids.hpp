// api/import/external_ids.hpp: from the ids of the files to the graph's own.
//
// One map an id space, open addressing with linear probing. Integers lie in the table; text lies
// once in an arena. Every id gets a number in order of arrival; the caller knows which node that
// is. id_space.hpp puts on disk what is too much.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "core/arena.hpp"
#include "core/hash.hpp"

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
  std::uint64_t bytes() const { return table_.capacity() * sizeof(Entry) + texts_.bytes(); }
  // What the next add() may need besides: the table moves when it grows.
  std::uint64_t bytes_to_grow() const {
    return is_full() ? std::max(kFirstEntries, 2 * table_.size()) * sizeof(Entry) : 0;
  }

  // The hash that ids are told apart by: of integers it is unique.
  static std::uint64_t hash_of(std::string_view id) { return hash_text(id); }
  static std::uint64_t hash_of(std::int64_t id) { return mix_bits(static_cast<std::uint64_t>(id)); }

  // Calls give(hash, number, text) for all, in ascending order of hashes; the text of an integer is
  // empty. Then there are none.
  template <class Give>
  void drain(Give&& give) {
    const auto used = std::partition(table_.begin(), table_.end(),
                                     [](const Entry& entry) { return entry.number != kNone; });
    const auto hash = [](const Entry& entry) {
      return entry.text.data() == nullptr ? mix_bits(entry.key) : entry.key;
    };
    std::sort(table_.begin(), used,
              [&](const Entry& a, const Entry& b) { return hash(a) < hash(b); });
    for (auto at = table_.begin(); at != used; ++at) give(hash(*at), at->number, at->text);
    *this = ExternalIds();
  }

 private:
  struct Entry {
    std::uint64_t key = 0;  // the integer, or the hash of the text
    std::uint64_t number = kNone;
    std::string_view text;
  };
  template <class Same>
  std::size_t slot_for(std::uint64_t hash, Same&& same) const;
  static constexpr std::size_t kFirstEntries = 1024;
  bool is_full() const { return size_ * 4 >= table_.size() * 3; }
  void grow_if_full();

  std::vector<Entry> table_;
  std::uint64_t size_ = 0;
  Arena texts_;
};

}  // namespace kith::import
