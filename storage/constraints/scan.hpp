// storage/constraints/scan.hpp: all elements with a label or a type, a batch at a time.
#pragma once

#include <span>
#include <vector>

#include "storage/cursor.hpp"

namespace kith::storage {

// Ids ascend within a batch; at most kBatchRows of them.
template <class Visit>
void for_each_batch(const View& view, SchemaToken token, Visit&& visit) {
  std::vector<std::uint64_t> ids(kBatchRows), starts(kBatchRows), ends(kBatchRows);
  if (token.on == ElementKind::Node) {
    MorselOptions options;
    options.label = token.label();
    NodeScan scan(view, {token.label()});
    for (const IdRange range : node_morsels(view, options)) {
      scan.begin(range);
      while (const std::size_t n = scan.next(ids)) visit(std::span(ids).first(n));
    }
    return;
  }
  RelationshipScan scan(view, token.type());
  for (const IdRange range : relationship_morsels(view, token.type(), 16 * kBatchRows)) {
    scan.begin(range);
    while (const std::size_t n = scan.next(ids, starts, ends)) visit(std::span(ids).first(n));
  }
}

}  // namespace kith::storage
