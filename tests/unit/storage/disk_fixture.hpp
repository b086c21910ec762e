// tests/unit/storage/disk_fixture.hpp: blocks in a file in memory, for tests of what lies in them.
#pragma once

#include <cstdint>
#include <iostream>
#include <memory>
#include <random>
#include <string>

#include "core/environment.hpp"
#include "storage/page/block_writer.hpp"
#include "storage/page/buffer_pool.hpp"
#include "storage/page/free_space.hpp"

namespace kith::storage {

struct Disk {
  explicit Disk(std::uint64_t pool_limit = 64 * 1024 * 1024)
      : environment(memory_environment()),
        file(environment.files->open("data", OpenMode::CreateNew), "data"),
        pool(file, pool_limit),
        out(file, space) {}

  Environment environment;
  BlockFile file;
  FreeSpace space;
  BufferPool pool;
  BlockWriter out;
};

// A random source whose seed is printed when a test that uses it fails.
class Random {
 public:
  explicit Random(std::uint64_t seed = std::random_device{}()) : seed_(seed), engine_(seed) {}
  std::string note() const { return "seed " + std::to_string(seed_); }
  std::uint64_t below(std::uint64_t limit) { return engine_() % limit; }
  std::uint64_t word() { return engine_(); }
  bool one_in(std::uint64_t n) { return below(n) == 0; }
  std::string text(std::size_t longest) {
    std::string s(below(longest + 1), ' ');
    for (char& c : s) c = static_cast<char>(below(256));
    return s;
  }

 private:
  std::uint64_t seed_;
  std::mt19937_64 engine_;
};

}  // namespace kith::storage
