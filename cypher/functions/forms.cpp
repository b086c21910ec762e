// cypher/functions/forms.cpp: what looks like a function and is syntax of its own.
#include "cypher/functions/function.hpp"

namespace kith {
namespace {

constexpr FunctionDef kRows[] = {
    {.name = "all",
     .category = Category::Predicate,
     .signature = "(variable :: ANY, list :: LIST<ANY>) -> BOOLEAN",
     .summary = "Written all(variable IN list WHERE condition): whether the condition holds for "
                "every element.",
     .example = "all(x IN [1, 2] WHERE x > 0)",
     .answer = "true"},
    {.name = "any",
     .category = Category::Predicate,
     .signature = "(variable :: ANY, list :: LIST<ANY>) -> BOOLEAN",
     .summary = "Written any(variable IN list WHERE condition): whether the condition holds for "
                "an element.",
     .example = "any(x IN [1, 2] WHERE x > 1)",
     .answer = "true"},
    {.name = "none",
     .category = Category::Predicate,
     .signature = "(variable :: ANY, list :: LIST<ANY>) -> BOOLEAN",
     .summary = "Written none(variable IN list WHERE condition): whether the condition holds for "
                "no element.",
     .example = "none(x IN [1, 2] WHERE x > 1)",
     .answer = "false"},
    {.name = "single",
     .category = Category::Predicate,
     .signature = "(variable :: ANY, list :: LIST<ANY>) -> BOOLEAN",
     .summary = "Written single(variable IN list WHERE condition): whether the condition holds for "
                "exactly one element.",
     .example = "single(x IN [1, 2] WHERE x > 1)",
     .answer = "true"},
    {.name = "reduce",
     .category = Category::List,
     .signature = "(accumulator :: ANY, variable :: ANY) -> ANY",
     .summary = "Written reduce(accumulator = start, variable IN list | expression): what is left "
                "after the expression has made a new accumulator with each element in turn.",
     .example = "reduce(sum = 0, x IN [1, 2, 3] | sum + x)",
     .answer = "6"},
};

}  // namespace

std::span<const FunctionDef> special_forms() { return kRows; }

}  // namespace kith
