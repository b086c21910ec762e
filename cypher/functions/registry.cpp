// cypher/functions/registry.cpp: all families, and finding a row by its name in any case.
#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "core/assert.hpp"
#include "cypher/functions/function.hpp"

namespace kith {

namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

bool name_less(std::string_view a, std::string_view b) {
  return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end(),
                                      [](char x, char y) { return lower(x) < lower(y); });
}

// Rows in the order of their names.
template <class Row>
class Index {
 public:
  void add(std::span<const Row> family) {
    for (const Row& row : family) rows_.push_back(&row);
  }
  void sort() {
    std::stable_sort(rows_.begin(), rows_.end(),
                     [](const Row* a, const Row* b) { return name_less(a->name, b->name); });
    const auto twice =
        std::adjacent_find(rows_.begin(), rows_.end(),
                           [](const Row* a, const Row* b) { return !name_less(a->name, b->name); });
    KITH_ASSERT(twice == rows_.end());  // a name stands for one function
  }
  const Row* find(std::string_view name) const {
    const auto at = std::lower_bound(
        rows_.begin(), rows_.end(), name,
        [](const Row* row, std::string_view n) { return name_less(row->name, n); });
    return at != rows_.end() && !name_less(name, (*at)->name) ? *at : nullptr;
  }
  std::span<const Row* const> all() const { return rows_; }

 private:
  std::vector<const Row*> rows_;
};

const Index<FunctionDef>& functions() {
  static const Index<FunctionDef> index = [] {  // immutable once made
    Index<FunctionDef> made;
    for (const auto family : {scalar_functions, string_functions, list_functions, math_functions,
                              graph_functions, temporal_functions, duration_functions,
                              spatial_functions, csv_functions, vector_functions}) {
      made.add(family());
    }
    made.sort();
    return made;
  }();
  return index;
}

const Index<AggregateDef>& aggregates() {
  static const Index<AggregateDef> index = [] {  // immutable once made
    Index<AggregateDef> made;
    made.add(aggregate_functions());
    made.sort();
    return made;
  }();
  return index;
}

}  // namespace

std::string_view name_of(Category category) {
  switch (category) {
    case Category::Aggregating:
      return "Aggregating";
    case Category::List:
      return "List";
    case Category::Logarithmic:
      return "Logarithmic";
    case Category::Numeric:
      return "Numeric";
    case Category::Predicate:
      return "Predicate";
    case Category::Scalar:
      return "Scalar";
    case Category::Spatial:
      return "Spatial";
    case Category::String:
      return "String";
    case Category::Temporal:
      return "Temporal";
    case Category::Trigonometric:
      return "Trigonometric";
    case Category::Vector:
      return "Vector";
  }
  return {};
}

const FunctionDef* find_function(std::string_view name) { return functions().find(name); }
const AggregateDef* find_aggregate(std::string_view name) { return aggregates().find(name); }
std::span<const FunctionDef* const> all_functions() { return functions().all(); }
std::span<const AggregateDef* const> all_aggregates() { return aggregates().all(); }

}  // namespace kith
