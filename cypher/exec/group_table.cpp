// cypher/exec/group_table.cpp: open addressing; a slot has half the hash, so that most misses end
// there.
#include "cypher/exec/group_table.hpp"

#include <algorithm>
#include <bit>
#include <iterator>

#include "core/hash.hpp"
#include "core/number.hpp"
#include "core/page_memory.hpp"
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

std::uint64_t hash_key(std::span<const Cell> key) {
  if (key.empty()) return 0;
  std::uint64_t result = hash(key[0]);
  for (const Cell& cell : key.subspan(1)) result = combine_hashes(result, hash(cell));
  return result;
}

std::optional<std::int64_t> as_integer(const Cell& cell) {
  if (cell.kind == Kind::Integer) return cell.integer;
  if (cell.kind != Kind::Float) return std::nullopt;
  const auto value = integer_from_float(cell.real);
  if (!value || compare_exact(*value, cell.real) != 0) return std::nullopt;
  return value;
}

std::uint64_t GroupTable::bytes() const {
  std::uint64_t bytes = keys_.bytes() + slots_.capacity() * sizeof(Slot) +
                        (hashes_.capacity() + words_.capacity()) * sizeof(std::uint64_t) +
                        near_.capacity() * sizeof(std::uint32_t);
  for (const auto& buffer : adopted_) bytes += buffer->bytes();
  return bytes;
}

bool GroupTable::is_large() const {
  constexpr std::size_t kCachedSlots = 1 << 14;
  return slots_.size() > kCachedSlots;
}

// The group that a key of this hash probably has, plus one; 0: there is none, or it was pushed on.
std::uint32_t GroupTable::likely_group(std::uint64_t hash) const {
  const Slot& slot = slots_[hash & (slots_.size() - 1)];
  return slot.tag == static_cast<std::uint32_t>(hash >> 32) ? slot.group : 0;
}

// Of a large table, memory is asked for the places of later rows while earlier ones are looked up:
// first for their slots, then for the keys that these lead to, step by step where one place says
// where the next is.
void GroupTable::prefetch(std::span<const std::uint64_t> hashes, std::uint32_t row) const {
  constexpr std::size_t kSlotAhead = 20, kWordsAhead = 6, kPointerAhead = 15;
  const auto group_ahead = [&](std::size_t ahead) {
    return row + ahead < hashes.size() ? likely_group(hashes[row + ahead]) : 0;
  };
  if (row + kSlotAhead < hashes.size()) {
    __builtin_prefetch(&slots_[hashes[row + kSlotAhead] & (slots_.size() - 1)], 1);
  }
  if (is_plain_) {
    const std::uint32_t group = group_ahead(kWordsAhead);
    if (group != 0) __builtin_prefetch(words_.data() + (group - 1) * columns_);
    return;
  }
  if (const auto group = group_ahead(kPointerAhead)) {
    __builtin_prefetch(keys_.rows().data() + group - 1);
  }
  if (const auto group = group_ahead(kRowAhead)) __builtin_prefetch(keys_.row(group - 1));
  if (const auto group = group_ahead(kTextAhead)) prefetch_text(group - 1);
}

void GroupTable::prefetch_text(std::uint32_t group) const {
  const Cell& first = *keys_.row(group);
  if (first.kind == Kind::String) __builtin_prefetch(first.string().data());
}

// same(group): whether it has the key; add(row): makes the row of a new one.
template <class Same, class Add>
std::uint32_t GroupTable::probe(std::uint64_t hash, Same same, Add add) {
  const std::size_t mask = slots_.size() - 1;
  const auto tag = static_cast<std::uint32_t>(hash >> 32);
  std::size_t at = hash & mask;
  for (; slots_[at].group != 0; at = (at + 1) & mask) {
    const std::uint32_t group = slots_[at].group - 1;
    if (slots_[at].tag == tag && same(group)) return group;
  }
  const std::uint32_t group = size();
  KITH_ASSERT(group < UINT32_MAX - 1);
  slots_[at] = {tag, group + 1};
  make_room(hashes_);
  hashes_.push_back(hash);
  add();
  KITH_ASSERT(size() == group + 1);
  if (2 * hashes_.size() > slots_.size()) grow();
  return group;
}

