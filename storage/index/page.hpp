// storage/index/page.hpp: one page of an index's tree: entries of a leaf, or children of a branch.
//
// The payload of a block of kind Index (docs/file_format.md, part 10):
//
//   IndexPageHeader
//   branch: IndexChild[entries]
//   u16[entries + 1] offsets into what follows the prefix, padded to 8
//   prefix_bytes that all strings of the page begin with; the rests of the strings
//
// The strings of a leaf are its entries. Those of a branch are separators: everything below child i
// is not below string i and below string i + 1; the first is empty, so a branch has no prefix.
#pragma once

#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "storage/index/key.hpp"
#include "storage/index/string_list.hpp"
#include "storage/pack/section.hpp"
#include "storage/page/format.hpp"

namespace kith::storage {

// A page is at most this long; it is written when it is about kIndexPageFill full, and never left
// with less than kIndexPageLeast, but at the end of its level.
inline constexpr std::uint32_t kIndexPageBytes = 2 * kPageBytes - sizeof(BlockHeader);
inline constexpr std::uint32_t kIndexPageFill = kIndexPageBytes / 16 * 15;
inline constexpr std::uint32_t kIndexPageLeast = kIndexPageBytes / 3;

// The strings of a page with what they cost there; without the prefix that may be saved.
constexpr std::size_t leaf_entry_cost(std::size_t bytes) { return bytes + sizeof(std::uint16_t); }
constexpr std::size_t branch_child_cost(std::size_t bytes) {
  return bytes + sizeof(std::uint16_t) + sizeof(IndexChild);
}
inline constexpr std::size_t kIndexPageOverhead = sizeof(IndexPageHeader) + 16;

inline constexpr std::uint16_t kHasCutKeys = 1;

// A view of a page's payload. Every access is within the payload, whatever is in it:
// StorageError("CorruptBlock").
class IndexPage {
 public:
  IndexPage() = default;
  explicit IndexPage(std::span<const std::byte> payload);

  bool is_leaf() const { return header_.level == 0; }
  bool has_cut() const { return (header_.flags & kHasCutKeys) != 0; }
  std::uint32_t level() const { return header_.level; }
  std::uint32_t count() const { return header_.entries; }
  IndexChild child(std::uint32_t i) const;
  std::string_view prefix() const { return {heap_, header_.prefix_bytes}; }
  // What string i has after the prefix.
  std::string_view rest(std::uint32_t i) const;
  void append_to(std::string& out, std::uint32_t i) const { out.append(prefix()).append(rest(i)); }
  // Of an entry of a leaf.
  std::uint64_t id(std::uint32_t i) const;
  std::string string(std::uint32_t i) const { return std::string(prefix()).append(rest(i)); }
  // The first string of a leaf that is not below `bound`.
  std::uint32_t place_of(std::string_view bound) const;
  // The same, fast if that is about `share` of the way from the first string to the last (0 to 1);
  // prefetch() asks for the memory that it reads then.
  std::uint32_t place_near(std::string_view bound, double share) const;
  void prefetch(double share) const;
  // How many strings from `from` on begin with `key`, counted up to `most`.
  std::uint32_t run_of(std::string_view key, std::uint32_t from, std::uint32_t most) const;
  // The child of a branch that has, or would have, an entry.
  std::uint32_t child_for(std::string_view entry) const;

 private:
  // The first string from `from` on that is not below `bound`, or that is above it.
  template <bool kAbove>
  std::uint32_t search(std::string_view bound, std::uint32_t from,
                       std::optional<double> share = {}) const;

  std::uint32_t at_share(double share) const;
  void narrow(std::uint64_t wanted, std::uint32_t& low, std::uint32_t& high) const;
  void gallop(std::uint64_t wanted, std::uint32_t guess, std::uint32_t& low,
              std::uint32_t& high) const;

  IndexPageHeader header_{};
  const std::byte* children_ = nullptr;
  const std::byte* offsets_ = nullptr;
  const char* heap_ = nullptr;  // the prefix, then the rests
  std::uint32_t heap_bytes_ = 0;
};

// The payload of a page, and what it consists of. `strings` ascend; the prefix of a leaf is found
// here.
struct BuiltPage {
  std::vector<std::byte> bytes;
  Sections sections;
};
BuiltPage build_leaf(const StringList& strings);
BuiltPage build_branch(std::uint32_t level, const StringList& separators,
                       std::span<const IndexChild> children);

// Bytes that both begin with.
std::size_t common_bytes(std::string_view a, std::string_view b);
// The shortest string that is above `left` and not above `right`.
std::string separator_between(std::string_view left, std::string_view right);

}  // namespace kith::storage
