// cypher/exec/fold_memory.hpp: what a fold keeps of the nodes it has seen.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "cypher/exec/evaluate.hpp"
#include "storage/cursor.hpp"

namespace kith::exec {

// A number of matches. Sums and products stop at the largest one, which stands for all above.
using Matches = std::uint64_t;
inline constexpr Matches kTooMany = INT64_MAX;

inline Matches sum_of(Matches a, Matches b) { return std::min(a + b, kTooMany); }
inline Matches product_of(Matches a, Matches b) {
  Matches product = 0;
  return __builtin_mul_overflow(a, b, &product) ? kTooMany : std::min(product, kTooMany);
}

// Bytes that all folds of a plan node keep. Thread-safe.
class FoldAccount {
 public:
  // `what` is named in errors; a literal.
  explicit FoldAccount(MemoryBudget& budget, std::string_view what = "the weights of a fold")
      : reserved_(budget, what) {}
  bool take(std::uint64_t bytes) {
    const std::lock_guard lock(mutex_);
    if (used_ + bytes > reserved_.bytes() && !reserved_.try_resize(used_ + bytes + kStep) &&
        !reserved_.try_resize(used_ + bytes)) {
      return false;
    }
    used_ += bytes;
    return true;
  }

 private:
  static constexpr std::uint64_t kStep = 1 << 18;
  std::mutex mutex_;
  std::uint64_t used_ = 0;
  Reservation reserved_;
};

// The weights of nodes that are known. Any number of threads may find and note them: two that
// compute the same one come to the same number. Where memory ends, nothing new is noted.
class WeightMemo {
 public:
  WeightMemo(std::uint64_t limit, FoldAccount& account)
      : account_(account), pages_((limit >> kPageBits) + 1) {}
  ~WeightMemo() {
    for (auto& page : pages_) delete page.load(std::memory_order_relaxed);
  }
  WeightMemo(const WeightMemo&) = delete;
  WeightMemo& operator=(const WeightMemo&) = delete;

  static constexpr Matches kUnknown = ~Matches{0};
  Matches find(std::uint64_t node) const {
    const Page* page = pages_[node >> kPageBits].load(std::memory_order_acquire);
    return page == nullptr ? kUnknown : (*page)[node % kPageNodes].load(std::memory_order_relaxed);
  }
  // Of few nodes; kUnknown if one is not known, or is so large that the sum might be.
  template <class Id>
  Matches sum(std::span<const Id> nodes) const {
    KITH_ASSERT(nodes.size() <= kFew);
    Matches total = 0, all = 0;
    for (const Id node : nodes) {
      const Matches weight = find(node);
      total += weight;
      all |= weight;
    }
    return all < kTooMany / kFew ? total : kUnknown;
  }
  void note(std::uint64_t node, Matches weight) {
    auto& place = pages_[node >> kPageBits];
    Page* page = place.load(std::memory_order_acquire);
    if (page == nullptr && (page = add_page(place)) == nullptr) return;
    (*page)[node % kPageNodes].store(weight, std::memory_order_relaxed);
  }

 private:
  static constexpr std::size_t kFew = 256;
  static constexpr unsigned kPageBits = 9;
  static constexpr std::uint64_t kPageNodes = 1 << kPageBits;
  using Page = std::array<std::atomic<Matches>, kPageNodes>;

  Page* add_page(std::atomic<Page*>& place) {
    if (!account_.take(sizeof(Page))) return nullptr;
    auto fresh = std::make_unique<Page>();
    for (auto& weight : *fresh) weight.store(kUnknown, std::memory_order_relaxed);
    Page* there = nullptr;
    if (!place.compare_exchange_strong(there, fresh.get(), std::memory_order_acq_rel)) return there;
    return fresh.release();
  }

  FoldAccount& account_;
  std::vector<std::atomic<Page*>> pages_;
};

// Sums that are right for a while, by node: those of another time are not known. One thread's.
class PassingMemo {
 public:
  PassingMemo(std::uint64_t limit, FoldAccount& account)
      : account_(account), pages_((limit >> kPageBits) + 1) {}