void GroupTable::grow() {
  std::vector<Slot> slots;
  reserve_large(slots, 2 * slots_.size());
  slots.resize(2 * slots_.size());
  const std::size_t mask = slots.size() - 1;
  for (std::uint32_t group = 0; group < hashes_.size(); ++group) {
    std::size_t at = hashes_[group] & mask;
    while (slots[at].group != 0) at = (at + 1) & mask;
    slots[at] = {static_cast<std::uint32_t>(hashes_[group] >> 32), group + 1};
  }
  slots_.swap(slots);
}

namespace {

// A key of this kind is its word.
bool is_word(Kind kind) {
  return kind == Kind::Integer || kind == Kind::Node || kind == Kind::Relationship ||
         kind == Kind::Boolean;
}

Kind word_kind(const Column& column) {
  const Kind kind = kind_of(column.vector->type());
  return is_word(kind) && !column.vector->may_have_nulls() ? kind : Kind::Null;
}

template <class T>
void copy_words(const Column& column, std::uint32_t rows, std::size_t step, std::uint64_t* out) {
  const T* values = column.vector->data<T>();
  for (std::uint32_t i = 0; i < rows; ++i, out += step) {
    *out = static_cast<std::uint64_t>(values[column.at(i)]);
  }
}

}  // namespace

// Whether keys of these kinds are plain, and all before them were; if not, no key is from now on.
bool GroupTable::become_plain(std::span<const Kind> kinds) {
  if (!is_plain_) return false;
  is_plain_ =
      std::ranges::all_of(kinds, is_word) && (kinds_.empty() || std::ranges::equal(kinds, kinds_));
  if (is_plain_) {
    kinds_.assign(kinds.begin(), kinds.end());
  } else {
    is_plain_ = true;
    leave_plain();
  }
  return is_plain_;
}

void GroupTable::leave_plain() {
  if (!is_plain_) return;
  make_rows();
  is_plain_ = false;
  words_ = {};
}

namespace {

Cell cell_of_word(Kind kind, std::uint64_t word) {
  switch (kind) {
    case Kind::Boolean:
      return Cell::boolean(word != 0);
    case Kind::Node:
      return Cell::of(NodeId{word});
    case Kind::Relationship:
      return Cell::of(RelationshipId{word});
    default:
      KITH_ASSERT(kind == Kind::Integer);
      return Cell::of(static_cast<std::int64_t>(word));
  }
}

}  // namespace

Cell GroupTable::key_cell(std::uint32_t group, std::size_t column) const {
  if (group < keys_.size()) return keys_.row(group)[column];
  return cell_of_word(kinds_[column], words_[group * columns_ + column]);
}

void GroupTable::make_rows() {
  constexpr std::size_t kAtOnce = 1024;
  const std::size_t width = keys_.columns();
  make_room(keys_.pointers(), size() - keys_.size());
  while (keys_.size() < size()) {
    KITH_ASSERT(is_plain_);
    const std::size_t first = keys_.size(), count = std::min(kAtOnce, size() - first);
    const auto cells = keys_.arena().make_array<Cell>(count * width);
    for (std::size_t i = 0; i < count; ++i) {
      Cell* row = cells.data() + i * width;
      for (std::size_t c = 0; c < columns_; ++c) {
        row[c] = cell_of_word(kinds_[c], words_[(first + i) * columns_ + c]);
      }
      std::fill(row + columns_, row + width, Cell::null());
      keys_.pointers().push_back(row);
    }
  }
}

// The words of plain keys, row by row; false if they are not plain.
bool GroupTable::gather_words(std::span<const Column> columns, std::uint32_t rows) {
  batch_kinds_.clear();
  for (const Column& column : columns) batch_kinds_.push_back(word_kind(column));
  if (!become_plain(batch_kinds_)) return false;
  row_words_.resize(rows * columns_);
  for (std::size_t c = 0; c < columns_; ++c) {
    if (batch_kinds_[c] == Kind::Boolean) {
      copy_words<std::uint8_t>(columns[c], rows, columns_, row_words_.data() + c);
    } else {
      copy_words<std::uint64_t>(columns[c], rows, columns_, row_words_.data() + c);
    }
  }
  return true;
}

