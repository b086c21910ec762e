// cypher/functions/temporal_duration.cpp: durations: making them, and what lies between instants.
#include "core/temporal.hpp"
#include "cypher/functions/function.hpp"

namespace kith {
namespace {

Cell make(FunctionContext& context, std::span<const Cell> arguments) {
  return make_duration_from(arguments[0], context.arena());
}

template <DurationUnit U>
Cell between(FunctionContext& context, std::span<const Cell> arguments) {
  return duration_between(U, arguments[0], arguments[1], context.arena());
}

constexpr std::string_view kBetween =
    "(from :: DATE | LOCAL TIME | ZONED TIME | LOCAL DATETIME | ZONED DATETIME, "
    "to :: DATE | LOCAL TIME | ZONED TIME | LOCAL DATETIME | ZONED DATETIME) -> DURATION";

constexpr FunctionDef kRows[] = {
    {.name = "duration",
     .category = Category::Temporal,
     .signature = "(value :: STRING | MAP | DURATION) -> DURATION",
     .summary = "Makes a duration from ISO 8601 text or from a map of its parts, which may be "
                "fractions.",
     .example = "duration({months: 5, days: 1.5})",
     .answer = "duration('P5M1DT12H')",
     .min_arguments = 1,
     .max_arguments = 1,
     .run = make},
    {.name = "duration.between",
     .category = Category::Temporal,
     .signature = kBetween,
     .summary = "From one date or time to another, in months, days and seconds.",
     .example = "duration.between(date('1984-10-11'), date('2015-06-24'))",
     .answer = "duration('P30Y8M13D')",
     .min_arguments = 2,
     .max_arguments = 2,
     .run = between<DurationUnit::All>},
    {.name = "duration.inMonths",
     .category = Category::Temporal,
     .signature = kBetween,
     .summary = "The whole months from one date or time to another.",
     .example = "duration.inMonths(date('1984-10-11'), date('2015-06-24'))",
     .answer = "duration('P30Y8M')",
     .min_arguments = 2,
     .max_arguments = 2,
     .run = between<DurationUnit::Months>},
    {.name = "duration.inDays",
     .category = Category::Temporal,
     .signature = kBetween,
     .summary = "The whole days from one date or time to another.",
     .example = "duration.inDays(date('1984-10-11'), date('2015-06-24'))",
     .answer = "duration('P11213D')",
     .min_arguments = 2,
     .max_arguments = 2,
     .run = between<DurationUnit::Days>},
    {.name = "duration.inSeconds",
     .category = Category::Temporal,
     .signature = kBetween,
     .summary = "From one date or time to another in hours, minutes and seconds alone.",
     .example = "duration.inSeconds(date('2020-01-30'), localdatetime('2020-01-31T10:00'))",
     .answer = "duration('PT34H')",
     .min_arguments = 2,
     .max_arguments = 2,
     .run = between<DurationUnit::Seconds>},
};

}  // namespace

std::span<const FunctionDef> duration_functions() { return kRows; }

}  // namespace kith
