// cypher/plan/premises.hpp: what a plan takes for granted, and whether it still holds.
//
// A plan is right whatever the data are; these say whether it is still the plan that would be made.
// Each costs a count to look up, or a descent in an index.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/cell.hpp"
#include "cypher/bind/expression.hpp"
#include "storage/view.hpp"

namespace kith::plan {

struct ValueSample;  // value_sample.hpp

// How many nodes have a label, or relationships a type, to an order of magnitude.
struct CountPremise {
  bool of_nodes = true;
  std::string name;  // which need not exist yet
  std::uint64_t count = 0;
};

// Into which class of selectivity the ends of a range put it, in an index or, if there is one, in a
// sample. An end is a constant or a literal that the plan leaves open; null: that end is open, or
// not known.
struct RangePremise {
  std::uint32_t index = 0;
  bound::ExpressionPtr lower, upper, prefix;
  bool lower_inclusive = false, upper_inclusive = false;
  int share_class = 0;
  std::shared_ptr<const ValueSample> sample = nullptr;  // shared: by premises about one property
  bool of_all = false;                                  // of its nodes; see ValueSample::share
};

// How many items a list has that the plan leaves open.
struct ItemsPremise {
  bound::ExpressionPtr list;
  int size_class = 0;
};

struct Premises {
  std::vector<CountPremise> counts;
  std::vector<RangePremise> ranges;
  std::vector<ItemsPremise> items;
};

// Two counts that far apart ask for another plan.
bool far_apart(std::uint64_t a, std::uint64_t b);
int share_class(double share);
int size_class(std::size_t items);

bool hold_for_data(const Premises& premises, const storage::View& view);
// `literals`: the values of the text that runs.
bool hold_for_literals(const Premises& premises, const storage::View& view,
                       std::span<const Cell> literals);

// The value that the text that runs has in the place of an open literal.
Cell value_of_literal(const bound::Parameter& literal, std::span<const Cell> literals);

}  // namespace kith::plan
