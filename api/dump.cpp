// api/dump.cpp: schema, nodes in batches by their labels, relationships in batches by their type.
#include "api/dump.hpp"

#include <array>
#include <cmath>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "core/arena.hpp"
#include "core/assert.hpp"
#include "core/print.hpp"
#include "kith/database.hpp"
#include "storage/cursor.hpp"
#include "storage/schema_text.hpp"

namespace kith::api {
namespace {

constexpr std::size_t kBatchRows = 500, kBatchBytes = 64 * 1024;
constexpr std::size_t kOpenBatches = 64;
constexpr std::uint64_t kCleanedAtOnce = 10'000;

std::string quoted(std::string_view name) {
  std::string out;
  append_name(out, name);
  return out;
}

// Rows that one statement makes, between what comes before and behind its list.
struct Batch {
  std::string rows;
  std::size_t count = 0;
};

// The order of parts is that of the script: each works on what those before it made.
class Dump {
 public:
  Dump(const storage::View& view, const TextSink& out)
      : view_(view), catalog_(view.catalog()), out_(out) {
    const storage::Schema& schema = view.schema();
    mark_ = unused([&](const std::string& name) {
      return catalog_.labels.find(name) || schema.find_index(name) || schema.find_constraint(name);
    });
    number_ = unused([&](const std::string& name) { return catalog_.keys.find(name).has_value(); });
  }

  void run() {
    out_("// A graph dumped by kith " + std::string(version()) + " at commit " +
         std::to_string(view_.position()) + ": " + std::to_string(view_.node_count()) + " nodes, " +
         std::to_string(view_.relationship_count()) + " relationships.\n" +
         "// `kith shell DB -f FILE` makes an equal graph in a new database.\n");
    schema(true);
    const bool joined = view_.relationship_count() > 0;
    if (joined) {
      out_("// Nodes with relationships are numbered for as long as the script runs.\n");
      out_("CREATE INDEX " + mark_ + " FOR (n:" + mark_ + ") ON (n." + number_ + ");\n");
    }
    nodes();
    relationships();
    if (joined) clean();
    schema(false);
  }

 private:
  // A name that nothing has yet, as it is written.
  template <class IsUsed>
  static std::string unused(IsUsed&& used) {
    std::string name = "kith dump";
    for (int i = 2; used(name); ++i) name = "kith dump " + std::to_string(i);
    return quoted(name);
  }

  // Constraints that only nodes and relationships together can keep come last.
  static bool comes_first(const storage::ConstraintDef& constraint) {
    switch (constraint.kind) {
      case storage::ConstraintKind::Unique:
      case storage::ConstraintKind::Key:
      case storage::ConstraintKind::Exists:
      case storage::ConstraintKind::Type:
        return true;
      case storage::ConstraintKind::Ends:
      case storage::ConstraintKind::Count:
      case storage::ConstraintKind::OnDelete:
        return false;
    }
    return false;
  }

  void schema(bool first) {
    const storage::Schema& schema = view_.schema();
    for (const storage::IndexDef& index : schema.indexes())
      if (first && index.constraint == 0) out_(storage::create_statement(catalog_, index) + ";\n");
    for (const storage::ConstraintDef& constraint : schema.constraints())
      if (comes_first(constraint) == first)
        out_(storage::create_statement(catalog_, constraint) + ";\n");
  }

  // --- nodes

  using LabelSet = std::pair<std::vector<LabelId>, bool>;  // and whether they are numbered

  void nodes() {
    std::map<LabelSet, Batch> batches;
    storage::NodeScan scan(view_, {});
    scan.begin({0, view_.node_id_limit()});
    std::array<std::uint64_t, 1024> ids;
    while (const std::size_t count = scan.next(ids))
      for (std::size_t i = 0; i < count; ++i) node(NodeId{ids[i]}, batches);
    for (auto& [labels, batch] : batches) flush(labels, batch);
  }

  void node(NodeId id, std::map<LabelSet, Batch>& batches) {
    const bool numbered = view_.degree(id, Direction::Both, {}) > 0;
    numbered_ += numbered ? 1 : 0;
    if (batches.size() >= kOpenBatches) {
      for (auto& [labels, batch] : batches) flush(labels, batch);
      batches.clear();
    }
    const auto at = batches.try_emplace({view_.labels_of(id), numbered}).first;
    std::string& rows = begin_row(at->second);
    std::string_view between = "{";
    if (numbered) {
      rows.append("{").append(number_).append(": ").append(std::to_string(id.value));
      between = ", ";
    }
    arena_.reset();
    put_properties(rows, view_.properties_of(id, arena_), between);
    if (full(at->second)) flush(at->first, at->second);
  }

