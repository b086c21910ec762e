// cypher/exec/accumulator_percentile.cpp: percentileCont() and percentileDisc() of one share: the
// values of all groups in one log.
//
// As long as all values are integers, or all floats, and each stands for one row, they are words in
// an array; else cells with weights. When results are asked for, the log is put in order by group,
// and of a group's values no more are put in order than is asked for.
#include <algorithm>
#include <numeric>
#include <optional>

#include "core/page_memory.hpp"
#include "cypher/bind/walk.hpp"
#include "cypher/exec/accumulator.hpp"
#include "cypher/exec/columns.hpp"
#include "cypher/exec/evaluate.hpp"
#include "cypher/functions/percentile.hpp"

namespace kith::exec {

namespace {

class PercentileAccumulator final : public Accumulator {
 public:
  PercentileAccumulator(Percentile kind, Position at) : kind_(kind), at_(at) {}

  void add(Worker&, const GroupedRows& rows, std::span<const Column> arguments) override {
    KITH_ASSERT(arguments.size() == 2 && !is_ordered_);
    at_position(at_, [&] {
      if (add_words(rows, arguments[0])) {
        if (!share_ && count() != 0) share_ = need_share(kind_, arguments[1].cell(0));
        return;
      }
      become(Form::Weighted);
      for (std::uint32_t i = 0; i < rows.rows; ++i) {
        const Cell cell = arguments[0].cell(i);
        if (cell.is_null()) continue;
        need_number(name_of(kind_), cell);
        if (!share_) share_ = need_share(kind_, arguments[1].cell(i));
        append(rows.group(i), {cell, rows.weight(i)});
      }
    });
  }

  void merge(Accumulator& from, std::uint32_t first, std::span<const std::uint32_t> into,
             std::uint32_t) override {
    KITH_ASSERT(!is_ordered_);
    const auto& other = static_cast<const PercentileAccumulator&>(from);
    if (!share_) share_ = other.share_;
    if (other.is_ordered_) return merge_range(other, first, into);
    KITH_ASSERT(first == 0);
    for (std::size_t i = 0; i < other.count(); ++i) take(other, i, into[other.group_at(i)]);
  }
  bool has_ranges() const override { return true; }
  void renumber(std::span<const std::uint32_t> numbers) override {
    groups_.resize(count());
    for (std::uint32_t& group : groups_) group = numbers[group];
    put_in_order();
  }
  void complete(Worker&, std::uint32_t) override { put_in_order(); }

  Cell finish(std::uint32_t group, Arena&) override {
    KITH_ASSERT(is_ordered_);
    if (count_of(group) == 0) return Cell::null();
    return at_position(at_, [&] {
      if (form_ == Form::Weighted) {
        return percentile_of(kind_, share_.value(),
                             std::span(weighted_).subspan(begin_of(group), count_of(group)));
      }
      return percentile_of_words(std::span(words_).subspan(begin_of(group), count_of(group)));
    });
  }
  std::uint64_t bytes() const override {
    const std::uint64_t values =
        words_.capacity() * sizeof(std::int64_t) + weighted_.capacity() * sizeof(WeightedNumber);
    return (is_ordered_ ? 1 : 2) * values + groups_.capacity() * sizeof(std::uint32_t) +
           ends_.capacity() * sizeof(std::size_t);
  }

  // How many values; if there are any, the share and the form, and of each what that has.
  void save(std::uint32_t group, std::string& out) const override {
    put_in_order();
    put_varint(out, count_of(group));
    if (count_of(group) == 0) return;
    put_raw(out, share_.value());
    put_raw(out, form_);
    for (std::size_t i = begin_of(group); i < ends_[group]; ++i) {
      if (form_ != Form::Weighted) {
        put_raw(out, words_[i]);
      } else {
        encode(out, weighted_[i].value);
        put_varint(out, weighted_[i].weight);
      }
    }
  }
  void load(std::uint32_t group, std::uint32_t, ByteReader& in) override {
    KITH_ASSERT(!is_ordered_);
    std::uint64_t left = in.varint();
    if (left == 0) return;
    share_ = take_raw<double>(in);
    const Form form = take_raw<Form>(in);
    Arena unused;  // numbers need none
    for (; left > 0; --left) {
      if (form != Form::Weighted) {
        take_word(form, take_raw<std::int64_t>(in), group);
        continue;
      }
      const Cell value = decode(in, unused);
      become(Form::Weighted);
      append(group, {value, in.varint()});
    }
  }

 private:
  enum class Form : std::uint8_t { Integers, Floats, Weighted };

  std::size_t count() const { return words_.size() + weighted_.size(); }
  std::uint32_t group_at(std::size_t i) const { return groups_.empty() ? 0 : groups_[i]; }

  // False if the values are of several forms, and Weighted from now on.
  bool become(Form form) {
    if (count() == 0) form_ = form;
    if (form_ == form) return true;
    for (const std::int64_t word : words_) weighted_.push_back({cell_of(word), 1});
    words_ = {};
    form_ = Form::Weighted;
    return form == Form::Weighted;
  }
  Cell cell_of(std::int64_t word) const { return cell_of(form_, word); }
  static Cell cell_of(Form form, std::int64_t word) {
    return form == Form::Integers ? Cell::of(word) : Cell::of(from_ordered_bits(word));
  }

