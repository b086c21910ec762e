// tests/bench/query_files.hpp: what programs that run queries of files read.
#pragma once

#include <cstdint>
#include <fstream>
#include <stdexcept>
#include <string>
#include <utility>

namespace kith::bench {

// One query; lines that begin with // are left out.
inline std::string read_query(const std::string& path) {
  std::ifstream in(path);
  if (!in) throw std::runtime_error("cannot read " + path);
  std::string text, line;
  while (std::getline(in, line)) {
    if (!line.starts_with("//")) text += line + "\n";
  }
  const std::size_t end = text.find_last_not_of("; \n");
  return text.substr(0, end == std::string::npos ? 0 : end + 1);
}

// NAME=NUMBER
inline std::pair<std::string, std::int64_t> read_parameter(const std::string& given) {
  const std::size_t equals = given.find('=');
  if (equals == std::string::npos) throw std::runtime_error("--param takes NAME=NUMBER");
  return {given.substr(0, equals), std::stoll(given.substr(equals + 1))};
}

}  // namespace kith::bench
