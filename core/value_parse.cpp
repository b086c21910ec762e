// core/value_parse.cpp: temporal values of the API from ISO 8601 text.
#include "core/temporal.hpp"
#include "core/value_cell.hpp"

namespace kith {

namespace {

Value parsed(Kind kind, std::string_view text) {
  Arena arena;
  return to_value(parse_temporal(kind, text, arena));
}

}  // namespace

Date Date::parse(std::string_view text) { return parsed(Kind::Date, text).as_date(); }
LocalTime LocalTime::parse(std::string_view text) {
  return parsed(Kind::LocalTime, text).as_local_time();
}
Time Time::parse(std::string_view text) { return parsed(Kind::Time, text).as_time(); }
LocalDateTime LocalDateTime::parse(std::string_view text) {
  return parsed(Kind::LocalDateTime, text).as_local_date_time();
}
DateTime DateTime::parse(std::string_view text) {
  return parsed(Kind::DateTime, text).as_date_time();
}
Duration Duration::parse(std::string_view text) {
  return parsed(Kind::Duration, text).as_duration();
}

}  // namespace kith
