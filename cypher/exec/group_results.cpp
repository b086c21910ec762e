// cypher/exec/group_results.cpp: keys from their words, results from states.
#include "cypher/exec/group_results.hpp"

#include "cypher/exec/columns.hpp"

namespace kith::exec {

GroupResults results_of(Groups& groups, const WantedResults& wanted, MemoryBudget& budget) {
  const GroupTable& table = groups.table;
  const std::size_t keys = table.columns();
  KITH_ASSERT(table.is_plain() && wanted.columns.size() == keys + groups.states.size());
  GroupResults results;
  results.groups = groups.size();
  results.columns.resize(wanted.columns.size());
  results.strings = std::make_unique<RowBuffer>(0, budget, "the result of an aggregation");
  for (std::size_t i = 0; i < keys; ++i) {
    if (!wanted.columns[i]) continue;
    results.columns[i].append(narrow_type(table.kind_of(i)), table.words() + i, keys,
                              groups.size());
  }
  for (std::size_t i = 0; i < groups.states.size(); ++i) {
    KeptColumn& column = results.columns[keys + i];
    groups.states[i]->give_values_to(results.strings->arena());
    for (std::uint32_t g = 0; g < groups.size(); ++g) {
      column.append(groups.states[i]->finish(g, results.strings->arena()));
    }
  }
  results.strings->charge();
  return results;
}

ResultColumns::ResultColumns(std::span<const GroupResults> parts, std::uint64_t rows,
                             ComputedRows& out)
    : parts_(parts), out_(out) {
  KITH_ASSERT(!parts.empty() && rows < UINT32_MAX);
  wholes_.resize(parts[0].columns.size());
  out_.count = rows;
  out_.columns.resize(wholes_.size());
  for (std::size_t c = 0; c < wholes_.size(); ++c) {
    for (const GroupResults& part : parts) wholes_[c].see(part.columns[c]);
    WholeColumn& whole = wholes_[c];
    if (!whole.type && !whole.has_nulls) continue;  // not wanted
    if (!whole.type) whole.type = VectorType::Any;
    if (whole.type == VectorType::Any) whole.are_words = false;
    out_.columns[c].reset(*whole.type, static_cast<std::uint32_t>(rows));
  }
}

void ResultColumns::put_cell(Vector& out, std::uint32_t row, const Cell& cell) {
  switch (out.type()) {
    case VectorType::Any:
      out.data<Cell>()[row] = cell;
      return;
    case VectorType::String:
      if (!cell.is_null()) out.data<Cell>()[row] = cell;
      return;
    case VectorType::Boolean:
      out.data<std::uint8_t>()[row] = cell.word != 0 ? 1 : 0;
      return;
    default:
      out.data<std::uint64_t>()[row] = cell.word;
      return;
  }
}

void ResultColumns::set_nulls(const Nulls& nulls) {
  for (const auto& [column, row] : nulls) out_.columns[column].set_null(row);
}

}  // namespace kith::exec
