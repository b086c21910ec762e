// cypher/exec/accumulator_distinct.cpp: aggregates over distinct values.
//
// The distinct (group, arguments) rows are kept, with where they were first seen; the aggregate
// itself sees them at the end, in that order. count(DISTINCT …) of nodes or integers keeps a bitmap
// or a flat set; with groups a flat set of what is small enough to go into one word with its group.
#include <algorithm>
#include <array>
#include <iterator>
#include <numeric>
#include <optional>

#include "cypher/exec/accumulator.hpp"
#include "cypher/exec/columns.hpp"
#include "cypher/exec/group_table.hpp"
#include "cypher/exec/grouped_set.hpp"
#include "cypher/exec/integer_set.hpp"

namespace kith::exec {

namespace {

// Ids as bits; made for numbers that are dense, as those of nodes are.
class IdSet {
 public:
  void add(std::uint64_t id) {
    const std::size_t word = id / 64;
    if (word >= words_.size()) words_.resize(std::max(word + 1, 2 * words_.size()));
    const std::uint64_t bit = std::uint64_t{1} << (id % 64);
    count_ += (words_[word] & bit) == 0 ? 1 : 0;
    words_[word] |= bit;
  }
  void add_nodes(const Column& column, std::uint32_t rows) {
    const auto* ids = column.vector->data<std::uint64_t>();
    if (!column.vector->may_have_nulls()) {
      for (std::uint32_t i = 0; i < rows; ++i) add(ids[column.at(i)]);
      return;
    }
    for (std::uint32_t i = 0; i < rows; ++i) {
      const std::uint32_t at = column.at(i);
      if (column.vector->valid(at)) add(ids[at]);
    }
  }
  void take(const IdSet& other) {
    if (words_.size() < other.words_.size()) words_.resize(other.words_.size());
    count_ = 0;
    for (std::size_t i = 0; i < other.words_.size(); ++i) words_[i] |= other.words_[i];
    for (const std::uint64_t word : words_) {
      count_ += static_cast<std::uint64_t>(__builtin_popcountll(word));
    }
  }
  template <class Visit>
  void each(Visit visit) const {
    for (std::size_t i = 0; i < words_.size(); ++i) {
      for (std::uint64_t left = words_[i]; left != 0; left &= left - 1) {
        visit(i * 64 + static_cast<unsigned>(__builtin_ctzll(left)));
      }
    }
  }
  std::uint64_t count() const { return count_; }
  std::uint64_t bytes() const { return words_.capacity() * sizeof(std::uint64_t); }

 private:
  std::vector<std::uint64_t> words_;
  std::uint64_t count_ = 0;
};

class DistinctAccumulator final : public Accumulator, public DistinctValues {
 public:
  DistinctAccumulator(std::unique_ptr<Accumulator> inner, std::size_t arguments, bool counts,
                      MemoryBudget& budget)
      : inner_(std::move(inner)),
        counts_only_(counts),
        seen_(arguments + 1, budget, "the distinct values of an aggregate",
              GroupTable::Rows::AtOnce) {}

  void add(Worker&, const GroupedRows& rows, std::span<const Column> arguments) override {
    if (counts_only_ && rows.groups == nullptr && arguments.size() == 1) {
      const VectorType type = arguments[0].vector->type();
      if (type == VectorType::Node) return nodes_.add_nodes(arguments[0], rows.rows);
      if (type == VectorType::Integer) return add_integers(arguments[0], rows.rows);
      if (type == VectorType::Any) return add_mixed(rows, arguments[0]);
    }
    if (counts_only_ && rows.groups != nullptr && arguments.size() == 1) {
      switch (arguments[0].vector->type()) {
        case VectorType::Node:
        case VectorType::Integer:
          return add_grouped(rows, arguments[0]);
        case VectorType::Float:
        case VectorType::Any:
          return add_grouped_cells(rows, arguments[0]);
        default:
          break;
      }
    }
    columns_.assign(arguments.begin(), arguments.end());
    group_values_.reset(VectorType::Integer, rows.groups == nullptr ? 1 : rows.rows);
    for (std::uint32_t i = 0; i < group_values_.rows(); ++i) {
      group_values_.data<std::int64_t>()[i] = rows.group(i);
    }
    columns_.push_back({&group_values_, nullptr, rows.groups == nullptr});
    seen_.find_or_add(columns_, rows.rows, found_);
    note_first(first_, seen_.size(), rows.sequence, rows.before);
  }

