// storage/index/page.cpp: reading and building the pages of a tree.
#include "storage/index/page.hpp"

#include <algorithm>
#include <bit>

#include "core/assert.hpp"
#include "core/radix_sort.hpp"
#include "kith/error.hpp"

namespace kith::storage {

namespace {

[[noreturn]] void corrupt() {
  throw StorageError("CorruptBlock", "a page of an index contradicts itself");
}

constexpr std::size_t kLongestRow = 64;  // of entries that are packed
constexpr std::ptrdiff_t kCacheLine = 64;
constexpr std::uint32_t kFew = 16;  // strings, that are searched at once

constexpr std::size_t padded(std::size_t bytes) { return (bytes + 7) / 8 * 8; }

BuiltPage build(std::uint32_t level, const StringList& strings,
                std::span<const IndexChild> children, std::size_t prefix) {
  IndexPageHeader header{};
  header.level = static_cast<std::uint16_t>(level);
  header.entries = static_cast<std::uint16_t>(strings.size());
  header.prefix_bytes = static_cast<std::uint16_t>(prefix);
  const std::size_t rests = strings.bytes() - strings.size() * prefix;
  const std::size_t length = strings.front().size();
  bool one_length = true;
  for (std::size_t i = 0; i < strings.size(); ++i) {
    one_length = one_length && strings[i].size() == length;
    if (level == 0 && is_cut(key_of_entry(strings[i]))) header.flags = kHasCutKeys;
  }
  header.heap_bytes = static_cast<std::uint32_t>(prefix + rests);
  const std::size_t offsets_at = sizeof header + children.size_bytes();
  const std::size_t heap_at = offsets_at + padded((strings.size() + 1) * sizeof(std::uint16_t));
  std::vector<std::byte> page(heap_at + prefix + rests);
  KITH_ASSERT(page.size() <= kIndexPageBytes && strings.size() <= UINT16_MAX);
  std::memcpy(page.data(), &header, sizeof header);
  if (!children.empty())
    std::memcpy(page.data() + sizeof header, children.data(), children.size_bytes());
  if (prefix > 0) std::memcpy(page.data() + heap_at, strings.front().data(), prefix);
  std::vector<std::uint16_t> offsets = {0};
  std::byte* to = page.data() + heap_at + prefix;
  for (std::size_t i = 0; i < strings.size(); ++i) {
    const std::string_view rest = strings[i].substr(prefix);
    if (!rest.empty()) std::memcpy(to + offsets.back(), rest.data(), rest.size());
    offsets.push_back(static_cast<std::uint16_t>(offsets.back() + rest.size()));
  }
  std::memcpy(page.data() + offsets_at, offsets.data(), offsets.size() * sizeof(std::uint16_t));
  Sections sections;
  sections.end_at(offsets_at, SectionForm::Bytes);
  sections.end_at(heap_at, SectionForm::Words, sizeof(std::uint16_t));
  sections.end_at(heap_at + prefix, SectionForm::Bytes);
  if (one_length && length > prefix && length - prefix <= kLongestRow)
    sections.end_at(page.size(), SectionForm::Rows, static_cast<std::uint8_t>(length - prefix));
  return {std::move(page), std::move(sections)};
}

}  // namespace

IndexPage::IndexPage(std::span<const std::byte> payload) {
  if (payload.size() < sizeof header_) corrupt();
  std::memcpy(&header_, payload.data(), sizeof header_);
  const std::size_t children = is_leaf() ? 0 : header_.entries * sizeof(IndexChild);
  const std::size_t offsets_at = sizeof header_ + children;
  const std::size_t heap_at =
      offsets_at + padded((std::size_t{header_.entries} + 1) * sizeof(std::uint16_t));
  const bool sound = header_.entries > 0 && header_.prefix_bytes <= header_.heap_bytes &&
                     heap_at + header_.heap_bytes == payload.size();
  if (!sound) corrupt();
  children_ = payload.data() + sizeof header_;
  offsets_ = payload.data() + offsets_at;
  heap_ = static_cast<const char*>(static_cast<const void*>(payload.data() + heap_at));
  heap_bytes_ = header_.heap_bytes;
}

IndexChild IndexPage::child(std::uint32_t i) const {
  KITH_ASSERT(!is_leaf() && i < count());
  IndexChild child;
  std::memcpy(&child, children_ + i * sizeof child, sizeof child);
  return child;
}

std::string_view IndexPage::rest(std::uint32_t i) const {
  KITH_ASSERT(i < count());
  std::uint16_t ends[2];
  std::memcpy(ends, offsets_ + i * sizeof ends[0], sizeof ends);
  if (ends[0] > ends[1] || std::size_t{header_.prefix_bytes} + ends[1] > heap_bytes_) corrupt();
  return {heap_ + header_.prefix_bytes + ends[0], static_cast<std::size_t>(ends[1] - ends[0])};
}

std::uint64_t IndexPage::id(std::uint32_t i) const {
  const std::string_view after = rest(i);
  if (after.size() >= kEntryIdBytes) return id_of_entry(after);
  if (header_.prefix_bytes + after.size() < kEntryIdBytes) corrupt();
  return id_of_entry(string(i));  // of one key, with ids that begin alike
}

// Strings from low on, below high: those before low stay below, those from high on above all that
// begin with `wanted`. Keys are often spread evenly: where this one would be then is looked at
// first, so that a lookup touches a few lines of a page that is in no cache.
void IndexPage::narrow(std::uint64_t wanted, std::uint32_t& low, std::uint32_t& high) const {
  if (high - low <= kFew) return;
  const std::uint64_t least = text_prefix(rest(low)), most = text_prefix(rest(high - 1));
  if (wanted <= least || wanted >= most) return;
  const double share = static_cast<double>(wanted - least) / static_cast<double>(most - least);
  const std::uint32_t guess = low + static_cast<std::uint32_t>(share * (high - 1 - low));
  gallop(wanted, std::min(guess, high - 1), low, high);
}

// As narrow(), from a place on where it probably is.
void IndexPage::gallop(std::uint64_t wanted, std::uint32_t guess, std::uint32_t& low,
                       std::uint32_t& high) const {
  KITH_ASSERT(low <= guess && guess < high);
  const std::uint64_t there = text_prefix(rest(guess));
  if (there == wanted) return;
  const bool up = there < wanted;
  for (std::uint32_t step = 2, at = guess; high - low > kFew; step *= 4) {
    up ? low = at + 1 : high = at;
    if (step >= high - low) return;
    at = up ? low + step : high - step;
    const std::uint64_t here = text_prefix(rest(at));
    if (here == wanted) return;
    if ((here < wanted) != up) {
      up ? high = at : low = at + 1;
      return;
    }
  }
}

template <bool kAbove>
std::uint32_t IndexPage::search(std::string_view bound, std::uint32_t from,
                                std::optional<double> share) const {
  const std::string_view head = bound.substr(0, header_.prefix_bytes);
  if (const int by = head.compare(prefix()); by != 0) return by < 0 ? from : count();
  const std::string_view tail = bound.substr(header_.prefix_bytes);
  const std::uint64_t wanted = text_prefix(tail);
  std::uint32_t low = from, high = count();
  share ? gallop(wanted, at_share(*share), low, high) : narrow(wanted, low, high);
  while (low < high) {
    const std::uint32_t middle = low + (high - low) / 2;
    const std::string_view here = rest(middle);
    const std::uint64_t first = text_prefix(here);  // mostly decides, without a call
    const int by = first != wanted ? (first < wanted ? -1 : 1) : here.compare(tail);
    (kAbove ? by <= 0 : by < 0) ? low = middle + 1 : high = middle;
  }
  return low;
}

std::uint32_t IndexPage::place_of(std::string_view bound) const {
  KITH_ASSERT(is_leaf());
  return search<false>(bound, 0);
}

std::uint32_t IndexPage::at_share(double share) const {
  KITH_ASSERT(share >= 0 && share <= 1);
  return std::min(static_cast<std::uint32_t>(share * count()), count() - 1);
}

std::uint32_t IndexPage::place_near(std::string_view bound, double share) const {
  KITH_ASSERT(is_leaf());
  return search<false>(bound, 0, share);
}

void IndexPage::prefetch(double share) const {
  const std::uint32_t guess = at_share(share);
  const std::uint32_t rests = header_.heap_bytes - header_.prefix_bytes;
  const char* there = heap_ + header_.prefix_bytes + std::uint64_t{guess} * rests / count();
  __builtin_prefetch(heap_);
  __builtin_prefetch(offsets_ + guess * sizeof(std::uint16_t));
  __builtin_prefetch(there);
  __builtin_prefetch(std::min(there + kCacheLine, heap_ + heap_bytes_ - 1));
}

std::uint32_t IndexPage::run_of(std::string_view key, std::uint32_t from,
                                std::uint32_t most) const {
  const std::size_t same = std::min<std::size_t>(key.size(), header_.prefix_bytes);
  if (key.substr(0, same) != prefix().substr(0, same)) return 0;
  const std::string_view tail = key.substr(same);
  std::uint32_t run = 0;
  while (run < most && from + run < count() && rest(from + run).starts_with(tail)) ++run;
  return run;
}

std::uint32_t IndexPage::child_for(std::string_view entry) const {
  KITH_ASSERT(!is_leaf());
  return search<true>(entry, 1) - 1;
}

BuiltPage build_leaf(const StringList& strings) {
  KITH_ASSERT(!strings.empty() && strings.front() <= strings.back());
  const std::size_t prefix =
      strings.size() == 1 ? 0 : common_bytes(strings.front(), strings.back());
  return build(0, strings, {}, prefix);
}

BuiltPage build_branch(std::uint32_t level, const StringList& separators,
                       std::span<const IndexChild> children) {
  KITH_ASSERT(level > 0 && separators.size() == children.size() && !children.empty());
  KITH_ASSERT(separators.front().empty());
  return build(level, separators, children, 0);
}

std::size_t common_bytes(std::string_view a, std::string_view b) {
  const std::size_t both = std::min(a.size(), b.size());
  std::size_t same = 0;
  for (std::uint64_t of_a = 0, of_b = 0; same + sizeof of_a <= both; same += sizeof of_a) {
    std::memcpy(&of_a, a.data() + same, sizeof of_a);
    std::memcpy(&of_b, b.data() + same, sizeof of_b);
    if (of_a != of_b)
      return same + static_cast<std::size_t>(std::countr_zero(of_a ^ of_b)) / 8;  // little-endian
  }
  while (same < both && a[same] == b[same]) ++same;
  return same;
}

std::string separator_between(std::string_view left, std::string_view right) {
  KITH_ASSERT(left < right);
  return std::string(right.substr(0, common_bytes(left, right) + 1));
}

}  // namespace kith::storage
