// storage/inspect/record_text.hpp: log records as text, from the list of their fields.
#pragma once

#include <string>

#include "storage/log/record.hpp"

namespace kith::storage::inspect {

// "CreateNode node=5 labels=[0, 2] properties=[3: 'Ada']"; ids are numbers, as in the log.
std::string to_text(const Record& record);

}  // namespace kith::storage::inspect
