// core/temporal_fields.hpp: the parts a map spells, for building and truncating values.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "core/cell.hpp"
#include "core/temporal_parts.hpp"

namespace kith {

enum class Field : std::uint8_t {
  Year,
  Quarter,
  DayOfQuarter,
  Month,
  Day,
  Week,
  DayOfWeek,
  OrdinalDay,
  Hour,
  Minute,
  Second,
  Millisecond,
  Microsecond,
  Nanosecond,
  EpochSeconds,
  EpochMillis,
};
inline constexpr std::size_t kFieldCount = 16;

std::string_view field_name(Field field);

// The numbers among a map's entries, and the values it selects from; read once, checked for what
// `kind` can have.
class TemporalFields {
 public:
  TemporalFields() = default;
  TemporalFields(Kind kind, const Cell& map);

  bool has(Field field) const { return (given_ & bit(field)) != 0; }
  bool has_any(Field first, Field last) const;
  bool empty() const { return given_ == 0; }
  std::int64_t get(Field field) const { return numbers_[static_cast<std::size_t>(field)]; }
  int get_between(Field field, std::int64_t least, std::int64_t most) const;  // or out of range
  int get_or(Field field, std::int64_t least, std::int64_t most, int otherwise) const {
    return has(field) ? get_between(field, least, most) : otherwise;
  }
  void set(Field field, std::int64_t value);

  Cell date, time, datetime, timezone;  // null where not given

 private:
  static constexpr std::uint32_t bit(Field field) { return 1u << static_cast<unsigned>(field); }
  void add(Kind kind, const MapEntry& entry);

  std::uint32_t given_ = 0;
  std::array<std::int64_t, kFieldCount> numbers_{};
};

// The day that the fields say, with what they leave open taken from `base` where `has_base`, and
// otherwise the first possible; without a base coarser fields must be given before finer ones.
std::int64_t assign_date(const TemporalFields& fields, bool has_base, std::int64_t base);
// The same for the nanosecond of the day.
std::int64_t assign_time(const TemporalFields& fields, bool has_base, std::int64_t base);

}  // namespace kith
