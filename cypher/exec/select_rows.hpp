// cypher/exec/select_rows.hpp: which rows of a column pass a test, without branches on the data.
#pragma once

#include <cstdint>
#include <vector>

#include "core/vector.hpp"

namespace kith::exec {

// `kept` becomes the rows, ascending, whose value passes, and those that are
// null if `keep_nulls`. T is the array type of the column's vector.
template <class T, class Test>
void select_rows(const Column& column, std::uint32_t rows, bool keep_nulls, Test test,
                 std::vector<std::uint32_t>& kept) {
  const Vector& vector = *column.vector;
  const T* values = vector.data<T>();
  kept.resize(rows);
  std::uint32_t* to = kept.data();
  std::uint32_t count = 0;
  const bool flat = column.index == nullptr && !column.constant;
  if (flat && !vector.may_have_nulls()) {
    for (std::uint32_t i = 0; i < rows; ++i) {
      to[count] = i;
      count += test(values[i]) ? 1u : 0u;
    }
  } else if (!vector.may_have_nulls()) {
    for (std::uint32_t i = 0; i < rows; ++i) {
      to[count] = i;
      count += test(values[column.at(i)]) ? 1u : 0u;
    }
  } else {
    const std::uint8_t* valid = vector.validity();
    for (std::uint32_t i = 0; i < rows; ++i) {
      const std::uint32_t at = column.at(i);
      to[count] = i;
      count += (valid[at] != 0 ? static_cast<bool>(test(values[at])) : keep_nulls) ? 1u : 0u;
    }
  }
  kept.resize(count);
}

}  // namespace kith::exec
