// cypher/functions/vector.cpp: how alike two lists of numbers are.
#include <cmath>

#include "core/assert.hpp"
#include "cypher/functions/arguments.hpp"
#include "cypher/functions/function.hpp"

namespace kith {
namespace {

[[noreturn]] void unusable(std::string_view function, std::string_view why) {
  throw QueryError("ArgumentError", "InvalidArgumentValue", fmt::format("{}(): {}", function, why));
}

double need_component(std::string_view function, const Cell& cell) {
  if (!cell.is_number()) wrong_argument(function, "lists of INTEGER or FLOAT", cell);
  const double value = cell.kind == Kind::Integer ? static_cast<double>(cell.integer) : cell.real;
  if (!std::isfinite(value)) unusable(function, "a component is not finite");
  return value;
}

// Calls `add(a, b)` for each pair of components.
template <class Add>
void for_each_pair(std::string_view function, std::span<const Cell> arguments, Add add) {
  for (const Cell& argument : arguments) {
    if (argument.kind != Kind::List) wrong_argument(function, "LIST", argument);
  }
  const auto a = arguments[0].items(), b = arguments[1].items();
  if (a.size() != b.size()) {
    unusable(function, fmt::format("the lists have {} and {} components", a.size(), b.size()));
  }
  if (a.empty()) unusable(function, "the lists are empty");
  for (std::size_t i = 0; i < a.size(); ++i) {
    add(need_component(function, a[i]), need_component(function, b[i]));
  }
}

Cell cosine(FunctionContext&, std::span<const Cell> arguments) {
  constexpr std::string_view kName = "vector.similarity.cosine";
  double product = 0, a_square = 0, b_square = 0;
  for_each_pair(kName, arguments, [&](double a, double b) {
    product += a * b;
    a_square += a * a;
    b_square += b * b;
  });
  if (a_square == 0 || b_square == 0) unusable(kName, "a vector of length 0 has no direction");
  const double lengths = std::sqrt(a_square) * std::sqrt(b_square);
  if (!std::isfinite(lengths) || !std::isfinite(product)) unusable(kName, "a vector is too long");
  return Cell::of((1 + product / lengths) / 2);
}

Cell euclidean(FunctionContext&, std::span<const Cell> arguments) {
  double squares = 0;
  for_each_pair("vector.similarity.euclidean", arguments,
                [&](double a, double b) { squares += (a - b) * (a - b); });
  KITH_ASSERT(squares >= 0);
  return Cell::of(1 / (1 + squares));
}

constexpr FunctionDef kRows[] = {
    {.name = "vector.similarity.cosine",
     .category = Category::Vector,
     .signature = "(a :: LIST<NUMBER>, b :: LIST<NUMBER>) -> FLOAT",
     .summary = "How alike the directions of two vectors are: 1.0 the same, 0.5 at a right angle, "
                "0.0 opposite.",
     .example = "vector.similarity.cosine([1, 0], [0, 1])",
     .answer = "0.5",
     .min_arguments = 2,
     .max_arguments = 2,
     .run = cosine},
    {.name = "vector.similarity.euclidean",
     .category = Category::Vector,
     .signature = "(a :: LIST<NUMBER>, b :: LIST<NUMBER>) -> FLOAT",
     .summary = "How near two vectors are: 1 / (1 + the square of their distance).",
     .example = "vector.similarity.euclidean([1, 2], [1, 3])",
     .answer = "0.5",
     .min_arguments = 2,
     .max_arguments = 2,
     .run = euclidean},
};

}  // namespace

std::span<const FunctionDef> vector_functions() { return kRows; }

}  // namespace kith
