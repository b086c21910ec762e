// core/temporal_order.cpp: the total order within each temporal kind.
#include <compare>

#include "core/assert.hpp"
#include "core/temporal.hpp"
#include "core/temporal_parts.hpp"

namespace kith {
namespace {

std::strong_ordering order_durations(const DurationData& a, const DurationData& b) {
  const auto length = [](const DurationData& d) {  // in nanoseconds, of average months
    const Wide seconds =
        Wide{d.months} * kSecondsPerAverageMonth + Wide{d.days} * kSecondsPerDay + d.seconds;
    return seconds * kNanosecondsPerSecond + d.nanoseconds;
  };
  if (length(a) != length(b)) {
    return length(a) < length(b) ? std::strong_ordering::less : std::strong_ordering::greater;
  }
  if (const auto by = a.months <=> b.months; std::is_neq(by)) return by;
  if (const auto by = a.days <=> b.days; std::is_neq(by)) return by;
  if (const auto by = a.seconds <=> b.seconds; std::is_neq(by)) return by;
  return a.nanoseconds <=> b.nanoseconds;
}

std::strong_ordering order_date_times(const DateTimeData& a, const DateTimeData& b) {
  if (const auto by = a.seconds <=> b.seconds; std::is_neq(by)) return by;
  if (const auto by = a.nanoseconds <=> b.nanoseconds; std::is_neq(by)) return by;
  if (const auto by = a.offset <=> b.offset; std::is_neq(by)) return by;
  return a.zone <=> b.zone;
}

std::strong_ordering order_times(const Cell& a, const Cell& b) {
  const auto utc = [](const Cell& time) {
    return time.integer - time.offset_seconds() * kNanosecondsPerSecond;
  };
  if (const auto by = utc(a) <=> utc(b); std::is_neq(by)) return by;
  return a.offset_seconds() <=> b.offset_seconds();
}

}  // namespace

std::weak_ordering order_temporal(const Cell& a, const Cell& b) {
  KITH_ASSERT(is_temporal(a.kind) && a.kind == b.kind);
  switch (a.kind) {
    case Kind::Time:
      return order_times(a, b);
    case Kind::LocalDateTime:
      if (const auto by = a.integer <=> b.integer; std::is_neq(by)) return by;
      return a.aux <=> b.aux;
    case Kind::DateTime:
      return order_date_times(*a.datetime, *b.datetime);
    case Kind::Duration:
      return order_durations(*a.duration, *b.duration);
    default:  // Date and LocalTime are one number
      return a.integer <=> b.integer;
  }
}

}  // namespace kith
