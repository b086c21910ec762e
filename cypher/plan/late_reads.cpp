// cypher/plan/late_reads.cpp: see late_reads.hpp.
#include "cypher/plan/late_reads.hpp"

#include <set>
#include <string>
#include <utility>

#include "cypher/plan/expressions.hpp"

namespace kith::plan {

namespace {

class Finder {
 public:
  void add(const Expression& e) {
    if (const auto* property = std::get_if<bound::Property>(&e.node)) {
      const bool is_element = property->subject->types.is_only(kElementType | kNullType);
      const auto* variable = is_element ? as_variable(*property->subject) : nullptr;
      if (variable != nullptr && seen_.emplace(variable->slot, property->key).second)
        reads_[variable->slot] += 1;
    }
    bound::for_each_child(e, [&](const ExpressionPtr& child) { add(*child); });
  }
  LateReads take() { return std::move(reads_); }

 private:
  std::set<std::pair<Slot, std::string>> seen_;
  LateReads reads_;
};

}  // namespace

// Of rows that are cut off by LIMIT what comes first is all that is read of most.
LateReads late_reads_of(const bound::Projection& body) {
  Finder finder;
  if (body.aggregating) {
    for (const auto& key : body.keys) finder.add(*key.value);
    for (const auto& call : body.aggregates)
      for (const auto& argument : call.arguments) finder.add(*argument);
    return finder.take();
  }
  for (const auto& item : body.order) finder.add(*item.value);
  if (body.limit == nullptr)
    for (const auto& item : body.items) finder.add(*item.value);
  return finder.take();
}

}  // namespace kith::plan
