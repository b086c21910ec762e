// tests/unit/core/environment_test.cpp: one body of tests for files on disk and in memory.
#include "core/environment.hpp"

#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <thread>

#include "kith/error.hpp"
#include "tests/folder.hpp"

using namespace kith;
using kith::test::Folder;

namespace {

std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

std::string read(File& file, std::uint64_t offset, std::size_t count) {
  std::string text(count, '?');
  file.read(offset, std::as_writable_bytes(std::span(text.data(), text.size())));
  return text;
}

std::string detail_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const StorageError& error) {
    CHECK(error.type() == "StorageError");
    return error.detail();
  }
  return "no error";
}

// Calls the body for each kind of file system, with a directory in it.
void on_each(const std::function<void(FileSystem&, const std::string& directory)>& body) {
  SECTION("on disk") {
    const Folder directory;
    body(*posix_environment().files, directory.path);
  }
  SECTION("in memory") { body(*memory_environment().files, "/somewhere"); }
}

}  // namespace

TEST_CASE("what is written is read back, holes are zeros, and the size is the end") {
  on_each([](FileSystem& files, const std::string& directory) {
    const auto file = files.open(directory + "/f", OpenMode::CreateNew);
    CHECK(file->size() == 0);
    file->write(5, bytes_of("hello"));
    CHECK(file->size() == 10);
    CHECK(read(*file, 0, 10) == std::string(5, '\0') + "hello");
    file->write(200'000, bytes_of("far"));
    CHECK(read(*file, 199'998, 5) == std::string(2, '\0') + "far");
    CHECK(read(*file, 130'000, 3) == std::string(3, '\0'));
    file->write(65'530, bytes_of("over a border"));
    CHECK(read(*file, 65'530, 13) == "over a border");
    file->sync();
    CHECK(read(*files.open(directory + "/f", OpenMode::ReadOnly), 5, 5) == "hello");
    CHECK(read(*file, 200'003, 0).empty());
  });
}

TEST_CASE("a short read is an error that says where the file ends") {
  on_each([](FileSystem& files, const std::string& directory) {
    const auto file = files.open(directory + "/f", OpenMode::CreateNew);
    file->write(0, bytes_of("abc"));
    CHECK(detail_of([&] { read(*file, 1, 3); }) == "ShortRead");
    CHECK(detail_of([&] { read(*file, 100, 1); }) == "ShortRead");
    CHECK(read(*file, 1, 2) == "bc");
  });
}

TEST_CASE("what was cut off does not come back when a file grows again") {
  on_each([](FileSystem& files, const std::string& directory) {
    const auto file = files.open(directory + "/f", OpenMode::CreateNew);
    file->write(0, bytes_of("abcdef"));
    file->truncate(2);
    CHECK(file->size() == 2);
    file->truncate(6);
    CHECK(read(*file, 0, 6) == std::string("ab") + std::string(4, '\0'));
    file->truncate(0);
    CHECK(file->size() == 0);
  });
}

TEST_CASE("each failure of a file system names itself and the path") {
  on_each([](FileSystem& files, const std::string& directory) {
    const std::string path = directory + "/f", other = directory + "/g";
    const auto open = [&](OpenMode mode) { return files.open(path, mode); };
    CHECK(detail_of([&] { open(OpenMode::ReadWrite); }) == "NotFound");
    CHECK(detail_of([&] { open(OpenMode::ReadOnly); }) == "NotFound");
    CHECK(detail_of([&] { files.remove(path); }) == "NotFound");
    CHECK(detail_of([&] { files.rename_no_replace(path, other); }) == "NotFound");
    open(OpenMode::CreateNew);
    CHECK(detail_of([&] { open(OpenMode::CreateNew); }) == "AlreadyExists");
    const auto reader = open(OpenMode::ReadOnly);
    CHECK(detail_of([&] { reader->write(0, bytes_of("x")); }) != "no error");
    CHECK(detail_of([&] { reader->truncate(9); }) != "no error");
    try {
      files.remove(other);
      FAIL("removed what is not there");
    } catch (const StorageError& error) {
      CHECK(std::string(error.what()).find(other) != std::string::npos);
    }
  });
}

TEST_CASE("rename moves a file and replaces none; remove spares open files") {
  on_each([](FileSystem& files, const std::string& directory) {
    const std::string a = directory + "/a", b = directory + "/b";
    const auto file = files.open(a, OpenMode::CreateNew);
    file->write(0, bytes_of("first"));
    files.open(b, OpenMode::CreateNew)->write(0, bytes_of("other"));
    CHECK(detail_of([&] { files.rename_no_replace(a, b); }) == "AlreadyExists");
    CHECK(read(*files.open(b, OpenMode::ReadOnly), 0, 5) == "other");
    files.remove(b);
    files.rename_no_replace(a, b);
    CHECK_FALSE(files.exists(a));
    CHECK(files.exists(b));
    CHECK(read(*files.open(b, OpenMode::ReadOnly), 0, 5) == "first");
    files.sync_directory(directory);
    CHECK(files.list(directory) == std::vector<std::string>{"b"});
    files.remove(b);
    CHECK(files.list(directory).empty());
    CHECK(read(*file, 0, 5) == "first");
  });
}

TEST_CASE("locks conflict between open files by range and kind, and end with them") {
  on_each([](FileSystem& files, const std::string& directory) {
    const std::string path = directory + "/f";
    const auto a = files.open(path, OpenMode::CreateNew);
    auto b = files.open(path, OpenMode::ReadWrite);
    REQUIRE(a->try_lock(100, 1, true));
    CHECK(a->try_lock(100, 1, true));  // its own lock is no obstacle
    CHECK_FALSE(b->try_lock(100, 1, true));
    CHECK_FALSE(b->try_lock(100, 1, false));
    CHECK_FALSE(b->try_lock(90, 20, false));
    CHECK(b->try_lock(101, 1, true));
    a->unlock(100, 1);
    CHECK(b->try_lock(100, 1, false));
    CHECK(a->try_lock(100, 1, false));  // shared by two
    CHECK_FALSE(a->try_lock(100, 1, true));
    b.reset();
    CHECK(a->try_lock(100, 1, true));  // the closed file's lock is gone
    CHECK(a->try_lock(101, 1, true));
  });
}

TEST_CASE("unlocking the middle of a locked range leaves its ends") {
  on_each([](FileSystem& files, const std::string& directory) {
    const auto a = files.open(directory + "/f", OpenMode::CreateNew);
    const auto b = files.open(directory + "/f", OpenMode::ReadWrite);
    REQUIRE(a->try_lock(0, 30, true));
    a->unlock(10, 10);
    CHECK_FALSE(b->try_lock(9, 1, false));
    CHECK(b->try_lock(10, 10, true));
    CHECK_FALSE(b->try_lock(20, 1, false));
    REQUIRE(a->try_lock(0, 5, false));  // the lock becomes weaker there
    CHECK(b->try_lock(0, 5, false));
    CHECK_FALSE(b->try_lock(5, 1, false));
  });
}

TEST_CASE("the lowest lock in the way is found among many, and nothing is taken by asking") {
  on_each([](FileSystem& files, const std::string& directory) {
    const std::string path = directory + "/f";
    const auto asking = files.open(path, OpenMode::CreateNew);
    std::vector<std::unique_ptr<File>> readers;
    for (const std::uint64_t at : {70u, 30u, 50u, 31u, 90u}) {
      readers.push_back(files.open(path, OpenMode::ReadOnly));
      REQUIRE(readers.back()->try_lock(at, 1, false));
    }
    CHECK(asking->first_lock(0, 1000, true) == 30);
    CHECK(asking->first_lock(31, 1000, true) == 31);
    CHECK(asking->first_lock(32, 18, true) == std::nullopt);
    CHECK(asking->first_lock(32, 19, true) == 50);
    CHECK(asking->first_lock(0, 1000, false) == std::nullopt);  // shared locks refuse no shared one
    CHECK(readers[0]->first_lock(60, 20, true) == std::nullopt);  // its own is not in its way
    REQUIRE(asking->try_lock(40, 20, false));
    CHECK(readers[0]->first_lock(35, 100, true) == 40);
    asking->unlock(40, 20);
    readers[1].reset();
    CHECK(asking->first_lock(0, 1000, true) == 31);
    REQUIRE(asking->try_lock(10, 1, true));
    CHECK(readers[0]->first_lock(5, 10, false) == 10);
    CHECK(readers[0]->first_lock(11, 5, true) == std::nullopt);
  });
}

TEST_CASE("a path is resolved to the file itself, and what stands in the way is named") {
  const Folder directory;
  const Environment environment = posix_environment();
  FileSystem& files = *environment.files;
  const std::string real = std::filesystem::canonical(directory.path).string();
  std::filesystem::create_directory(real + "/deep");
  files.open(real + "/deep/f", OpenMode::CreateNew);
  std::filesystem::create_symlink("deep/f", real + "/link");
  std::filesystem::create_symlink("link", real + "/link2");
  std::filesystem::create_symlink("deep", real + "/folder");
  std::filesystem::create_symlink("gone", real + "/dangling");
  std::filesystem::create_symlink("loop", real + "/loop");
  CHECK(files.real_path(real + "/link2") == real + "/deep/f");
  CHECK(files.real_path(real + "/folder/f") == real + "/deep/f");
  CHECK(files.real_path(real + "/folder/new") == real + "/deep/new");
  const auto text_of = [&](const std::string& name) -> std::string {
    try {
      return files.real_path(real + name);
    } catch (const StorageError& error) {
      return error.detail() + ": " + error.what();
    }
  };
  CHECK(text_of("/dangling") ==
        "NotFound: '" + real + "/dangling' is a symbolic link to 'gone', which does not exist");
  CHECK(text_of("/none/f") == "NotFound: cannot open '" + real + "/none/f': the folder '" + real +
                                  "/none' does not exist");
  CHECK(text_of("/deep/f/g").starts_with("NotFound: "));
  CHECK(text_of("/loop").starts_with("TooManyLinks: "));
  CHECK(files.may_change(real));
  CHECK_FALSE(files.may_change(real + "/none"));
}

TEST_CASE("readers may share a lock on a file open for reading; writers may not") {
  on_each([](FileSystem& files, const std::string& directory) {
    files.open(directory + "/f", OpenMode::CreateNew);
    const auto reader = files.open(directory + "/f", OpenMode::ReadOnly);
    CHECK(reader->try_lock(0, 1, false));
    CHECK(detail_of([&] { static_cast<void>(reader->try_lock(5, 1, true)); }) != "no error");
  });
}

TEST_CASE("threads read and write distinct parts of one file") {
  on_each([](FileSystem& files, const std::string& directory) {
    const auto file = files.open(directory + "/f", OpenMode::CreateNew);
    constexpr int kParts = 4, kRounds = 100;
    std::vector<std::thread> threads;
    std::atomic<int> wrong{0};
    for (int part = 0; part < kParts; ++part) {
      threads.emplace_back([&, part] {
        for (int round = 0; round < kRounds; ++round) {
          const auto offset = static_cast<std::uint64_t>(round * kParts + part) * 1000;
          const std::string text(1000, static_cast<char>('a' + part));
          file->write(offset, bytes_of(text));
          if (read(*file, offset, 1000) != text) ++wrong;
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
    CHECK(wrong == 0);
    CHECK(file->size() == kParts * kRounds * 1000);
  });
}

TEST_CASE("two memory environments share nothing") {
  const Environment a = memory_environment(), b = memory_environment();
  a.files->open("x", OpenMode::CreateNew);
  CHECK(a.files->exists("x"));
  CHECK_FALSE(b.files->exists("x"));
  CHECK(a.files->list(".") == std::vector<std::string>{"x"});
}

TEST_CASE("a disk file is private to its user, and what is no file is refused") {
  const Folder directory;
  const Environment environment = posix_environment();
  FileSystem& files = *environment.files;
  const std::string path = directory.path + "/f";
  files.open(path, OpenMode::CreateNew);
  struct stat status {};
  REQUIRE(::stat(path.c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0600);
  const auto open = [&](const std::string& name) {
    return detail_of([&] { files.open(directory.path + name, OpenMode::ReadOnly); });
  };
  CHECK(open("") == "NotAFile");
  CHECK(open("/f/inside") == "NotFound");
  REQUIRE(::mkfifo((directory.path + "/pipe").c_str(), 0600) == 0);
  CHECK(open("/pipe") == "NotAFile");
  std::filesystem::create_symlink("loop", directory.path + "/loop");
  CHECK(open("/loop") == "TooManyLinks");
  std::filesystem::create_symlink("f", directory.path + "/link");
  CHECK(open("/link") == "no error");
  CHECK(detail_of([&] { files.list(directory.path + "/none"); }) == "NotFound");
  CHECK(detail_of([&] { files.sync_directory(directory.path + "/none"); }) == "NotFound");
}

TEST_CASE("a write that the system refuses is a clear error") {
  // A child process that may write 4 KiB a file.
  const Folder directory;
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    ::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{4096, 4096};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    try {
      const auto file = posix_environment().files->open(directory.path + "/f", OpenMode::CreateNew);
      file->write(0, bytes_of(std::string(10'000, 'x')));
    } catch (const StorageError& error) {
      ::_exit(error.detail() == "FileTooLarge" ? 0 : 2);
    }
    ::_exit(1);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
}

TEST_CASE("locks hold between processes and end with the process") {
  const Folder directory;
  const Environment environment = posix_environment();
  FileSystem& files = *environment.files;
  const std::string path = directory.path + "/f";
  auto file = files.open(path, OpenMode::CreateNew);
  const auto child_gets_lock = [&] {
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
      bool got = false;
      try {
        got = posix_environment().files->open(path, OpenMode::ReadWrite)->try_lock(7, 1, true);
      } catch (const StorageError&) {
      }
      ::_exit(got ? 0 : 1);
    }
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
  };
  REQUIRE(file->try_lock(7, 1, true));
  CHECK_FALSE(child_gets_lock());
  file->unlock(7, 1);
  CHECK(child_gets_lock());
  CHECK(file->try_lock(7, 1, true));
}

TEST_CASE("paths fall into directory and name") {
  CHECK(directory_of("/a/b") == "/a");
  CHECK(directory_of("/b") == "/");
  CHECK(directory_of("b") == ".");
  CHECK(file_name_of("/a/b") == "b");
  CHECK(file_name_of("b") == "b");
}

TEST_CASE("clocks go forward") {
  const auto clock = system_clock();
  const std::int64_t before = clock->monotonic_nanoseconds();
  CHECK(clock->monotonic_nanoseconds() >= before);
  CHECK(clock->unix_nanoseconds() > 1'600'000'000'000'000'000);
}
