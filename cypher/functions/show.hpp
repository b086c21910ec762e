// cypher/functions/show.hpp: what SHOW INDEXES and SHOW CONSTRAINTS list.
//
// SHOW is CALL of a procedure that no CALL can be written for: its name has a space. The parser
// writes that call, with the filter as its arguments and the columns here as what it yields.
#pragma once

#include <array>
#include <string_view>

namespace kith {

class ProcedureRegistry;

inline constexpr std::string_view kShowIndexes = "SHOW INDEXES";          // (kind)
inline constexpr std::string_view kShowConstraints = "SHOW CONSTRAINTS";  // (kind, entity)

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

void add_show_procedures(ProcedureRegistry& registry);

}  // namespace kith
