// tests/unit/storage/check_fixture.hpp: checking a database in a test, and damaging copies of one.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "core/environment.hpp"
#include "storage/check.hpp"
#include "storage/log/log_file.hpp"

namespace kith::storage::test {

struct Checked {
  CheckReport report;
  std::string problems;  // a line each
};

inline Checked check(const Environment& environment, const std::string& path) {
  Checked checked;
  CheckOptions options;
  options.environment = environment;
  options.problem = [&](const CheckProblem& problem) {
    checked.problems += problem.where + ": " + problem.what + "\n";
  };
  checked.report = check_database(path, options);
  return checked;
}

inline std::vector<std::byte> bytes_of_file(FileSystem& files, const std::string& path) {
  const auto file = files.open(path, OpenMode::ReadOnly);
  std::vector<std::byte> bytes(file->size());
  file->read(0, bytes);
  return bytes;
}

inline void copy_file(FileSystem& files, const std::string& from, const std::string& to) {
  const auto bytes = bytes_of_file(files, from);
  if (files.exists(to)) files.remove(to);
  files.open(to, OpenMode::CreateNew)->write(0, bytes);
}

// The file and its logs, as somebody who pulls the plug would find them.
inline void copy_database(FileSystem& files, const std::string& from, const std::string& to) {
  copy_file(files, from, to);
  for (const std::uint64_t number : list_logs(files, from))
    copy_file(files, log_path(from, number), log_path(to, number));
}

}  // namespace kith::storage::test
