// cypher/plan/late_reads.hpp: what is read of the rows of a pattern once it is matched.
//
// Properties of a node or relationship that rows come to in any order lie here and there; in their
// own order they are read one after the other. So what is read later is a reason for an order of
// the pattern now.
#pragma once

#include <map>

#include "cypher/bind/bound.hpp"

namespace kith::plan {

// How many properties of a variable are read, each for every row.
using LateReads = std::map<Slot, double>;

// Those that the projection reads of the rows that come in.
LateReads late_reads_of(const bound::Projection& body);

}  // namespace kith::plan
