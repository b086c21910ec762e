// storage/inspect/log_text.hpp: logs as text: frames, then what was committed.
#pragma once

#include <cstdint>
#include <string>

#include "core/environment.hpp"
#include "storage/inspect/printer.hpp"

namespace kith::storage::inspect {

void print_logs(Printer& out, FileSystem& files, const std::string& path, std::uint64_t database);
void print_log(Printer& out, FileSystem& files, const std::string& path, std::uint64_t database,
               std::uint64_t number);
// The records of a carry or a transaction, a line each.
void print_records(Printer& out, std::string_view bytes);

}  // namespace kith::storage::inspect
