// cypher/parse/server_commands.hpp: commands for a server, which people paste and kith has no use
// for.
#pragma once

#include <string_view>

namespace kith::cypher {

// SyntaxError("UnsupportedFeature") if the text, which is no query, begins with such a command.
void refuse_server_command(std::string_view text);

}  // namespace kith::cypher