// N: the number of columns, or 0: any.
template <std::size_t N>
void GroupTable::find_plain(std::span<const Column> columns, std::uint32_t rows,
                            std::vector<std::uint32_t>& groups) {
  const std::size_t width = N == 0 ? columns_ : N;
  const bool large = is_large();
  const std::uint64_t* mine = row_words_.data();
  const auto same = [&](const std::uint64_t* theirs) {
    for (std::size_t c = 0; c < width; ++c) {
      if (mine[c] != theirs[c]) return false;
    }
    return true;
  };
  const Slot* slots = slots_.data();
  const std::uint64_t* words = words_.data();
  std::size_t mask = slots_.size() - 1;
  for (std::uint32_t i = 0; i < rows; ++i, mine += width) {
    if (large) prefetch(scratch_, i);
    const std::uint64_t hash = scratch_[i];
    const Slot slot = slots[hash & mask];
    if (slot.group != 0 && slot.tag == static_cast<std::uint32_t>(hash >> 32) &&
        same(words + (slot.group - 1) * width)) {
      groups[i] = slot.group - 1;
      continue;
    }
    groups[i] = probe(
        hash, [&](std::uint32_t group) { return same(words_.data() + group * width); },
        [&] {
          make_room(words_, width);
          words_.insert(words_.end(), mine, mine + width);
          if (!makes_rows()) return;
          Cell* key = keys_.append_row();
          for (std::size_t c = 0; c < width; ++c) key[c] = columns[c].cell(i);
        });
    slots = slots_.data();
    words = words_.data();
    mask = slots_.size() - 1;
  }
}

void GroupTable::find_texts(const Column& column, std::uint32_t rows,
                            std::vector<std::uint32_t>& groups) {
  const Cell* texts = column.vector->data<Cell>();
  SameTexts same;
  for (std::uint32_t i = 0; i < rows; ++i) {
    groups[i] = same.find(texts[i], [&] { return find_or_add({&texts[i], 1}); });
  }
}

// Texts whose hashes are in scratch_.
void GroupTable::find_hashed_texts(const Column& column, std::uint32_t rows,
                                   std::vector<std::uint32_t>& groups) {
  const Cell* texts = column.vector->data<Cell>();
  const bool large = is_large();
  for (std::uint32_t i = 0; i < rows; ++i) {
    if (large) prefetch(scratch_, i);
    const Cell& text = texts[column.at(i)];
    const auto same = [&](std::uint32_t group) {
      const Cell& key = *keys_.row(group);
      return key.kind == Kind::String && key.string() == text.string();
    };
    groups[i] =
        probe(scratch_[i], same, [&] { *keys_.append_row() = copy_into(keys_.arena(), text); });
  }
}

void GroupTable::find_or_add(std::span<const Column> columns, std::uint32_t rows,
                             std::vector<std::uint32_t>& groups) {
  KITH_ASSERT(columns.size() == columns_);
  groups.resize(rows);
  if (!find_repeated(columns, rows, groups)) find_each(columns, rows, groups);
}

void GroupTable::find_each(std::span<const Column> columns, std::uint32_t rows,
                           std::vector<std::uint32_t>& groups) {
  groups.resize(rows);
  if (columns.size() == 1 && SameTexts::are_many_in(columns[0], rows)) {
    return find_texts(columns[0], rows, groups);
  }
  const bool plain = is_plain_ && gather_words(columns, rows);
  if (plain && find_near(columns, rows, groups)) return;
  hash_rows(columns, rows, scratch_);
  if (plain) {
    if (columns_ == 1) return find_plain<1>(columns, rows, groups);
    if (columns_ == 2) return find_plain<2>(columns, rows, groups);
    return find_plain<0>(columns, rows, groups);
  }
  if (columns_ == 1 && columns[0].vector->type() == VectorType::String &&
      !columns[0].vector->may_have_nulls()) {
    return find_hashed_texts(columns[0], rows, groups);
  }
  const bool large = is_large();
  for (std::uint32_t i = 0; i < rows; ++i) {
    if (large) prefetch(scratch_, i);
    groups[i] = probe(
        scratch_[i],
        [&](std::uint32_t group) {
          const Cell* key = keys_.row(group);
          for (std::size_t c = 0; c < columns_; ++c) {
            if (!same_key(key[c], columns[c].cell(i))) return false;
          }
          return true;
        },
        [&] {
          Cell* key = keys_.append_row();
          for (std::size_t c = 0; c < columns_; ++c) {
            key[c] = copy_into(keys_.arena(), columns[c].cell(i));
          }
        });
  }
}

