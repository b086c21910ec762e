// cypher/functions/procedure.hpp: what CALL calls.
//
// Built-in procedures are rows of procedures.cpp; a database may add table-backed ones (the TCK's).
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/cell.hpp"
#include "core/type_set.hpp"
#include "cypher/functions/function.hpp"

namespace kith {

struct ProcedureField {
  std::string name;
  std::string type;  // as declared: "STRING?", "INTEGER?", "NUMBER?" …
  TypeSet types = TypeSet::any();
  bool nullable = true;
  bool optional = false;  // of an input: null if it is left out; those behind it are optional too
};

using ProcedureRow = std::vector<OwnedCell>;

struct ProcedureDef {
  std::string name, summary;
  std::vector<ProcedureField> inputs, outputs;  // no outputs: void
  std::function<std::vector<ProcedureRow>(FunctionContext&, std::span<const Cell> arguments)> run;
  std::string mode = "READ";  // as SHOW PROCEDURES says it: READ, SCHEMA, DBMS

  // What CALL cannot name: SHOW calls it.
  bool is_internal() const { return name.find(' ') != std::string::npos; }
  // "db.labels() :: (label :: STRING)"
  std::string signature() const;
};

// Of one database. Thread-safe.
class ProcedureRegistry {
 public:
  ProcedureRegistry();               // holds the built-in ones
  void add(ProcedureDef procedure);  // replaces one of the same name
  std::shared_ptr<const ProcedureDef> find(
      std::string_view name) const;                              // shared with running plans
  std::vector<std::shared_ptr<const ProcedureDef>> all() const;  // shared likewise

 private:
  mutable std::mutex mutex_;
  std::map<std::string, std::shared_ptr<const ProcedureDef>, std::less<>>
      procedures_;  // shared likewise
};

// db.schema.*: schema_procedures.cpp.
void add_schema_procedures(ProcedureRegistry& registry);

}  // namespace kith
