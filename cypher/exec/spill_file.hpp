// cypher/exec/spill_file.hpp: the temporary file of one query, and runs of rows in it.
//
// The file is cut into pages; a run is a list of pages with rows one after the other. Every
// value is written exactly (core/encode.hpp): nodes and relationships as ids.
//
//   S3  A page is read as it was written, or reading it is a StorageError: its checksum is kept in
//       memory, in the run.
//   S4  Pages of a run that is gone are written again.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/arena.hpp"
#include "core/cell.hpp"
#include "core/memory_budget.hpp"
#include "core/temp_file.hpp"

namespace kith::exec {

// Thread-safe. Lives longer than its runs.
class SpillFile {
 public:
  struct Page {
    std::uint64_t number = 0;
    std::uint64_t checksum = 0;
    std::uint32_t bytes = 0;
  };

  SpillFile(TempSpace space, MemoryBudget& budget, std::size_t page_bytes)
      : space_(std::move(space)), budget_(budget), page_bytes_(page_bytes) {}

  Page write(std::span<const std::byte> bytes);
  // `buffer` has page_bytes() bytes.
  void read(const Page& page, std::span<std::byte> buffer);
  void release(std::span<const Page> pages) noexcept;

  std::size_t page_bytes() const { return page_bytes_; }
  MemoryBudget& budget() const { return budget_; }  // what buffers are charged to
  std::uint64_t pages_in_use();

 private:
  File& file();
  std::uint64_t take_page();

  TempSpace space_;
  MemoryBudget& budget_;
  const std::size_t page_bytes_;
  std::mutex mutex_;
  std::unique_ptr<TempFile> file_;  // opened at the first write
  std::vector<std::uint64_t> free_;
  std::uint64_t page_count_ = 0;
};

// Rows in the file. Once written it does not change; any number of readers read it.
class Run {
 public:
  explicit Run(std::size_t columns, SpillFile* file = nullptr);
  Run(Run&& from) noexcept
      : file_(from.file_),
        columns_(from.columns_),
        rows_(std::exchange(from.rows_, 0)),
        pages_(std::exchange(from.pages_, {})),
        listed_(std::move(from.listed_)) {}
  Run& operator=(Run&& from) noexcept;
  ~Run() { drop(); }

  std::uint64_t rows() const { return rows_; }
  std::size_t columns() const { return columns_; }

 private:
  friend class RunWriter;
  friend class RunReader;
  void drop() noexcept {
    if (file_ != nullptr) file_->release(pages_);
  }
  void add_page(const SpillFile::Page& page);

  SpillFile* file_;  // nullptr: it has no rows
  std::size_t columns_;
  std::uint64_t rows_ = 0;
  std::vector<SpillFile::Page> pages_;
  Reservation listed_;  // the memory of pages_: a thousandth of what is in them, or less
};

// The last cell of a row says where it came in: see position_cell().
class RunWriter {
 public:
  RunWriter(SpillFile& file, std::size_t columns);
  void add(const Cell* row);
  std::uint64_t rows() const { return run_.rows_; }
  Run finish();

 private:
  void put(std::string_view bytes);
  void flush();

  SpillFile& file_;
  Run run_;
  Reservation reserved_;
  std::unique_ptr<std::byte[]> page_;
  std::size_t used_ = 0;
  std::string row_, length_;
};

class RunReader {
 public:
  explicit RunReader(const Run& run);
  // The next row, valid until the next call; nullptr at the end.
  const Cell* next();

 private:
  const Cell* read_row();
  bool read_page();
  std::uint64_t read_length();
  std::span<const std::byte> read_bytes(std::uint64_t count);

  const Run& run_;
  Reservation reserved_;
  std::unique_ptr<std::byte[]> page_;
  std::size_t at_ = 0, end_ = 0;  // in page_
  std::size_t next_page_ = 0;
  std::uint64_t given_ = 0;
  std::vector<std::byte> long_row_;  // one that does not lie in one page
  std::vector<Cell> cells_;
  Arena arena_;
  bool used_arena_ = false;
  std::exception_ptr failure_;
};

// Where a row came in: an integer with the sequence of its batch and, in `aux`, its number among
// the rows of that sequence. Cells of this kind are the last of their rows and never values.
Cell position_cell(std::uint64_t sequence, std::uint64_t ordinal);

}  // namespace kith::exec
