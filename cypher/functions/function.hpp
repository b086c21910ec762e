// cypher/functions/function.hpp: what a function is: one row, beside its code.
//
// The binder's checks, the help text, the generated reference page and one test all read the row.
// Rows live in cypher/functions/<family>.cpp; registry.cpp lists the families.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "core/cell.hpp"
#include "core/encode.hpp"
#include "kith/error.hpp"
#include "storage/view.hpp"

namespace kith {

// What a kernel may ask for. One per thread and evaluation.
class FunctionContext {
 public:
  virtual ~FunctionContext() = default;
  virtual Arena& arena() = 0;                   // for the result; lives as long as the batch
  virtual const storage::View& view() = 0;      // for labels(), properties(), startNode() …
  virtual std::int64_t statement_time() = 0;    // unix nanoseconds, fixed for the statement
  virtual std::int64_t transaction_time() = 0;  // fixed for the transaction
  virtual std::int64_t real_time() = 0;
  virtual double random() = 0;  // [0, 1)
  // Before memory is taken outside the arena: ResourceError if there is not that much.
  virtual void require(std::uint64_t /*bytes*/, std::string_view /*who*/) {}
  virtual void poll() {}  // throws Interrupted; for kernels that may take long
};

// How null arguments are met: Propagate: any null argument gives null without calling the kernel.
enum class Nulls : std::uint8_t { Propagate, Handle };

using Kernel = Cell (*)(FunctionContext& context, std::span<const Cell> arguments);

// What SHOW FUNCTIONS and the reference page group functions by.
enum class Category : std::uint8_t {
  Aggregating,
  List,
  Logarithmic,
  Numeric,
  Predicate,
  Scalar,
  Spatial,
  String,
  Temporal,
  Trigonometric,
  Vector
};
std::string_view name_of(Category category);

struct FunctionDef {
  std::string_view name;  // as printed; found without regard to case
  Category category = Category::Scalar;
  std::string_view signature;  // "(text :: STRING, length :: INTEGER) -> STRING": signature.hpp
  std::string_view summary;
  std::string_view example;  // a Cypher expression or statement, run as a test
  std::string_view answer;   // its value as Cypher text; empty where it varies (rand())
  std::uint8_t min_arguments = 0, max_arguments = 0;  // 255: any number
  Kernel run = nullptr;
  Nulls nulls = Nulls::Propagate;
  bool is_volatile = false;  // rand(), randomUUID(): never folded, moved or shared
  // date(), timestamp(): the same throughout a statement, so folded when it runs, but never into a
  // plan that is kept.
  bool reads_clock = false;
  std::string_view instead = {};  // not empty: deprecated, and this is what to use
};

// An aggregate keeps one State per group; states of threads are merged in the order of the rows.
class AggregateState {
 public:
  virtual ~AggregateState() = default;
  // One row; `arguments` valid only during the call. Null first arguments are skipped by the
  // caller, except for count(*) (no arguments). `weight`: how many equal rows this one stands for.
  virtual void add(FunctionContext& context, std::span<const Cell> arguments,
                   std::uint64_t weight) = 0;
  // Many rows of weight one whose first arguments are these; the other arguments are the same for
  // all of them.
  virtual void add_all(FunctionContext& context, std::span<const std::int64_t> numbers,
                       std::span<const Cell> others);
  virtual void add_all(FunctionContext& context, std::span<const double> numbers,
                       std::span<const Cell> others);
  // `later`: a state of the same function whose rows come after this one's.
  virtual void merge(AggregateState& later) = 0;
  virtual Cell finish(Arena& arena) = 0;  // the result owns nothing outside `arena`
  // To be put aside on disk, and taken from there into a state without rows.
  virtual void save(std::string& out) const = 0;
  virtual void load(ByteReader& in) = 0;
  virtual std::uint64_t bytes() const = 0;  // of memory; quick
};

struct AggregateDef {
  std::string_view name, signature, summary, example, answer;
  std::uint8_t min_arguments = 1, max_arguments = 1;
  std::unique_ptr<AggregateState> (*make)() = nullptr;
};

// Lookup by name, any case. nullptr if there is none.
const FunctionDef* find_function(std::string_view name);
const AggregateDef* find_aggregate(std::string_view name);
std::span<const FunctionDef* const> all_functions();
std::span<const AggregateDef* const> all_aggregates();
// What looks like a function and is syntax, such as all(x IN list WHERE …): no kernel, and not
// found by find_function().
std::span<const FunctionDef> special_forms();

// Each family's rows; registry.cpp calls them all.
std::span<const FunctionDef> scalar_functions();
std::span<const FunctionDef> string_functions();
std::span<const FunctionDef> list_functions();
std::span<const FunctionDef> math_functions();
std::span<const FunctionDef> graph_functions();
std::span<const FunctionDef> temporal_functions();
std::span<const FunctionDef> duration_functions();
std::span<const FunctionDef> spatial_functions();
std::span<const FunctionDef> csv_functions();
std::span<const FunctionDef> vector_functions();
std::span<const AggregateDef> aggregate_functions();

}  // namespace kith
