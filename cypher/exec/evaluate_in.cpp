// cypher/exec/evaluate_in.cpp: IN.
//
// The values of a list that many rows ask are looked up: by bits or by search where they are
// integers, nodes or relationships alone, by hash where they are other plain values. Rows come in
// runs that ask one list; a list that is the one before, item by item, is not prepared again.
#include <algorithm>
#include <optional>
#include <unordered_map>

#include "core/identical.hpp"
#include "cypher/exec/cell_index.hpp"
#include "cypher/exec/columns.hpp"
#include "cypher/exec/evaluate.hpp"
#include "cypher/exec/same_texts.hpp"

namespace kith::exec {

namespace {

constexpr std::size_t kSmallList = 8;

// The values of a list of plain values (no nulls, lists, maps, NaN) by hash; a value is in the list
// if it is equal to one of them, and else it is not: no Unknown is possible unless it is null.
class PlainSet {
 public:
  // False if the list is not of plain values.
  bool build(std::span<const Cell> items) {
    for (const Cell& item : items) {
      if (!CellIndex::is_plain(item)) return false;
    }
    values_.reserve(items.size());
    for (const Cell& item : items) values_.emplace(hash(item), item);
    return true;
  }
  bool contains(const Cell& wanted) const {
    const auto [begin, end] = values_.equal_range(hash(wanted));
    return std::any_of(
        begin, end, [&](const auto& entry) { return equals(entry.second, wanted) == Truth::True; });
  }

 private:
  std::unordered_multimap<std::uint64_t, Cell> values_;
};

// A list of integers, of nodes or of relationships alone. Where they lie close together they are
// bits.
class Words {
 public:
  // False if there is something else in the list, or nothing.
  bool build(std::span<const Cell> items) {
    if (items.empty()) return false;
    kind_ = items[0].kind;
    if (kind_ != Kind::Integer && kind_ != Kind::Node && kind_ != Kind::Relationship) return false;
    for (const Cell& item : items) {
      if (item.kind != kind_) return false;
      sorted_.push_back(item.integer);
    }
    std::sort(sorted_.begin(), sorted_.end());
    span_ = distance(sorted_.back());
    if (span_ >= kMostBits) return true;
    bits_.resize(span_ / 64 + 1);
    for (const std::int64_t item : sorted_) {
      bits_[distance(item) / 64] |= std::uint64_t{1} << distance(item) % 64;
    }
    return true;
  }
  bool are_of(VectorType type) const { return type == narrow_type(kind_); }
  // Of values of that kind.
  void find(Operand<std::int64_t> values, std::uint32_t rows, std::uint8_t* out) const {
    if (bits_.empty()) {
      for (std::uint32_t i = 0; i < rows; ++i) {
        out[i] = std::binary_search(sorted_.begin(), sorted_.end(), values[i]) ? 1 : 0;
      }
      return;
    }
    for (std::uint32_t i = 0; i < rows; ++i) {
      const std::uint64_t at = distance(values[i]);
      const std::uint64_t word = bits_[at <= span_ ? at / 64 : 0] >> at % 64;
      out[i] = static_cast<std::uint8_t>((at <= span_ ? 1 : 0) & word);
    }
  }

 private:
  static constexpr std::uint64_t kMostBits = 1 << 16;
  std::uint64_t distance(std::int64_t value) const {  // from the least
    return static_cast<std::uint64_t>(value) - static_cast<std::uint64_t>(sorted_.front());
  }

  Kind kind_ = Kind::Null;
  std::vector<std::int64_t> sorted_;
  std::uint64_t span_ = 0;
  std::vector<std::uint64_t> bits_;
};

// One list, so that values are looked up in it.
class Prepared {
 public:
  // Keeps a copy of the list; does nothing if it is the same again.
  void take(const Cell& list) {
    KITH_ASSERT(list.kind == Kind::List);
    if (owned_.cell().kind == Kind::List && identical(owned_.cell(), list)) return;
    owned_ = OwnedCell(list);
    words_.reset();
    set_.reset();
    const auto items = owned_.cell().items();
    Words words;
    if (words.build(items)) words_ = std::move(words);
    PlainSet set;
    if (items.size() > kSmallList && set.build(items)) set_ = std::move(set);
  }
  const Words* words_of(VectorType type) const {
    return words_ && words_->are_of(type) ? &*words_ : nullptr;
  }
  const PlainSet* set() const { return set_ ? &*set_ : nullptr; }

 private:
  OwnedCell owned_;
  std::optional<Words> words_;
  std::optional<PlainSet> set_;
};

class InEvaluator final : public Evaluator {
 public:
  InEvaluator(EvaluatorPtr value, EvaluatorPtr list, bool list_is_fixed, Position at)
      : value_(std::move(value)), list_(std::move(list)), list_is_fixed_(list_is_fixed), at_(at) {}

