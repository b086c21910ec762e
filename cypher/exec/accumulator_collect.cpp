// cypher/exec/accumulator_collect.cpp: collect(): the values of all groups in one log.
//
// Values are appended as they come, with the number of their group; a run of the log is what came
// with one sequence. When lists are asked for, the log is put in order once: by group, in it by
// sequence, and in that as the values came.
//
// Where only the first values of a list are looked at, a group that has them takes no more, as long
// as sequences only grow: what comes is behind what it has.
#include <algorithm>
#include <limits>
#include <numeric>

#include "core/page_memory.hpp"
#include "cypher/exec/accumulator.hpp"
#include "cypher/exec/evaluate.hpp"
#include "cypher/exec/same_texts.hpp"

namespace kith::exec {

namespace {

class CollectAccumulator final : public Accumulator {
 public:
  CollectAccumulator(Position at, std::uint64_t most) : at_(at), most_(most) {}

  void add(Worker& worker, const GroupedRows& rows, std::span<const Column> arguments) override {
    KITH_ASSERT(arguments.size() == 1);
    begin_run(rows.sequence);
    if (add_plain(rows, arguments[0]) || add_texts(rows, arguments[0])) return;
    if (may_stop_) kept_.resize(rows.group_count);
    for (std::uint32_t i = 0; i < rows.rows; ++i) {
      const std::uint64_t weight = std::min(rows.weight(i), room(rows.group(i)));
      if (weight == 0) continue;
      const Cell cell = arguments[0].cell(i);
      if (cell.is_null()) continue;
      if (may_stop_) kept_[rows.group(i)] += weight;
      if (weight > kFewItems) require(worker, weight);
      points_nowhere_ = false;
      append(rows.group(i), copy_into(arena_, cell), weight);
    }
  }

  void choose(const GroupedRows& rows, std::vector<std::uint32_t>& wanted) const override {
    if (!may_stop_ || is_earlier(rows.sequence)) return Accumulator::choose(rows, wanted);
    wanted.clear();
    for (std::uint32_t i = 0; i < rows.rows; ++i) {
      const std::uint32_t group = rows.group(i);
      if (group >= kept_.size() || kept_[group] < most_) wanted.push_back(i);
    }
  }

  void merge(Accumulator& from, std::uint32_t first, std::span<const std::uint32_t> into,
             std::uint32_t) override {
    KITH_ASSERT(first == 0);
    static_cast<void>(first);
    auto& other = static_cast<CollectAccumulator&>(from);
    require_room(other.values_.size());
    is_ordered_ = may_stop_ = false;
    points_nowhere_ = points_nowhere_ && other.points_nowhere_;
    for (const Run& run : other.runs_) runs_.push_back({run.sequence, values_.size() + run.first});
    for (const std::uint32_t group : other.groups_) groups_.push_back(into[group]);
    make_room(values_, other.values_.size());
    values_.insert(values_.end(), other.values_.begin(), other.values_.end());
    taken_bytes_ += other.arena_.bytes() + other.taken_bytes_;
    taken_.push_back(std::move(other.arena_));
    std::move(other.taken_.begin(), other.taken_.end(), std::back_inserter(taken_));
    other = CollectAccumulator(other.at_, other.most_);
  }

  void complete(Worker&, std::uint32_t) override { put_in_order(); }

  void give_values_to(Arena& arena) override {
    arena.adopt(std::move(arena_));
    for (Arena& taken : taken_) arena.adopt(std::move(taken));
    taken_.clear();
    taken_bytes_ = 0;
    points_nowhere_ = true;
  }
  Cell finish(std::uint32_t group, Arena& arena) override {
    put_in_order();
    const auto all = places_of(group);
    const auto places = all.first(std::min<std::uint64_t>(all.size(), most_));
    const auto items = arena.make_array<Cell>(places.size());
    for (std::size_t i = 0; i < places.size(); ++i) {
      const Cell& value = values_[places[i]];
      items[i] = points_nowhere_ ? value : copy_into(arena, value);
    }
    return list_over(arena, items);
  }

