// storage/inspect/log_text.cpp: frames as they lie there, whether they count or not, and records.
#include "storage/inspect/log_text.hpp"

#include <xxhash.h>

#include <algorithm>
#include <cstring>
#include <span>
#include <vector>

#include "core/assert.hpp"
#include "storage/inspect/record_text.hpp"
#include "storage/log/log_file.hpp"
#include "storage/log/record.hpp"

namespace kith::storage::inspect {

namespace {

std::string_view kind_name(const FrameHeader& header) {
  switch (header.kind) {
    case FrameKind::Head:
      return "head";
    case FrameKind::Data:
      return "data";
    case FrameKind::Claim:
      return "claim";
  }
  return "unknown";
}

// What is wrong with a frame by itself.
std::string judge(const FrameHeader& header, std::span<const std::byte> frame,
                  std::uint64_t database, std::uint64_t log, std::uint64_t at) {
  if (std::all_of(frame.begin(), frame.end(), [](std::byte b) { return b == std::byte{0}; }))
    return "empty";
  if (header.checksum != XXH3_64bits(frame.data() + 8, frame.size() - 8)) return "bad checksum";
  if (header.database != database) return "of another database";
  if (header.log != log || header.frame != at) return "of another place";
  if (header.bytes > kFramePayload) return "too long";
  return "";
}

void print_frames(Printer& out, File& file, std::uint64_t database, std::uint64_t number) {
  const std::uint64_t size = file.size();
  std::vector<std::byte> frame(kFrameBytes);
  std::uint64_t before = 0, empty = 0;
  for (std::uint64_t at = 0; at * kFrameBytes < size; ++at) {
    const std::uint64_t there = std::min<std::uint64_t>(kFrameBytes, size - at * kFrameBytes);
    std::fill(frame.begin(), frame.end(), std::byte{0});
    file.read(at * kFrameBytes, std::span(frame).first(there));
    FrameHeader header;
    std::memcpy(&header, frame.data(), sizeof header);
    const std::string wrong = judge(header, frame, database, number, at);
    if (wrong == "empty") {
      ++empty;
      continue;
    }
    if (empty > 0) out.line("  {} empty frames", empty);
    empty = 0;
    const bool chained = at == 0 || header.previous == before;
    out.line("  frame {} {}{}{}{} bytes={} synced={} version={} checksum={:016x}{}{}{}", at,
             kind_name(header), (header.flags & kBegins) ? " begins" : "",
             (header.flags & kEnds) ? " ends" : "", (header.flags & kShared) ? " shared" : "",
             header.bytes, header.synced, header.version, header.checksum,
             wrong.empty() ? "" : ", ", wrong,
             chained ? "" : ", does not follow the frame before it");
    before = header.checksum;
  }
  if (empty > 0) out.line("  {} empty frames", empty);
}

void summary(Printer& out, std::uint64_t number, std::uint64_t bytes, const LogScan& scan) {
  std::string state;
  if (scan.foreign) state += ", of another database";
  if (scan.headless) state += ", without a head";
  if (scan.damage) state += fmt::format(", damaged at offset {}", *scan.damage);
  if (scan.torn_bytes > 0) state += fmt::format(", {} torn bytes at the end", scan.torn_bytes);
  out.line("log {}: {} bytes, {} frames that count, after commit {}, synced {}{}", number, bytes,
           scan.end_frame, scan.link.position, scan.synced, state);
}

}  // namespace

void print_records(Printer& out, std::string_view bytes) {
  out.attempt([&] {
    ByteReader in(std::as_bytes(std::span(bytes)));
    Arena arena;
    while (!in.at_end()) {
      const Record record = decode_record(in, arena);
      out.line("  {}", to_text(record));
      if (arena.bytes() > kMiB) arena.reset();
    }
  });
}

void print_logs(Printer& out, FileSystem& files, const std::string& path, std::uint64_t database) {
  const auto numbers = list_logs(files, path);
  if (numbers.empty()) out.line("there are no logs");
  for (const std::uint64_t number : numbers)
    out.attempt([&] {
      const auto file = files.open(log_path(path, number), OpenMode::ReadOnly);
      std::uint64_t commits = 0, record_bytes = 0;
      const LogScan scan = scan_log(*file, database, number, {{}, [&](std::string_view bytes) {
                                                                ++commits;
                                                                record_bytes += bytes.size();
                                                              }});
      summary(out, number, file->size(), scan);
      out.line("  {} commits, {} bytes of records", commits, record_bytes);
    });
}

void print_log(Printer& out, FileSystem& files, const std::string& path, std::uint64_t database,
               std::uint64_t number) {
  KITH_ASSERT(number > 0);
  const auto file = files.open(log_path(path, number), OpenMode::ReadOnly);
  out.attempt([&] { print_frames(out, *file, database, number); });
  out.attempt([&] {
    std::uint64_t transactions = 0;
    const LogScan scan =
        scan_log(*file, database, number, {{}, [&](std::string_view bytes) {
                                             out.line("transaction {}, {} bytes", ++transactions,
                                                      bytes.size());
                                             print_records(out, bytes);
                                           }});
    summary(out, number, file->size(), scan);
  });
}

}  // namespace kith::storage::inspect
