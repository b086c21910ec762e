// storage/constraints/check.cpp: batches of elements against one constraint.
#include "storage/constraints/check.hpp"

#include <algorithm>
#include <deque>

#include "core/assert.hpp"
#include "storage/constraints/scan.hpp"
#include "storage/constraints/why.hpp"
#include "storage/cursor.hpp"

namespace kith::storage {

namespace {

// The nodes that have one of the labels, or all nodes if there are no labels.
void has_one_of(const View& view, const std::vector<LabelId>& labels,
                std::span<const std::uint64_t> nodes, std::vector<std::uint8_t>& out) {
  out.assign(nodes.size(), labels.empty() ? 1 : 0);
  std::vector<std::uint8_t> one(nodes.size());
  for (const LabelId label : labels) {
    has_label(view, label, nodes, one);
    for (std::size_t i = 0; i < one.size(); ++i) out[i] |= one[i];
  }
}

// Counts the relationships of a step; keeps its cursor.
class StepCounter {
 public:
  StepCounter(const View& view, const PatternStep& step)
      : view_(view), step_(step), cursor_(view, step.direction, step.types) {}

  void count(std::span<const std::uint64_t> nodes, std::span<std::uint64_t> counts) {
    KITH_ASSERT(nodes.size() == counts.size());
    if (step_.others.empty()) return cursor_.degrees(nodes, counts);
    std::fill(counts.begin(), counts.end(), 0);
    rows_.resize(kBatchRows);
    neighbours_.resize(kBatchRows);
    cursor_.begin(nodes);
    while (const std::size_t n =
               cursor_.next(kBatchRows, rows_.data(), neighbours_.data(), nullptr)) {
      has_one_of(view_, step_.others, std::span(neighbours_).first(n), fits_);
      for (std::size_t i = 0; i < n; ++i) counts[rows_[i]] += fits_[i];
    }
  }

 private:
  const View& view_;
  const PatternStep& step_;
  NeighbourCursor cursor_;
  std::vector<std::uint32_t> rows_;
  std::vector<std::uint64_t> neighbours_;
  std::vector<std::uint8_t> fits_;
};

}  // namespace

void count_step(const View& view, const PatternStep& step, std::span<const std::uint64_t> nodes,
                std::span<std::uint64_t> counts) {
  StepCounter(view, step).count(nodes, counts);
}

struct ElementCheck::State {
  State(const View& of, const ConstraintDef& what) : view(of), constraint(what) {
    for (const KeyId key : constraint.keys) readers.emplace_back(view, constraint.token.on, key);
    if (constraint.kind == ConstraintKind::Count) counter.emplace(view, constraint.step);
  }

  void check(std::span<const std::uint64_t> ids, std::vector<std::uint64_t>& broken) {
    bad.assign(ids.size(), 0);
    switch (constraint.kind) {
      case ConstraintKind::Unique:
      case ConstraintKind::OnDelete:
        return;  // nothing that one element can break
      case ConstraintKind::Key:
      case ConstraintKind::Exists:
        find_absent(ids);
        break;
      case ConstraintKind::Type:
        find_wrong_types(ids);
        break;
      case ConstraintKind::Ends:
        find_wrong_ends(ids);
        break;
      case ConstraintKind::Count:
        find_wrong_counts(ids);
        break;
    }
    for (std::size_t i = 0; i < ids.size(); ++i)
      if (bad[i] != 0) broken.push_back(ids[i]);
  }

 private:
  void find_absent(std::span<const std::uint64_t> ids) {
    for (PropertyReader& reader : readers) {
      reader.read(ids, nullptr, values);
      for (std::uint32_t i = 0; i < ids.size(); ++i)
        if (!values.valid(i)) bad[i] = 1;
    }
  }

  void find_wrong_types(std::span<const std::uint64_t> ids) {
    KITH_ASSERT(readers.size() == 1);
    readers.front().read(ids, nullptr, values);
    for (std::uint32_t i = 0; i < ids.size(); ++i)
      if (values.valid(i) && !constraint.types.admit(values.cell(i))) bad[i] = 1;
  }

  void find_wrong_ends(std::span<const std::uint64_t> ids) {
    starts.resize(ids.size());
    ends.resize(ids.size());
    read_ends(view, ids, starts, ends);
    std::fill(bad.begin(), bad.end(), 1);
    for (const EndLabels& pair : constraint.ends) {
      has_one_of(view, pair.starts, starts, start_fits);
      has_one_of(view, pair.ends, ends, end_fits);
      for (std::size_t i = 0; i < ids.size(); ++i)
        if (start_fits[i] != 0 && end_fits[i] != 0) bad[i] = 0;
    }
  }

  void find_wrong_counts(std::span<const std::uint64_t> ids) {
    counts.resize(ids.size());
    counter->count(ids, counts);
    for (std::size_t i = 0; i < ids.size(); ++i)
      if (counts[i] < constraint.least || counts[i] > constraint.most) bad[i] = 1;
  }

  const View view;
  const ConstraintDef& constraint;
  std::deque<PropertyReader> readers;
  std::optional<StepCounter> counter;
  Vector values;
  std::vector<std::uint64_t> starts, ends, counts;
  std::vector<std::uint8_t> bad, start_fits, end_fits;
};

ElementCheck::ElementCheck(const View& view, const ConstraintDef& constraint)
    : state_(std::make_unique<State>(view, constraint)) {}
ElementCheck::~ElementCheck() = default;

void ElementCheck::check(std::span<const std::uint64_t> ids, std::vector<std::uint64_t>& broken) {
  for (std::size_t at = 0; at < ids.size(); at += kBatchRows)
    state_->check(ids.subspan(at, std::min<std::size_t>(kBatchRows, ids.size() - at)), broken);
}

void check_all(const View& view, const ConstraintDef& constraint) {
  ElementCheck check(view, constraint);
  std::vector<std::uint64_t> broken, named;
  std::uint64_t count = 0;
  for_each_batch(view, constraint.token, [&](std::span<const std::uint64_t> ids) {
    broken.clear();
    check.check(ids, broken);
    count += broken.size();
    for (std::size_t i = 0; i < broken.size() && named.size() < kNamedElements; ++i)
      named.push_back(broken[i]);
  });
  if (count > 0) throw existing_error(view, constraint, named, count);
}

}  // namespace kith::storage