  // `all_added`: what was added at that time is all there is: nodes to which nothing was have 0.
  Matches find(std::uint64_t node, std::uint64_t time, bool all_added = false) const {
    const auto& page = pages_[node >> kPageBits];
    const Matches otherwise = all_added ? 0 : WeightMemo::kUnknown;
    if (page == nullptr) return otherwise;
    const Entry& entry = page[node & (kPageNodes - 1)];
    if (entry.time == time || (all_added && entry.time == (time | kAdded))) return entry.sum;
    return otherwise;
  }
  // To the sum of a node that was not noted at that time. False: there is no room.
  bool add(std::uint64_t node, std::uint64_t time, Matches more) {
    auto& page = pages_[node >> kPageBits];
    if (page == nullptr) {
      if (!account_.take(kPageNodes * sizeof(Entry))) return false;
      page = std::make_unique<Entry[]>(kPageNodes);
    }
    Entry& entry = page[node & (kPageNodes - 1)];
    if (entry.time == time) return true;
    entry = {time | kAdded, entry.time == (time | kAdded) ? sum_of(entry.sum, more) : more};
    return true;
  }
  void note(std::uint64_t node, std::uint64_t time, Matches sum) {
    auto& page = pages_[node >> kPageBits];
    if (page == nullptr && account_.take(kPageNodes * sizeof(Entry))) {
      page = std::make_unique<Entry[]>(kPageNodes);
    }
    if (page != nullptr) page[node & (kPageNodes - 1)] = {time, sum};
  }

 private:
  static constexpr unsigned kPageBits = 9;
  static constexpr std::uint64_t kPageNodes = 1 << kPageBits;
  static constexpr std::uint64_t kAdded = std::uint64_t{1} << 63;  // of a time
  struct Entry {
    std::uint64_t time = ~std::uint64_t{0};
    Matches sum = 0;
  };
  FoldAccount& account_;
  std::vector<std::unique_ptr<Entry[]>> pages_;
};

// Which nodes or relationships pass a condition, as far as that is known. Any number of threads may
// ask and note.
class TruthMemo {
 public:
  TruthMemo(std::uint64_t limit, FoldAccount& account)
      : account_(account), pages_((limit >> kPageBits) + 1) {}
  ~TruthMemo() {
    for (auto& page : pages_) delete page.load(std::memory_order_relaxed);
  }
  TruthMemo(const TruthMemo&) = delete;
  TruthMemo& operator=(const TruthMemo&) = delete;

  // All that will be asked about is known.
  bool is_complete() const { return is_complete_.load(std::memory_order_acquire); }
  void complete() { is_complete_.store(true, std::memory_order_release); }

  enum State : std::uint8_t { Unknown, Fails, Passes };
  State find(std::uint64_t id) const {
    const Page* page = pages_[id >> kPageBits].load(std::memory_order_acquire);
    if (page == nullptr) return Unknown;
    return static_cast<State>((*page)[id % kPageIds].load(std::memory_order_relaxed));
  }
  void note(std::uint64_t id, State state) {
    if (!try_note(id, state)) refuse();
  }
  // False: there is no memory for it.
  bool try_note(std::uint64_t id, State state) {
    auto& place = pages_[id >> kPageBits];
    Page* page = place.load(std::memory_order_acquire);
    if (page == nullptr && (page = add_page(place)) == nullptr) return false;
    (*page)[id % kPageIds].store(state, std::memory_order_relaxed);
    return true;
  }

 private:
  static constexpr unsigned kPageBits = 12;
  static constexpr std::uint64_t kPageIds = 1 << kPageBits;
  using Page = std::array<std::atomic<std::uint8_t>, kPageIds>;

  Page* add_page(std::atomic<Page*>& place);
  [[noreturn]] static void refuse();

  std::atomic<bool> is_complete_{false};
  FoldAccount& account_;
  std::vector<std::atomic<Page*>> pages_;
};

// What the workers share: memos by the number of the node, or condition, in the fold.
class FoldMemory {
 public:
  FoldMemory(const storage::View& view, MemoryBudget& budget)
      : account(budget),
        nodes_(view.node_id_limit()),
        relationships_(view.relationship_id_limit()) {}

  WeightMemo& memo(std::size_t number) { return find(memos_, number, nodes_); }
  TruthMemo& truths(std::size_t number, storage::ElementKind kind) {
    return find(truths_, number, kind == storage::ElementKind::Node ? nodes_ : relationships_);
  }

  FoldAccount account;

  // Where the weights of all nodes are wanted in one: their sum, if it could be had at once, and
  // whether somebody has given it.
  std::optional<Matches> total;
  std::atomic<bool> is_given{false};

 private:
  template <class Memo>
  Memo& find(std::vector<std::unique_ptr<Memo>>& memos, std::size_t number, std::uint64_t limit) {
    const std::lock_guard lock(mutex_);
    if (memos.size() <= number) memos.resize(number + 1);
    if (!memos[number]) memos[number] = std::make_unique<Memo>(limit, account);
    return *memos[number];
  }

  std::uint64_t nodes_, relationships_;  // limits of their ids
  std::mutex mutex_;
  std::vector<std::unique_ptr<WeightMemo>> memos_;
  std::vector<std::unique_ptr<TruthMemo>> truths_;
};

// Who has a label: bits of the segments that were asked about.
class LabelTest {
 public:
  LabelTest(storage::View view, LabelId label)
      : view_(std::move(view)),
        label_(label),
        segments_((view_.node_id_limit() >> kSegmentBits) + 1),
        wholes_(segments_.size(), kNotWhole) {}

