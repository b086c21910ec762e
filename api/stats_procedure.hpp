// api/stats_procedure.hpp: CALL db.stats(): what the open database holds, and what holds it up.
#pragma once

#include "cypher/engine.hpp"
#include "storage/store.hpp"

namespace kith::api {

// `store` and `engine` outlive the procedure.
ProcedureDef stats_procedure(storage::Store& store, const cypher::Engine& engine);

}  // namespace kith::api
