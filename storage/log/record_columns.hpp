// storage/log/record_columns.hpp: fields of records that have many ids or values: ids as runs of
// those that follow one another, values key by key. docs/file_format.md, part 9.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "core/arena.hpp"
#include "core/cell.hpp"
#include "core/encode.hpp"
#include "storage/log/record.hpp"

namespace kith::storage {

void put_runs(std::string& out, std::span<const std::uint64_t> ids);
void put_columns(std::string& out, const ValueColumns& columns);

// What is damaged is StorageError("CorruptLog").
std::span<const std::uint64_t> take_runs(ByteReader& in, Arena& arena);
ValueColumns take_columns(ByteReader& in, Arena& arena);

}  // namespace kith::storage
