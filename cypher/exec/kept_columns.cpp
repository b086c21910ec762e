// cypher/exec/kept_columns.cpp: copying values in, and putting those of several workers together.
#include "cypher/exec/kept_columns.hpp"

#include <algorithm>
#include <utility>

#include "core/page_memory.hpp"
#include "cypher/exec/columns.hpp"
#include "cypher/exec/in_pieces.hpp"

namespace kith::exec {

namespace {

bool is_word(VectorType type) {
  return type == VectorType::Integer || type == VectorType::Float || type == VectorType::Node ||
         type == VectorType::Relationship;
}

Cell cell_of_word(VectorType type, std::uint64_t word) {
  Cell cell;
  cell.kind = kind_of(type);
  cell.word = word;
  return cell;
}

}  // namespace

Cell KeptColumn::cell(std::size_t row) const {
  return are_words() ? cell_of_word(*type_, words_[row]) : cells_[row];
}

// False if they have to be cells.
bool KeptColumn::append_words(const Column& column, std::span<const std::uint32_t> rows) {
  const VectorType type = column.vector->type();
  if (!are_words() || !is_word(type) || column.vector->may_have_nulls()) return false;
  if (type_ && *type_ != type) return false;
  type_ = type;
  make_room(words_, rows.size());
  const std::size_t first = words_.size();
  words_.resize(first + rows.size());
  std::uint64_t* to = words_.data() + first;
  const auto* values = column.vector->data<std::uint64_t>();
  for (const std::uint32_t row : rows) *to++ = values[column.at(row)];
  return true;
}

void KeptColumn::become_cells() {
  reserve_large(cells_, 2 * words_.size());
  for (const std::uint64_t word : words_) cells_.push_back(cell_of_word(*type_, word));
  words_ = {};
}

void KeptColumn::see(const Cell& cell) {
  if (cell.is_null()) {
    has_nulls_ = true;
    return;
  }
  const VectorType type = narrow_type(cell.kind);
  if (!type_) type_ = type;
  if (*type_ != type) type_ = VectorType::Any;
}

void KeptColumn::append(const Column& column, std::span<const std::uint32_t> rows, Arena& arena) {
  if (rows.empty() || append_words(column, rows)) return;
  if (are_words()) become_cells();
  make_room(cells_, rows.size());
  for (const std::uint32_t row : rows) {
    const Cell cell = column.cell(row);
    see(cell);
    cells_.push_back(copy_into(arena, cell));
  }
}

void KeptColumn::append(const Cell& cell) {
  const VectorType type = narrow_type(cell.kind);
  const bool fits = !cell.is_null() && is_word(type) && (!type_ || *type_ == type);
  if (are_words() && fits) {
    type_ = type;
    make_room(words_);
    words_.push_back(cell.word);
    return;
  }
  if (are_words()) become_cells();
  see(cell);
  make_room(cells_);
  cells_.push_back(cell);
}

void KeptColumn::append(VectorType type, const std::uint64_t* words, std::size_t step,
                        std::size_t count) {
  if (!is_word(type) || !are_words() || (type_ && *type_ != type)) {
    for (std::size_t i = 0; i < count; ++i) append(cell_of_word(type, words[i * step]));
    return;
  }
  type_ = type;
  make_room(words_, count);
  for (std::size_t i = 0; i < count; ++i) words_.push_back(words[i * step]);
}

void KeptColumn::copy(std::size_t first, std::size_t count, Vector& out, std::size_t to) const {
  KITH_ASSERT(!has_nulls_ && first + count <= size());
  if (bytes_per_value(out.type()) == sizeof(Cell)) {
    for (std::size_t i = 0; i < count; ++i) out.data<Cell>()[to + i] = cell(first + i);
  } else if (out.type() == VectorType::Boolean) {
    for (std::size_t i = 0; i < count; ++i) {
      out.data<std::uint8_t>()[to + i] = cells_[first + i].is_true() ? 1 : 0;
    }
  } else if (are_words()) {
    std::copy_n(words_.data() + first, count, out.data<std::uint64_t>() + to);
  } else {
    for (std::size_t i = 0; i < count; ++i) {
      out.data<std::uint64_t>()[to + i] = cells_[first + i].word;
    }
  }
}

void WholeColumn::see(const KeptColumn& column) {
  has_nulls = has_nulls || column.has_nulls();
  are_words = are_words && column.are_words();
  if (!column.type()) return;
  if (!type) type = column.type();
  if (*type != *column.type()) type = VectorType::Any;
}

void KeptColumns::append(std::span<const Column> columns, std::span<const std::uint32_t> rows,
                         std::uint64_t sequence) {
  KITH_ASSERT(columns.size() == columns_.size());
  if (rows.empty()) return;
  if (sequence != sequence_) ordinal_ = 0;
  if (stretches_.empty() || sequence != sequence_) {
    stretches_.push_back({sequence, ordinal_, size_});
  }
  sequence_ = sequence;
  ordinal_ += rows.size();
  for (std::size_t i = 0; i < columns.size(); ++i) columns_[i].append(columns[i], rows, arena_);
  size_ += rows.size();
}

std::uint64_t KeptColumns::bytes() const {
  std::uint64_t bytes = arena_.bytes() + stretches_.capacity() * sizeof(Stretch);
  for (const KeptColumn& column : columns_) bytes += column.bytes();
  return bytes;
}

void KeptColumns::drop_values() {
  for (KeptColumn& column : columns_) column.clear();
  stretches_ = {};
  size_ = 0;
  reserved_.resize(bytes());
}

void KeptColumns::clear() {
  arena_ = Arena();
  drop_values();
}

namespace {

struct Piece {
  const KeptColumns* from;
  std::size_t first, count, to;
};

// Stretches of all workers by their sequence, in pieces of about equal size.
std::vector<std::vector<Piece>> pieces_in_order(
    std::span<const std::unique_ptr<KeptColumns>> sides) {
  std::vector<std::pair<std::uint64_t, Piece>> all;
  for (const auto& side : sides) {
    for (const KeptColumns::Stretch& stretch : side->stretches()) {
      const std::size_t count = side->end_of(stretch) - stretch.first;
      all.push_back({stretch.sequence, {side.get(), stretch.first, count, 0}});
    }
  }
  std::ranges::stable_sort(all, {}, [](const auto& piece) { return piece.first; });
  std::vector<std::vector<Piece>> groups;
  std::size_t to = 0, end_of_group = 0;
  for (auto& [sequence, piece] : all) {
    piece.to = to;
    if (to >= end_of_group) {
      groups.emplace_back();
      end_of_group = to + kRowsOfPiece;
    }
    groups.back().push_back(piece);
    to += piece.count;
  }
  return groups;
}

void fill_with_nulls(const std::vector<std::vector<Piece>>& groups, std::size_t column,
                     std::size_t rows, Vector& out) {
  std::vector<Cell> cells;
  reserve_large(cells, rows);
  for (const auto& group : groups) {
    for (const Piece& piece : group) {
      for (std::size_t i = 0; i < piece.count; ++i) {
        cells.push_back(piece.from->cell(piece.first + i, column));
      }
    }
  }
  fill_narrow(cells, out);
}

}  // namespace

std::vector<Vector> put_together(std::span<const std::unique_ptr<KeptColumns>> sides,
                                 std::uint32_t workers, Execution& execution) {
  KITH_ASSERT(!sides.empty());
  const auto groups = pieces_in_order(sides);
  std::size_t rows = 0;
  for (const auto& side : sides) rows += side->size();
  std::vector<Vector> columns(sides[0]->columns());
  std::vector<std::size_t> plain;
  for (std::size_t c = 0; c < columns.size(); ++c) {
    WholeColumn whole;
    for (const auto& side : sides) whole.see(side->column(c));
    if (whole.has_nulls) {
      fill_with_nulls(groups, c, rows, columns[c]);
    } else {
      columns[c].reset(whole.type.value_or(VectorType::Any), static_cast<std::uint32_t>(rows));
      plain.push_back(c);
    }
  }
  on_all(workers, groups.size(), execution, [&](std::size_t i) {
    for (const Piece& piece : groups[i]) {
      for (const std::size_t c : plain) {
        piece.from->column(c).copy(piece.first, piece.count, columns[c], piece.to);
      }
    }
  });
  for (const auto& side : sides) side->drop_values();
  return columns;
}

}  // namespace kith::exec
