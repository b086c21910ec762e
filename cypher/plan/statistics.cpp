// cypher/plan/statistics.cpp: statistics of a view, partly by sampling.
//
// Everything is computed when first asked for, and kept as long as the statement is planned.
#include "cypher/plan/statistics.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <set>
#include <span>
#include <tuple>

#include "core/arena.hpp"
#include "core/assert.hpp"
#include "core/compare.hpp"
#include "cypher/plan/sample.hpp"
#include "storage/cursor.hpp"
#include "storage/index.hpp"

namespace kith::plan {

namespace {

constexpr std::size_t kTogether = 16;     // nodes whose neighbours are read at once
constexpr std::size_t kNeighbours = 512;  // read of them
constexpr std::size_t kFew = 16;  // fewer hits in a sample than this say little about a share

// Labels at one end of the sampled relationships of a type.
struct EndSample {
  std::size_t size = 0;
  std::map<std::uint32_t, std::size_t> labels;
};

bool is_about_same(const RangePremise& a, const RangePremise& b) {
  return a.index == b.index && a.sample == b.sample && a.lower == b.lower && a.upper == b.upper &&
         a.prefix == b.prefix && a.lower_inclusive == b.lower_inclusive &&
         a.upper_inclusive == b.upper_inclusive;
}
bool is_about_same(const ItemsPremise& a, const ItemsPremise& b) { return a.list == b.list; }

class ViewStatistics final : public Statistics {
 public:
  explicit ViewStatistics(const storage::View& view) : view_(view) {}

  double nodes() const override { return static_cast<double>(view_.node_count()); }
  double labelled(const std::string& label) const override {
    return static_cast<double>(counted(true, label));
  }
  double relationships() const override { return static_cast<double>(view_.relationship_count()); }
  double relationships(const std::string& type) const override {
    return static_cast<double>(counted(false, type));
  }

  double share(const std::string& type, End end, const std::string& label) const override {
    const auto id = view_.catalog().find_label(label);
    const EndSample& sample = ends(type, end);
    if (!id) return 0;
    if (sample.size == 0) return 1;
    const auto found = sample.labels.find(id->value);
    const std::size_t seen = found == sample.labels.end() ? 0 : found->second;
    if (seen < kFew) return share_by_degree(type, end, *id);
    return static_cast<double>(seen) / static_cast<double>(sample.size);
  }