  void merge(Accumulator& from, std::uint32_t first, std::span<const std::uint32_t> into,
             std::uint32_t) override {
    KITH_ASSERT(first == 0);
    static_cast<void>(first);
    auto& other = static_cast<DistinctAccumulator&>(from);
    nodes_.take(other.nodes_);
    grouped_nodes_.take(other.grouped_nodes_, into);
    grouped_integers_.take(other.grouped_integers_, into);
    others_.push_back(std::move(other.integers_));
    std::move(other.others_.begin(), other.others_.end(), std::back_inserter(others_));
    other.others_.clear();
    if (into.size() == 1 && into[0] == 0) return take_seen(other);
    std::vector<Cell> key;
    for (std::uint32_t i = 0; i < other.seen_.size(); ++i) {
      const auto theirs = other.seen_.key(i);
      key.assign(theirs.begin(), theirs.end());
      const auto group = into[static_cast<std::size_t>(key.back().integer)];
      key.back() = Cell::of(static_cast<std::int64_t>(group));
      const std::uint32_t mine = seen_.find_or_share(key);
      first_.resize(seen_.size(), other.first_[i]);
      if (other.first_[i] >= first_[mine]) continue;
      first_[mine] = other.first_[i];
      seen_.replace_key(mine, key);
    }
    seen_.adopt(other.seen_);
  }

  void complete(Worker& worker, std::uint32_t group_count) override {
    if (fed_) return inner_->complete(worker, group_count);
    if (counts_only_ && seen_.size() == 0) {
      counted_ = count_integers(worker.execution());
      return count_all(worker.execution(), group_count);
    }
    unite_integers(worker.execution());
    if (counts_only_) return count_all(worker.execution(), group_count);
    std::vector<Cell*> rows;
    std::vector<std::uint32_t> groups;
    for (const std::uint32_t entry : in_order(first_)) {
      rows.push_back(seen_.row(entry));
      groups.push_back(static_cast<std::uint32_t>(seen_.key(entry).back().integer));
      if (rows.size() < kBatchRows) continue;
      feed(worker, rows, groups, group_count);
      rows.clear();
      groups.clear();
    }
    if (!rows.empty()) feed(worker, rows, groups, group_count);
    inner_->complete(worker, group_count);
  }

  Cell finish(std::uint32_t group, Arena& arena) override {
    if (fed_ || !counts_only_) return inner_->finish(group, arena);
    // Without groups only.
    const std::uint64_t apart = nodes_.count() + (counted_ ? *counted_ : integers_.size());
    return Cell::of(static_cast<std::int64_t>(counts_.at(group) + apart));
  }
  std::uint64_t bytes() const override {
    std::uint64_t bytes = inner_->bytes() + nodes_.bytes() + integers_.bytes() + seen_.bytes() +
                          grouped_nodes_.bytes() + grouped_integers_.bytes() +
                          first_.capacity() * sizeof(FirstSeen);
    for (const IntegerSet& other : others_) bytes += other.bytes();
    return bytes;
  }

  void save(std::uint32_t, std::string&) const override {}  // the inner one has had no rows yet
  void load(std::uint32_t, std::uint32_t, ByteReader&) override {}
  DistinctValues* distinct_values() override { return this; }

  void each(const Visit& visit) const override {
    for (std::uint32_t i = 0; i < seen_.size(); ++i) {
      const auto key = seen_.key(i);
      visit(static_cast<std::uint32_t>(key.back().integer), key.first(key.size() - 1), first_[i]);
    }
    // What is only counted may come in any order.
    nodes_.each([&](std::uint64_t id) {
      const Cell cell = Cell::of(NodeId{id});
      visit(0, {&cell, 1}, {});
    });
    const auto visit_integer = [&](std::int64_t value) {
      const Cell cell = Cell::of(value);
      visit(0, {&cell, 1}, {});
    };
    integers_.each(visit_integer);
    for (const IntegerSet& other : others_) other.each(visit_integer);
    grouped_nodes_.each([&](std::uint64_t id, std::uint32_t group) {
      const Cell cell = Cell::of(NodeId{id});
      visit(group, {&cell, 1}, {});
    });
    grouped_integers_.each([&](std::uint64_t value, std::uint32_t group) {
      const Cell cell = Cell::of(static_cast<std::int64_t>(value));
      visit(group, {&cell, 1}, {});
    });
  }