  Column evaluate(const Batch& batch) override {
    const Column value = value_->evaluate(batch);
    const Column list = list_->evaluate(batch);
    const std::uint32_t rows = value.constant && list.constant ? 1 : batch.rows;
    const bool is_constant = rows == 1 && value.constant && list.constant;
    out_.reset(VectorType::Boolean, rows);
    nulls_.clear();
    for (std::uint32_t begin = 0; begin < rows;) {
      std::uint32_t end = list_is_fixed_ || list.constant ? rows : begin + 1;
      while (end < rows && list.at(end) == list.at(begin)) ++end;
      find(value, list.cell(begin), begin, end);
      begin = end;
    }
    for (const std::uint32_t row : nulls_) out_.set_null(row);
    return {&out_, nullptr, is_constant};
  }

 private:
  static constexpr std::uint32_t kManyRows = 16;

  // Of rows that ask the same list.
  void find(const Column& value, const Cell& list, std::uint32_t begin, std::uint32_t end) {
    const bool is_prepared = prepare(list, end - begin);
    const Words* words = is_prepared ? prepared_.words_of(value.vector->type()) : nullptr;
    if (words != nullptr) {
      words->find(words_of(value, begin, end), end - begin, out_.data<std::uint8_t>() + begin);
      for (std::uint32_t i = begin; may_have_nulls(value) && i < end; ++i) {
        if (!value.valid(i)) nulls_.push_back(i);
      }
      return;
    }
    const PlainSet* set = is_prepared ? prepared_.set() : nullptr;
    const bool many_same = set != nullptr && SameTexts::are_many_in(value, end);
    SameTexts same;
    for (std::uint32_t i = begin; i < end; ++i) {
      const Cell cell = value.cell(i);
      Truth found = Truth::False;
      if (many_same) {
        found = truth(same.find(cell, [&] { return set->contains(cell) ? 1 : 0; }) != 0);
      } else {
        found = set != nullptr && CellIndex::is_plain(cell) ? truth(set->contains(cell))
                                                            : search(cell, list);
      }
      out_.data<std::uint8_t>()[i] = found == Truth::True ? 1 : 0;
      if (found == Truth::Unknown) nulls_.push_back(i);
    }
  }

  // False if the list is better searched item by item.
  bool prepare(const Cell& list, std::uint32_t rows) {
    if (list.kind != Kind::List) return false;
    if (list_is_fixed_) {
      if (!has_taken_) prepared_.take(list);
      return has_taken_ = true;
    }
    if (rows < kManyRows || list.items().size() <= kSmallList) return false;
    prepared_.take(list);
    return true;
  }

  // Integers and ids are words alike.
  Operand<std::int64_t> words_of(const Column& value, std::uint32_t begin, std::uint32_t end) {
    const auto* words = value.vector->data<std::int64_t>();
    if (value.constant) return {words, true};
    if (value.index == nullptr) return {words + begin, false};
    words_.resize(end - begin);
    for (std::uint32_t i = begin; i < end; ++i) words_[i - begin] = words[value.index[i]];
    return {words_.data(), false};
  }

  Truth search(const Cell& value, const Cell& list) const {
    if (list.is_null()) return Truth::Unknown;
    if (list.kind != Kind::List) {
      throw TypeError("InvalidArgumentType",
                      "IN needs a LIST at its right, not a " + std::string(kind_name(list.kind)),
                      at_);
    }
    return contains(list.items(), value);
  }

  EvaluatorPtr value_, list_;
  bool list_is_fixed_;  // the same for all rows of all batches
  Position at_;
  bool has_taken_ = false;
  Prepared prepared_;
  std::vector<std::int64_t> words_;
  std::vector<std::uint32_t> nulls_;  // rows
  Vector out_;
};

bool is_fixed(const bound::Expression& expression) {
  if (std::holds_alternative<bound::Constant>(expression.node)) return true;
  if (std::holds_alternative<bound::Parameter>(expression.node)) return true;
  const auto* list = std::get_if<bound::List>(&expression.node);
  return list != nullptr && std::all_of(list->items.begin(), list->items.end(),
                                        [](const auto& item) { return is_fixed(*item); });
}

}  // namespace

Truth contains(std::span<const Cell> items, const Cell& wanted) {
  Truth result = Truth::False;
  for (const Cell& item : items) {
    const Truth same = equals(item, wanted);
    if (same == Truth::True) return same;
    if (same == Truth::Unknown) result = same;
  }
  return result;
}

EvaluatorPtr compile_in(const bound::Operation& node, Position at, Worker& worker) {
  KITH_ASSERT(node.operands.size() == 2);
  return std::make_unique<InEvaluator>(compile(*node.operands[0], worker),
                                       compile(*node.operands[1], worker),
                                       is_fixed(*node.operands[1]), at);
}

}  // namespace kith::exec