  bool has(std::uint64_t node) {
    const Segment& segment = at(node >> kSegmentBits);
    if (segment.share != storage::LabelShare::Some) {
      return segment.share == storage::LabelShare::All;
    }
    const std::uint64_t slot = node & (kSegmentSlots - 1);
    return ((*segment.bits)[slot / 64] >> (slot % 64) & 1) != 0;
  }
  // How many of them have it; ascending.
  template <class Id>
  std::uint64_t count(std::span<const Id> nodes) {
    // No branches: which segments a list goes through is hard to foresee.
    std::uint64_t count = 0, seen = 0;
    for (const Id node : nodes) {
      const std::uint8_t whole = wholes_[node >> kSegmentBits];
      count += whole;
      seen |= whole;
    }
    return (seen & kNotWhole) == 0 ? count : count_by_segments(nodes);
  }
  // False if it is not known to be so.
  bool have_all(std::uint64_t first, std::uint64_t last) {
    for (std::uint64_t s = first >> kSegmentBits; s <= last >> kSegmentBits; ++s) {
      if (at(s).share != storage::LabelShare::All) return false;
    }
    return true;
  }

 private:
  template <class Id>
  std::uint64_t count_by_segments(std::span<const Id> nodes) {
    std::uint64_t count = 0;
    for (std::size_t begin = 0, end = 0; begin < nodes.size(); begin = end) {
      const std::uint64_t number = std::uint64_t{nodes[begin]} >> kSegmentBits;
      const Segment& segment = at(number);
      while (end < nodes.size() && nodes[end] >> kSegmentBits == number) ++end;
      if (segment.share == storage::LabelShare::All) count += end - begin;
      if (segment.share != storage::LabelShare::Some) continue;
      for (const Id node : nodes.subspan(begin, end - begin)) {
        const std::uint64_t slot = node & (kSegmentSlots - 1);
        count += (*segment.bits)[slot / 64] >> (slot % 64) & 1;
      }
    }
    return count;
  }

  using Bits = std::array<std::uint64_t, kSegmentSlots / 64>;
  struct Segment {
    bool is_known = false;
    storage::LabelShare share = storage::LabelShare::None;
    std::unique_ptr<Bits> bits;
  };
  Segment& at(std::uint64_t number) {
    Segment& segment = segments_[number];
    if (!segment.is_known) look_up(segment, number);
    return segment;
  }
  void look_up(Segment& segment, std::uint64_t number) {
    auto bits = std::make_unique<Bits>();
    segment.share = storage::nodes_with(view_, label_, number, *bits);
    if (segment.share == storage::LabelShare::Some) segment.bits = std::move(bits);
    segment.is_known = true;
    if (segment.share == storage::LabelShare::Some) return;
    wholes_[number] = segment.share == storage::LabelShare::All ? 1 : 0;
  }

  static constexpr std::uint8_t kNotWhole = 2;

  storage::View view_;
  LabelId label_;
  std::vector<Segment> segments_;
  std::vector<std::uint8_t> wholes_;  // by segment: 1 if all have it, 0 if none; or kNotWhole
};

// Who passes conditions over one node or relationship; each is asked once, or by some workers at
// the same time.
class ConditionTest {
 public:
  ConditionTest(const std::vector<bound::ExpressionPtr>& conditions, storage::ElementKind kind,
                Slot slot, Worker& worker, TruthMemo& known);
  // Before passes() is asked about them.
  template <class Id>
  void learn(std::span<const Id> ids) {
    for (const Id id : ids) {
      if (known_.find(id) != TruthMemo::Unknown) continue;
      wanted_.push_back(id);
      if (wanted_.size() == most_) finish();
    }
    finish();
  }
  bool passes(std::uint64_t id) const { return known_.find(id) == TruthMemo::Passes; }
  // The places of those that pass. Of what nobody would ask twice: only what is complete is used.
  std::span<const std::uint32_t> passing(std::span<const std::uint64_t> ids);
  void complete() { known_.complete(); }
  std::size_t most() const { return most_; }  // ids at once

 private:
  void finish();
  // Of ids, which are not many: the places of those that pass, in rows_.
  void evaluate(std::span<const std::uint64_t> ids);

  Worker& worker_;
  TruthMemo& known_;
  storage::ElementKind kind_;
  Slot slot_;
  std::size_t most_;
  std::vector<std::uint64_t> wanted_;
  std::vector<Narrowed> conditions_;
  std::vector<std::uint32_t> rows_;  // that pass so far
  std::vector<Truth> truths_;
  Vector ids_;
  Batch batch_;
};

}  // namespace kith::exec
