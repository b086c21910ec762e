// cypher/to_value.cpp: cells become values of the API, nodes and relationships with what they hold.
#include "core/value_cell.hpp"
#include "cypher/engine.hpp"

namespace kith::cypher {

namespace {

class ViewElements final : public ElementReader {
 public:
  explicit ViewElements(const storage::View& view) : view_(view) {}

  // Of one that the statement has deleted nothing but the id is left.
  Node node(NodeId id) override {
    if (!view_.exists(id)) return Node(static_cast<std::int64_t>(id.value), {}, {});
    std::vector<std::string> labels;
    for (const LabelId label : view_.labels_of(id)) labels.push_back(view_.catalog().name(label));
    Arena arena;
    return Node(static_cast<std::int64_t>(id.value), std::move(labels),
                properties(view_.properties_of(id, arena)));
  }

  Relationship relationship(RelationshipId id) override {
    const auto number = static_cast<std::int64_t>(id.value);
    if (!view_.exists(id)) return Relationship(number, {}, -1, -1, {});
    const storage::Relationship found = view_.relationship(id);
    Arena arena;
    return Relationship(
        number, view_.catalog().name(found.type), static_cast<std::int64_t>(found.start.value),
        static_cast<std::int64_t>(found.end.value), properties(view_.properties_of(id, arena)));
  }

 private:
  Map properties(const std::vector<storage::Property>& found) {
    Map map;
    for (const auto& property : found) {
      map.emplace(view_.catalog().name(property.key), kith::to_value(property.value));
    }
    return map;
  }

  const storage::View& view_;
};

}  // namespace

Value to_value(const Cell& cell, const storage::View& view) {
  ViewElements elements(view);
  return kith::to_value(cell, elements);
}

}  // namespace kith::cypher
