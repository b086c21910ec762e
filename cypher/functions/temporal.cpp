// cypher/functions/temporal.cpp: dates and times: making them, the clock, truncation.
#include <fmt/format.h>

#include "core/temporal.hpp"
#include "cypher/functions/function.hpp"

namespace kith {
namespace {

enum class Moment { Transaction, Statement, Real };

std::int64_t time_of(FunctionContext& context, Moment moment) {
  switch (moment) {
    case Moment::Transaction:
      return context.transaction_time();
    case Moment::Statement:
      return context.statement_time();
    case Moment::Real:
      return context.real_time();
  }
  return 0;
}

void require(const Cell& argument, Kind kind, std::string_view what) {
  if (argument.kind == kind) return;
  throw TypeError("InvalidArgumentType", fmt::format("{} must be {}, not {}", what, kind_name(kind),
                                                     kind_name(argument.kind)));
}

template <Kind K, Moment M>
Cell current(FunctionContext& context, std::span<const Cell> arguments) {
  if (!arguments.empty()) require(arguments[0], Kind::String, "a time zone");
  const auto zone = arguments.empty() ? std::string_view("Z") : arguments[0].string();
  return current_temporal(K, zone, {context.arena(), time_of(context, M)});
}

template <Kind K>
Cell make(FunctionContext& context, std::span<const Cell> arguments) {
  const TemporalContext here{context.arena(), context.statement_time()};
  return arguments.empty() ? current_temporal(K, "Z", here) : make_temporal(K, arguments[0], here);
}

template <Kind K>
Cell truncate(FunctionContext& context, std::span<const Cell> arguments) {
  const TemporalContext here{context.arena(), context.statement_time()};
  require(arguments[0], Kind::String, "the unit");
  const Cell from = arguments.size() > 1 ? arguments[1] : current_temporal(K, "Z", here);
  const Cell parts = arguments.size() > 2 ? arguments[2] : Cell::null();
  return truncate_temporal(K, arguments[0].string(), from, parts, here);
}

Cell from_epoch(FunctionContext& context, std::span<const Cell> arguments) {
  for (const auto& argument : arguments) require(argument, Kind::Integer, "a unix time");
  return datetime_from_epoch(arguments[0].integer, arguments[1].integer, context.arena());
}

Cell from_epoch_millis(FunctionContext& context, std::span<const Cell> arguments) {
  require(arguments[0], Kind::Integer, "a unix time");
  const auto millis = arguments[0].integer;
  return datetime_from_epoch(millis / 1000, millis % 1000 * 1'000'000, context.arena());
}

Cell timestamp(FunctionContext& context, std::span<const Cell>) {
  return Cell::of(context.statement_time() / 1'000'000);
}

constexpr FunctionDef kRows[] = {
    {.name = "date",
     .category = Category::Temporal,
     .signature = "(value :: STRING | MAP | DATE | LOCAL DATETIME | ZONED DATETIME) -> DATE",
     .summary =
         "Makes a date from ISO 8601 text, from a map of its parts or from another value; without "
         "an argument, the statement's.",
     .example = "date({year: 2020, week: 5, dayOfWeek: 5})",
     .answer = "date('2020-01-31')",
     .min_arguments = 0,
     .max_arguments = 1,
     .run = make<Kind::Date>,
     .reads_clock = true},
    {.name = "date.transaction",
     .category = Category::Temporal,
     .signature = "(timezone :: STRING) -> DATE",
     .summary = "The date when the transaction began, in UTC or in the zone named.",
     .example = "date.transaction() <= date.transaction()",
     .answer = "true",
     .min_arguments = 0,
     .max_arguments = 1,
     .run = current<Kind::Date, Moment::Transaction>,
     .reads_clock = true},
    {.name = "date.statement",
     .category = Category::Temporal,
     .signature = "(timezone :: STRING) -> DATE",
     .summary = "The date when the statement began, in UTC or in the zone named.",
     .example = "date.statement() <= date.statement()",
     .answer = "true",
     .min_arguments = 0,
     .max_arguments = 1,
     .run = current<Kind::Date, Moment::Statement>,
     .reads_clock = true},
    {.name = "date.realtime",
     .category = Category::Temporal,
     .signature = "(timezone :: STRING) -> DATE",
     .summary = "The date at this moment, in UTC or in the zone named.",
     .example = "date.realtime() <= date.realtime()",
     .answer = "true",
     .min_arguments = 0,
     .max_arguments = 1,
     .run = current<Kind::Date, Moment::Real>,
     .is_volatile = true,
     .reads_clock = true},
    {.name = "date.truncate",
     .category = Category::Temporal,
     .signature =
         "(unit :: STRING, value :: DATE | LOCAL DATETIME | ZONED DATETIME, fields :: MAP) -> DATE",
     .summary =
         "Cuts a value down to a unit (millennium, century, …, week, day), then puts the map's "
         "parts in; without a value, the statement's.",
     .example = "date.truncate('quarter', date('2020-05-17'))",
     .answer = "date('2020-04-01')",
     .min_arguments = 1,
     .max_arguments = 3,
     .run = truncate<Kind::Date>,
     .reads_clock = true},
    {.name = "localtime",
     .category = Category::Temporal,
     .signature = "(value :: STRING | MAP | LOCAL TIME | ZONED TIME | LOCAL DATETIME | ZONED "
                  "DATETIME) -> LOCAL TIME",
     .summary = "Makes a time of day from ISO 8601 text, from a map of its parts or from another "
                "value; without "
                "an argument, the statement's.",
     .example = "localtime({hour: 12, minute: 31, second: 14, millisecond: 500})",
     .answer = "localtime('12:31:14.5')",
     .min_arguments = 0,
     .max_arguments = 1,
     .run = make<Kind::LocalTime>,
     .reads_clock = true},
    {.name = "localtime.transaction",
     .category = Category::Temporal,
     .signature = "(timezone :: STRING) -> LOCAL TIME",
     .summary = "The time of day when the transaction began, in UTC or in the zone named.",
     .example = "localtime.transaction() <= localtime.transaction()",
     .answer = "true",
     .min_arguments = 0,
     .max_arguments = 1,
     .run = current<Kind::LocalTime, Moment::Transaction>,
     .reads_clock = true},
    {.name = "localtime.statement",
     .category = Category::Temporal,
     .signature = "(timezone :: STRING) -> LOCAL TIME",
     .summary = "The time of day when the statement began, in UTC or in the zone named.",
     .example = "localtime.statement() <= localtime.statement()",
     .answer = "true",
     .min_arguments = 0,
     .max_arguments = 1,
     .run = current<Kind::LocalTime, Moment::Statement>,
     .reads_clock = true},
    {.name = "localtime.realtime",
     .category = Category::Temporal,
     .signature = "(timezone :: STRING) -> LOCAL TIME",
     .summary = "The time of day at this moment, in UTC or in the zone named.",
     .example = "localtime.realtime() <= localtime.realtime()",
     .answer = "true",
     .min_arguments = 0,
     .max_arguments = 1,
     .run = current<Kind::LocalTime, Moment::Real>,
     .is_volatile = true,
     .reads_clock = true},
    {.name = "localtime.truncate",
     .category = Category::Temporal,
     .signature = "(unit :: STRING, value :: LOCAL TIME | ZONED TIME | LOCAL DATETIME | ZONED "
                  "DATETIME, fields :: MAP) -> LOCAL TIME",
     .summary = "Cuts a value down to a unit (day, hour, …, microsecond), then puts the map's "
                "parts in; without a value, the statement's.",
     .example = "localtime.truncate('minute', localtime('12:31:14'))",
     .answer = "localtime('12:31')",
     .min_arguments = 1,
     .max_arguments = 3,
     .run = truncate<Kind::LocalTime>,
     .reads_clock = true},
    {.name = "time",
     .category = Category::Temporal,
     .signature = "(value :: STRING | MAP | LOCAL TIME | ZONED TIME | LOCAL DATETIME | ZONED "
                  "DATETIME) -> ZONED TIME",
     .summary = "Makes a time of day with an offset from ISO 8601 text, from a map of its parts or "
                "from another value; without "
                "an argument, the statement's.",
     .example = "time({hour: 12, minute: 31, timezone: '+01:00'})",
     .answer = "time('12:31+01:00')",
     .min_arguments = 0,
     .max_arguments = 1,
     .run = make<Kind::Time>,
     .reads_clock = true},
    {.name = "time.transaction",
     .category = Category::Temporal,
     .signature = "(timezone :: STRING) -> ZONED TIME",
     .summary =
         "The time of day with its offset when the transaction began, in UTC or in the zone named.",
     .example = "time.transaction() <= time.transaction()",
     .answer = "true",
     .min_arguments = 0,
     .max_arguments = 1,
     .run = current<Kind::Time, Moment::Transaction>,
     .reads_clock = true},
    {.name = "time.statement",
     .category = Category::Temporal,
     .signature = "(timezone :: STRING) -> ZONED TIME",
     .summary =
         "The time of day with its offset when the statement began, in UTC or in the zone named.",
     .example = "time.statement() <= time.statement()",
     .answer = "true",
     .min_arguments = 0,
     .max_arguments = 1,
     .run = current<Kind::Time, Moment::Statement>,
     .reads_clock = true},
    {.name = "time.realtime",
     .category = Category::Temporal,
     .signature = "(timezone :: STRING) -> ZONED TIME",
     .summary = "The time of day with its offset at this moment, in UTC or in the zone named.",
     .example = "time.realtime() <= time.realtime()",
     .answer = "true",
     .min_arguments = 0,
     .max_arguments = 1,
     .run = current<Kind::Time, Moment::Real>,
     .is_volatile = true,
     .reads_clock = true},
    {.name = "time.truncate",
     .category = Category::Temporal,
     .signature = "(unit :: STRING, value :: LOCAL TIME | ZONED TIME | LOCAL DATETIME | ZONED "
                  "DATETIME, fields :: MAP) -> ZONED TIME",
     .summary = "Cuts a value down to a unit (day, hour, …, microsecond), then puts the map's "
                "parts in; without a value, the statement's.",
     .example = "time.truncate('hour', time('12:31:14+01:00'), {minute: 15})",
     .answer = "time('12:15+01:00')",
     .min_arguments = 1,
     .max_arguments = 3,
     .run = truncate<Kind::Time>,
     .reads_clock = true},
    {.name = "localdatetime",
     .category = Category::Temporal,
     .signature =
         "(value :: STRING | MAP | DATE | LOCAL DATETIME | ZONED DATETIME) -> LOCAL DATETIME",
     .summary = "Makes a date and time without a zone from ISO 8601 text, from a map of its parts "
                "or from another value; without "
                "an argument, the statement's.",
     .example = "localdatetime({year: 2020, month: 1, day: 31, hour: 12, minute: 31})",
     .answer = "localdatetime('2020-01-31T12:31')",
     .min_arguments = 0,
     .max_arguments = 1,
     .run = make<Kind::LocalDateTime>,
     .reads_clock = true},
    {.name = "localdatetime.transaction",
     .category = Category::Temporal,
     .signature = "(timezone :: STRING) -> LOCAL DATETIME",
     .summary = "The local date and time when the transaction began, in UTC or in the zone named.",
     .example = "localdatetime.transaction() <= localdatetime.transaction()",
     .answer = "true",
     .min_arguments = 0,
     .max_arguments = 1,
     .run = current<Kind::LocalDateTime, Moment::Transaction>,
     .reads_clock = true},
    {.name = "localdatetime.statement",
     .category = Category::Temporal,
     .signature = "(timezone :: STRING) -> LOCAL DATETIME",
     .summary = "The local date and time when the statement began, in UTC or in the zone named.",
     .example = "localdatetime.statement() <= localdatetime.statement()",
     .answer = "true",
     .min_arguments = 0,
     .max_arguments = 1,
     .run = current<Kind::LocalDateTime, Moment::Statement>,
     .reads_clock = true},
    {.name = "localdatetime.realtime",
     .category = Category::Temporal,
     .signature = "(timezone :: STRING) -> LOCAL DATETIME",
     .summary = "The local date and time at this moment, in UTC or in the zone named.",
     .example = "localdatetime.realtime() <= localdatetime.realtime()",
     .answer = "true",
     .min_arguments = 0,
     .max_arguments = 1,
     .run = current<Kind::LocalDateTime, Moment::Real>,
     .is_volatile = true,
     .reads_clock = true},
    {.name = "localdatetime.truncate",
     .category = Category::Temporal,
     .signature = "(unit :: STRING, value :: DATE | LOCAL DATETIME | ZONED DATETIME, fields :: "
                  "MAP) -> LOCAL DATETIME",
     .summary =
         "Cuts a value down to a unit (millennium, …, day, …, microsecond), then puts the map's "
         "parts in; without a value, the statement's.",
     .example = "localdatetime.truncate('week', localdatetime('2020-05-17T12:31'))",
     .answer = "localdatetime('2020-05-11T00:00')",
     .min_arguments = 1,
     .max_arguments = 3,
     .run = truncate<Kind::LocalDateTime>,
     .reads_clock = true},
    {.name = "datetime",
     .category = Category::Temporal,
     .signature =
         "(value :: STRING | MAP | DATE | LOCAL DATETIME | ZONED DATETIME) -> ZONED DATETIME",
     .summary = "Makes a date and time with a zone from ISO 8601 text, from a map of its parts or "
                "from another value; without "
                "an argument, the statement's.",
     .example = "datetime({year: 2020, month: 7, day: 1, timezone: 'Europe/Stockholm'})",
     .answer = "datetime('2020-07-01T00:00+02:00[Europe/Stockholm]')",
     .min_arguments = 0,
     .max_arguments = 1,
     .run = make<Kind::DateTime>,
     .reads_clock = true},
    {.name = "datetime.transaction",
     .category = Category::Temporal,
     .signature = "(timezone :: STRING) -> ZONED DATETIME",
     .summary = "The date and time when the transaction began, in UTC or in the zone named.",
     .example = "datetime.transaction() <= datetime.transaction()",
     .answer = "true",
     .min_arguments = 0,
     .max_arguments = 1,
     .run = current<Kind::DateTime, Moment::Transaction>,
     .reads_clock = true},
    {.name = "datetime.statement",
     .category = Category::Temporal,
     .signature = "(timezone :: STRING) -> ZONED DATETIME",
     .summary = "The date and time when the statement began, in UTC or in the zone named.",
     .example = "datetime.statement() <= datetime.statement()",
     .answer = "true",
     .min_arguments = 0,
     .max_arguments = 1,
     .run = current<Kind::DateTime, Moment::Statement>,
     .reads_clock = true},
    {.name = "datetime.realtime",
     .category = Category::Temporal,
     .signature = "(timezone :: STRING) -> ZONED DATETIME",
     .summary = "The date and time at this moment, in UTC or in the zone named.",
     .example = "datetime.realtime() <= datetime.realtime()",
     .answer = "true",
     .min_arguments = 0,
     .max_arguments = 1,
     .run = current<Kind::DateTime, Moment::Real>,
     .is_volatile = true,
     .reads_clock = true},
    {.name = "datetime.truncate",
     .category = Category::Temporal,
     .signature = "(unit :: STRING, value :: DATE | LOCAL DATETIME | ZONED DATETIME, fields :: "
                  "MAP) -> ZONED DATETIME",
     .summary =
         "Cuts a value down to a unit (millennium, …, day, …, microsecond), then puts the map's "
         "parts in; without a value, the statement's.",
     .example = "datetime.truncate('year', datetime('2020-05-17T12:31Z'), {day: 2})",
     .answer = "datetime('2020-01-02T00:00Z')",
     .min_arguments = 1,
     .max_arguments = 3,
     .run = truncate<Kind::DateTime>,
     .reads_clock = true},
    {.name = "datetime.fromEpoch",
     .category = Category::Temporal,
     .signature = "(seconds :: INTEGER, nanoseconds :: INTEGER) -> ZONED DATETIME",
     .summary = "The date and time of a unix time, from its seconds and nanoseconds.",
     .example = "datetime.fromEpoch(416779, 999999999)",
     .answer = "datetime('1970-01-05T19:46:19.999999999Z')",
     .min_arguments = 2,
     .max_arguments = 2,
     .run = from_epoch},
    {.name = "datetime.fromEpochMillis",
     .category = Category::Temporal,
     .signature = "(milliseconds :: INTEGER) -> ZONED DATETIME",
     .summary = "The date and time of a unix time, from its milliseconds.",
     .example = "datetime.fromEpochMillis(237821673987)",
     .answer = "datetime('1977-07-15T13:34:33.987Z')",
     .min_arguments = 1,
     .max_arguments = 1,
     .run = from_epoch_millis},
    {.name = "timestamp",
     .category = Category::Scalar,
     .signature = "() -> INTEGER",
     .summary = "The milliseconds since 1970-01-01T00:00Z when the statement began.",
     .example = "timestamp() >= 0",
     .answer = "true",
     .min_arguments = 0,
     .max_arguments = 0,
     .run = timestamp,
     .reads_clock = true},
};

}  // namespace

std::span<const FunctionDef> temporal_functions() { return kRows; }

}  // namespace kith
