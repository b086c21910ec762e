// cypher/explain_schema.hpp: schema commands as EXPLAIN shows them.
#pragma once

#include <string>

#include "cypher/bind/bound.hpp"

namespace kith::cypher {

// The name and the details of one operator.
struct Label {
  std::string name, details;
};

Label describe_command(const bound::SchemaCommand& command);

}  // namespace kith::cypher
