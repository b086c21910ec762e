// api/dump.hpp: a graph as a Cypher script that makes an equal one.
//
//   U1  Everything is of one snapshot.
//   U2  Replaying takes time in proportion to the script: ends are found by an index on numbers
//       that the script gives to nodes and takes away again.
//   U3  The text goes out as it is made; memory holds a few batches.
#pragma once

#include <functional>
#include <string_view>

#include "storage/view.hpp"

namespace kith::api {

using TextSink = std::function<void(std::string_view)>;

void dump_graph(const storage::View& view, const TextSink& out);

}  // namespace kith::api
