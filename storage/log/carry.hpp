// storage/log/carry.hpp: which changes a checkpoint merges, and which it carries along.
//
// Merging one change of a segment rewrites a block or more; carrying it costs its own bytes. The
// segments that changed most are merged, until what is left is below a cap; that goes into the
// checkpoint as records, which an open applies before the log. The delta keeps it as it is. A fold,
// which comes again and again, writes no records, and looks at what merging a segment costs, too.
//
//   K1  A segment is merged or carried whole. What is carried is exact over the segment of the
//   base,
//       which is the one before: nothing counts twice, whatever was merged beside it.
//   K2  A segment that the base has not is merged; so allocation follows from the base, and from
//   the
//       ids that are carried.
//   K3  Counts, names and the schema are in the base; carried records do not change them.
#pragma once

#include <cstdint>
#include <string>

#include "storage/delta/root.hpp"

namespace kith::storage {

struct Split {
  NodeTree nodes;                  // to merge; nodes of the tree are shared with the root
  RelationshipTree relationships;  // likewise
  std::uint64_t delta_bytes = 0;   // of both, about
  std::string carried;             // records of all the rest, if there is any to carry
  // No relationship is without its ends (X3). In the middle of a statement it may be otherwise.
  bool settled = true;
};

// What becomes of the rest: it is written as records, or stays in the delta alone.
enum class Rest : std::uint8_t { Carried, Kept };

// `cap`: the memory that the rest may take, about.
Split split_delta(const Root& root, std::uint64_t cap, Rest rest = Rest::Carried);

}  // namespace kith::storage
