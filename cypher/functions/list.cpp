// cypher/functions/list.cpp: lists.
#include <algorithm>

#include "core/assert.hpp"
#include "cypher/functions/arguments.hpp"
#include "cypher/functions/function.hpp"

namespace kith {
namespace {

constexpr std::uint64_t kLongestRange = 100'000'000;

std::span<const Cell> need_items(std::string_view function, const Cell& given) {
  if (given.kind != Kind::List) wrong_argument(function, "LIST", given);
  return given.items();
}

Cell head(FunctionContext&, std::span<const Cell> arguments) {
  const auto items = need_items("head", arguments[0]);
  return items.empty() ? Cell::null() : items.front();
}

Cell last(FunctionContext&, std::span<const Cell> arguments) {
  const auto items = need_items("last", arguments[0]);
  return items.empty() ? Cell::null() : items.back();
}

Cell tail(FunctionContext& context, std::span<const Cell> arguments) {
  const auto items = need_items("tail", arguments[0]);
  return items.empty() ? arguments[0] : make_list(context.arena(), items.subspan(1));
}

std::int64_t need_bound(const Cell& given) {
  if (given.kind == Kind::Integer) return given.integer;
  throw QueryError("ArgumentError", "InvalidArgumentType",
                   fmt::format("range() takes INTEGER, not {}: {}", kind_name(given.kind),
                               to_short_cypher(given)));
}

Cell range(FunctionContext& context, std::span<const Cell> arguments) {
  const std::int64_t start = need_bound(arguments[0]), end = need_bound(arguments[1]);
  const std::int64_t step = arguments.size() > 2 ? need_bound(arguments[2]) : 1;
  if (step == 0) {
    throw QueryError("ArgumentError", "NumberOutOfRange", "the step of range() cannot be 0");
  }
  const bool empty = step > 0 ? start > end : start < end;
  if (empty) return make_list(context.arena(), {});
  // Unsigned: from the smallest to the largest integer does not fit into a signed one.
  const auto low = static_cast<std::uint64_t>(std::min(start, end));
  const auto high = static_cast<std::uint64_t>(std::max(start, end));
  const auto stride = step > 0 ? static_cast<std::uint64_t>(step)
                               : std::uint64_t{0} - static_cast<std::uint64_t>(step);
  const std::uint64_t steps = (high - low) / stride;
  if (steps >= kLongestRange) {
    throw ResourceError("ListTooLong",
                        fmt::format("range() makes lists of at most {} elements", kLongestRange));
  }
  const std::span<Cell> items = context.arena().make_array<Cell>(steps + 1);
  KITH_ASSERT(!items.empty());
  auto value = static_cast<std::uint64_t>(start);
  for (Cell& item : items) {
    item = Cell::of(static_cast<std::int64_t>(value));
    value += static_cast<std::uint64_t>(step);
  }
  auto* data =
      new (context.arena().allocate(sizeof(ListData))) ListData{items.size(), items.data()};
  Cell list = Cell::of(static_cast<const ListData*>(data));
  list.depth = nested_in({});
  return list;
}

constexpr FunctionDef kRows[] = {
    {.name = "head",
     .category = Category::Scalar,
     .signature = "(list :: LIST) -> ANY",
     .summary = "The first element of a list; null if it is empty.",
     .example = "head([1, 2, 3])",
     .answer = "1",
     .min_arguments = 1,
     .max_arguments = 1,
     .run = head},
    {.name = "last",
     .category = Category::Scalar,
     .signature = "(list :: LIST) -> ANY",
     .summary = "The last element of a list; null if it is empty.",
     .example = "last([1, 2, 3])",
     .answer = "3",
     .min_arguments = 1,
     .max_arguments = 1,
     .run = last},
    {.name = "tail",
     .category = Category::List,
     .signature = "(list :: LIST) -> LIST",
     .summary = "A list without its first element.",
     .example = "tail([1, 2, 3])",
     .answer = "[2, 3]",
     .min_arguments = 1,
     .max_arguments = 1,
     .run = tail},
    {.name = "range",
     .category = Category::List,
     .signature = "(start :: INTEGER, end :: INTEGER, step :: INTEGER) -> LIST<INTEGER>",
     .summary = "The integers from one to another, both included, in steps of 1 unless said.",
     .example = "range(1, 10, 4)",
     .answer = "[1, 5, 9]",
     .min_arguments = 2,
     .max_arguments = 3,
     .run = range},
};

}  // namespace

std::span<const FunctionDef> list_functions() { return kRows; }

}  // namespace kith
