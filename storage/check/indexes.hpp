// storage/check/indexes.hpp: the trees of the indexes, and what they say of the graph.
#pragma once

#include <vector>

#include "storage/catalog.hpp"
#include "storage/check/findings.hpp"
#include "storage/schema.hpp"
#include "storage/view.hpp"

namespace kith::storage::check {

// K14: every page of every tree verifies, and the trees are in order (E1 to E3). `schema`: nullptr
// where it could not be read.
void check_trees(Findings& findings, const std::vector<IndexEntry>& indexes, const Schema* schema);

// K15: an index that is online gives exactly the elements that have its label or type and a value
// under each of its keys.
void check_indexes(Findings& findings, const View& view);

}  // namespace kith::storage::check
