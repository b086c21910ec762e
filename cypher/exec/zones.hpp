// cypher/exec/zones.hpp: segments that a scan need not read, since no row of them would be needed.
//
// The directory says between which values a property of a segment's nodes lies, and whether all or
// none of them have a label. A scan is told of tests of such properties by the operators above it:
// of a filter's comparisons with constants and tests of labels, of what ORDER BY … LIMIT still
// needs. Tests are handed down through operators that cannot fail and
// drop or repeat rows alone, so nobody can tell a skipped row from one that was read.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/id.hpp"
#include "core/vector.hpp"
#include "cypher/bind/expression.hpp"
#include "cypher/exec/context.hpp"
#include "cypher/exec/top_bound.hpp"
#include "cypher/plan/logical.hpp"
#include "storage/cursor.hpp"

namespace kith::exec {

// Something that a property of a node must pass. Without a key: that a column must pass, which may
// turn out to be a property.
struct ZoneTest {
  Slot node = 0;
  const std::string* key = nullptr;
  // `property op value`, the value a constant or a parameter …
  bound::Operator op = bound::Operator::Equal;
  const bound::Expression* value = nullptr;
  // … or that it is good enough for ORDER BY … LIMIT.
  const TopBound* bound = nullptr;
  // Or labels that the node must have; then there is nothing else.
  const bound::LabelExpression* labels = nullptr;
};

// The tests that the inputs of `node` are told of, if the node itself was told of `above`.
std::vector<ZoneTest> zone_tests_below(const plan::Node& node, const std::vector<ZoneTest>& above);
// The test of a sort key.
std::optional<ZoneTest> zone_test_of(const plan::SortKey& key, const TopBound& bound);

// The tests of one scan.
class ZoneTests {
 public:
  ZoneTests(const std::vector<ZoneTest>& tests, Slot node);

  bool empty() const { return tests_.empty(); }
  // Looks values and names up; when a scan is opened.
  void prepare(Worker& worker);
  // True: no node of the segment (id >> kSegmentBits) passes.
  bool exclude(const storage::View& view, std::uint64_t segment) const;

 private:
  struct Test {
    ZoneTest test = {};
    KeyId key{};
    bool has_key = false;  // nobody has the property if not
    OwnedCell value;
  };
  // Of a label expression: each of its names.
  struct Label {
    const bound::LabelExpression* name;
    std::optional<LabelId> label;  // none: no node has it
  };
  bool excludes(const Test& test, const storage::View& view, std::uint64_t segment) const;
  storage::LabelShare share_of(const bound::LabelExpression& labels, const storage::View& view,
                               std::uint64_t segment) const;

  std::vector<Test> tests_;
  std::vector<Label> labels_;
};

}  // namespace kith::exec
