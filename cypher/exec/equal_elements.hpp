// cypher/exec/equal_elements.hpp: the elements of lists that equal something of the row, by hash.
//
// `[y IN list WHERE y.k = e …]`, `any(y IN list WHERE y = e)` and their like ask each element of
// each row's list. Where several rows have the same list, and the condition begins with an equality
// of what depends on the element alone and what does not depend on it, the first is computed once
// for each list, the second once for each row, and elements are looked up (exec/cell_index.hpp).
//
//   E1  Only the first of several conjuncts is looked up: what may fail of the element is evaluated
//       for each of them either way, and later ones are asked where it is not false.
#pragma once

#include <memory>
#include <vector>

#include "cypher/exec/cell_index.hpp"
#include "cypher/exec/evaluate.hpp"

namespace kith::exec {

class EqualElements {
 public:
  // nullptr if the condition is none of those.
  static std::unique_ptr<EqualElements> of(const bound::Expression& where, Slot variable,
                                           Worker& worker);

  // Nothing but the equality is asked, or nothing but its contrary.
  bool is_whole() const { return is_whole_; }
  bool is_contrary() const { return is_contrary_; }

  // Of lists and nulls. False where too few rows ask the same list: nothing has been evaluated
  // then.
  bool begin(const Batch& batch, const Column& lists);
  // Of the list of a row, which has elements; rows are asked in ascending order.
  CellIndex::Count count(std::uint32_t row);
  // The positions of elements that are equal, ascending; if the equality is not all that is asked,
  // also of those of which it is not known.
  void find(std::uint32_t row, std::vector<std::uint32_t>& into);

 private:
  EqualElements(const bound::Expression& key, const bound::Expression& wanted, Slot variable,
                Worker& worker);
  bool are_worth_it(const Batch& batch, const Column& lists);
  void prepare(std::uint32_t row);
  void compute_keys(std::span<const Cell> items);
  bool stays_same(std::span<const Cell> items) const;

  static constexpr std::uint64_t kRowsOfList = 4;  // from this many on, it is worth it

  Slot variable_;
  bool is_whole_ = false, is_contrary_ = false;
  bool key_is_element_ = false, key_is_property_ = false;
  EvaluatorPtr key_;
  Narrowed wanted_of_;
  Worker& worker_;

  const Batch* batch_ = nullptr;
  Column lists_;
  std::vector<std::uint32_t> asking_;  // rows whose lists have elements
  std::vector<Cell> wanted_;           // by row

  const ListData* prepared_ = nullptr;  // of this batch: the list that index_ is of
  bool may_keep_ = false;               // index_ holds for later batches
  OwnedCell list_;                      // the list that keys are of
  std::vector<Cell> keys_;
  ValueArena key_memory_;
  CellIndex index_;
  Reservation reserved_;
};

}  // namespace kith::exec
