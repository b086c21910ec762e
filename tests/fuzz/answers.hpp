// tests/fuzz/answers.hpp: answers as bags of rows, by value and type.
#pragma once

#include <string>
#include <vector>

#include "tests/fuzz/lab.hpp"

namespace kith::fuzz {

// What two right answers to one query may differ in, read off its text.
struct Tolerance {
  // DISTINCT and aggregation choose one of 1 and 1.0, and sums may round differently.
  bool numbers = false;
  bool list_order = false;  // collect() and comprehensions over patterns
};
Tolerance tolerance_of(const std::string& query);

std::string value_text(const Value& value, Tolerance tolerance);
std::string row_text(const std::vector<Value>& row, Tolerance tolerance);
std::vector<std::string> bag_of(const std::vector<std::vector<Value>>& rows, Tolerance tolerance);

// The first rows that are in one bag alone; empty if they are equal. Bags are sorted.
std::string difference(const std::vector<std::string>& left, const std::vector<std::string>& right);

// Of all rows at the columns that an ORDER BY of the last RETURN names: a right answer has these
// in one sequence. Empty without ORDER BY.
std::vector<std::string> order_of(const std::string& query, const Outcome& outcome,
                                  Tolerance tolerance);

}  // namespace kith::fuzz
