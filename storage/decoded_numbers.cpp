// storage/decoded_numbers.cpp: see decoded_numbers.hpp.
#include "storage/decoded_numbers.hpp"

#include "core/assert.hpp"

namespace kith::storage {

bool DecodedNumbers::read(std::span<const std::uint64_t> ids, Vector& out) {
  if (decoded_ == 0 || vain_ == kMostVain) return false;
  out.reset(VectorType::Integer, static_cast<std::uint32_t>(ids.size()));
  auto* const values = out.data<std::int64_t>();
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const std::uint64_t number = ids[i] >> kSegmentBits, slot = ids[i] & (kSegmentSlots - 1);
    if (number >= segments_.size() || slot >= segments_[number].rows) {
      ++vain_;
      return false;
    }
    values[i] = segments_[number].values[slot];
  }
  vain_ = 0;
  return true;
}

void DecodedNumbers::was_asked(std::uint64_t segment, std::uint64_t count,
                               const ColumnReader& reader) {
  if (decoded_ >= most_ || vain_ == kMostVain) return;
  if (reader.column().header.encoding == Encoding::Constant) return;
  if (segment >= segments_.size()) segments_.resize(segment + 1);
  Segment& here = segments_[segment];
  here.asked += count;
  const std::uint32_t rows = reader.column().header.rows;
  if (here.rows != 0 || here.asked < rows) return;
  KITH_ASSERT(rows > 0 && rows <= kSegmentSlots);
  here.values = std::make_unique_for_overwrite<std::int64_t[]>(rows);
  reader.read_integers(0, rows, here.values.get());
  here.rows = rows;
  ++decoded_;
  vain_ = 0;
}

}  // namespace kith::storage