  std::uint64_t bytes() const override {
    return values_.capacity() * sizeof(Cell) + runs_.capacity() * sizeof(Run) + arena_.bytes() +
           taken_bytes_ +
           (groups_.capacity() + order_.capacity() + ends_.capacity()) * sizeof(std::uint32_t) +
           kept_.capacity() * sizeof(std::uint64_t);
  }

  // How many values; of each its sequence and the value.
  void save(std::uint32_t group, std::string& out) const override {
    put_in_order();
    const auto places = places_of(group);
    put_varint(out, places.size());
    for (const std::uint32_t place : places) {
      put_varint(out, sequence_of(place));
      encode(out, values_[place]);
    }
  }
  void load(std::uint32_t group, std::uint32_t, ByteReader& in) override {
    may_stop_ = false;
    Arena arena;  // strings of decoded cells are in the reader's bytes
    for (std::uint64_t left = in.varint(); left > 0; --left) {
      begin_run(in.varint());
      points_nowhere_ = false;
      append(group, copy_into(arena_, decode(in, arena)), 1);
      if (arena.bytes() > kScratchBytes) arena.reset();
    }
  }

 private:
  static constexpr std::uint64_t kFewItems = 4096;
  static constexpr std::size_t kScratchBytes = 1 << 20;
  static constexpr std::uint64_t kMostValues = std::numeric_limits<std::uint32_t>::max();

  struct Run {
    std::uint64_t sequence;
    std::size_t first;  // place in the log
  };

  static void require(Worker& worker, std::uint64_t items) {
    const bool too_many = items > std::numeric_limits<std::uint64_t>::max() / sizeof(Cell);
    worker.require(too_many ? items : items * sizeof(Cell), "collect()");
  }
  void require_room(std::uint64_t values) const {
    if (values <= kMostValues - values_.size()) return;
    throw ResourceError("OutOfMemory", "collect() takes at most 4,294,967,295 values", at_);
  }

  bool is_earlier(std::uint64_t sequence) const {
    return !runs_.empty() && sequence < runs_.back().sequence;
  }
  // How many more values the group takes.
  std::uint64_t room(std::uint32_t group) const {
    return may_stop_ ? most_ - kept_[group] : kAllValues;
  }

  void begin_run(std::uint64_t sequence) {
    is_ordered_ = false;
    may_stop_ = may_stop_ && !is_earlier(sequence);
    if (!runs_.empty() && runs_.back().sequence == sequence) return;
    if (!runs_.empty() && runs_.back().first == values_.size()) {  // it had no values
      runs_.back().sequence = sequence;
    } else {
      runs_.push_back({sequence, values_.size()});
    }
  }
  // Values of which each is one cell, and stands for one row. False if they are others.
  bool add_plain(const GroupedRows& rows, const Column& values) {
    const VectorType type = values.vector->type();
    if (type == VectorType::Any || type == VectorType::String) return false;
    if (may_stop_ || rows.weights != nullptr || values.vector->may_have_nulls()) return false;
    require_room(rows.rows);
    make_room(values_, rows.rows);
    make_room(groups_, rows.rows);
    for (std::uint32_t i = 0; i < rows.rows; ++i) values_.push_back(values.cell(i));
    for (std::uint32_t i = 0; i < rows.rows; ++i) groups_.push_back(rows.group(i));
    return true;
  }
  // Texts of which each stands for one row. False if they are something else.
  bool add_texts(const GroupedRows& rows, const Column& texts) {
    if (texts.vector->type() != VectorType::String) return false;
    if (may_stop_ || rows.weights != nullptr || texts.vector->may_have_nulls()) return false;
    require_room(rows.rows);
    make_room(values_, rows.rows);
    make_room(groups_, rows.rows);
    points_nowhere_ = false;
    const std::size_t begin = values_.size();
    for (std::uint32_t i = 0; i < rows.rows; ++i) values_.push_back(texts.cell(i));
    for (std::uint32_t i = 0; i < rows.rows; ++i) groups_.push_back(rows.group(i));
    copy_texts(std::span(values_).subspan(begin));
    return true;
  }
  // What lies at the same place is copied once.
  void copy_texts(std::span<Cell> texts) {
    if (!SameTexts::are_many(texts)) {
      for (Cell& text : texts) text = copy_into(arena_, text);
      return;
    }
    SameTexts same;
    for (std::size_t i = 0; i < texts.size(); ++i) {
      const std::uint32_t first = same.find(texts[i], [&] { return i; });
      texts[i] = first == i ? copy_into(arena_, texts[i]) : texts[first];
    }
  }
  void append(std::uint32_t group, const Cell& value, std::uint64_t times) {
    require_room(times);
    if (times == 1) {
      make_room(values_);
      make_room(groups_);
      values_.push_back(value);
      groups_.push_back(group);
      return;
    }
    make_room(values_, times);
    make_room(groups_, times);
    values_.insert(values_.end(), times, value);
    groups_.insert(groups_.end(), times, group);
  }

