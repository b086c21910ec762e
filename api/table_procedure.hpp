// api/table_procedure.hpp: procedures answered from a table (the openCypher TCK's).
#pragma once

#include <string_view>
#include <vector>

#include "cypher/engine.hpp"
#include "kith/value.hpp"

namespace kith::api {

// `signature`: "name.space.proc(in :: TYPE?, …) :: (out :: TYPE?, …)". Throws SyntaxError
// ("InvalidProcedureSignature"). A row's missing columns are null.
ProcedureDef table_procedure(std::string_view signature, const std::vector<Map>& rows);

}  // namespace kith::api
