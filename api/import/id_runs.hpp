// api/import/id_runs.hpp: external ids on disk: runs sorted by hash, in pages of a temporary file.
//
// A filter says for nearly every new id that a run does not have it, so entering ids stays cheap.
// Many ids are looked up together: sorted by hash, they meet the pages in order.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/environment.hpp"

namespace kith::import {

// One id to be found: the text of an integer is empty.
struct IdLookup {
  std::uint64_t hash = 0;
  std::string_view text;
  std::uint64_t node = ~std::uint64_t{0};  // the answer
};

// A set of hashes that sometimes says yes wrongly.
class HashFilter {
 public:
  explicit HashFilter(std::uint64_t count);
  void add(std::uint64_t hash);
  bool may_have(std::uint64_t hash) const;
  std::uint64_t bytes() const { return blocks_.capacity() * sizeof(Block); }

 private:
  using Block = std::array<std::uint64_t, 8>;  // a cache line
  std::size_t block_of(std::uint64_t hash) const {
    return static_cast<std::size_t>((hash >> 32) * blocks_.size() >> 32);
  }
  std::vector<Block> blocks_;
};

// Where runs are appended.
struct IdFile {
  File& file;
  std::uint64_t end = 0;
};

class IdRun {
 public:
  // `count`: of the entries to come; 0: no filter.
  IdRun(IdFile& file, std::uint64_t count);

  // In ascending order of hashes, then finish().
  void add(std::uint64_t hash, std::uint64_t node, std::string_view text);
  void finish();

  // Fills in the answers of those it has. Sorted by hash.
  void find(std::span<IdLookup* const> lookups) const;
  bool has(std::uint64_t hash, std::string_view text) const;
  std::uint64_t bytes() const;  // in memory

  static IdRun merge(IdFile& file, const std::vector<IdRun>& runs);

 private:
  struct Page {
    std::uint64_t first_hash = 0, offset = 0, checksum = 0;
    std::uint32_t bytes = 0;
  };
  class Reader;
  void flush();

  IdFile* file_;
  std::vector<Page> pages_;
  std::unique_ptr<HashFilter> filter_;
  std::string page_;
};

}  // namespace kith::import
