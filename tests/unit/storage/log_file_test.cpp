// tests/unit/storage/log_file_test.cpp: a log gives back what was appended; cut or damaged, it
// gives a prefix and says what happened to the rest.
#include "storage/log/log_file.hpp"

#include <catch2/catch.hpp>
#include <cstring>
#include <random>

#include "kith/error.hpp"
#include "storage/log/log_cursor.hpp"
#include "tests/unit/storage/hooked_files.hpp"

namespace kith::storage {
namespace {

constexpr std::uint64_t kDatabase = 0x1122334455667788;
const LogIdentity kIdentity{kDatabase, 99, 3};

std::string transaction_of(std::size_t size, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::string bytes(size, '\0');
  for (char& c : bytes) c = static_cast<char>(random());
  return bytes;
}

struct Log {
  Environment environment = memory_environment();
  std::string path = log_path("/graph.kith", 3);
  std::unique_ptr<LogWriter> writer =
      LogWriter::create(*environment.files, path, kIdentity, {42, 7, 17});

  LogScan scan(std::vector<std::string>& out) const {
    writer->write();
    const auto file = environment.files->open(path, OpenMode::ReadOnly);
    out.clear();
    return scan_log(*file, kDatabase, 3,
                    {{}, [&](std::string_view bytes) { out.emplace_back(bytes); }});
  }
  std::vector<std::byte> bytes() const {
    writer->write();
    const auto file = environment.files->open(path, OpenMode::ReadOnly);
    std::vector<std::byte> all(file->size());
    file->read(0, all);
    return all;
  }
  // The log with these bytes instead.
  void replace(std::span<const std::byte> with) const {
    const auto file = environment.files->open(path, OpenMode::ReadWrite);
    file->truncate(0);
    if (!with.empty()) file->write(0, with);
  }
};

TEST_CASE("A new log is empty and knows where it begins") {
  const Log log;
  std::vector<std::string> found;
  const LogScan scan = log.scan(found);
  CHECK(found.empty());
  CHECK(scan.link.position == 17);
  CHECK(scan.link.previous == 42);
  CHECK(scan.identity.salt == 99);
  CHECK(scan.end_frame == 1);
  CHECK(scan.torn_bytes == 0);
  CHECK_FALSE(scan.damage);
  CHECK(scan.end_checksum == log.writer->last_checksum());
}

TEST_CASE("Transactions from one byte to megabytes come back whole and in order") {
  const Log log;
  std::vector<std::string> written, found;
  for (const std::size_t size :
       {1u, 2u, 100u, 4031u, 4032u, 4033u, 8064u, 65536u, 262145u, 1048577u, 3000000u, 5u}) {
    written.push_back(transaction_of(size, size));
    log.writer->append(written.back());
    if (size % 3 == 0) log.writer->sync();
    if (size % 2 == 0) log.writer->claim();
  }
  const LogScan scan = log.scan(found);
  CHECK(found == written);
  CHECK(scan.torn_bytes == 0);
  CHECK_FALSE(scan.damage);
  CHECK(scan.end_checksum == log.writer->last_checksum());
}

TEST_CASE("A transaction in parts that fill their frames is the same as in one") {
  const Log log;
  const std::string text = transaction_of(9 * kFramePayload + 77, 1);
  const std::string_view all = text;
  const std::string_view parts[] = {all.substr(0, kFramePayload),
                                    all.substr(kFramePayload, 5 * kFramePayload),
                                    all.substr(6 * kFramePayload)};
  log.writer->append(parts);
  log.writer->append(text);
  const std::string_view whole_frames[] = {all.substr(0, 2 * kFramePayload),
                                           all.substr(2 * kFramePayload, kFramePayload)};
  log.writer->append(whole_frames);
  log.writer->sync();
  std::vector<std::string> found;
  const LogScan scan = log.scan(found);
  CHECK(found == std::vector<std::string>{text, text, text.substr(0, 3 * kFramePayload)});
  CHECK_FALSE(scan.damage);
}

TEST_CASE("A log cut at any length gives whole transactions, and never damage it cannot know of") {
  Log log;
  std::vector<std::string> written, found;
  std::vector<std::uint64_t> ends;
  for (const std::size_t size : {10u, 5000u, 4032u, 12000u, 1u}) {
    written.push_back(transaction_of(size, size));
    log.writer->append(written.back());
    log.writer->sync();
    log.writer->claim();
    ends.push_back(log.writer->bytes());
  }
  const std::vector<std::byte> whole = log.bytes();
  for (std::size_t length = 0; length <= whole.size(); length += length < 4200 ? 37 : 113) {
    log.replace(std::span(whole).first(length));
    const LogScan scan = log.scan(found);
    std::size_t expected = 0;
    while (expected < ends.size() && ends[expected] <= length) ++expected;
    // The last frame of a transaction ends in zeros, which a cut log reads as zeros too.
    const bool prefix =
        found.size() <= written.size() && std::equal(found.begin(), found.end(), written.begin());
    INFO("cut at " << length);
    REQUIRE(prefix);
    CHECK(found.size() >= expected);
    CHECK_FALSE(scan.damage);
    if (length >= kFrameBytes) CHECK_FALSE(scan.headless);
  }
}

TEST_CASE("Any flipped byte gives a prefix, and damage is named when a later frame knew better") {
  Log log;
  std::vector<std::string> written, found;
  for (const std::size_t size : {10u, 5000u, 30u}) {
    written.push_back(transaction_of(size, size));
    log.writer->append(written.back());
    log.writer->sync();
    log.writer->claim();
  }
  const std::uint64_t frames = log.writer->bytes() / kFrameBytes;
  const std::vector<std::byte> whole = log.bytes();
  for (std::size_t at = 0; at < (frames + 1) * kFrameBytes; at += at % kFrameBytes < 70 ? 1 : 61) {
    std::vector<std::byte> flipped = whole;
    flipped[at] ^= std::byte{0x10};
    log.replace(flipped);
    const LogScan scan = log.scan(found);
    INFO("flipped byte " << at);
    REQUIRE(found.size() <= written.size());
    REQUIRE(std::equal(found.begin(), found.end(), written.begin()));
    const std::uint64_t frame = at / kFrameBytes;
    if (frame < frames) {  // all were claimed as synced
      REQUIRE(scan.damage);
      CHECK(*scan.damage == frame * kFrameBytes);
      CHECK(found.size() < written.size());
    } else {
      CHECK(found == written);
      CHECK_FALSE(scan.damage);
    }
  }
}

TEST_CASE("An unsynced transaction that is torn is dropped and counted, not called damage") {
  Log log;
  std::vector<std::string> found;
  log.writer->append(transaction_of(100, 1));
  log.writer->sync();
  log.writer->append(transaction_of(9000, 2));
  std::vector<std::byte> bytes = log.bytes();
  bytes[3 * kFrameBytes + 500] ^= std::byte{1};
  log.replace(bytes);
  const LogScan scan = log.scan(found);
  CHECK(found.size() == 1);
  CHECK_FALSE(scan.damage);
  CHECK(scan.end_frame == 2);
  CHECK(scan.torn_bytes == 3 * kFrameBytes);
}

TEST_CASE("What was appended is in the file after a sync, and not before") {
  const Log log;
  log.writer->append(transaction_of(100, 1));
  const auto in_file = [&] {
    const auto file = log.environment.files->open(log.path, OpenMode::ReadOnly);
    std::vector<std::string> found;
    scan_log(*file, kDatabase, 3, {{}, [&](std::string_view bytes) { found.emplace_back(bytes); }});
    return found.size();
  };
  CHECK(in_file() == 0);
  log.writer->append(transaction_of(9000, 2));
  log.writer->sync();
  CHECK(in_file() == 2);
  log.writer->claim();
  log.writer->append(transaction_of(10, 3));
  log.writer->write();
  CHECK(in_file() == 3);
}

TEST_CASE("Commits that fill more than one write keep their order, whoever writes them") {
  const Log log;
  std::vector<std::string> written, found;
  for (std::uint64_t i = 0; i < 700; ++i) {  // 256 frames are written at once
    written.push_back(transaction_of(i % 90 == 0 ? 100'000 : i % 7 == 0 ? 40 : 2'500, i));
    log.writer->append(written.back());
  }
  written.push_back(transaction_of(2'000'000, 700));  // longer than that
  log.writer->append(written.back());
  written.push_back(transaction_of(50, 701));
  log.writer->append(written.back());
  log.writer->sync();
  const LogScan scan = log.scan(found);
  CHECK(found == written);
  CHECK(scan.end_checksum == log.writer->last_checksum());
  CHECK(scan.end_frame * kFrameBytes == log.writer->bytes());
}

TEST_CASE(
    "Small transactions that are written together share a frame, and no frame is written twice") {
  const Log log;
  std::vector<std::string> written, found;
  const auto append = [&](std::size_t size) {
    written.push_back(transaction_of(size, written.size()));
    log.writer->append(written.back());
  };
  for (int i = 0; i < 30; ++i) append(132);  // 134 each: 30 fill 4,020 bytes of 4,032
  append(11);                                // and this the rest
  log.writer->sync();
  CHECK(log.scan(found).end_frame == 2);
  append(1);
  log.writer->write();
  append(1);
  CHECK(log.scan(found).end_frame == 4);
  append(4'000);
  append(29);  // 4,002 and 30 bytes
  append(1);
  append(4'030);
  append(4'031);  // too long to be shared: begins and ends a frame of its own
  append(5'000);
  append(7);
  CHECK(log.scan(found).end_frame == 4 + 4 + 2 + 1);
  CHECK(found == written);
  CHECK(log.writer->bytes() == 11 * kFrameBytes);
}

TEST_CASE("Who reads beside the writer gets transactions of a shared frame one by one") {
  const Log log;
  std::vector<std::string> written, found;
  const auto append = [&](std::size_t size) {
    written.push_back(transaction_of(size, written.size()));
    log.writer->append(written.back());
  };
  auto cursor =
      LogCursor::open(log.environment.files->open(log.path, OpenMode::ReadOnly), kDatabase, 3);
  REQUIRE(cursor);
  std::mt19937_64 random(20261126);
  for (int round = 0; round < 40; ++round) {
    for (auto count = random() % 9; count > 0; --count)
      append(random() % 5 == 0 ? 1 + random() % 9'000 : 1 + random() % 300);
    cursor->look_again();
    while (const auto transaction = cursor->next()) found.push_back(*transaction);
    log.writer->sync();
    if (random() % 2 == 0) log.writer->claim();
    cursor->look_again();
    const std::size_t stop = found.size() + random() % 5;  // it may stop within a frame
    while (found.size() < stop) {
      const auto transaction = cursor->next();
      if (!transaction) break;
      found.push_back(*transaction);
    }
  }
  cursor->look_again();
  while (const auto transaction = cursor->next()) found.push_back(*transaction);
  CHECK(found == written);
  CHECK(cursor->checksum() == log.writer->last_checksum());
  CHECK(cursor->offset() == log.writer->bytes());
}

TEST_CASE("A transaction without room leaves the log as it was, with what waits to be written") {
  const Environment memory = memory_environment();
  test::HookedFiles files(memory.files);
  int left = 1 << 30;  // calls until the disk is full
  files.before = [&] {
    if (left-- <= 0) throw StorageError("NoSpace", "full");
  };
  const std::string path = "/g.kith-wal.3";
  const auto writer = LogWriter::create(files, path, kIdentity, {42, 7, 17});
  std::vector<std::string> written, found;
  int refused = 0;
  for (std::uint64_t i = 0; i < 6; ++i) {
    written.push_back(transaction_of(60, i));
    writer->append(written.back());
    for (const std::size_t bytes : {2'000'000, 1'000'000, 800'000}) {  // one needs three writes
      left = static_cast<int>(i % 4);
      try {
        writer->append(transaction_of(bytes, i));
        written.push_back(transaction_of(bytes, i));
      } catch (const StorageError& error) {
        CHECK(error.detail() == "NoSpace");
        ++refused;
      }
      left = 1 << 30;
    }
    if (i % 2 == 1) writer->sync();
  }
  CHECK(refused >= 6);
  const auto file = files.open(path, OpenMode::ReadOnly);
  const LogScan scan = scan_log(*file, kDatabase, 3,
                                {{}, [&](std::string_view bytes) { found.emplace_back(bytes); }});
  CHECK(found == written);
  CHECK(scan.end_checksum == writer->last_checksum());
}

TEST_CASE("A log of another database is foreign, whatever its name") {
  const Log log;
  const auto file = log.environment.files->open(log.path, OpenMode::ReadOnly);
  const LogScan scan =
      scan_log(*file, kDatabase + 1, 3, {{}, [](std::string_view) { FAIL("read"); }});
  CHECK(scan.foreign);
  CHECK(scan.identity.database == kDatabase);
}

TEST_CASE("Logs are listed by number, and nothing else is") {
  const Environment environment = memory_environment();
  for (const char* name : {"/d/g.kith-wal.10", "/d/g.kith-wal.9", "/d/g.kith-wal.", "/d/g.kith",
                           "/d/g.kith-wal.7x", "/d/other.kith-wal.3"})
    environment.files->open(name, OpenMode::CreateNew);
  CHECK(list_logs(*environment.files, "/d/g.kith") == std::vector<std::uint64_t>{9, 10});
}

TEST_CASE("Hardening leaves a log as it is") {
  const Log log;
  std::vector<std::string> found;
  for (int i = 0; i < 5; ++i) log.writer->append(transaction_of(7000, 3));
  const std::vector<std::byte> before = log.bytes();
  harden_log(*log.environment.files->open(log.path, OpenMode::ReadWrite), 1, 9);
  CHECK(log.bytes() == before);
}

}  // namespace
}  // namespace kith::storage