// add(): makes the row of a new group.
template <class Add>
std::uint32_t GroupTable::find_cells(std::uint64_t hash, std::span<const Cell> key, Add add) {
  KITH_ASSERT(key.size() == columns_);
  batch_kinds_.clear();
  for (const Cell& cell : key) batch_kinds_.push_back(cell.kind);
  if (!become_plain(batch_kinds_)) {
    const auto same = [&](std::uint32_t group) {
      const Cell* mine = keys_.row(group);
      for (std::size_t c = 0; c < columns_; ++c) {
        if (!same_key(mine[c], key[c])) return false;
      }
      return true;
    };
    return probe(hash, same, add);
  }
  const auto same = [&](std::uint32_t group) {
    for (std::size_t c = 0; c < columns_; ++c) {
      if (words_[group * columns_ + c] != key[c].word) return false;
    }
    return true;
  };
  return probe(hash, same, [&] {
    make_room(words_, columns_);
    for (const Cell& cell : key) words_.push_back(cell.word);
    if (makes_rows()) add();
  });
}

std::uint32_t GroupTable::find_or_add(std::span<const Cell> key) {
  return find_cells(hash_key(key), key, [&] {
    Cell* mine = keys_.append_row();
    for (std::size_t c = 0; c < columns_; ++c) mine[c] = copy_into(keys_.arena(), key[c]);
  });
}

std::uint32_t GroupTable::find_or_share(std::span<const Cell> key) {
  return find_cells(hash_key(key), key,
                    [&] { std::copy(key.begin(), key.end(), keys_.append_row()); });
}

// Of keys that are words in both. N: the number of columns, or 0: any.
template <std::size_t N>
void GroupTable::share_plain(const GroupTable& other, std::uint32_t begin,
                             std::span<std::uint32_t> into) {
  const std::size_t width = N == 0 ? columns_ : N;
  const bool large = is_large();
  const auto hashes = std::span(other.hashes_).subspan(begin, into.size());
  const std::uint64_t* theirs = other.words_.data() + begin * width;
  for (std::uint32_t i = 0; i < into.size(); ++i, theirs += width) {
    if (large) prefetch(hashes, i);
    const auto same = [&](std::uint32_t group) {
      return std::equal(theirs, theirs + width, words_.data() + group * width);
    };
    into[i] = probe(hashes[i], same, [&] {
      make_room(words_, width);
      words_.insert(words_.end(), theirs, theirs + width);
      if (!makes_rows()) return;
      KITH_ASSERT(other.makes_rows());
      make_room(keys_.pointers());
      keys_.pointers().push_back(other.keys_.row(begin + i));
    });
  }
}

void GroupTable::find_or_share(const GroupTable& other, std::uint32_t begin, std::uint32_t count,
                               std::vector<std::uint32_t>& into) {
  KITH_ASSERT(other.keys_.columns() == keys_.columns() && begin + count <= other.size());
  into.resize(count);
  if (other.is_plain_ && !other.kinds_.empty() && become_plain(other.kinds_)) {
    if (columns_ == 1) return share_plain<1>(other, begin, into);
    if (columns_ == 2) return share_plain<2>(other, begin, into);
    return share_plain<0>(other, begin, into);
  }
  // Keys are looked at only where their hashes are the same: rows lie anywhere.
  leave_plain();
  KITH_ASSERT(other.keys_.size() == other.size());
  const auto hashes = std::span(other.hashes_).subspan(begin, count);
  for (std::uint32_t i = 0; i < count; ++i) {
    prefetch(hashes, i);
    // Of theirs those that are compared with a key here.
    if (i + kRowAhead < count && likely_group(hashes[i + kRowAhead]) != 0) {
      __builtin_prefetch(other.keys_.row(begin + i + kRowAhead));
    }
    if (i + kTextAhead < count && likely_group(hashes[i + kTextAhead]) != 0) {
      other.prefetch_text(begin + i + kTextAhead);
    }
    const auto share = [&] {
      make_room(keys_.pointers());
      keys_.pointers().push_back(other.keys_.row(begin + i));
    };
    const auto same = [&](std::uint32_t group) {
      return std::equal(key(group).begin(), key(group).end(), other.keys_.row(begin + i), same_key);
    };
    into[i] = probe(hashes[i], same, share);
  }
}