  void flush(const LabelSet& labels, Batch& batch) {
    std::string behind = "\n] AS p CREATE (n";
    for (const LabelId label : labels.first)
      behind.append(":").append(quoted(catalog_.name(label)));
    if (labels.second) behind.append(":").append(mark_);
    write(batch, behind.append(") SET n = p;\n"));
  }

  // --- relationships

  using TypeBatch = std::pair<TypeId, bool>;  // and whether they have properties

  void relationships() {
    std::map<TypeBatch, Batch> batches;
    storage::RelationshipScan scan(view_, std::nullopt);
    scan.begin({0, view_.relationship_id_limit()});
    std::array<std::uint64_t, 1024> ids, starts, ends;
    while (const std::size_t count = scan.next(ids, starts, ends))
      for (std::size_t i = 0; i < count; ++i)
        relationship(RelationshipId{ids[i]}, starts[i], ends[i], batches);
    for (auto& [type, batch] : batches) flush(type, batch);
  }

  void relationship(RelationshipId id, std::uint64_t start, std::uint64_t end,
                    std::map<TypeBatch, Batch>& batches) {
    arena_.reset();
    const auto properties = view_.properties_of(id, arena_);
    if (batches.size() >= kOpenBatches) {
      for (auto& [type, batch] : batches) flush(type, batch);
      batches.clear();
    }
    const auto at = batches.try_emplace({storage::type_of(view_, id), !properties.empty()}).first;
    std::string& rows = begin_row(at->second);
    rows.append("[").append(std::to_string(start)).append(", ").append(std::to_string(end));
    if (!properties.empty()) {
      rows.append(", ");
      put_properties(rows, properties, "{");
    }
    rows.append("]");
    if (full(at->second)) flush(at->first, at->second);
  }

  void flush(const TypeBatch& type, Batch& batch) {
    const auto end = [&](const char* name, int place) {
      return std::string("(") + name + ":" + mark_ + " {" + number_ + ": r[" +
             std::to_string(place) + "]})";
    };
    write(batch, "\n] AS r MATCH " + end("a", 0) + ", " + end("b", 1) +
                     " CREATE (a)-[x:" + quoted(catalog_.name(type.first)) + "]->(b)" +
                     (type.second ? " SET x = r[2];\n" : ";\n"));
  }

  // --- both

  static std::string& begin_row(Batch& batch) {
    batch.rows.append(batch.count++ == 0 ? "\n" : ",\n");
    return batch.rows;
  }
  static bool full(const Batch& batch) {
    return batch.count >= kBatchRows || batch.rows.size() >= kBatchBytes;
  }

  // Numbers that are no numbers have no literals.
  static void put_value(std::string& rows, const Cell& value) {
    if (value.kind == Kind::Float && !std::isfinite(value.real)) {
      rows.append(std::isnan(value.real) ? "(0.0 / 0.0)"
                  : value.real > 0       ? "(1.0 / 0.0)"
                                         : "(-1.0 / 0.0)");
    } else if (value.kind == Kind::List) {
      std::string_view between = "[";
      for (const Cell& item : value.items()) {
        rows.append(between);
        put_value(rows, item);
        between = ", ";
      }
      rows.append(value.items().empty() ? "[]" : "]");
    } else {
      print_cypher(rows, value);
    }
  }

  void put_properties(std::string& rows, const std::vector<storage::Property>& properties,
                      std::string_view between) const {
    const bool nothing = properties.empty() && between == "{";
    for (const storage::Property& property : properties) {
      rows.append(between);
      append_name(rows, catalog_.name(property.key));
      rows.append(": ");
      put_value(rows, property.value);
      between = ", ";
    }
    rows.append(nothing ? "{}" : "}");
  }

  void write(Batch& batch, std::string_view behind) {
    if (batch.count == 0) return;
    out_("UNWIND [" + batch.rows + std::string(behind));
    batch = {};
  }

  void clean() {
    for (std::uint64_t done = 0; done < numbered_; done += kCleanedAtOnce)
      out_("MATCH (n:" + mark_ + ") WITH n LIMIT " + std::to_string(kCleanedAtOnce) +
           " REMOVE n:" + mark_ + ", n." + number_ + ";\n");
    out_("DROP INDEX " + mark_ + ";\n");
  }

  const storage::View& view_;
  const storage::Catalog& catalog_;
  const TextSink& out_;
  std::string mark_, number_;  // as they are written
  std::uint64_t numbered_ = 0;
  Arena arena_;
};

}  // namespace

void dump_graph(const storage::View& view, const TextSink& out) {
  KITH_ASSERT(out != nullptr);
  Dump(view, out).run();
}

}  // namespace kith::api
