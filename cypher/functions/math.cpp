// cypher/functions/math.cpp: numbers.
#include <cmath>
#include <numbers>

#include "core/assert.hpp"
#include "cypher/functions/arguments.hpp"
#include "cypher/functions/function.hpp"
#include "cypher/functions/real_functions.hpp"
#include "cypher/functions/rounding.hpp"

namespace kith {
namespace {

// --- functions of one real number

double exp(double x) { return std::exp(x); }
double log(double x) { return std::log(x); }
double log10(double x) { return std::log10(x); }
double sqrt(double x) { return std::sqrt(x); }
double sin(double x) { return std::sin(x); }
double cos(double x) { return std::cos(x); }
double tan(double x) { return std::tan(x); }
double asin(double x) { return std::asin(x); }
double acos(double x) { return std::acos(x); }
double atan(double x) { return std::atan(x); }
double sinh(double x) { return std::sinh(x); }
double cosh(double x) { return std::cosh(x); }
double tanh(double x) { return std::tanh(x); }
double cotangent(double x) { return 1 / std::tan(x); }
double hyperbolic_cotangent(double x) { return 1 / std::tanh(x); }
double to_degrees(double x) { return x * (180 / std::numbers::pi); }
double to_radians(double x) { return x * (std::numbers::pi / 180); }
double haversine(double x) { return (1 - std::cos(x)) / 2; }

template <double (*function)(double)>
Cell real(FunctionContext&, std::span<const Cell> arguments) {
  return Cell::of(function(need_number("this function", arguments[0])));
}

Cell atan2(FunctionContext&, std::span<const Cell> arguments) {
  return Cell::of(
      std::atan2(need_number("atan2", arguments[0]), need_number("atan2", arguments[1])));
}

Cell pi(FunctionContext&, std::span<const Cell>) { return Cell::of(std::numbers::pi); }
Cell e(FunctionContext&, std::span<const Cell>) { return Cell::of(std::numbers::e); }
Cell rand(FunctionContext& context, std::span<const Cell>) { return Cell::of(context.random()); }

// --- size and sign

Cell abs(FunctionContext&, std::span<const Cell> arguments) {
  const Cell& value = arguments[0];
  if (value.kind != Kind::Integer) return Cell::of(std::fabs(need_number("abs", value)));
  if (value.integer == INT64_MIN) {
    throw QueryError("ArithmeticError", "IntegerOverflow",
                     "abs() of the smallest integer does not fit into a 64-bit integer");
  }
  return Cell::of(value.integer < 0 ? -value.integer : value.integer);
}

Cell sign(FunctionContext&, std::span<const Cell> arguments) {
  const double value = need_number("sign", arguments[0]);
  return Cell::of(std::int64_t{value > 0} - std::int64_t{value < 0});
}

Cell is_nan(FunctionContext&, std::span<const Cell> arguments) {
  return Cell::boolean(std::isnan(need_number("isNaN", arguments[0])));
}

Cell ceil(FunctionContext&, std::span<const Cell> arguments) {
  return Cell::of(std::ceil(need_number("ceil", arguments[0])));
}

Cell floor(FunctionContext&, std::span<const Cell> arguments) {
  return Cell::of(std::floor(need_number("floor", arguments[0])));
}

// A tie goes up where no mode is said and no digits are kept: round(-1.5) is -1.0.
double round_to_whole(double value) {
  const double below = std::floor(value);
  return value - below >= 0.5 ? below + 1 : below;
}

Cell round(FunctionContext&, std::span<const Cell> arguments) {
  KITH_ASSERT(!arguments.empty() && arguments.size() <= 3);
  const double value = need_number("round", arguments[0]);
  const std::int64_t digits = arguments.size() > 1 ? need_integer("round", arguments[1]) : 0;
  if (digits == 0 && arguments.size() < 3) {
    return Cell::of(round_to_whole(value));
  }
  Rounding mode = Rounding::HalfUp;
  if (arguments.size() > 2) {
    const std::string_view word = need_text("round", arguments[2]);
    const auto known = rounding_named(word);
    if (!known) {
      throw QueryError("ArgumentError", "InvalidArgumentValue",
                       fmt::format("'{}' is no way to round: there are UP, DOWN, CEILING, FLOOR, "
                                   "HALF_UP, HALF_DOWN and HALF_EVEN",
                                   word));
    }
    mode = *known;
  }
  return Cell::of(round_decimal(value, digits, mode));
}

constexpr FunctionDef kRows[] = {
    {.name = "exp",
     .category = Category::Logarithmic,
     .signature = "(number :: NUMBER) -> FLOAT",
     .summary = "e raised to a power.",
     .example = "exp(0)",
     .answer = "1.0",
     .min_arguments = 1,
     .max_arguments = 1,
     .run = real<exp>},
    {.name = "log",
     .category = Category::Logarithmic,
     .signature = "(number :: NUMBER) -> FLOAT",
     .summary = "The natural logarithm of a number.",
     .example = "log(1)",
     .answer = "0.0",
     .min_arguments = 1,
     .max_arguments = 1,
     .run = real<log>},
    {.name = "log10",
     .category = Category::Logarithmic,
     .signature = "(number :: NUMBER) -> FLOAT",
     .summary = "The logarithm of a number to base 10.",
     .example = "log10(1000)",
     .answer = "3.0",
     .min_arguments = 1,
     .max_arguments = 1,
     .run = real<log10>},
    {.name = "sqrt",
     .category = Category::Logarithmic,
     .signature = "(number :: NUMBER) -> FLOAT",
     .summary = "The square root of a number; NaN if it is negative.",
     .example = "sqrt(12.96)",
     .answer = "3.6",
     .min_arguments = 1,
     .max_arguments = 1,
     .run = real<sqrt>},
    {.name = "sin",
     .category = Category::Trigonometric,
     .signature = "(number :: NUMBER) -> FLOAT",
     .summary = "The sine of an angle in radians.",
     .example = "sin(0)",
     .answer = "0.0",
     .min_arguments = 1,
     .max_arguments = 1,
     .run = real<sin>},
    {.name = "cos",
     .category = Category::Trigonometric,
     .signature = "(number :: NUMBER) -> FLOAT",
     .summary = "The cosine of an angle in radians.",
     .example = "cos(0)",
     .answer = "1.0",
     .min_arguments = 1,
     .max_arguments = 1,
     .run = real<cos>},
    {.name = "tan",
     .category = Category::Trigonometric,
     .signature = "(number :: NUMBER) -> FLOAT",
     .summary = "The tangent of an angle in radians.",
     .example = "tan(0)",
     .answer = "0.0",
     .min_arguments = 1,
     .max_arguments = 1,
     .run = real<tan>},
    {.name = "cot",
     .category = Category::Trigonometric,
     .signature = "(number :: NUMBER) -> FLOAT",
     .summary = "The cotangent of an angle in radians.",
     .example = "cot(pi() / 4) < 1.000001",
     .answer = "true",
     .min_arguments = 1,
     .max_arguments = 1,
     .run = real<cotangent>},
    {.name = "asin",
     .category = Category::Trigonometric,
     .signature = "(number :: NUMBER) -> FLOAT",
     .summary = "The angle in radians that has this sine.",
     .example = "asin(0)",
     .answer = "0.0",
     .min_arguments = 1,
     .max_arguments = 1,
     .run = real<asin>},
    {.name = "acos",
     .category = Category::Trigonometric,
     .signature = "(number :: NUMBER) -> FLOAT",
     .summary = "The angle in radians that has this cosine.",
     .example = "acos(1)",
     .answer = "0.0",
     .min_arguments = 1,
     .max_arguments = 1,
     .run = real<acos>},
    {.name = "atan",
     .category = Category::Trigonometric,
     .signature = "(number :: NUMBER) -> FLOAT",
     .summary = "The angle in radians that has this tangent.",
     .example = "atan(0)",
     .answer = "0.0",
     .min_arguments = 1,
     .max_arguments = 1,
     .run = real<atan>},
    {.name = "sinh",
     .category = Category::Trigonometric,
     .signature = "(number :: NUMBER) -> FLOAT",
     .summary = "The hyperbolic sine of a number.",
     .example = "sinh(0)",
     .answer = "0.0",
     .min_arguments = 1,
     .max_arguments = 1,
     .run = real<sinh>},
    {.name = "cosh",
     .category = Category::Trigonometric,
     .signature = "(number :: NUMBER) -> FLOAT",
     .summary = "The hyperbolic cosine of a number.",
     .example = "cosh(0)",
     .answer = "1.0",
     .min_arguments = 1,
     .max_arguments = 1,
     .run = real<cosh>},
    {.name = "tanh",
     .category = Category::Trigonometric,
     .signature = "(number :: NUMBER) -> FLOAT",
     .summary = "The hyperbolic tangent of a number.",
     .example = "tanh(0)",
     .answer = "0.0",
     .min_arguments = 1,
     .max_arguments = 1,
     .run = real<tanh>},
    {.name = "coth",
     .category = Category::Trigonometric,
     .signature = "(number :: NUMBER) -> FLOAT",
     .summary = "The hyperbolic cotangent of a number.",
     .example = "coth(1000)",
     .answer = "1.0",
     .min_arguments = 1,
     .max_arguments = 1,
     .run = real<hyperbolic_cotangent>},
    {.name = "degrees",
     .category = Category::Trigonometric,
     .signature = "(radians :: NUMBER) -> FLOAT",
     .summary = "Radians as degrees.",
     .example = "degrees(pi())",
     .answer = "180.0",
     .min_arguments = 1,
     .max_arguments = 1,
     .run = real<to_degrees>},
    {.name = "radians",
     .category = Category::Trigonometric,
     .signature = "(degrees :: NUMBER) -> FLOAT",
     .summary = "Degrees as radians.",
     .example = "radians(0)",
     .answer = "0.0",
     .min_arguments = 1,
     .max_arguments = 1,
     .run = real<to_radians>},
    {.name = "haversin",
     .category = Category::Trigonometric,
     .signature = "(number :: NUMBER) -> FLOAT",
     .summary = "Half the versine of an angle in radians.",
     .example = "haversin(0)",
     .answer = "0.0",
     .min_arguments = 1,
     .max_arguments = 1,
     .run = real<haversine>},
    {.name = "atan2",
     .category = Category::Trigonometric,
     .signature = "(y :: NUMBER, x :: NUMBER) -> FLOAT",
     .summary = "The angle in radians of the point (x, y), given as y, x.",
     .example = "atan2(0, 1)",
     .answer = "0.0",
     .min_arguments = 2,
     .max_arguments = 2,
     .run = atan2},
    {.name = "pi",
     .category = Category::Trigonometric,
     .signature = "() -> FLOAT",
     .summary = "The circumference of a circle over its diameter.",
     .example = "pi()",
     .answer = "3.141592653589793",
     .run = pi},
    {.name = "e",
     .category = Category::Logarithmic,
     .signature = "() -> FLOAT",
     .summary = "The base of the natural logarithm.",
     .example = "e()",
     .answer = "2.718281828459045",
     .run = e},
    {.name = "rand",
     .category = Category::Numeric,
     .signature = "() -> FLOAT",
     .summary = "A random number from 0 up to but not including 1.",
     .example = "rand()",
     .answer = "",
     .run = rand,
     .is_volatile = true},
    {.name = "abs",
     .category = Category::Numeric,
     .signature = "(number :: NUMBER) -> NUMBER",
     .summary = "A number without its sign.",
     .example = "abs(-3)",
     .answer = "3",
     .min_arguments = 1,
     .max_arguments = 1,
     .run = abs},
    {.name = "sign",
     .category = Category::Numeric,
     .signature = "(number :: NUMBER) -> INTEGER",
     .summary = "-1, 0 or 1: whether a number is negative, zero or positive.",
     .example = "sign(-0.5)",
     .answer = "-1",
     .min_arguments = 1,
     .max_arguments = 1,
     .run = sign},
    {.name = "isNaN",
     .category = Category::Numeric,
     .signature = "(number :: NUMBER) -> BOOLEAN",
     .summary = "Whether a number is not a number, as 0.0 / 0.0 is.",
     .example = "isNaN(sqrt(-1))",
     .answer = "true",
     .min_arguments = 1,
     .max_arguments = 1,
     .run = is_nan},
    {.name = "ceil",
     .category = Category::Numeric,
     .signature = "(number :: NUMBER) -> FLOAT",
     .summary = "The smallest whole number that is not less.",
     .example = "ceil(1.2)",
     .answer = "2.0",
     .min_arguments = 1,
     .max_arguments = 1,
     .run = ceil},
    {.name = "floor",
     .category = Category::Numeric,
     .signature = "(number :: NUMBER) -> FLOAT",
     .summary = "The largest whole number that is not greater.",
     .example = "floor(-1.2)",
     .answer = "-2.0",
     .min_arguments = 1,
     .max_arguments = 1,
     .run = floor},
    {.name = "round",
     .category = Category::Numeric,
     .signature = "(number :: NUMBER, precision :: INTEGER, mode :: STRING) -> FLOAT",
     .summary = "The nearest whole number, or with so many decimals; a third argument says how: "
                "'UP', 'DOWN', 'CEILING', 'FLOOR', 'HALF_UP', 'HALF_DOWN' or 'HALF_EVEN'.",
     .example = "round(2.345, 2)",
     .answer = "2.35",
     .min_arguments = 1,
     .max_arguments = 3,
     .run = round},
};

}  // namespace

std::span<const FunctionDef> math_functions() { return kRows; }

namespace {

template <double (*... functions)(double)>
RealFunction find_real(Kernel kernel) {
  RealFunction found = nullptr;
  ((found = kernel == real<functions> ? functions : found), ...);
  return found;
}

}  // namespace

RealFunction real_function_of(const FunctionDef& function, std::size_t arguments) {
  if (arguments != 1) return nullptr;
  if (function.run == round) return round_to_whole;
  if (function.run == ceil) return [](double x) { return std::ceil(x); };
  if (function.run == floor) return [](double x) { return std::floor(x); };
  if (function.name == "toFloat") return [](double x) { return x; };
  return find_real<exp, log, log10, sqrt, sin, cos, tan, cotangent, asin, acos, atan, sinh, cosh,
                   tanh, hyperbolic_cotangent, to_degrees, to_radians, haversine>(function.run);
}

}  // namespace kith