  std::uint64_t sequence_of(std::uint32_t place) const {
    const auto after =
        std::upper_bound(runs_.begin(), runs_.end(), place,
                         [](std::uint32_t wanted, const Run& run) { return wanted < run.first; });
    KITH_ASSERT(after != runs_.begin());
    return (after - 1)->sequence;
  }

  // Of its values, in their order.
  std::span<const std::uint32_t> places_of(std::uint32_t group) const {
    KITH_ASSERT(is_ordered_);
    if (group >= ends_.size()) return {};
    const std::uint32_t first = group == 0 ? 0 : ends_[group - 1];
    return std::span(order_).subspan(first, ends_[group] - first);
  }

  void put_in_order() const {
    if (is_ordered_) return;
    is_ordered_ = true;
    KITH_ASSERT(groups_.size() == values_.size());
    const std::uint32_t count =
        groups_.empty() ? 0 : 1 + *std::max_element(groups_.begin(), groups_.end());
    ends_.assign(count, 0);  // first where a group begins, in the end where it ends
    for (const std::uint32_t group : groups_) {
      if (group + 1 < count) ++ends_[group + 1];
    }
    std::partial_sum(ends_.begin(), ends_.end(), ends_.begin());
    reserve_large(order_, values_.size());
    order_.resize(values_.size());
    for (const std::size_t run : runs_in_order()) {
      const std::size_t end = run + 1 < runs_.size() ? runs_[run + 1].first : values_.size();
      for (std::size_t place = runs_[run].first; place < end; ++place) {
        order_[ends_[groups_[place]]++] = static_cast<std::uint32_t>(place);
      }
    }
  }
  std::vector<std::size_t> runs_in_order() const {
    std::vector<std::size_t> runs(runs_.size());
    std::iota(runs.begin(), runs.end(), std::size_t{0});
    std::stable_sort(runs.begin(), runs.end(), [&](std::size_t a, std::size_t b) {
      return runs_[a].sequence < runs_[b].sequence;
    });
    return runs;
  }

  Position at_;
  std::uint64_t most_;                   // values that anybody looks at, of a group
  bool may_stop_ = most_ != kAllValues;  // sequences only grew
  std::vector<std::uint64_t> kept_;      // of each group, while it may stop
  std::vector<Cell> values_;
  std::vector<std::uint32_t> groups_;  // of the values
  std::vector<Run> runs_;
  Arena arena_;               // what values need
  std::vector<Arena> taken_;  // and those of merged accumulators
  std::uint64_t taken_bytes_ = 0;
  // Places of values by group, and where in it each group ends; of a log that is in order.
  mutable std::vector<std::uint32_t> order_, ends_;
  mutable bool is_ordered_ = false;
  bool points_nowhere_ = true;  // what values point to, if anything, is where results will be
};

}  // namespace

std::unique_ptr<Accumulator> make_collect_accumulator(Position at, std::uint64_t most) {
  return std::make_unique<CollectAccumulator>(at, most);
}

std::uint64_t values_looked_at(const bound::AggregateCall& call, Worker& worker) {
  if (call.looked_at.empty()) return kAllValues;
  std::uint64_t most = 0;
  for (const auto& [bound, inclusive] : call.looked_at) {
    Arena arena;
    const Cell cell = evaluate_once(*bound, worker, arena);
    if (cell.kind != Kind::Integer || cell.integer < 0) return kAllValues;  // or from its end
    most = std::max(most, static_cast<std::uint64_t>(cell.integer) + (inclusive ? 1 : 0));
  }
  return most;
}

}  // namespace kith::exec