  void expect_fed() override {
    KITH_ASSERT(seen_.size() == 0);
    fed_ = true;
  }

  void feed(Worker& worker, std::span<Cell* const> rows, std::span<const std::uint32_t> groups,
            std::uint32_t group_count) override {
    const std::size_t arguments = seen_.columns() - 1;
    std::vector<Emitted> columns;
    for (std::size_t i = 0; i < arguments; ++i) columns.push_back({static_cast<Slot>(i), i});
    Batch batch(arguments);
    RowEmitter emitter;
    emitter.emit(rows, columns, batch);
    GroupedRows grouped;
    grouped.rows = batch.rows;
    grouped.groups = groups.data();
    grouped.group_count = group_count;
    inner_->add(worker, grouped, batch.columns);
  }

 private:
  // Of another whose groups have the same numbers: keys are as they are there.
  void take_seen(DistinctAccumulator& other) {
    seen_.find_or_share(other.seen_, 0, other.seen_.size(), found_);
    for (std::uint32_t i = 0; i < found_.size(); ++i) {
      if (found_[i] == first_.size()) {
        first_.push_back(other.first_[i]);
      } else if (other.first_[i] < first_[found_[i]]) {
        first_[found_[i]] = other.first_[i];
        seen_.replace_key(found_[i], other.seen_, i);
      }
    }
    seen_.adopt(other.seen_);
  }

  void add_integers(const Column& column, std::uint32_t rows) {
    const auto* values = column.vector->data<std::int64_t>();
    if (!column.vector->may_have_nulls() && !column.constant) {
      const auto all = operand<std::int64_t>(column, rows, integer_scratch_);
      return integers_.add({all.values, rows});
    }
    for (std::uint32_t i = 0; i < rows; ++i) {
      const std::uint32_t at = column.at(i);
      if (column.vector->valid(at)) integers_.add(values[at]);
    }
  }

  // Calls work(worker, part) for each part of sets that have up to so many values, on many threads
  // if that is worth it.
  template <class Work>
  static void for_each_part(Execution& execution, std::uint64_t most, const Work& work) {
    const bool alone = most < kWorthThreads || execution.transaction != nullptr;
    const std::uint32_t workers = alone ? 1 : std::max(1u, execution.threads);
    const auto some = [&](std::uint32_t worker) {
      for (std::uint32_t part = worker; part < IntegerSet::kParts; part += workers) {
        work(worker, part);
      }
    };
    if (workers == 1) {
      some(0);
    } else {
      execution.scheduler.run(workers, some);
    }
  }

  std::uint64_t most_integers() const {
    std::uint64_t most = integers_.most();
    for (const IntegerSet& other : others_) most += other.most();
    return most;
  }

  // How many there are in all, of what merge() took over too. Nobody will ask for one of them.
  std::uint64_t count_integers(Execution& execution) {
    std::vector<const IntegerSet*> sets{&integers_};
    for (const IntegerSet& other : others_) sets.push_back(&other);
    std::vector<IntegerSet::Counter> counters(std::max(1u, execution.threads));
    std::array<std::uint64_t, IntegerSet::kParts> counts{};
    for_each_part(execution, most_integers(), [&](std::uint32_t worker, std::uint32_t part) {
      counts[part] = counters[worker].count(sets, part);
    });
    return std::accumulate(counts.begin(), counts.end(), IntegerSet::Counter::count_rest(sets));
  }

  // What merge() took over, part by part.
  void unite_integers(Execution& execution) {
    for_each_part(execution, most_integers(), [&](std::uint32_t, std::uint32_t part) {
      for (IntegerSet& other : others_) integers_.take_part(other, part);
      integers_.settle_part(part);
    });
    for (const IntegerSet& other : others_) integers_.take_rest(other);
    others_.clear();
  }

  // Nodes and integers among other values must be counted where the rest of them are.
  void add_mixed(const GroupedRows& rows, const Column& column) {
    for (std::uint32_t i = 0; i < rows.rows; ++i) {
      const Cell key[2] = {column.cell(i), Cell::of(std::int64_t{0})};
      if (key[0].kind == Kind::Node) {
        nodes_.add(key[0].word);
      } else if (key[0].kind == Kind::Integer) {
        integers_.add(key[0].integer);
      } else {
        seen_.find_or_add(key);
      }
    }
    note_first(first_, seen_.size(), rows.sequence, rows.before);
  }

