// tests/unit/api/fixture.hpp: what the tests of the API share.
#pragma once

#include <stdexcept>
#include <string>

#include "kith/kith.hpp"
#include "tests/folder.hpp"

namespace kith::test {

// The one value of the one row.
template <class Runner>
Value one(Runner& runner, const std::string& statement, const Parameters& parameters = {}) {
  auto rows = runner.execute(statement, parameters).fetch_all();
  if (rows.size() != 1 || rows[0].size() != 1)
    throw std::runtime_error("not one row of one column: " + statement);
  return rows[0][0];
}

// "Type Detail" of the kith::Error that this throws; "" if none.
template <class Action>
std::string error_of(Action&& action) {
  try {
    action();
  } catch (const Error& e) {
    return e.type() + " " + e.detail();
  }
  return "";
}

inline const std::string kForever =
    "UNWIND range(1, 1000000) AS a UNWIND range(1, 1000000) AS b RETURN sum(a * b % 7) AS s";

}  // namespace kith::test
