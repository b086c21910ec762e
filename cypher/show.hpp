// cypher/show.hpp: what SHOW lists.
//
// SHOW is CALL of a procedure that no CALL can be written for: its name has a space. The parser
// writes that call, with the filter as its arguments and the columns here as what it yields.
#pragma once

#include <array>
#include <span>
#include <string_view>
#include <vector>

namespace kith {

class ProcedureRegistry;
struct ProcedureField;

inline constexpr std::string_view kShowIndexes = "SHOW INDEXES";          // (kind)
inline constexpr std::string_view kShowConstraints = "SHOW CONSTRAINTS";  // (kind, entity)
inline constexpr std::string_view kShowFunctions = "SHOW FUNCTIONS";      // (kind)
inline constexpr std::string_view kShowProcedures = "SHOW PROCEDURES";    // ()
// These tell of the open database: the layer that opens it adds them.
inline constexpr std::string_view kShowDatabases = "SHOW DATABASES";        // (name; empty: all)
inline constexpr std::string_view kShowSettings = "SHOW SETTINGS";          // (names; none: all)
inline constexpr std::string_view kShowTransactions = "SHOW TRANSACTIONS";  // (ids; none: all)

struct ShowColumn {
  std::string_view name, type;
  bool brief = true;  // without YIELD too
};

inline constexpr std::array<ShowColumn, 16> kIndexColumns = {{
    {"id", "INTEGER"},
    {"name", "STRING"},
    {"state", "STRING"},
    {"populationPercent", "FLOAT"},
    {"type", "STRING"},
    {"entityType", "STRING"},
    {"labelsOrTypes", "LIST<STRING>"},
    {"properties", "LIST<STRING>"},
    {"indexProvider", "STRING"},
    {"owningConstraint", "STRING?"},
    {"lastRead", "ZONED DATETIME?"},
    {"readCount", "INTEGER?"},
    {"trackedSince", "ZONED DATETIME?", false},
    {"options", "MAP", false},
    {"failureMessage", "STRING", false},
    {"createStatement", "STRING", false},
}};

inline constexpr std::array<ShowColumn, 10> kConstraintColumns = {{
    {"id", "INTEGER"},
    {"name", "STRING"},
    {"type", "STRING"},
    {"entityType", "STRING"},
    {"labelsOrTypes", "LIST<STRING>"},
    {"properties", "LIST<STRING>"},
    {"ownedIndex", "STRING?"},
    {"propertyType", "STRING?"},
    {"options", "MAP", false},
    {"createStatement", "STRING", false},
}};

inline constexpr std::array<ShowColumn, 14> kFunctionColumns = {{
    {"name", "STRING"},
    {"category", "STRING"},
    {"description", "STRING"},
    {"signature", "STRING", false},
    {"isBuiltIn", "BOOLEAN", false},
    {"argumentDescription", "LIST<MAP>", false},
    {"returnDescription", "STRING", false},
    {"aggregating", "BOOLEAN", false},
    {"rolesExecution", "LIST<STRING>?", false},
    {"rolesBoostedExecution", "LIST<STRING>?", false},
    {"isDeprecated", "BOOLEAN", false},
    {"deprecatedBy", "STRING?", false},
    {"example", "STRING", false},
    {"answer", "STRING?", false},
}};

inline constexpr std::array<ShowColumn, 13> kProcedureColumns = {{
    {"name", "STRING"},
    {"description", "STRING"},
    {"mode", "STRING"},
    {"worksOnSystem", "BOOLEAN"},
    {"signature", "STRING", false},
    {"argumentDescription", "LIST<MAP>", false},
    {"returnDescription", "LIST<MAP>", false},
    {"admin", "BOOLEAN", false},
    {"rolesExecution", "LIST<STRING>?", false},
    {"rolesBoostedExecution", "LIST<STRING>?", false},
    {"isDeprecated", "BOOLEAN", false},
    {"deprecatedBy", "STRING?", false},
    {"option", "MAP", false},
}};

inline constexpr std::array<ShowColumn, 13> kDatabaseColumns = {{
    {"name", "STRING"},
    {"type", "STRING"},
    {"aliases", "LIST<STRING>"},
    {"access", "STRING"},
    {"address", "STRING?"},
    {"role", "STRING"},
    {"writer", "BOOLEAN"},
    {"requestedStatus", "STRING"},
    {"currentStatus", "STRING"},
    {"statusMessage", "STRING"},
    {"default", "BOOLEAN"},
    {"home", "BOOLEAN"},
    {"constituents", "LIST<STRING>"},
}};

inline constexpr std::array<ShowColumn, 9> kSettingColumns = {{
    {"name", "STRING"},
    {"value", "STRING"},
    {"isDynamic", "BOOLEAN"},
    {"defaultValue", "STRING"},
    {"description", "STRING"},
    {"startupValue", "STRING", false},
    {"isExplicitlySet", "BOOLEAN", false},
    {"validValues", "STRING", false},
    {"isDeprecated", "BOOLEAN", false},
}};

inline constexpr std::array<ShowColumn, 10> kTransactionColumns = {{
    {"database", "STRING"},
    {"transactionId", "STRING"},
    {"currentQueryId", "STRING?"},
    {"connectionId", "STRING?"},
    {"clientAddress", "STRING?"},
    {"username", "STRING?"},
    {"currentQuery", "STRING?"},
    {"startTime", "ZONED DATETIME?"},
    {"status", "STRING"},
    {"elapsedTime", "DURATION?"},
}};

// Of one of the procedures above.
std::span<const ShowColumn> show_columns(std::string_view procedure);
std::vector<ProcedureField> fields_of(std::span<const ShowColumn> columns);

void add_show_procedures(ProcedureRegistry& registry);
void add_show_functions(ProcedureRegistry& registry);  // and procedures

}  // namespace kith
