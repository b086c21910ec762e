// storage/log/schema_change.hpp: whether a schema may change as asked, and if not, why.
//
// H3 to H5 of schema.hpp as errors that say what stands in the way: all are QueryError
// ("SchemaError", …), see Transaction::create_index.
#pragma once

#include <string>
#include <string_view>

#include "storage/catalog.hpp"
#include "storage/schema.hpp"

namespace kith::storage {

// "(:Person {id, name})", "()-[:KNOWS {since}]-()"
std::string place_text(const Catalog& catalog, SchemaToken token, std::span<const KeyId> keys);

// Fills in id and, if it is empty, the name.
void prepare(const Schema& schema, const Catalog& catalog, IndexDef& index);
void prepare(const Schema& schema, const Catalog& catalog, ConstraintDef& constraint);

// What is to be dropped: its id.
std::uint32_t index_to_drop(const Schema& schema, std::string_view name);
std::uint32_t constraint_to_drop(const Schema& schema, std::string_view name);

}  // namespace kith::storage