  // As long as there is one group, nobody notes of which the values are.
  void note_group(std::uint32_t group) {
    if (groups_.empty() && group == 0) return;
    groups_.resize(count());
    make_room(groups_);
    groups_.push_back(group);
  }
  void append(std::uint32_t group, const WeightedNumber& number) {
    note_group(group);
    weighted_.push_back(number);
  }
  void take_word(Form form, std::int64_t word, std::uint32_t group) {
    if (!become(form)) return append(group, {cell_of(form, word), 1});
    note_group(group);
    make_room(words_);
    words_.push_back(word);
  }
  void take(const PercentileAccumulator& other, std::size_t i, std::uint32_t group) {
    if (other.form_ != Form::Weighted) return take_word(other.form_, other.words_[i], group);
    become(Form::Weighted);
    append(group, other.weighted_[i]);
  }
  // Others may be reading it, too.
  void merge_range(const PercentileAccumulator& other, std::uint32_t first,
                   std::span<const std::uint32_t> into) {
    for (std::uint32_t g = 0; g < into.size(); ++g) {
      const std::size_t begin = other.begin_of(first + g);
      for (std::size_t i = 0; i < other.count_of(first + g); ++i) take(other, begin + i, into[g]);
    }
  }

  // False if they are not all numbers of one type, each of one row.
  bool add_words(const GroupedRows& rows, const Column& column) {
    const VectorType type = column.vector->type();
    if (rows.weights != nullptr) return false;
    if (type == VectorType::Integer && become(Form::Integers)) {
      add_all<std::int64_t>(rows, column, [](std::int64_t number) { return number; });
      return true;
    }
    if (type != VectorType::Float || !become(Form::Floats)) return false;
    add_all<double>(rows, column, ordered_bits);
    return true;
  }
  template <class T, class Word>
  void add_all(const GroupedRows& rows, const Column& column, Word word) {
    const T* numbers = column.vector->data<T>();
    const bool nulls = column.vector->may_have_nulls();
    const bool grouped = !groups_.empty() || rows.group_count != 1;
    if (grouped) groups_.resize(count());
    make_room(words_, rows.rows);
    make_room(groups_, grouped ? rows.rows : 0);
    for (std::uint32_t i = 0; i < rows.rows; ++i) {
      const std::uint32_t at = column.at(i);
      if (nulls && !column.vector->valid(at)) continue;
      words_.push_back(word(numbers[at]));
      if (grouped) groups_.push_back(rows.group(i));
    }
  }

  std::size_t begin_of(std::uint32_t group) const {
    return group == 0 || group > ends_.size() ? 0 : ends_[group - 1];
  }
  std::size_t count_of(std::uint32_t group) const {
    return group < ends_.size() ? ends_[group] - begin_of(group) : 0;
  }
  void put_in_order() const {
    if (is_ordered_) return;
    is_ordered_ = true;
    if (groups_.empty()) {
      ends_.assign(1, count());
      return;
    }
    KITH_ASSERT(groups_.size() == count());
    ends_.assign(std::size_t{1} + *std::max_element(groups_.begin(), groups_.end()), 0);
    for (const std::uint32_t group : groups_) {
      if (group + std::size_t{1} < ends_.size()) ++ends_[group + 1];
    }
    std::partial_sum(ends_.begin(), ends_.end(), ends_.begin());
    spread(words_);
    spread(weighted_);
    groups_ = {};
  }
  // Moves each value to where its group's are: from where these begin to where they end.
  template <class T>
  void spread(std::vector<T>& values) const {
    if (values.empty()) return;
    std::vector<T> spread;
    reserve_large(spread, values.size());
    spread.resize(values.size());
    for (std::size_t i = 0; i < values.size(); ++i) spread[ends_[groups_[i]]++] = values[i];
    values.swap(spread);
  }

  Cell percentile_of_words(std::span<std::int64_t> words) const {
    const auto at = [&](std::uint64_t place) {
      const auto found = words.begin() + static_cast<std::ptrdiff_t>(place);
      std::nth_element(words.begin(), found, words.end());
      return cell_of(*found);
    };
    const auto above = [&](std::uint64_t place) {
      return cell_of(
          *std::min_element(words.begin() + static_cast<std::ptrdiff_t>(place + 1), words.end()));
    };
    return percentile_of(kind_, share_.value(), words.size(), at, above);
  }

  Percentile kind_;
  Position at_;
  std::optional<double> share_;  // once there is a value
  Form form_ = Form::Integers;
  // By group and where each group ends, once they are in order; else as they came, and groups_
  // says of which groups they are, unless all are of the first one.
  mutable std::vector<std::int64_t> words_;  // integers, or the ordered bits of floats
  mutable std::vector<WeightedNumber> weighted_;
  mutable std::vector<std::uint32_t> groups_;
  mutable std::vector<std::size_t> ends_;
  mutable bool is_ordered_ = false;
};

}  // namespace

std::unique_ptr<Accumulator> make_percentile_accumulator(const bound::AggregateCall& call,
                                                         Position at) {
  const bool between = call.function->name == name_of(Percentile::Between);
  if (!between && call.function->name != name_of(Percentile::OfValues)) return nullptr;
  const bound::Expression& share = *call.arguments.at(1);
  if (!bound::free_slots(share).empty() || bound::is_volatile(share) ||
      bound::has_subquery(share)) {
    return nullptr;
  }
  return std::make_unique<PercentileAccumulator>(
      between ? Percentile::Between : Percentile::OfValues, at);
}

}  // namespace kith::exec
