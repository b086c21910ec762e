// storage/load/spool.hpp: rows that wait on disk: sorted runs in one temporary file.
//
//   W1  The file loses its name as soon as it is open: a process that is killed leaves nothing.
//   W2  A page is read as it was written, or it is StorageError("CorruptSpool").
//
// Rows are ordered by (major, minor, order); what these and the payload are is the caller's.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "core/environment.hpp"

namespace kith::storage {

inline constexpr std::size_t kSpoolPageBytes = 128 * 1024;

struct SpoolRow {
  std::uint64_t major = 0, minor = 0, order = 0;
  std::string_view payload;

  friend bool operator<(const SpoolRow& a, const SpoolRow& b) {
    return std::tie(a.major, a.minor, a.order) < std::tie(b.major, b.minor, b.order);
  }
};

// Thread-safe, but for clear().
class Spool {
 public:
  struct Page {
    std::uint64_t offset = 0, checksum = 0;
    std::uint32_t bytes = 0;
  };

  // The file is made beside `path` at the first write.
  Spool(Environment environment, std::string path)
      : environment_(std::move(environment)), path_(std::move(path)) {}

  Page write(std::span<const std::byte> bytes);
  void read(const Page& page, std::span<std::byte> out);
  // Nobody needs any of it any more; its room on disk is given back.
  void clear() {
    file_.reset();
    end_ = 0;
  }
  std::uint64_t bytes_written() const { return written_; }

 private:
  File& file();

  Environment environment_;
  std::string path_;
  std::mutex mutex_;  // who opens the file
  std::unique_ptr<File> file_;
  std::atomic<std::uint64_t> end_{0}, written_{0};
};

using SpoolRun = std::vector<Spool::Page>;

// Rows in ascending order.
class SpoolRunWriter {
 public:
  explicit SpoolRunWriter(Spool& spool) : spool_(spool) { page_.reserve(kSpoolPageBytes); }
  void add(const SpoolRow& row);
  SpoolRun finish();

 private:
  void put(std::uint64_t number);
  void put(std::string_view bytes);
  void flush();

  Spool& spool_;
  SpoolRun run_;
  std::string page_;
  SpoolRow last_;
};

// A sequence of rows.
class SpoolSource {
 public:
  virtual ~SpoolSource() = default;
  virtual bool next(SpoolRow& row) = 0;  // the payload is valid until the next call
};

class SpoolRunReader final : public SpoolSource {
 public:
  SpoolRunReader(Spool& spool, SpoolRun run) : spool_(spool), run_(std::move(run)) {}
  bool next(SpoolRow& row) override;

 private:
  bool fill(std::size_t wanted);
  std::uint64_t take();

  Spool& spool_;
  SpoolRun run_;
  std::size_t next_page_ = 0;
  std::vector<std::byte> buffer_;
  std::size_t at_ = 0, end_ = 0;
  SpoolRow last_;
};

}  // namespace kith::storage