void GroupTable::expect(std::uint32_t groups, bool plain) {
  KITH_ASSERT(size() == 0);
  const std::size_t slots = std::bit_ceil(std::size_t{2} * groups + 2);
  reserve_large(slots_, slots);
  slots_.resize(std::max(slots, slots_.size()));
  reserve_large(hashes_, groups);
  if (plain) reserve_large(words_, groups * columns_);
}

namespace {

// `heir`: gets the memory in which they were.
template <class T>
void renumber_array(std::vector<T>& values, std::size_t width,
                    std::span<const std::uint32_t> numbers, std::vector<T>* heir) {
  KITH_ASSERT(values.size() == numbers.size() * width);
  std::vector<T> renumbered;
  reserve_large(renumbered, values.size());
  renumbered.resize(values.size());
  const T* from = values.data();
  for (const std::uint32_t number : numbers) {
    for (T *to = renumbered.data() + number * width, *end = to + width; to != end;) *to++ = *from++;
  }
  values.swap(renumbered);
  if (heir == nullptr) return;
  renumbered.clear();
  *heir = std::move(renumbered);
}

}  // namespace

void GroupTable::renumber(std::span<const std::uint32_t> numbers, GroupTable* heir) {
  KITH_ASSERT(numbers.size() == size() && (heir == nullptr || heir->size() == 0));
  if (heir != nullptr) {
    heir->slots_ = std::move(slots_);
    std::ranges::fill(heir->slots_, Slot{});
  }
  slots_ = {};
  near_ = {};
  renumber_array(hashes_, 1, numbers, heir == nullptr ? nullptr : &heir->hashes_);
  if (keys_.size() == size()) renumber_array(keys_.pointers(), 1, numbers, {});
  if (is_plain_)
    renumber_array(words_, columns_, numbers, heir == nullptr ? nullptr : &heir->words_);
}

bool GroupTable::keys_are_like(const GroupTable& other) const {
  return is_plain_ && other.is_plain_ && (size() == 0 || kinds_ == other.kinds_);
}

void GroupTable::adopt(GroupTable& other) {
  adopted_.push_back(std::make_unique<RowBuffer>(std::move(other.keys_)));
  std::move(other.adopted_.begin(), other.adopted_.end(), std::back_inserter(adopted_));
  other.adopted_.clear();
}

void GroupTable::release_rows(std::vector<std::unique_ptr<RowBuffer>>& owners) {
  keys_.pointers() = {};
  owners.push_back(std::make_unique<RowBuffer>(std::move(keys_)));
  std::move(adopted_.begin(), adopted_.end(), std::back_inserter(owners));
  adopted_.clear();
  for (const auto& owner : owners) owner->charge();
}

namespace {

// Values of this kind that are equivalent cannot be told apart. 0.0 and -0.0 can.
bool is_alike(Kind kind) {
  return kind == Kind::Null || kind == Kind::Boolean || kind == Kind::Integer ||
         kind == Kind::String || kind == Kind::Node || kind == Kind::Relationship;
}

}  // namespace

void GroupTable::replace_key(std::uint32_t group, std::span<const Cell> key) {
  if (is_plain_) return;  // equal ones cannot be told apart
  Cell* mine = keys_.row(group);
  for (std::size_t c = 0; c < key.size(); ++c) {
    KITH_ASSERT(same_key(mine[c], key[c]));
    if (mine[c].kind == key[c].kind && is_alike(key[c].kind)) continue;
    mine[c] = copy_into(keys_.arena(), key[c]);
  }
}

}  // namespace kith::exec
