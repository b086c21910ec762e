// api/import/external_ids.hpp: from the ids of the files to nodes, in memory.
//
// Numbers have a table of their own, which is smaller and needs no look at the text; a text that is
// written as a number would be is taken for one. Open addressing with linear probing; other text
// lies once in an arena. id_space.hpp puts on disk what is too much.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "api/import/id_order.hpp"
#include "core/arena.hpp"
#include "core/assert.hpp"
#include "core/hash.hpp"
#include "core/page_memory.hpp"

namespace kith::import {

// An id as it is looked up.
struct ExternalId {
  std::uint64_t word = 0;  // the number, or the text's hash
  const char* written = nullptr;
  std::uint32_t size : 31 = 0, is_number : 1 = 0;

  std::string_view text() const { return {written, size}; }  // as it is written; empty: no id

  // In a space of text. The number that it is taken for is written like that only.
  static ExternalId of_text(std::string_view text);
  // In a space of integers, where a number may be written in several ways.
  static ExternalId of_integer(std::int64_t value, std::string_view text) {
    return of(static_cast<std::uint64_t>(value), text, true);
  }
  // Of numbers it is unique among numbers.
  std::uint64_t hash() const { return is_number != 0 ? mix_bits(word) : word; }

 private:
  static ExternalId of(std::uint64_t word, std::string_view text, bool is_number) {
    KITH_ASSERT(text.size() < std::size_t{1} << 31);
    ExternalId id;
    id.word = word;
    id.written = text.data();
    id.size = text.size() & 0x7fffffff;
    id.is_number = is_number ? 1 : 0;
    return id;
  }
};

// The external id of each row.
struct IdColumn {
  std::vector<ExternalId> ids;
  std::vector<std::uint64_t> nodes;  // of relationships' ends: what was found

  // Ids that were there stay, to be written over.
  void begin(std::size_t rows) {
    ids.resize(rows);
    nodes.clear();
  }
  std::uint64_t bytes() const {
    return ids.capacity() * sizeof(ExternalId) + nodes.capacity() * sizeof(std::uint64_t);
  }
};

struct IdCounts {
  std::uint64_t numbers = 0, texts = 0;
};

class ExternalIds {
 public:
  static constexpr std::uint64_t kNone = ~std::uint64_t{0};

  // Makes room for so many more: until the next reserve() places stay where they are.
  void reserve(const IdCounts& more);
  // The place for the node of a new id, to be filled in by the caller; nullptr if it is there.
  std::uint64_t* add(const ExternalId& id);
  // The node of an id that was added, in ascending order of nodes as far as that is how they come:
  // ids are found the faster.
  void entered(const ExternalId& id, std::uint64_t node) {
    if (id.is_number != 0 && keeps_order_) order_.add(id.word, node);
  }
  void forget_order() {
    order_ = IdOrder();
    keeps_order_ = false;
  }
  // kNone where there is none.
  void find(std::span<const ExternalId> ids, std::span<std::uint64_t> nodes) const;
  // Where to look for it first, for __builtin_prefetch(). (A function that does nothing else has no
  // effect in the compiler's eyes: it leaves calls of it out.)
  const void* home_of(const ExternalId& id) const {
    return id.is_number != 0 ? numbers_.home_of(id) : texts_.home_of(id);
  }

  std::uint64_t size() const { return numbers_.used + texts_.used; }
  std::uint64_t bytes() const {
    return numbers_.bytes() + texts_.bytes() + arena_.bytes() + order_.bytes();
  }
  std::uint64_t order_bytes() const { return order_.bytes(); }
  // What reserve(more) needs besides: a table moves when it grows.
  std::uint64_t bytes_to_grow(const IdCounts& more) const;

  // Calls give(hash, node, text) for all, in ascending order of hashes; the text of a number is
  // empty. Then there are none.
  template <class Give>
  void drain(Give&& give) {
    const auto numbers = numbers_.sort();
    const auto texts = texts_.sort();
    auto number = numbers.begin();
    auto text = texts.begin();
    while (number != numbers.end() || text != texts.end()) {
      const bool is_number =
          text == texts.end() || (number != numbers.end() && number->hash() < text->hash());
      if (is_number) {
        give(number->hash(), number->node, std::string_view());
        ++number;
      } else {
        give(text->hash(), text->node, text->view());
        ++text;
      }
    }
    *this = ExternalIds();
  }

 private:
  struct Number {
    std::uint64_t word = 0, node = kNone;
    bool is(const ExternalId& id) const { return word == id.word; }
    std::uint64_t hash() const { return mix_bits(word); }
  };
  struct Text {
    std::uint64_t word = 0, node = kNone;
    const char* text = nullptr;  // its length in front
    std::string_view view() const;
    bool is(const ExternalId& id) const { return word == id.word && view() == id.text(); }
    std::uint64_t hash() const { return word; }
  };

  template <class Entry>
  struct Table {
    // A power of two; at least one is free.
    std::vector<Entry, LargePages<Entry>> entries = std::vector<Entry, LargePages<Entry>>(1);
    std::uint64_t used = 0;

    std::size_t slot_for(const ExternalId& id) const { return slot_for(id, first_slot(id)); }
    std::size_t first_slot(const ExternalId& id) const { return id.hash() & (entries.size() - 1); }
    // Where the id is, or would be: at `at`, where it is looked for first, or behind it.
    std::size_t slot_for(const ExternalId& id, std::size_t at) const {
      KITH_ASSERT(std::has_single_bit(entries.size()) && at < entries.size());
      while (entries[at].node != kNone && !entries[at].is(id)) at = (at + 1) & (entries.size() - 1);
      return at;
    }
    std::uint64_t node_of(const ExternalId& id, std::size_t at) const {
      return entries[slot_for(id, at)].node;
    }
    std::uint64_t bytes() const { return entries.capacity() * sizeof(Entry); }
    std::uint64_t bytes_to_grow(std::uint64_t more) const;
    void reserve(std::uint64_t more);
    const void* home_of(const ExternalId& id) const { return &entries[first_slot(id)]; }
    // Those in use, by their hashes: then it is no table any more.
    std::span<Entry> sort() {
      const auto end = std::partition(entries.begin(), entries.end(),
                                      [](const Entry& entry) { return entry.node != kNone; });
      std::sort(entries.begin(), end,
                [](const Entry& a, const Entry& b) { return a.hash() < b.hash(); });
      return {entries.begin(), end};
    }
  };
  static constexpr std::uint64_t kTaken = kNone - 1;  // has a place, but no node yet

  // Returns how many of the ids are at or shortly behind the one before.
  std::size_t find_together(std::span<const ExternalId> ids, std::span<std::uint64_t> nodes,
                            std::uint64_t before) const;
  std::size_t find_in_order(std::span<const ExternalId> ids, std::span<std::uint64_t> nodes,
                            std::uint64_t before) const;

  Table<Number> numbers_;
  Table<Text> texts_;
  Arena arena_;
  IdOrder order_;
  bool keeps_order_ = true;
};

}  // namespace kith::import