  void add_grouped(const GroupedRows& rows, const Column& column) {
    const bool are_nodes = column.vector->type() == VectorType::Node;
    GroupedSet& set = are_nodes ? grouped_nodes_ : grouped_integers_;
    const auto* words = are_nodes ? column.vector->data<std::uint64_t>() : nullptr;
    const auto* integers = are_nodes ? nullptr : column.vector->data<std::int64_t>();
    const bool may_be_null = column.vector->may_have_nulls();
    for (std::uint32_t i = 0; i < rows.rows; ++i) {
      const std::uint32_t at = column.at(i);
      if (may_be_null && !column.vector->valid(at)) continue;
      const auto value = are_nodes ? words[at] : static_cast<std::uint64_t>(integers[at]);
      if (GroupedSet::fits(value, rows.group(i))) {
        set.add(value, rows.group(i));
      } else {
        add_seen(column.cell(i), rows.group(i));
      }
    }
    note_first(first_, seen_.size(), rows.sequence, rows.before);
  }
  void add_grouped_cells(const GroupedRows& rows, const Column& column) {
    for (std::uint32_t i = 0; i < rows.rows; ++i) {
      const Cell cell = column.cell(i);
      const std::uint32_t group = rows.group(i);
      if (cell.is_null()) continue;
      if (cell.kind == Kind::Node && GroupedSet::fits(cell.word, group)) {
        grouped_nodes_.add(cell.word, group);
        continue;
      }
      const auto integer = as_integer(cell);
      if (integer && GroupedSet::fits(static_cast<std::uint64_t>(*integer), group)) {
        grouped_integers_.add(static_cast<std::uint64_t>(*integer), group);
      } else {
        add_seen(cell, group);
      }
    }
    note_first(first_, seen_.size(), rows.sequence, rows.before);
  }
  void add_seen(const Cell& cell, std::uint32_t group) {
    const Cell key[2] = {cell, Cell::of(std::int64_t{group})};
    seen_.find_or_add(key);
  }
  void count_grouped(Execution& execution, GroupedSet& set) {
    if (set.most() == 0) return;
    std::vector<std::vector<std::uint64_t>> counts(std::max(1u, execution.threads));
    for_each_part(execution, set.most(), [&](std::uint32_t worker, std::uint32_t part) {
      counts[worker].resize(counts_.size());
      set.count_part(part, counts[worker]);
    });
    for (const auto& some : counts) {
      for (std::size_t i = 0; i < some.size(); ++i) counts_[i] += some[i];
    }
  }

  void count_all(Execution& execution, std::uint32_t group_count) {
    counts_.assign(group_count, 0);
    count_grouped(execution, grouped_nodes_);
    count_grouped(execution, grouped_integers_);
    for (std::uint32_t i = 0; i < seen_.size(); ++i) {
      const auto key = seen_.key(i);
      if (key[0].is_null() || is_counted_integer(key[0])) continue;
      ++counts_[static_cast<std::size_t>(key.back().integer)];
    }
  }
  // 1.0 is the same as 1.
  bool is_counted_integer(const Cell& cell) const {
    KITH_ASSERT(!counted_);
    if (cell.kind != Kind::Float || integers_.size() == 0) return false;
    const auto value = as_integer(cell);
    return value && integers_.has(*value);
  }

  static constexpr std::uint64_t kWorthThreads = 1 << 14;

  std::unique_ptr<Accumulator> inner_;
  bool counts_only_, fed_ = false;
  GroupTable seen_;  // arguments, then the group
  std::vector<FirstSeen> first_;
  IdSet nodes_;
  IntegerSet integers_;
  GroupedSet grouped_nodes_, grouped_integers_;
  std::vector<IntegerSet> others_;        // of merged accumulators, until they are united
  std::optional<std::uint64_t> counted_;  // of all of them, if they are not
  std::vector<std::int64_t> integer_scratch_;
  std::vector<std::uint64_t> counts_;  // by group, once complete
  std::vector<Column> columns_;
  std::vector<std::uint32_t> found_;
  Vector group_values_;
};

}  // namespace

std::unique_ptr<Accumulator> make_distinct_accumulator(std::unique_ptr<Accumulator> inner,
                                                       std::size_t arguments, bool counts,
                                                       MemoryBudget& budget) {
  return std::make_unique<DistinctAccumulator>(std::move(inner), arguments, counts, budget);
}

}  // namespace kith::exec
