// api/database_procedures.hpp: what SHOW and CALL tell of the open database itself.
#pragma once

#include <string>

#include "cypher/engine.hpp"
#include "kith/database.hpp"
#include "storage/store.hpp"

namespace kith::api {

// What the procedures tell of; it outlives them.
struct OpenDatabase {
  std::string path;
  const DatabaseOptions& options;
  storage::Store& store;

  std::string name() const;  // the file's without its ending
};

// SHOW DATABASES, SHOW SETTINGS, SHOW TRANSACTIONS, db.info(), db.ping(), db.awaitIndexes() and
// db.awaitIndex().
void add_database_procedures(ProcedureRegistry& registry, const OpenDatabase& database);

}  // namespace kith::api
