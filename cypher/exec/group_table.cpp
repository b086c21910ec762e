// cypher/exec/group_table.cpp: open addressing; a slot has half the hash, so that most misses end
// there.
#include "cypher/exec/group_table.hpp"

#include <algorithm>

#include "core/hash.hpp"
#include "cypher/exec/columns.hpp"
#include "cypher/exec/same_texts.hpp"

namespace kith::exec {

namespace {

template <class T, class Hash>
void hash_values(const Column& column, std::uint32_t rows, std::uint64_t* out, Hash hash) {
  const T* values = column.vector->data<T>();
  if (column.index == nullptr) {
    for (std::uint32_t i = 0; i < rows; ++i) out[i] = hash(values[i]);
  } else {
    for (std::uint32_t i = 0; i < rows; ++i) out[i] = hash(values[column.index[i]]);
  }
}

void hash_column(const Column& column, std::uint32_t rows, std::uint64_t* out) {
  const Vector& vector = *column.vector;
  if (column.constant) {
    std::fill_n(out, rows, hash(vector.cell(0)));
    return;
  }
  if (vector.may_have_nulls()) {
    for (std::uint32_t i = 0; i < rows; ++i) out[i] = hash(column.cell(i));
    return;
  }
  switch (vector.type()) {
    case VectorType::Integer:
      return hash_values<std::int64_t>(column, rows, out, hash_integer);
    case VectorType::Node:
      return hash_values<std::uint64_t>(column, rows, out, hash_node);
    case VectorType::Relationship:
      return hash_values<std::uint64_t>(column, rows, out, hash_relationship);
    case VectorType::Float:
      return hash_values<double>(column, rows, out, hash_float);
    case VectorType::Boolean:
      return hash_values<std::uint8_t>(column, rows, out,
                                       [](std::uint8_t v) { return hash_boolean(v != 0); });
    case VectorType::String:
      return hash_values<Cell>(column, rows, out,
                               [](const Cell& c) { return hash_text(c.string()); });
    case VectorType::Any:
      return hash_values<Cell>(column, rows, out, [](const Cell& c) { return hash(c); });
  }
}

}  // namespace

void hash_rows(std::span<const Column> columns, std::uint32_t rows,
               std::vector<std::uint64_t>& out) {
  out.assign(rows, 0);
  if (columns.empty()) return;
  hash_column(columns[0], rows, out.data());
  std::vector<std::uint64_t> more;
  for (const Column& column : columns.subspan(1)) {
    more.resize(rows);
    hash_column(column, rows, more.data());
    for (std::uint32_t i = 0; i < rows; ++i) out[i] = combine_hashes(out[i], more[i]);
  }
}

void note_first(std::vector<FirstSeen>& first, std::uint32_t count, std::uint64_t sequence,
                std::uint64_t before) {
  while (first.size() < count) first.push_back({sequence, before + first.size()});
}

std::uint64_t hash_key(std::span<const Cell> key) {
  if (key.empty()) return 0;
  std::uint64_t result = hash(key[0]);
  for (const Cell& cell : key.subspan(1)) result = combine_hashes(result, hash(cell));
  return result;
}

// Of a large table, memory is asked for the places of later rows while earlier ones are looked up.
void GroupTable::prefetch(std::uint32_t row) const {
  constexpr std::size_t kCachedSlots = 1 << 14, kAhead = 12;
  if (slots_.size() <= kCachedSlots || row + kAhead >= scratch_.size()) return;
  __builtin_prefetch(&slots_[scratch_[row + kAhead] & (slots_.size() - 1)], 1);
}

template <class Same, class Key>
std::uint32_t GroupTable::probe(std::uint64_t hash, Same same, Key key) {
  const std::size_t mask = slots_.size() - 1;
  const auto tag = static_cast<std::uint32_t>(hash >> 32);
  std::size_t at = hash & mask;
  for (; slots_[at].group != 0; at = (at + 1) & mask) {
    const std::uint32_t group = slots_[at].group - 1;
    if (slots_[at].tag == tag && same(keys_.row(group))) return group;
  }
  const std::uint32_t group = size();
  KITH_ASSERT(group < UINT32_MAX - 1);
  slots_[at] = {tag, group + 1};
  hashes_.push_back(hash);
  key(keys_.append_row());
  if (2 * hashes_.size() > slots_.size()) grow();
  return group;
}

void GroupTable::grow() {
  std::vector<Slot> slots(2 * slots_.size());
  const std::size_t mask = slots.size() - 1;
  for (std::uint32_t group = 0; group < hashes_.size(); ++group) {
    std::size_t at = hashes_[group] & mask;
    while (slots[at].group != 0) at = (at + 1) & mask;
    slots[at] = {static_cast<std::uint32_t>(hashes_[group] >> 32), group + 1};
  }
  slots_.swap(slots);
}

void GroupTable::find_typed(const Column& column, std::uint32_t rows,
                            std::vector<std::uint32_t>& groups) {
  const Kind kind = column.vector->type() == VectorType::Integer ? Kind::Integer
                    : column.vector->type() == VectorType::Node  ? Kind::Node
                                                                 : Kind::Relationship;
  const auto* values = column.vector->data<std::uint64_t>();
  for (std::uint32_t i = 0; i < rows; ++i) {
    prefetch(i);
    const std::uint64_t word = values[column.at(i)];
    Cell cell;
    cell.kind = kind;
    cell.word = word;
    groups[i] = probe(
        scratch_[i],
        [&](const Cell* key) {
          return key->kind == kind ? key->word == word : same_key(*key, cell);
        },
        [&](Cell* key) { *key = cell; });
  }
}

void GroupTable::find_texts(const Column& column, std::uint32_t rows,
                            std::vector<std::uint32_t>& groups) {
  const Cell* texts = column.vector->data<Cell>();
  SameTexts same;
  for (std::uint32_t i = 0; i < rows; ++i) {
    const Cell& text = texts[i];
    groups[i] = same.find(text, [&] {
      return probe(
          hash_text(text.string()), [&](const Cell* key) { return same_key(*key, text); },
          [&](Cell* key) { *key = copy_into(keys_.arena(), text); });
    });
  }
}

// Columns that repeat values of few rows, all in the same way, as behind an expansion: each row is
// looked up once. False if they are not.
bool GroupTable::find_repeated(std::span<const Column> columns, std::uint32_t rows,
                               std::vector<std::uint32_t>& groups) {
  constexpr std::uint32_t kUnknown = ~std::uint32_t{0};
  if (columns.empty() || columns[0].index == nullptr) return false;
  const std::uint32_t* index = columns[0].index;
  std::uint32_t values = 0;
  for (const Column& column : columns) {
    if (column.index != index) return false;
    values = std::max(values, column.vector->rows());
  }
  if (values > rows / 2) return false;
  known_.assign(values, kUnknown);
  first_rows_.clear();
  for (std::uint32_t i = 0; i < rows; ++i) {
    std::uint32_t& known = known_[index[i]];
    if (known == kUnknown) {
      known = static_cast<std::uint32_t>(first_rows_.size());
      first_rows_.push_back(index[i]);
    }
    groups[i] = known;
  }
  std::vector<Column> picked(columns.begin(), columns.end());
  for (Column& column : picked) column.index = first_rows_.data();
  find_each(picked, static_cast<std::uint32_t>(first_rows_.size()), of_value_);
  for (std::uint32_t i = 0; i < rows; ++i) groups[i] = of_value_[groups[i]];
  return true;
}

void GroupTable::find_or_add(std::span<const Column> columns, std::uint32_t rows,
                             std::vector<std::uint32_t>& groups) {
  KITH_ASSERT(columns.size() == keys_.columns());
  groups.resize(rows);
  if (!find_repeated(columns, rows, groups)) find_each(columns, rows, groups);
}

void GroupTable::find_each(std::span<const Column> columns, std::uint32_t rows,
                           std::vector<std::uint32_t>& groups) {
  groups.resize(rows);
  if (columns.size() == 1 && SameTexts::are_many_in(columns[0], rows)) {
    return find_texts(columns[0], rows, groups);
  }
  hash_rows(columns, rows, scratch_);
  if (columns.size() == 1 && !columns[0].vector->may_have_nulls()) {
    const VectorType type = columns[0].vector->type();
    if (type == VectorType::Integer || type == VectorType::Node ||
        type == VectorType::Relationship) {
      return find_typed(columns[0], rows, groups);
    }
  }
  for (std::uint32_t i = 0; i < rows; ++i) {
    prefetch(i);
    groups[i] = probe(
        scratch_[i],
        [&](const Cell* key) {
          for (std::size_t c = 0; c < columns.size(); ++c) {
            if (!same_key(key[c], columns[c].cell(i))) return false;
          }
          return true;
        },
        [&](Cell* key) {
          for (std::size_t c = 0; c < columns.size(); ++c) {
            key[c] = copy_into(keys_.arena(), columns[c].cell(i));
          }
        });
  }
}

std::uint32_t GroupTable::find_or_add(std::span<const Cell> key) {
  KITH_ASSERT(key.size() == keys_.columns());
  return probe(
      hash_key(key),
      [&](const Cell* mine) {
        for (std::size_t c = 0; c < key.size(); ++c) {
          if (!same_key(mine[c], key[c])) return false;
        }
        return true;
      },
      [&](Cell* mine) {
        for (std::size_t c = 0; c < key.size(); ++c) mine[c] = copy_into(keys_.arena(), key[c]);
      });
}

namespace {

// Values of this kind that are equivalent cannot be told apart. 0.0 and -0.0 can.
bool is_alike(Kind kind) {
  return kind == Kind::Null || kind == Kind::Boolean || kind == Kind::Integer ||
         kind == Kind::String || kind == Kind::Node || kind == Kind::Relationship;
}

}  // namespace

void GroupTable::replace_key(std::uint32_t group, std::span<const Cell> key) {
  Cell* mine = keys_.row(group);
  for (std::size_t c = 0; c < key.size(); ++c) {
    KITH_ASSERT(same_key(mine[c], key[c]));
    if (mine[c].kind == key[c].kind && is_alike(key[c].kind)) continue;
    mine[c] = copy_into(keys_.arena(), key[c]);
  }
}

}  // namespace kith::exec
