// tests/unit/core/temp_file_test.cpp: where temporary files are made, and that they leave nothing.
#include "core/temp_file.hpp"

#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <filesystem>

#include "kith/error.hpp"
#include "tests/folder.hpp"

namespace kith {

using test::Folder;
namespace fs = std::filesystem;

TEST_CASE("F1: a temporary file has no name, and is read as written") {
  const Folder folder;
  const auto temp = TempFile::open(system_temp_space(folder.path));
  CHECK(folder.names().size() == 0);
  const std::string text = "kith";
  temp->file().write(100, std::as_bytes(std::span(text)));
  std::string back(4, ' ');
  temp->file().read(100, std::as_writable_bytes(std::span(back)));
  CHECK(back == text);
  CHECK(folder.names().size() == 0);
}

TEST_CASE("a directory that is not there is passed over, a last one that is not is an error") {
  const Folder folder;
  const TempSpace space{posix_environment().files, {folder.path + "/none", folder.path}};
  CHECK_NOTHROW(TempFile::open(space));
  const TempSpace nowhere{posix_environment().files, {folder.path + "/none"}};
  CHECK_THROWS_AS(TempFile::open(nowhere), StorageError);
  CHECK(system_temp_space("").directories.size() == 1);
  CHECK(system_temp_space("here").directories.front() == "here");
}

}  // namespace kith
