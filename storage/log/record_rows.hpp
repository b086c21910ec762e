// storage/log/record_rows.hpp: how many rows of values go into one record, making relationships
// with as many records as that takes, and which kind of record changes of many elements are.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>

#include "core/cell.hpp"
#include "storage/delta/editor.hpp"
#include "storage/log/record.hpp"
#include "storage/writer.hpp"

namespace kith::storage {

// How many of `count` rows of values from `begin` on one record takes, of `most`; at least one.
// What a record has is between two looks at the limits of memory.
std::size_t record_rows(std::span<const Cell> values, std::size_t count, std::size_t begin,
                        std::size_t most);

// Makes relationships from `begin` on, up to `end` or until their values are large: where it ended.
// put(record) before each record is applied. They come to the lists of their ends together.
std::size_t create_rows(RootEditor& editor, const RelationshipRows& rows,
                        std::span<std::uint64_t> ids, std::size_t begin, std::size_t end,
                        const std::function<void(const Record&)>& put);

// Values of elements, row by row, or a label that nodes (ascending) get or lose: as columns and
// runs, unless they are too many for that.
Record record_of(std::span<const NodeId> nodes, std::span<const KeyId> keys,
                 std::span<const Cell> values);
Record record_of(std::span<const RelationshipId> relationships, std::span<const KeyId> keys,
                 std::span<const Cell> values);
Record record_of(LabelId label, std::span<const NodeId> nodes, bool present);

}  // namespace kith::storage
