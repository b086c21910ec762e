// tests/folder.hpp: a folder on disk that is gone with the test.
#pragma once

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <system_error>
#include <vector>

namespace kith::test {

class Folder {
 public:
  // Not through symbolic links.
  Folder() {
    namespace fs = std::filesystem;
    std::string made = (fs::temp_directory_path() / "kith-test-XXXXXX").string();
    if (mkdtemp(made.data()) == nullptr) throw std::runtime_error("cannot make a folder");
    path = fs::canonical(made).string();
  }
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  std::string operator/(const std::string& name) const { return path + "/" + name; }
  // Writes a file and gives its path.
  std::string write(const std::string& name, const std::string& text) const {
    std::string to = *this / name;
    std::ofstream(to, std::ios::binary) << text;
    return to;
  }
  // Of what is in it, sorted.
  std::vector<std::string> names() const {
    std::vector<std::string> all;
    for (const auto& entry : std::filesystem::directory_iterator(path))
      all.push_back(entry.path().filename());
    std::sort(all.begin(), all.end());
    return all;
  }

  std::string path;
};

}  // namespace kith::test
