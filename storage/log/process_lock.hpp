// storage/log/process_lock.hpp: who may have the data file open.
//
// One open file that writes, or any number that only read: an open-file-description lock on one
// byte far behind the end of the file, which the kernel drops with the process. The writer says who
// it is in the coordination page; that is believed only while the lock is held.
#pragma once

#include <chrono>
#include <string>

#include "core/environment.hpp"

namespace kith::storage {

// Waits up to `timeout`. StorageError("InUse") if this process has the file open already,
// StorageError("Locked") with the holder's number if another has.
void lock_data_file(File& file, const std::string& path, bool exclusive, Clock& clock,
                    std::chrono::milliseconds timeout);
void unlock_data_file(File& file);

}  // namespace kith::storage
