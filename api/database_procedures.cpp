// api/database_procedures.cpp: the one open database as rows; waiting for its indexes.
#include "api/database_procedures.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <filesystem>
#include <thread>

#include "core/assert.hpp"
#include "core/temporal.hpp"
#include "cypher/show.hpp"
#include "storage/index.hpp"

namespace kith::api {
namespace {

Cell text(std::string_view value) { return Cell::of(value); }

ProcedureRow row_of(std::span<const Cell> cells) {
  ProcedureRow row;
  for (const Cell& cell : cells) row.emplace_back(cell);
  return row;
}

ProcedureField field(std::string name, Kind kind, std::string type, bool optional = false) {
  ProcedureField made{std::move(name), std::move(type), TypeSet::of(kind), optional};
  made.optional = optional;
  return made;
}

// Whether a list of names asks for this one; an empty list asks for all.
bool asks_for(const Cell& names, std::string_view name) {
  const auto items = names.items();
  return items.empty() || std::any_of(items.begin(), items.end(), [&](const Cell& each) {
           return each.kind == Kind::String && each.string() == name;
         });
}

// ---- SHOW DATABASES

std::vector<ProcedureRow> databases(const OpenDatabase& database, FunctionContext& context,
                                    std::span<const Cell> arguments) {
  const std::string name = database.name();
  const std::string_view wanted = arguments[0].string();
  if (!wanted.empty() && wanted != name) return {};
  const bool writes = !database.store.read_only();
  const std::array<Cell, kDatabaseColumns.size()> cells = {
      text(name),
      text("standard"),
      make_list(context.arena(), {}),
      text(writes ? "read-write" : "read-only"),
      Cell(),
      text(writes ? "primary" : "secondary"),
      Cell::boolean(writes),
      text("online"),
      text("online"),
      text(""),
      Cell::boolean(true),
      Cell::boolean(true),
      make_list(context.arena(), {}),
  };
  std::vector<ProcedureRow> rows;
  rows.push_back(row_of(cells));
  return rows;
}

// ---- SHOW SETTINGS

struct Setting {
  std::string_view name;
  std::string value, default_value;
  std::string_view description, valid;
};

std::string of(bool value) { return value ? "true" : "false"; }

std::vector<Setting> settings(const DatabaseOptions& options) {
  const auto durability = [](Durability d) {
    return std::string(d == Durability::full ? "full" : "relaxed");
  };
  const DatabaseOptions defaults;
  return {
      {"busy_timeout_ms", std::to_string(options.busy_timeout_ms),
       std::to_string(defaults.busy_timeout_ms),
       "How many milliseconds a writer waits for another.", "an integer"},
      {"create", of(options.create), of(defaults.create),
       "Whether to make a file if there is none.", "true, false"},
      {"durability", durability(options.durability), durability(defaults.durability),
       "full: a commit is on the disk when it returns; relaxed: soon after.", "full, relaxed"},
      {"memory_limit", std::to_string(options.memory_limit), std::to_string(defaults.memory_limit),
       "How many bytes the database may use; 0: half of what there is.", "an integer"},
      {"query_memory_limit", std::to_string(options.query_memory_limit),
       std::to_string(defaults.query_memory_limit),
       "How many of them one query may use before it writes to a temporary file; 0: half.",
       "an integer"},
      {"read_only", of(options.read_only), of(defaults.read_only),
       "Whether the database is open for reading alone.", "true, false"},
      {"temp_directory", options.temp_directory, defaults.temp_directory,
       "Where temporary files are; empty: beside the database, or where the system has them.",
       "a path"},
      {"threads", std::to_string(options.threads), std::to_string(defaults.threads),
       "How many threads one query may use; 0: one a core.", "an integer"},
  };
}

std::vector<ProcedureRow> show_settings(const OpenDatabase& database, const Cell& names) {
  std::vector<ProcedureRow> rows;
  for (const Setting& each : settings(database.options)) {
    if (!asks_for(names, each.name)) continue;
    const std::array<Cell, kSettingColumns.size()> cells = {
        text(each.name),
        text(each.value),
        Cell::boolean(false),
        text(each.default_value),
        text(each.description),
        text(each.value),
        Cell::boolean(each.value != each.default_value),
        text(each.valid),
        Cell::boolean(false),
    };
    rows.push_back(row_of(cells));
  }
  return rows;
}

// ---- SHOW TRANSACTIONS: the one that asks; what other connections do is theirs to say.

std::vector<ProcedureRow> transactions(const OpenDatabase& database, FunctionContext& context,
                                       const Cell& ids) {
  const std::string name = database.name();
  const std::string id = name + "-transaction-" + std::to_string(context.view().position());
  std::vector<ProcedureRow> rows;
  if (!asks_for(ids, id)) return rows;
  const std::int64_t begun = context.transaction_time();
  const std::int64_t spent = std::max<std::int64_t>(0, context.real_time() - begun);
  constexpr std::int64_t kSecond = 1'000'000'000;
  const DurationData elapsed{0, 0, spent / kSecond, static_cast<std::int32_t>(spent % kSecond)};
  const std::array<Cell, kTransactionColumns.size()> cells = {
      text(name),      text(id),
      Cell(),          Cell(),
      Cell(),          Cell(),
      Cell(),          current_temporal(Kind::DateTime, "Z", {context.arena(), begun}),
      text("Running"), make_duration(context.arena(), elapsed),
  };
  rows.push_back(row_of(cells));
  return rows;
}

// ---- db.awaitIndexes

bool all_online(const storage::View& view, std::string_view name) {
  const auto indexes = view.schema().indexes();
  return std::all_of(indexes.begin(), indexes.end(), [&](const storage::IndexDef& index) {
    return (!name.empty() && index.name != name) || storage::is_online(view, index);
  });
}

// An index is built by the checkpoint behind its commit: a writer makes one, a reader waits for it.
void await_indexes(storage::Store& store, FunctionContext& context, std::string_view name,
                   std::int64_t seconds) {
  constexpr auto kPause = std::chrono::milliseconds(10);
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(seconds);
  while (!all_online(store.snapshot(), name)) {
    if (!store.read_only()) {
      store.checkpoint();
      if (all_online(store.snapshot(), name)) return;
    }
    context.poll();
    if (std::chrono::steady_clock::now() >= end) {
      throw QueryError("ProcedureError", "Timeout",
                       "not all indexes were online after " + std::to_string(seconds) + " s");
    }
    std::this_thread::sleep_for(kPause);
  }
}

std::int64_t timeout_of(const Cell& given) {
  constexpr std::int64_t kDefault = 300, kMost = 1'000'000'000;
  if (given.is_null()) return kDefault;
  return std::clamp<std::int64_t>(given.integer, 0, kMost);
}

void await_one(storage::Store& store, FunctionContext& context, const Cell& name,
               const Cell& seconds) {
  const std::string_view wanted = name.kind == Kind::String ? name.string() : std::string_view();
  const auto indexes = context.view().schema().indexes();
  const bool known =
      std::any_of(indexes.begin(), indexes.end(),
                  [&](const storage::IndexDef& each) { return each.name == wanted; });
  if (!known) {
    throw QueryError("ProcedureError", "IndexNotFound",
                     "there is no index `" + std::string(wanted) + "`");
  }
  await_indexes(store, context, wanted, timeout_of(seconds));
}

using Rows = std::vector<ProcedureRow>;
using Arguments = std::span<const Cell>;

void add_show(ProcedureRegistry& registry, const OpenDatabase& database) {
  registry.add({std::string(kShowDatabases),
                "The open database.",
                {field("name", Kind::String, "STRING")},
                fields_of(kDatabaseColumns),
                [&database](FunctionContext& context, Arguments arguments) {
                  return databases(database, context, arguments);
                }});
  registry.add({std::string(kShowSettings),
                "How the database was opened.",
                {field("names", Kind::List, "LIST<STRING>")},
                fields_of(kSettingColumns),
                [&database](FunctionContext&, Arguments arguments) {
                  return show_settings(database, arguments[0]);
                }});
  registry.add({std::string(kShowTransactions),
                "The transaction that asks.",
                {field("ids", Kind::List, "LIST<STRING>")},
                fields_of(kTransactionColumns),
                [&database](FunctionContext& context, Arguments arguments) {
                  return transactions(database, context, arguments[0]);
                }});
}

}  // namespace

std::string OpenDatabase::name() const {
  if (path == ":memory:") return "memory";
  return std::filesystem::path(path).stem().string();
}

void add_database_procedures(ProcedureRegistry& registry, const OpenDatabase& database) {
  add_show(registry, database);
  registry.add({"db.info",
                "The name of the open database; it has no other id than its file.",
                {},
                {field("id", Kind::String, "STRING"), field("name", Kind::String, "STRING"),
                 field("creationDate", Kind::String, "STRING?", true)},
                [&database](FunctionContext&, Arguments) {
                  const std::string name = database.name();
                  const Cell cells[] = {text(database.path), text(name), Cell()};
                  Rows rows;
                  rows.push_back(row_of(cells));
                  return rows;
                }});
  registry.add({"db.ping",
                "Whether the database answers: it has.",
                {},
                {field("success", Kind::Boolean, "BOOLEAN")},
                [](FunctionContext&, Arguments) {
                  const Cell cells[] = {Cell::boolean(true)};
                  Rows rows;
                  rows.push_back(row_of(cells));
                  return rows;
                }});
  registry.add({"db.awaitIndexes",
                "Waits (300 seconds unless said) until every committed index is online.",
                {field("timeOutSeconds", Kind::Integer, "INTEGER?", true)},
                {},
                [&database](FunctionContext& context, Arguments arguments) {
                  await_indexes(database.store, context, "", timeout_of(arguments[0]));
                  return Rows();
                }});
  registry.add({"db.awaitIndex",
                "The same for one index.",
                {field("indexName", Kind::String, "STRING"),
                 field("timeOutSeconds", Kind::Integer, "INTEGER?", true)},
                {},
                [&database](FunctionContext& context, Arguments arguments) {
                  await_one(database.store, context, arguments[0], arguments[1]);
                  return Rows();
                }});
}

}  // namespace kith::api
