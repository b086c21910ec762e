// cypher/plan/statistics.cpp: statistics of a view, partly by sampling.
//
// The sample is spread over the ids and does not depend on chance: the same graph gives the same
// plan.
#include "cypher/plan/statistics.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <set>

#include "core/arena.hpp"
#include "core/assert.hpp"
#include "core/compare.hpp"
#include "storage/cursor.hpp"

namespace kith::plan {

namespace {

constexpr std::size_t kRanges = 8;           // of ids, evenly spread
constexpr std::size_t kSamplesInRange = 16;  // the first of each

// At most kRanges of them, evenly spread.
std::vector<storage::IdRange> spread(const std::vector<storage::IdRange>& all) {
  if (all.size() <= kRanges) return all;
  std::vector<storage::IdRange> some;
  for (std::size_t i = 0; i < kRanges; ++i) some.push_back(all[i * all.size() / kRanges]);
  return some;
}

// Labels at one end of the sampled relationships of a type.
struct EndSample {
  std::size_t size = 0;
  std::map<std::uint32_t, std::size_t> labels;
};

class ViewStatistics final : public Statistics {
 public:
  explicit ViewStatistics(const storage::View& view) : view_(view) {}

  double nodes() const override { return static_cast<double>(view_.node_count()); }
  double nodes(const std::string& label) const override {
    const auto id = view_.catalog().find_label(label);
    return id ? static_cast<double>(view_.node_count(*id)) : 0;
  }
  double relationships() const override { return static_cast<double>(view_.relationship_count()); }
  double relationships(const std::string& type) const override {
    const auto id = view_.catalog().find_type(type);
    return id ? static_cast<double>(view_.relationship_count(*id)) : 0;
  }

  double share(const std::string& type, End end, const std::string& label) const override {
    const auto id = view_.catalog().find_label(label);
    const EndSample& sample = ends(type, end);
    if (!id) return 0;
    if (sample.size == 0) return 1;
    const auto found = sample.labels.find(id->value);
    const double seen = found == sample.labels.end() ? 0.5 : static_cast<double>(found->second);
    return seen / static_cast<double>(sample.size);
  }

  double population(const std::string& type, End end) const override {
    const EndSample& sample = ends(type, end);
    double fewest = nodes();
    for (const auto& [label, seen] : sample.labels) {
      if (20 * seen < 19 * sample.size) continue;
      fewest = std::min(fewest, static_cast<double>(view_.node_count(LabelId{label})));
    }
    return std::max(1.0, fewest);
  }

  double equality(const std::string& label, const std::string& key) const override {
    const auto [at, is_new] = equalities_.try_emplace({label, key}, 0);
    if (is_new) at->second = sample_equality(label, key);
    return at->second;
  }

 private:
  const EndSample& ends(const std::string& type, End end) const {
    auto found = ends_.find(type);
    if (found == ends_.end()) found = ends_.emplace(type, sample_ends(type)).first;
    return found->second[static_cast<std::size_t>(end)];
  }

  std::array<EndSample, 2> sample_ends(const std::string& type) const {
    std::array<EndSample, 2> sample;
    const auto id = view_.catalog().find_type(type);
    if (!id && !type.empty()) return sample;
    const auto ranges = storage::relationship_morsels(view_, id, kSegmentSlots);
    storage::RelationshipScan scan(view_, id);
    std::array<std::uint64_t, kSamplesInRange> ids{}, starts{}, stops{};
    for (const auto range : spread(ranges)) {
      scan.begin(range);
      const std::size_t count = scan.next(ids, starts, stops);
      KITH_ASSERT(count <= kSamplesInRange);
      for (std::size_t i = 0; i < count; ++i) {
        see_labels(starts[i], sample[0]);
        see_labels(stops[i], sample[1]);
      }
    }
    return sample;
  }

  void see_labels(std::uint64_t node, EndSample& sample) const {
    ++sample.size;
    for (const LabelId label : view_.labels_of(NodeId{node})) ++sample.labels[label.value];
  }

  // From how often values repeat in a sample (the birthday problem, backwards).
  double sample_equality(const std::string& label, const std::string& key) const {
    const auto key_id = view_.catalog().find_key(key);
    const auto label_id = view_.catalog().find_label(label);
    const double all = label.empty() ? nodes() : nodes(label);
    if (!key_id || all < 1) return 0.5 / std::max(1.0, all);
    std::size_t seen = 0, valued = 0;
    std::set<std::uint64_t> distinct;
    std::vector<LabelId> labels;
    if (label_id) labels.push_back(*label_id);
    storage::NodeScan scan(view_, labels);
    std::array<std::uint64_t, kSamplesInRange> ids{};
    storage::MorselOptions options;
    options.label = label_id;
    options.target = kSegmentSlots;
    for (const auto range : spread(storage::node_morsels(view_, options))) {
      scan.begin(range);
      const std::size_t count = scan.next(ids);
      for (std::size_t i = 0; i < count; ++i) {
        Arena arena;
        const Cell value = view_.property(NodeId{ids[i]}, *key_id, arena);
        ++seen;
        if (value.is_null()) continue;
        ++valued;
        distinct.insert(hash(value));
      }
    }
    if (valued == 0) return 0.5 / std::max(1.0, all);
    const double n = static_cast<double>(valued);
    const double repeats = n - static_cast<double>(distinct.size());
    const double present = n / static_cast<double>(seen);
    const double from_repeats = repeats > 0 ? n * n / (2 * repeats) : all;
    const double values = static_cast<double>(seen) >= all || 2 * repeats > n
                              ? static_cast<double>(distinct.size())
                              : from_repeats;
    return present / std::clamp(values, 1.0, std::max(1.0, all * present));
  }

  storage::View view_;
  mutable std::map<std::string, std::array<EndSample, 2>> ends_;
  mutable std::map<std::pair<std::string, std::string>, double> equalities_;
};

}  // namespace

std::unique_ptr<Statistics> statistics_of(const storage::View& view) {
  return std::make_unique<ViewStatistics>(view);
}

}  // namespace kith::plan
