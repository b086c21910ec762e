// tests/unit/storage/open_file_test.cpp: what a path may lead to, and what may stand in the way.
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstring>
#include <filesystem>
#include <functional>

#include "kith/error.hpp"
#include "storage/log/log_file.hpp"
#include "storage/page/format.hpp"
#include "storage/store.hpp"
#include "storage/writer.hpp"
#include "tests/folder.hpp"

namespace kith::storage {
namespace {

namespace fs = std::filesystem;

constexpr uid_t kNobody = 65534;

// Everybody's.
struct Folder : kith::test::Folder {
  Folder() { fs::permissions(path, fs::perms(0777)); }
};

StoreOptions options(bool read_only = false) {
  StoreOptions options;
  options.environment = posix_environment();
  options.memory_limit_bytes = 16 * kMiB;
  options.busy_timeout = std::chrono::milliseconds(20);
  options.read_only = read_only;
  return options;
}

void add_node(Store& store) {
  const auto tx = store.begin();
  tx->begin_statement();
  tx->create_node({}, {});
  tx->end_statement();
  tx->commit();
}

// "detail: message", or "opened".
std::string opening(const std::string& path, bool read_only = false) {
  try {
    Store::open(path, options(read_only));
  } catch (const StorageError& error) {
    return error.detail() + ": " + error.what();
  }
  return "opened";
}

std::uint64_t nodes_in(const std::string& path) {
  return Store::open(path, options())->snapshot().node_count();
}

// What `work` says in another process, which has no special rights.
std::string as_nobody(const std::function<std::string()>& work) {
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    ::close(ends[0]);
    std::string text = "rights could not be dropped";
    if (::geteuid() != 0 || ::setresuid(kNobody, kNobody, kNobody) == 0) text = work();
    const bool said = ::write(ends[1], text.data(), text.size()) >= 0;
    ::_exit(said ? 0 : 1);
  }
  ::close(ends[1]);
  std::string text;
  char buffer[1024];
  for (ssize_t got; (got = ::read(ends[0], buffer, sizeof buffer)) > 0;)
    text.append(buffer, static_cast<std::size_t>(got));
  ::close(ends[0]);
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  REQUIRE(status == 0);
  return text;
}

void make_database(const std::string& path) {
  const auto store = Store::open(path, options());
  add_node(*store);
  store->close();
}

// For somebody without rights to own.
void give_away(const std::string& path, fs::perms mode) {
  fs::permissions(path, mode);
  if (::geteuid() == 0) REQUIRE(::chown(path.c_str(), kNobody, kNobody) == 0);
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

// C3
TEST_CASE(
    "A file that was renamed while it is open leaves the logs of the one in its place alone") {
  const Folder folder;
  const std::string path = folder.path + "/graph.kith", other = folder.path + "/other.kith";
  const auto first = Store::open(path, options());
  add_node(*first);
  fs::rename(path, other);
  add_node(*first);  // into the log that it has
  const auto second = Store::open(path, options());
  CHECK(second->open_report().note.find("another database") != std::string::npos);
  for (int i = 0; i < 3; ++i) add_node(*second);
  const auto logs = list_logs(*posix_environment().files, path);
  REQUIRE(logs.size() == 1);
  std::string detail;
  try {
    first->checkpoint();
  } catch (const StorageError& error) {
    detail = error.detail();
    CHECK(std::string(error.what()).find(path) != std::string::npos);
  }
  CHECK(detail == "Moved");
  add_node(*first);
  first->close();
  CHECK(list_logs(*posix_environment().files, path) == logs);
  CHECK(nodes_in(other) == 3);
  second->close();
  CHECK(nodes_in(path) == 3);
  CHECK(list_logs(*posix_environment().files, path).empty());
}

TEST_CASE("A file that was renamed while it is open and is moved back goes on") {
  const Folder folder;
  const std::string path = folder.path + "/graph.kith", other = folder.path + "/other.kith";
  const auto store = Store::open(path, options());
  add_node(*store);
  fs::rename(path, other);
  CHECK_THROWS_AS(store->checkpoint(), StorageError);
  fs::rename(other, path);
  store->checkpoint();  // it is back
  add_node(*store);
  store->close();
  CHECK(list_logs(*posix_environment().files, path).empty());
  CHECK(nodes_in(path) == 2);
}

TEST_CASE("The data file and its logs are private to their user, whatever the umask says") {
  const Folder folder;
  const mode_t before = ::umask(0);
  const auto store = Store::open(folder / "g.kith", options());
  add_node(*store);
  store->checkpoint();
  add_node(*store);
  ::umask(before);
  std::size_t files = 0;
  for (const auto& entry : fs::directory_iterator(folder.path)) {
    CAPTURE(entry.path().string());
    CHECK((entry.status().permissions() & fs::perms::mask) == fs::perms(0600));
    ++files;
  }
  CHECK(files == 2);
}

TEST_CASE("Behind a symbolic link the database is where the file is, and its logs too") {
  const Folder folder;
  fs::create_directory(folder / "real");
  fs::create_directory(folder / "links");
  make_database(folder / "real/g.kith");
  fs::create_symlink("../real/g.kith", folder / "links/first.kith");
  fs::create_symlink("first.kith", folder / "links/second.kith");
  auto store = Store::open(folder / "links/second.kith", options());
  add_node(*store);
  CHECK(list_logs(*options().environment.files, folder / "real/g.kith").size() == 1);
  CHECK(std::distance(fs::directory_iterator(folder / "links"), {}) == 2);
  for (const char* path : {"links/first.kith", "links/second.kith", "real/g.kith"})
    CHECK(opening(folder / path).starts_with("InUse: "));
  const auto reader = Store::open(folder / "links/first.kith", options(true));
  CHECK(reader->snapshot().node_count() == 2);
  store->close();
  CHECK(opening(folder / "real/g.kith") == "opened");
}

TEST_CASE("A second name of the file does not let a second writer in") {
  const Folder folder;
  make_database(folder / "g.kith");
  fs::create_hard_link(folder / "g.kith", folder / "other.kith");
  const auto store = Store::open(folder / "g.kith", options());
  CHECK(opening(folder / "other.kith").starts_with("InUse: "));
  add_node(*store);
  const std::string answer = opening(folder / "other.kith", true);
  CHECK(answer.starts_with("MissingLog: "));  // it is beside the other name
  CHECK(has(answer, "several names"));
}

TEST_CASE("A relative path means the same after the program has changed its folder") {
  const Folder folder;
  const fs::path before = fs::current_path();
  fs::current_path(folder.path);
  const auto store = Store::open("g.kith", options());
  fs::current_path(before);
  add_node(*store);
  CHECK(list_logs(*options().environment.files, folder / "g.kith").size() == 1);
  store->checkpoint();
  store->close();
  CHECK(fs::exists(folder / "g.kith"));
  CHECK(list_logs(*options().environment.files, folder / "g.kith").empty());
}

TEST_CASE("What is no file is refused by what it is") {
  const Folder folder;
  const bool read_only = GENERATE(false, true);
  fs::create_directory(folder / "folder");
  REQUIRE(::mkfifo((folder / "pipe").c_str(), 0600) == 0);
  fs::create_symlink("gone", folder / "dangling");
  fs::create_symlink("loop", folder / "loop");
  const int listener = ::socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, (folder / "socket").c_str(), sizeof address.sun_path - 1);
  REQUIRE(::bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  const auto answer = [&](const std::string& name) { return opening(folder / name, read_only); };
  CHECK(answer("folder") ==
        "NotAFile: cannot open '" + (folder / "folder") + "': it is a folder, not a file");
  CHECK(answer("pipe") ==
        "NotAFile: cannot open '" + (folder / "pipe") + "': it is a pipe, not a file");
  CHECK(answer("socket") ==
        "NotAFile: cannot open '" + (folder / "socket") + "': it is a socket, not a file");
  CHECK(opening("/dev/null", read_only) ==
        "NotAFile: cannot open '/dev/null': it is a device, not a file");
  CHECK(answer("dangling") == "NotFound: '" + (folder / "dangling") +
                                  "' is a symbolic link to 'gone', which does not exist");
  CHECK(answer("loop").starts_with("TooManyLinks: "));
  CHECK(answer("none/g.kith") == "NotFound: cannot open '" + (folder / "none/g.kith") +
                                     "': the folder '" + (folder / "none") + "' does not exist");
  CHECK_FALSE(fs::exists(folder / "gone"));
  if (read_only)
    CHECK(answer("none") == "NotFound: there is no database at '" + (folder / "none") + "'");
  ::close(listener);
}

TEST_CASE("A file that may not be written or read is refused, and opened read-only if it can be") {
  const Folder folder;
  make_database(folder / "fixed.kith");
  make_database(folder / "secret.kith");
  give_away(folder / "fixed.kith", fs::perms::owner_read);
  give_away(folder / "secret.kith", fs::perms::none);
  const auto answer = [&](const std::string& name, bool read_only) {
    return as_nobody([&] { return opening(folder / name, read_only); });
  };
  CHECK(answer("fixed.kith", false) ==
        "AccessDenied: cannot open '" + (folder / "fixed.kith") +
            "': Permission denied. It may be read: open it read-only");
  CHECK(answer("fixed.kith", true) == "opened");
  CHECK(answer("secret.kith", false) ==
        "AccessDenied: cannot open '" + (folder / "secret.kith") + "': Permission denied");
  CHECK(answer("secret.kith", true).starts_with("AccessDenied: "));
}

TEST_CASE("A folder that may not be written is named before there is anything to lose") {
  const Folder folder;
  fs::create_directory(folder / "fixed");
  make_database(folder / "fixed/g.kith");
  give_away(folder / "fixed/g.kith", fs::perms(0600));
  give_away(folder / "fixed", fs::perms(0555));
  const auto answer = [&](const std::string& name, bool read_only) {
    return as_nobody([&] { return opening(folder / name, read_only); });
  };
  const std::string writing = answer("fixed/g.kith", false);
  CHECK(writing.starts_with("AccessDenied: cannot write '" + (folder / "fixed/g.kith") +
                            "': the folder '" + (folder / "fixed") + "' may not be written"));
  CHECK(has(writing, "open it read-only"));
  CHECK(answer("fixed/g.kith", true) == "opened");
  CHECK(answer("fixed/new.kith", false) == "AccessDenied: cannot create '" +
                                               (folder / "fixed/new.kith") + "': the folder '" +
                                               (folder / "fixed") + "' may not be written");
  fs::permissions(folder / "fixed", fs::perms::none);
  CHECK(answer("fixed/g.kith", true).starts_with("AccessDenied: "));
  fs::permissions(folder / "fixed", fs::perms(0700));
}

TEST_CASE("A second process is refused with the holder's number, program and time") {
  const Folder folder;
  auto store = Store::open(folder / "g.kith", options());
  give_away(folder / "g.kith", fs::perms(0600));
  const auto answer = [&] { return as_nobody([&] { return opening(folder / "g.kith"); }); };
  const std::string refused = answer();
  CAPTURE(refused);
  CHECK(refused.starts_with("Locked: '" + (folder / "g.kith") +
                            "' is open for writing in process " + std::to_string(::getpid()) +
                            " ('" + program_name() + "') since 20"));
  CHECK(as_nobody([&] { return opening(folder / "g.kith", true); }) == "opened");
  const std::string own = opening(folder / "g.kith");
  CHECK(own.starts_with("InUse: "));
  CHECK(has(own, "process " + std::to_string(::getpid())));
  store->close();
  CHECK(answer() == "opened");
  store.reset();
  CHECK(opening(folder / "g.kith") == "opened");
}

void put(const std::string& path, std::string_view text) {
  const auto file = options().environment.files->open(path, OpenMode::CreateNew);
  if (!text.empty()) file->write(0, std::as_bytes(std::span(text)));
}

TEST_CASE("What is not a database is refused with its size, and left alone") {
  const Folder folder;
  const bool read_only = GENERATE(false, true);
  put(folder / "empty", "");
  put(folder / "text", "id,name\n1,Ada\n");
  put(folder / "long", std::string(50000, 'x'));
  CHECK(opening(folder / "empty", read_only) ==
        "NotADatabase: '" + (folder / "empty") + "' is empty (0 bytes), not a kith database");
  CHECK(opening(folder / "text", read_only) ==
        "NotADatabase: '" + (folder / "text") +
            "' is not a kith database: it has 14 bytes and does not begin as one");
  CHECK(opening(folder / "long", read_only) ==
        "NotADatabase: '" + (folder / "long") +
            "' is not a kith database: neither of its first two pages of 4096 bytes begins as one");
  CHECK(fs::file_size(folder / "empty") == 0);
  CHECK(fs::file_size(folder / "text") == 14);
  CHECK(fs::file_size(folder / "long") == 50000);
}

TEST_CASE("A file of a newer format version says which") {
  const Folder folder;
  make_database(folder / "g.kith");
  {
    const auto file = options().environment.files->open(folder / "g.kith", OpenMode::ReadWrite);
    const std::uint32_t version = kFormatVersion + 6;
    for (const std::uint64_t page : {0u, 1u})
      file->write(page * kPageBytes + offsetof(MetaPage, version),
                  std::as_bytes(std::span(&version, 1)));
  }
  const std::string answer = opening(folder / "g.kith", GENERATE(false, true));
  CHECK(answer == "FormatVersion: '" + (folder / "g.kith") + "' has format version " +
                      std::to_string(kFormatVersion + 6) + ", and this program reads version " +
                      std::to_string(kFormatVersion) + ": open it with a newer version of kith");
}

TEST_CASE("A file that is shorter than its checkpoint says how much is missing") {
  const Folder folder;
  const std::string path = folder / "g.kith";
  {
    const auto store = Store::open(path, options());
    for (int i = 0; i < 40; ++i) add_node(*store);
    store->close();
  }
  const std::uint64_t size = fs::file_size(path);
  const std::uint64_t pages = size / kPageBytes;
  REQUIRE(pages > 6);
  std::size_t truncated = 0;
  for (std::uint64_t kept = pages; kept-- > 0;) {
    const std::uint64_t bytes = kept * kPageBytes + (kept % 2 == 0 ? 0 : 1000);
    fs::copy_file(path, folder / "cut.kith", fs::copy_options::overwrite_existing);
    fs::resize_file(folder / "cut.kith", bytes);
    CAPTURE(bytes, size);
    const std::string answer = opening(folder / "cut.kith", true);
    if (answer == "opened") continue;  // only free pages were cut
    if (bytes < 2 * kPageBytes && !answer.starts_with("Truncated: ")) {
      CHECK(answer.starts_with("NotADatabase: "));  // page 0 may never have been written
      continue;
    }
    ++truncated;
    CHECK(answer.starts_with("Truncated: '" + (folder / "cut.kith") + "' is truncated: it has " +
                             std::to_string(bytes) + " bytes, and "));
  }
  CHECK(truncated >= 4);
}

// Says so through a pipe when it is asked for the second time: by who waits for a lock.
class TellingClock final : public Clock {
 public:
  explicit TellingClock(int pipe) : pipe_(pipe) {}
  std::int64_t unix_nanoseconds() override { return clock_->unix_nanoseconds(); }
  std::int64_t monotonic_nanoseconds() override {
    if (++calls_ == 2 && ::write(pipe_, "x", 1) != 1) ::_exit(1);
    return clock_->monotonic_nanoseconds();
  }

 private:
  std::shared_ptr<Clock> clock_ = system_clock();  // shared: as all clocks are
  int pipe_, calls_ = 0;
};

// Whoever waits for a writer of the file that was there must not end up with that file.
TEST_CASE("Who waits for the lock of a file that is replaced meanwhile opens the new one") {
  const Folder folder;
  const std::string path = folder / "graph.kith", other = folder / "other.kith";
  const auto old = Store::open(path, options());
  add_node(*old);
  {
    const auto next = Store::open(other, options());
    for (int i = 0; i < 3; ++i) add_node(*next);
    next->close();
  }
  // A second process, since within one nobody waits for himself. It says what it found.
  int begun[2], ends[2];
  REQUIRE(::pipe(begun) == 0);
  REQUIRE(::pipe(ends) == 0);
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    StoreOptions patient = options();
    patient.busy_timeout = std::chrono::milliseconds(60'000);
    patient.environment.clock = std::make_shared<TellingClock>(begun[1]);
    std::uint64_t nodes = 0;
    try {
      const auto store = Store::open(path, patient);
      add_node(*store);
      nodes = store->snapshot().node_count();
      store->close();
    } catch (const Error&) {
      nodes = 99;
    }
    ::_exit(::write(ends[1], &nodes, sizeof nodes) == sizeof nodes ? 0 : 1);
  }
  char byte = 0;
  REQUIRE(::read(begun[0], &byte, 1) == 1);
  fs::rename(other, path);
  old->close();
  std::uint64_t nodes = 0;
  CHECK(::read(ends[0], &nodes, sizeof nodes) == sizeof nodes);
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK(nodes == 4);
  CHECK(Store::open(path, options(true))->snapshot().node_count() == 4);
  for (const int end : {begun[0], begun[1], ends[0], ends[1]}) ::close(end);
}

}  // namespace
}  // namespace kith::storage