  double share_between(const std::string& type, const std::string& start_label,
                       const std::string& end_label) const override {
    const auto [at, is_new] = pairs_.try_emplace({type, start_label, end_label}, 0);
    if (is_new) {
      // From the side where nodes have fewer of them: their lists are seen in whole.
      const bool from_start = share(type, End::Start, start_label) * labelled(end_label) <=
                              share(type, End::End, end_label) * labelled(start_label);
      at->second = from_start ? share_from(type, End::Start, start_label, end_label)
                              : share_from(type, End::End, end_label, start_label);
    }
    return at->second;
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

  std::optional<double> fan_behind(const std::string& type, End end, const std::string& other,
                                   Direction direction) const override {
    const auto [at, is_new] = fans_.try_emplace({type, end, other, direction}, std::nullopt);
    if (is_new) at->second = sample_fan(type, end, other, direction);
    return at->second;
  }

  double equality(const std::string& label, const std::string& key) const override {
    const auto [at, is_new] = equalities_.try_emplace({label, key}, 0);
    if (is_new) at->second = sample_equality(label, key);
    return at->second;
  }

  std::shared_ptr<const ValueSample> values(const std::string& label,
                                            const std::string& key) const override {
    const auto [at, is_new] = values_.try_emplace({label, key}, nullptr);
    if (is_new) at->second = sample_values(label, key);
    return at->second;
  }

  const std::vector<IndexFacts>& indexes() const override {
    if (!indexes_) indexes_ = find_indexes();
    return *indexes_;
  }

  std::optional<double> share(const IndexFacts& index, const ConstantRange& range) const override {
    const storage::IndexDef* found = view_.schema().find_index(index.id);
    KITH_ASSERT(found != nullptr);
    return share_of_range(view_, *found, range);
  }

  void rests_on(const RangePremise& premise) const override { note(premises_.ranges, premise); }
  void rests_on(const ItemsPremise& premise) const override { note(premises_.items, premise); }
  Premises premises() const {
    Premises all = premises_;
    for (const auto& [what, count] : counts_) {
      all.counts.push_back({what.first, what.second, count});
    }
    return all;
  }

  bool is_always_there(storage::ElementKind on, const std::string& token,
                       const std::string& key) const override {
    const auto place = token_of(on, token);
    const auto key_id = view_.catalog().find_key(key);
    if (!place || !key_id) return false;
    const auto constraints = view_.schema().constraints_on(*place);
    return std::any_of(constraints.begin(), constraints.end(), [&](const auto* constraint) {
      using storage::ConstraintKind;
      const auto& keys = constraint->keys;
      const bool says_so =
          constraint->kind == ConstraintKind::Exists || constraint->kind == ConstraintKind::Key;
      return says_so && std::find(keys.begin(), keys.end(), *key_id) != keys.end();
    });
  }

 private:
  template <class Premise>
  static void note(std::vector<Premise>& noted, Premise premise) {
    const auto same = [&](const Premise& other) { return is_about_same(other, premise); };
    if (std::none_of(noted.begin(), noted.end(), same)) noted.push_back(std::move(premise));
  }

  std::uint64_t counted(bool of_nodes, const std::string& name) const {
    const auto [at, is_new] = counts_.try_emplace({of_nodes, name}, 0);
    if (!is_new) return at->second;
    if (of_nodes) {
      const auto label = view_.catalog().find_label(name);
      if (label) at->second = view_.node_count(*label);
    } else {
      const auto type = view_.catalog().find_type(name);
      if (type) at->second = view_.relationship_count(*type);
    }
    return at->second;
  }

  std::optional<storage::SchemaToken> token_of(storage::ElementKind on,
                                               const std::string& name) const {
    if (on == storage::ElementKind::Node) {
      const auto label = view_.catalog().find_label(name);
      return label ? std::optional(storage::SchemaToken::of(*label)) : std::nullopt;
    }
    const auto type = view_.catalog().find_type(name);
    return type ? std::optional(storage::SchemaToken::of(*type)) : std::nullopt;
  }

  std::vector<IndexFacts> find_indexes() const {
    std::vector<IndexFacts> found;
    for (const storage::IndexDef& index : view_.schema().indexes()) {
      if (!storage::is_online(view_, index)) continue;
      IndexFacts facts;
      facts.id = index.id;
      facts.name = index.name;
      facts.on = index.token.on;
      const bool on_node = facts.on == storage::ElementKind::Node;
      facts.token = on_node ? view_.catalog().name(index.token.label())
                            : view_.catalog().name(index.token.type());
      for (const KeyId key : index.keys) facts.keys.push_back(view_.catalog().name(key));
      facts.unique = index.constraint != 0;
      const storage::IndexStatistics statistics = storage::index_statistics(view_, index);
      facts.entries = static_cast<double>(statistics.entries);
      facts.distinct =
          distinct_of(index, facts, std::max(1.0, static_cast<double>(statistics.distinct)));
      found.push_back(std::move(facts));
    }
    return found;
  }

  // Of all keys together the index knows how many there are; of fewer, a sample says.
  std::vector<double> distinct_of(const storage::IndexDef& index, const IndexFacts& facts,
                                  double all_keys) const {
    std::vector<double> distinct;
    double together = 1;
    const bool on_node = facts.on == storage::ElementKind::Node;
    for (std::size_t i = 0; i + 1 < index.keys.size(); ++i) {
      const double one = on_node ? sample_equality(facts.token, facts.keys[i]) : 0.1;
      together = std::min(all_keys, together / std::max(1e-9, one));
      distinct.push_back(std::max(1.0, together));
    }
    distinct.push_back(all_keys);
    return distinct;
  }

  const EndSample& ends(const std::string& type, End end) const {
    auto found = ends_.find(type);
    if (found == ends_.end()) found = ends_.emplace(type, sample_ends(type)).first;
    return found->second[static_cast<std::size_t>(end)];
  }

  // Of a type that exists, or of all.
  const std::vector<SampledRelationship>& sampled(const std::string& type) const {
    const auto [at, is_new] = relationship_samples_.try_emplace(type);
    if (is_new) at->second = sample_relationships(view_, view_.catalog().find_type(type));
    return at->second;
  }

  std::array<EndSample, 2> sample_ends(const std::string& type) const {
    std::array<EndSample, 2> sample;
    const auto id = view_.catalog().find_type(type);
    if (!id && !type.empty()) return sample;
    for (const auto& relationship : sampled(type)) {
      see_labels(relationship.start, sample[0]);
      see_labels(relationship.end, sample[1]);
    }
    return sample;
  }

  std::optional<double> sample_fan(const std::string& type, End end, const std::string& other,
                                   Direction direction) const {
    const auto id = view_.catalog().find_type(type);
    const auto other_id = view_.catalog().find_type(other);
    if ((!id && !type.empty()) || (!other_id && !other.empty())) return std::nullopt;
    const auto& sample = sampled(type);
    if (sample.empty()) return std::nullopt;
    std::vector<TypeId> types;
    if (other_id) types.push_back(*other_id);
    std::uint64_t total = 0;
    for (const auto& relationship : sample) {
      const std::uint64_t node = end == End::Start ? relationship.start : relationship.end;
      total += view_.degree(NodeId{node}, direction, types);
    }
    return static_cast<double>(total) / static_cast<double>(sample.size());
  }

  // For a label that few of the type's relationships have: how many its nodes have.
  double share_by_degree(const std::string& type, End end, LabelId label) const {
    const auto [at, is_new] = shares_.try_emplace({type, end, label.value}, 0);
    if (!is_new) return at->second;
    std::vector<TypeId> types;
    if (const auto id = view_.catalog().find_type(type)) types.push_back(*id);
    const Direction direction = end == End::Start ? Direction::Out : Direction::In;
    std::uint64_t nodes_seen = 0, relationships_seen = 0;
    for (const std::uint64_t node : nodes_with(label)) {
      ++nodes_seen;
      relationships_seen += view_.degree(NodeId{node}, direction, types);
    }
    const double all = type.empty() ? relationships() : relationships(type);
    if (nodes_seen == 0 || all < 1) return 0;
    // None seen does not mean that there are none.
    const double seen = std::max(0.1, static_cast<double>(relationships_seen));
    const double mean = seen / static_cast<double>(nodes_seen);
    at->second = std::min(1.0, mean * static_cast<double>(view_.node_count(label)) / all);
    return at->second;
  }

  // The share whose `end` has the label, times that of their other ends with the other label.
  double share_from(const std::string& type, End end, const std::string& label,
                    const std::string& other_label) const {
    const auto id = view_.catalog().find_label(label);
    const auto other_id = view_.catalog().find_label(other_label);
    const double share_of_end = share(type, end, label);
    if (!id || !other_id || share_of_end <= 0) return 0;
    std::vector<TypeId> types;
    if (const auto type_id = view_.catalog().find_type(type)) types.push_back(*type_id);
    storage::NeighbourCursor cursor(view_, end == End::Start ? Direction::Out : Direction::In,
                                    types);
    std::size_t seen = 0, hits = 0;
    std::array<std::uint32_t, kNeighbours> rows{};
    std::array<std::uint64_t, kNeighbours> others{};
    const std::span<const std::uint64_t> nodes = nodes_with(id);
    for (std::size_t at = 0; at < nodes.size(); at += kTogether) {
      cursor.begin(nodes.subspan(at, std::min(kTogether, nodes.size() - at)));
      const std::size_t count = cursor.next(kNeighbours, rows.data(), others.data(), nullptr);
      const std::size_t stride = std::max<std::size_t>(1, count / kTogether);
      for (std::size_t i = 0; i < count; i += stride) {
        const auto labels = view_.labels_of(NodeId{others[i]});
        hits += std::find(labels.begin(), labels.end(), *other_id) != labels.end() ? 1 : 0;
        ++seen;
      }
    }
    const End other_end = end == End::Start ? End::End : End::Start;
    if (seen == 0) return share_of_end * share(type, other_end, other_label);
    const double passing = std::max(0.5, static_cast<double>(hits)) / static_cast<double>(seen);
    return share_of_end * passing;
  }

  const std::vector<std::uint64_t>& nodes_with(std::optional<LabelId> label) const {
    const std::uint64_t at = label ? label->value + std::uint64_t{1} : 0;
    const auto found = samples_.find(at);
    return found != samples_.end() ? found->second
                                   : samples_.emplace(at, sample_nodes(view_, label)).first->second;
  }

  void see_labels(std::uint64_t node, EndSample& sample) const {
    ++sample.size;
    for (const LabelId label : view_.labels_of(NodeId{node})) ++sample.labels[label.value];
  }

  std::shared_ptr<const ValueSample> sample_values(const std::string& label,
                                                   const std::string& key) const {
    const auto key_id = view_.catalog().find_key(key);
    const auto label_id = view_.catalog().find_label(label);
    if (!key_id || (!label.empty() && !label_id)) return nullptr;
    auto sample = std::make_shared<ValueSample>();
    for (const std::uint64_t node : nodes_with(label_id)) {
      Arena arena;
      const Cell value = view_.property(NodeId{node}, *key_id, arena);
      ++sample->nodes;
      if (!value.is_null()) sample->values.emplace_back(value);
    }
    return sample;
  }

  // From how often values repeat in a sample (the birthday problem, backwards).
  double sample_equality(const std::string& label, const std::string& key) const {
    const auto key_id = view_.catalog().find_key(key);
    const auto label_id = view_.catalog().find_label(label);
    const double all = label.empty() ? nodes() : labelled(label);
    if (!key_id || all < 1) return 0.5 / std::max(1.0, all);
    std::size_t seen = 0, valued = 0;
    std::set<std::uint64_t> distinct;
    for (const std::uint64_t node : nodes_with(label_id)) {
      Arena arena;
      const Cell value = view_.property(NodeId{node}, *key_id, arena);
      ++seen;
      if (value.is_null()) continue;
      ++valued;
      distinct.insert(hash(value));
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
  mutable std::map<std::pair<bool, std::string>, std::uint64_t> counts_;  // of nodes?, name
  mutable Premises premises_;  // but for those of counts_
  mutable std::optional<std::vector<IndexFacts>> indexes_;
  mutable std::map<std::string, std::array<EndSample, 2>> ends_;
  mutable std::map<std::uint64_t, std::vector<std::uint64_t>> samples_;  // by label + 1; 0: any
  mutable std::map<std::string, std::vector<SampledRelationship>> relationship_samples_;
  mutable std::map<std::tuple<std::string, End, std::uint32_t>, double> shares_;
  mutable std::map<std::tuple<std::string, std::string, std::string>, double> pairs_;
  mutable std::map<std::tuple<std::string, End, std::string, Direction>, std::optional<double>>
      fans_;
  mutable std::map<std::pair<std::string, std::string>, double> equalities_;
  mutable std::map<std::pair<std::string, std::string>, std::shared_ptr<const ValueSample>> values_;
};

}  // namespace

double Statistics::nodes(const std::string& label) const {
  constexpr double kMany = 10'000;
  const double now = labelled(label);
  if (growing_ == 0 || now >= kMany) return now;
  const auto& all = indexes();
  const bool indexed = std::any_of(all.begin(), all.end(), [&](const IndexFacts& index) {
    return index.on == storage::ElementKind::Node && index.token == label;
  });
  return indexed ? kMany : now;
}

std::unique_ptr<Statistics> statistics_of(const storage::View& view) {
  return std::make_unique<ViewStatistics>(view);
}

Premises premises_of(const Statistics& statistics) {
  // Made by statistics_of() alone.
  return static_cast<const ViewStatistics&>(statistics).premises();
}

std::optional<double> share_of_range(const storage::View& view, const storage::IndexDef& index,
                                     const ConstantRange& range) {
  const bool is_string = range.prefix != nullptr && range.prefix->kind == Kind::String;
  if (range.prefix != nullptr ? !is_string : range.lower == nullptr && range.upper == nullptr) {
    return std::nullopt;
  }
  storage::IndexRange sought;
  if (is_string) sought.prefix = range.prefix->string();
  if (range.lower != nullptr) sought.lower = {*range.lower, range.lower_inclusive};
  if (range.upper != nullptr) sought.upper = {*range.upper, range.upper_inclusive};
  const auto entries = static_cast<double>(storage::estimate_entries(view, index, sought));
  const auto all = static_cast<double>(storage::index_statistics(view, index).entries);
  return std::clamp(entries / std::max(1.0, all), 0.0, 1.0);
}

std::uint64_t access_version(const storage::View& view) { return storage::plan_version(view); }

}  // namespace kith::plan
