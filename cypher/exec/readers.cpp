// cypher/exec/readers.cpp: names looked up, properties read late.
#include "cypher/exec/readers.hpp"

#include <algorithm>

namespace kith::exec {

namespace {

// A run of a column is unpacked about so many times as fast as rows picked from it.
constexpr std::uint32_t kFewOfRun = 8;

}  // namespace

std::optional<std::vector<TypeId>> find_types(const storage::View& view,
                                              const std::vector<std::string>& names) {
  std::vector<TypeId> types;
  for (const auto& name : names) {
    if (const auto id = view.catalog().find_type(name)) types.push_back(*id);
  }
  if (types.empty() && !names.empty()) return std::nullopt;
  return types;
}

std::optional<std::vector<LabelId>> find_labels(const storage::View& view,
                                                const std::vector<std::string>& names) {
  std::vector<LabelId> labels;
  for (const auto& name : names) {
    const auto id = view.catalog().find_label(name);
    if (!id) return std::nullopt;
    labels.push_back(*id);
  }
  return labels;
}

void check_alive(Worker& worker, const Cell& element, Position at) {
  if (!worker.execution().has_deletions()) return;
  const storage::View& view = worker.view();
  const bool is_node = element.kind == Kind::Node;
  if (is_node ? view.exists(element.node()) : view.exists(element.relationship())) return;
  throw QueryError("EntityNotFound", "DeletedEntityAccess",
                   std::string(is_node ? "node " : "relationship ") + std::to_string(element.word) +
                       " was deleted in this statement",
                   at);
}

void ElementProperty::check_alive(Kind kind, std::span<const std::uint64_t> ids,
                                  const std::uint8_t* valid, Position at) const {
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (valid != nullptr && valid[i] == 0) continue;
    const Cell element =
        kind == Kind::Node ? Cell::of(NodeId{ids[i]}) : Cell::of(RelationshipId{ids[i]});
    exec::check_alive(worker_, element, at);
  }
}

// nullptr if nothing has such a property.
storage::PropertyReader* ElementProperty::reader_of(Kind kind) {
  const bool is_node = kind == Kind::Node;
  const Execution& execution = worker_.execution();
  return (is_node ? nodes_ : relationships_).get(execution, [&] {
    const auto key = execution.view.catalog().find_key(key_);
    using storage::ElementKind;
    const auto what = is_node ? ElementKind::Node : ElementKind::Relationship;
    return key ? std::make_unique<storage::PropertyReader>(execution.view, what, *key) : nullptr;
  });
}

void ElementProperty::read_ids(Kind kind, std::span<const std::uint64_t> ids,
                               const std::uint8_t* valid, Vector& out, Position at) {
  if (worker_.execution().has_deletions()) check_alive(kind, ids, valid, at);
  auto* reader = reader_of(kind);
  if (reader == nullptr) {
    out.reset(VectorType::Any, static_cast<std::uint32_t>(ids.size()));
    return;
  }
  reader->read(ids, valid, out);
}

Column ElementProperty::read(const Column& column, std::uint32_t rows, Position at) {
  const Vector& vector = *column.vector;
  KITH_ASSERT(vector.type() == VectorType::Node || vector.type() == VectorType::Relationship);
  const Kind kind = vector.type() == VectorType::Node ? Kind::Node : Kind::Relationship;
  const bool whole = column.constant || (column.index != nullptr && vector.rows() <= rows);
  if (whole) {
    const auto* valid = vector.may_have_nulls() ? vector.validity() : nullptr;
    const std::uint32_t count = column.constant ? 1 : vector.rows();
    read_ids(kind, {vector.data<std::uint64_t>(), count}, valid, out_, at);
    return {&out_, column.index, column.constant};
  }
  if (column.index != nullptr && rows >= vector.rows() / kFewOfRun && read_around(kind, vector)) {
    return {&out_, column.index, false};
  }
  ids_.read(column, rows, kind, "the subject of a property");
  read_ids(kind, ids_.ids(), ids_.valid(), out_, at);
  return {&out_, nullptr, false};
}

bool ElementProperty::read_around(Kind kind, const Vector& ids) {
  if (ids.may_have_nulls() || worker_.execution().has_deletions()) return false;
  auto* reader = reader_of(kind);
  return reader != nullptr && reader->read_around({ids.data<std::uint64_t>(), ids.rows()}, out_);
}

Column ElementProperty::read_presence(const Column& column, std::uint32_t rows, Position at) {
  const VectorType type = column.vector->type();
  KITH_ASSERT(type == VectorType::Node || type == VectorType::Relationship);
  const Kind kind = type == VectorType::Node ? Kind::Node : Kind::Relationship;
  ids_.read(column, rows, kind, "the subject of a property");
  if (worker_.execution().has_deletions()) check_alive(kind, ids_.ids(), ids_.valid(), at);
  presence_.reset(VectorType::Boolean, rows);
  const std::span<std::uint8_t> out(presence_.data<std::uint8_t>(), rows);
  if (auto* reader = reader_of(kind)) {
    reader->read_presence(ids_.ids(), ids_.valid(), out);
  } else {
    std::fill(out.begin(), out.end(), std::uint8_t{0});
  }
  return {&presence_, nullptr, false};
}

}  // namespace kith::exec
