// storage/delta/change.cpp: the properties of an element of a delta.
#include "storage/delta/change.hpp"

#include "core/cell_copy.hpp"

namespace kith::storage {

std::optional<Cell> PropertyChanges::find(KeyId key, std::uint32_t of) const {
  if (size_ != 0) {
    const std::uint32_t own = place(key);
    if (own < size_ && own_[own].key == key) return own_[own].value.cell();
  }
  return rows_ ? rows_->find(row_ + of, key) : std::nullopt;
}

void PropertyChanges::copy_own(const PropertyChanges& from) {
  own_ = std::make_unique<Entry[]>(from.size_);
  std::copy(from.own_.get(), from.own_.get() + from.size_, own_.get());
  size_ = capacity_ = from.size_;
}

void PropertyChanges::grow(std::uint32_t capacity) {
  KITH_ASSERT(capacity > capacity_);
  auto grown = std::make_unique<Entry[]>(capacity);
  std::move(own_.get(), own_.get() + size_, grown.get());
  own_ = std::move(grown);
  capacity_ = capacity;
}

const OwnedCell& PropertyChanges::set(KeyId key, const Cell& value) {
  const std::uint32_t at = place(key);
  if (at < size_ && own_[at].key == key) return own_[at].value = OwnedCell(value);
  if (size_ == capacity_) grow(std::max<std::uint32_t>(1, 2 * capacity_));
  std::move_backward(own_.get() + at, own_.get() + size_, own_.get() + size_ + 1);
  own_[at] = {key, OwnedCell(value)};
  ++size_;
  KITH_ASSERT(at == 0 || own_[at - 1].key < key);
  return own_[at].value;
}

bool PropertyChanges::has_no_other(std::span<const KeyId> keys) const {
  const auto is_known = [&](KeyId key) {
    return std::binary_search(keys.begin(), keys.end(), key);
  };
  if (rows_ && !std::all_of(rows_->keys().begin(), rows_->keys().end(), is_known)) return false;
  return std::all_of(own_.get(), own_.get() + size_,
                     [&](const Entry& entry) { return is_known(entry.key); });
}

void PropertyChanges::set_row(Ref<const ValueRows> rows, std::uint32_t row) {
  KITH_ASSERT(rows && has_no_other(rows->keys()));
  clear();
  rows_ = std::move(rows);
  row_ = row;
}

void PropertyChanges::clear() {
  rows_ = {};
  own_.reset();
  size_ = capacity_ = row_ = 0;
}

std::uint64_t PropertyChanges::bytes(std::uint32_t of) const {
  std::uint64_t bytes = array_bytes();
  for (std::uint32_t i = 0; i < size_; ++i) bytes += bytes_of(own_[i].value);
  if (!rows_) return bytes;
  for (std::size_t i = 0; i < rows_->keys().size(); ++i)
    bytes += sizeof(Cell) + bytes_beside(rows_->cell(row_ + of, i));
  return bytes;
}

ListChanges::ListChanges(const ListChanges& from)
    : first_(from.first_),
      size_(from.size_),
      many_(from.many_ ? std::make_unique<Many>(*from.many_) : nullptr) {
  if (size_ <= 1) return;
  capacity_ = size_ - 1;
  more_ = std::make_unique<ListChange[]>(capacity_);
  std::copy(from.more_.get(), from.more_.get() + capacity_, more_.get());
}

void ListChanges::append_more(const ListChange& change, Owner owner) {
  KITH_ASSERT(!many_ && size_ > 0 && size_ <= kFew);
  if (size_ == kFew) {
    many_ = std::make_unique<Many>();
    std::uint64_t place = 0;
    many_->edit(place++, owner) = first_;
    for (std::uint32_t i = 1; i < size_; ++i) many_->edit(place++, owner) = more_[i - 1];
    many_->edit(place, owner) = change;
    more_.reset();
    size_ = capacity_ = 0;
    return;
  }
  if (size_ - 1 == capacity_) {
    const std::uint32_t capacity = std::min(kFew - 1, std::max(3u, 2 * capacity_ + 1));
    auto grown = std::make_unique<ListChange[]>(capacity);
    std::copy(more_.get(), more_.get() + (size_ - 1), grown.get());
    more_ = std::move(grown);
    capacity_ = capacity;
  }
  more_[size_++ - 1] = change;
}

}  // namespace kith::storage
