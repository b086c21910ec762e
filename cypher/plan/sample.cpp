// cypher/plan/sample.cpp: windows into the ids, or, where elements lie sparsely, every k-th one.
#include "cypher/plan/sample.hpp"

#include <algorithm>
#include <array>

#include "core/assert.hpp"
#include "storage/cursor.hpp"

namespace kith::plan {

namespace {

using storage::IdRange;

constexpr std::size_t kWindows = 16;              // of ids, evenly spread
constexpr std::size_t kInWindow = 16;             // the first elements of each
constexpr std::size_t kEnough = 128;              // fewer: read on
constexpr std::size_t kMostRead = kSegmentSlots;  // elements, where windows show too few

// Where kWindows evenly spread reads begin, each up to the end of its range.
std::vector<IdRange> windows(const std::vector<IdRange>& ranges) {
  std::uint64_t all = 0;
  for (const auto& range : ranges) all += range.end - range.begin;
  std::vector<IdRange> some;
  std::uint64_t before = 0;  // ids in the ranges before this one
  for (const auto& range : ranges) {
    const std::uint64_t size = range.end - range.begin;
    while (some.size() < kWindows) {
      const std::uint64_t number = some.size();
      const std::uint64_t at = all / kWindows * number + all % kWindows * number / kWindows;
      if (at >= before + size) break;
      some.push_back({range.begin + (at - before), range.end});
    }
    before += size;
  }
  return some;
}

// `read(range, most, next)` gives at most that many elements of a range, the first ones, and may
// set `next` to what lies behind the last of them. A window that begins before that of the same
// range would show the same ones: they lie together somewhere, and windows are no sample.
template <class Element, class Read>
std::vector<Element> sample(const std::vector<IdRange>& ranges, const Read& read) {
  std::vector<Element> found;
  std::uint64_t next = 0, end = 0;  // of the window before
  for (const auto& window : windows(ranges)) {
    if (window.end == end && window.begin < next) continue;
    end = window.end;
    const auto some = read(window, kInWindow, next);
    KITH_ASSERT(some.size() <= kInWindow);
    found.insert(found.end(), some.begin(), some.end());
  }
  if (found.size() >= kEnough) return found;
  found.clear();
  for (const auto& range : ranges) {
    const auto some = read(range, kMostRead - found.size(), next);
    found.insert(found.end(), some.begin(), some.end());
    if (found.size() >= kMostRead) break;
  }
  const std::size_t stride = std::max<std::size_t>(1, found.size() / (kWindows * kInWindow));
  std::size_t kept = 0;
  for (std::size_t i = 0; i < found.size(); i += stride) found[kept++] = found[i];
  found.resize(kept);
  return found;
}

}  // namespace

std::vector<std::uint64_t> sample_nodes(const storage::View& view, std::optional<LabelId> label) {
  storage::NodeScan scan(view, label ? std::vector<LabelId>{*label} : std::vector<LabelId>{});
  storage::MorselOptions options;
  options.label = label;
  options.target = kSegmentSlots;
  const auto read = [&](IdRange range, std::size_t most, std::uint64_t& next) {
    std::vector<std::uint64_t> ids(most);
    scan.begin(range);
    std::size_t count = 0;
    while (count < most) {
      const std::size_t more = scan.next(std::span(ids).subspan(count));
      if (more == 0) break;
      count += more;
    }
    ids.resize(count);
    next = ids.empty() ? range.end : ids.back() + 1;
    return ids;
  };
  auto sampled = sample<std::uint64_t>(storage::node_morsels(view, options), read);
  std::sort(sampled.begin(), sampled.end());  // windows may overlap
  sampled.erase(std::unique(sampled.begin(), sampled.end()), sampled.end());
  return sampled;
}

std::vector<SampledRelationship> sample_relationships(const storage::View& view,
                                                      std::optional<TypeId> type) {
  storage::RelationshipScan scan(view, type);
  std::array<std::uint64_t, kInWindow> ids{}, starts{}, ends{};
  return sample<SampledRelationship>(
      storage::relationship_morsels(view, type, kSegmentSlots),
      [&](IdRange range, std::size_t most, std::uint64_t& /*next*/) {
        std::vector<SampledRelationship> some;
        scan.begin(range);
        while (some.size() < most) {
          const std::size_t wanted = std::min(kInWindow, most - some.size());
          const std::size_t more =
              scan.next(std::span(ids).first(wanted), std::span(starts).first(wanted),
                        std::span(ends).first(wanted));
          if (more == 0) break;
          for (std::size_t i = 0; i < more; ++i) some.push_back({starts[i], ends[i]});
        }
        return some;
      });
}

}  // namespace kith::plan
