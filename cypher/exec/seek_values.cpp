// cypher/exec/seek_values.cpp: what can be looked up, and what cannot.
#include "cypher/exec/seek_values.hpp"

#include <algorithm>
#include <cmath>

#include "core/assert.hpp"
#include "core/property_types.hpp"

namespace kith::exec {

namespace {

// Nothing equals it, not even itself.
bool equals_nothing(const Cell& cell) {
  switch (cell.kind) {
    case Kind::Null:
      return true;
    case Kind::Float:
      return std::isnan(cell.real);
    case Kind::List: {
      const auto items = cell.items();
      return std::any_of(items.begin(), items.end(), equals_nothing);
    }
    case Kind::Point: {
      const auto* point = cell.point;
      return std::any_of(point->coordinates, point->coordinates + point->dimensions,
                         [](double c) { return std::isnan(c); });
    }
    default:
      return !single_property_kinds().may_be(cell.kind);
  }
}

// Kinds whose values `<` compares as the index orders them.
bool has_ranges(const Cell& cell) {
  if (cell.kind == Kind::Float && std::isnan(cell.real)) return false;
  return ordered_property_kinds().may_be(cell.kind);
}

bool same_class(const Cell& a, const Cell& b) {
  return a.kind == b.kind || (a.is_number() && b.is_number());
}

}  // namespace

SeekValues::SeekValues(const plan::IndexSeek& op, Worker& worker) : op_(op), worker_(worker) {
  for (const auto& value : op.equal) equal_.push_back(make(value.value));
  if (op.lower) lower_ = make(op.lower);
  if (op.upper) upper_ = make(op.upper);
  if (op.prefix) prefix_ = make(op.prefix);
  choices_.resize(op.equal.size());
  chosen_.resize(op.equal.size());
}

SeekValues::Value SeekValues::make(const bound::ExpressionPtr& expression) {
  return {expression.get(), compile(*expression, worker_), nullptr, {}};
}

void SeekValues::evaluate(const Batch& batch) {
  batch_ = &batch;
  failed_ = false;
  const auto compute = [&](Value& value) { value.column = value.evaluator->evaluate(batch); };
  try {
    for (Value& value : equal_) compute(value);
    for (auto* value : {&lower_, &upper_, &prefix_}) {
      if (*value) compute(**value);
    }
  } catch (const TypeError&) {
    failed_ = true;
  } catch (const QueryError&) {
    failed_ = true;
  }
}

// Nothing: it cannot be computed.
std::optional<Cell> SeekValues::cell_of(Value& value, std::uint32_t row) {
  if (!failed_) return value.column.cell(row);
  if (!value.by_row) value.by_row = std::make_unique<Narrowed>(*value.expression, worker_);
  try {
    return value.by_row->evaluate(*batch_, {&row, 1}).cell(0);
  } catch (const TypeError&) {
    return std::nullopt;
  } catch (const QueryError&) {
    return std::nullopt;
  }
}

SeekValues::Row SeekValues::begin(std::uint32_t row) {
  KITH_ASSERT(batch_ != nullptr && row < batch_->rows);
  done_ = true;
  Row found = Row::Ranges;
  const auto note = [&](Row part) {  // one that cannot be known is not made up for by another
    if (part == Row::Unknown || found == Row::Unknown) {
      found = Row::Unknown;
    } else if (part == Row::Nothing) {
      found = Row::Nothing;
    }
  };
  for (std::size_t i = 0; i < equal_.size(); ++i) {
    const auto cell = cell_of(equal_[i], row);
    if (!cell) {
      note(Row::Unknown);
    } else {
      note(op_.equal[i].any_of ? take_list(i, *cell) : take_equal(i, *cell));
    }
  }
  note(take_range(row));
  if (found != Row::Ranges) return found;
  std::fill(chosen_.begin(), chosen_.end(), 0);
  done_ = false;
  return found;
}

SeekValues::Row SeekValues::take_equal(std::size_t key, const Cell& cell) {
  choices_[key].clear();
  if (equals_nothing(cell)) return Row::Nothing;
  choices_[key].push_back(cell);
  return Row::Ranges;
}

SeekValues::Row SeekValues::take_list(std::size_t key, const Cell& cell) {
  auto& choices = choices_[key];
  choices.clear();
  if (cell.is_null()) return Row::Nothing;
  if (cell.kind != Kind::List) return Row::Unknown;
  for (const Cell& item : cell.items()) {
    if (!equals_nothing(item)) choices.push_back(item);
  }
  const bool descends = op_.order == plan::IndexSeek::Order::Descending;
  std::sort(choices.begin(), choices.end(), [&](const Cell& a, const Cell& b) {
    return descends ? order(b, a) < 0 : order(a, b) < 0;
  });
  choices.erase(std::unique(choices.begin(), choices.end(), equivalent), choices.end());
  return choices.empty() ? Row::Nothing : Row::Ranges;
}

SeekValues::Row SeekValues::take_range(std::uint32_t row) {
  low_.reset();
  high_.reset();
  begins_with_.reset();
  if (prefix_) {
    begins_with_ = cell_of(*prefix_, row);
    if (!begins_with_) return Row::Unknown;
    return begins_with_->kind == Kind::String ? Row::Ranges : Row::Nothing;
  }
  for (auto [value, end] : {std::pair{&lower_, &low_}, std::pair{&upper_, &high_}}) {
    if (!*value) continue;
    *end = cell_of(**value, row);
    if (!*end || (*end)->kind == Kind::List) return Row::Unknown;
    if (!has_ranges(**end)) return Row::Nothing;
  }
  if (low_ && high_ && !same_class(*low_, *high_)) return Row::Nothing;
  return Row::Ranges;
}

bool SeekValues::next(storage::IndexRange& range) {
  if (done_) return false;
  equal_cells_.clear();
  for (std::size_t i = 0; i < choices_.size(); ++i) {
    equal_cells_.push_back(choices_[i][chosen_[i]]);
  }
  range = {};
  range.equal = equal_cells_;
  if (begins_with_) range.prefix = begins_with_->string();
  if (low_) range.lower = {*low_, op_.lower_inclusive};
  if (high_) range.upper = {*high_, op_.upper_inclusive};
  // The next choice: the last equality turns fastest, so that ranges ascend as their keys do.
  std::size_t at = choices_.size();
  while (at > 0 && ++chosen_[at - 1] == choices_[at - 1].size()) chosen_[--at] = 0;
  done_ = at == 0;
  return true;
}

std::span<const std::span<const Cell>> SeekValues::lookups() {
  KITH_ASSERT(batch_ != nullptr);
  const bool has_list = std::any_of(op_.equal.begin(), op_.equal.end(),
                                    [](const auto& value) { return value.any_of; });
  if (failed_ || has_list || equal_.empty() || lower_ || upper_ || prefix_) return {};
  lookup_cells_.resize(equal_.size());
  lookup_columns_.clear();
  for (std::size_t i = 0; i < equal_.size(); ++i) {
    auto& cells = lookup_cells_[i];
    cells.clear();
    for (std::uint32_t row = 0; row < batch_->rows; ++row) {
      const Cell cell = equal_[i].column.cell(row);
      cells.push_back(equals_nothing(cell) ? Cell() : cell);
    }
    lookup_columns_.emplace_back(cells);
  }
  return lookup_columns_;
}

}  // namespace kith::exec
