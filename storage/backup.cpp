// storage/backup.cpp: copies the pages of a checkpoint, merges what came after it, checks the copy.
#include "storage/backup.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

#include "core/assert.hpp"
#include "kith/error.hpp"
#include "storage/check.hpp"
#include "storage/delta/root.hpp"
#include "storage/graph/base_file.hpp"
#include "storage/log/carry.hpp"
#include "storage/log/index_build.hpp"
#include "storage/log/merge.hpp"

namespace kith::storage {

namespace {

constexpr std::uint64_t kPiecePages = 256;
constexpr std::uint64_t kPoolBytes = 64 * kMiB;

class Backup {
 public:
  Backup(const View& view, const std::string& path, const BackupOptions& options)
      : view_(view),
        root_(view.root()),
        base_(root_.base()),
        path_(path),
        options_(options),
        files_(*options.environment.files),
        temporary_(temporary_sibling(options.environment, path)) {}

  BackupReport run() {
    try {
      copy_checkpoint();
      merge();
      check();
      files_.rename_no_replace(temporary_, path_);
    } catch (...) {
      if (files_.exists(temporary_)) files_.remove(temporary_);  // Q3
      throw;
    }
    files_.sync_directory(directory_of(path_));
    return {root_.position(), root_.node_count(), root_.relationship_count(), bytes_};
  }

 private:
  // The pages in use at their places, and a meta page of a new database that leads to them.
  void copy_checkpoint() {
    auto file = files_.open(temporary_, OpenMode::CreateNew);
    const std::array<std::byte, kFirstBlockPage * kPageBytes> zeros{};
    file->write(0, zeros);
    std::uint64_t page = kFirstBlockPage;
    for (const FreeExtent& free : base_.free_extents()) {
      copy_pages(*file, page, free.page);
      page = std::uint64_t{free.page} + free.pages;
    }
    copy_pages(*file, page, base_.meta().file_pages);
    MetaPage meta = base_.meta();
    meta.database_id = new_database_id(options_.environment);
    meta.first_log = 0;
    BlockFile(std::move(file), temporary_).write_meta(meta);
  }

  void copy_pages(File& to, std::uint64_t first, std::uint64_t end) {
    KITH_ASSERT(first <= end);
    for (std::uint64_t page = first; page < end; page += kPiecePages) {
      piece_.resize(std::min(kPiecePages, end - page) * kPageBytes);
      base_.read_pages(page, piece_);
      to.write(page * kPageBytes, piece_);
    }
  }

  // The next checkpoint of the copy: with it both meta pages are good, and there is no log.
  void merge() {
    const auto file =
        BaseFile::open(files_.open(temporary_, OpenMode::ReadWrite), temporary_, pool_bytes());
    KITH_ASSERT(file->base()->checkpoint() == base_.checkpoint());
    BaseWriter writer(*file);
    merge_delta(writer, root_, split_delta(root_, 0));
    merge_indexes(writer, view_, sort_options(options_.environment, temporary_, 2 * pool_bytes()));
    writer.commit(fields_of(root_, 0));
    bytes_ = file->file_bytes();
  }

  void check() {
    CheckOptions options;
    options.environment = options_.environment;
    options.memory_limit_bytes = 2 * pool_bytes();
    std::string first;
    options.problem = [&](const CheckProblem& problem) {
      if (first.empty()) first = problem.where + ": " + problem.what;
    };
    if (!check_database(temporary_, options).sound())
      throw StorageError("BackupDamaged",
                         fmt::format("no backup was made, because the database is damaged; run "
                                     "`kith check` on it ({})",
                                     first));
  }

  std::uint64_t pool_bytes() const {
    return options_.memory_limit_bytes != 0 ? options_.memory_limit_bytes / 2 : kPoolBytes;
  }

  const View& view_;
  const Root& root_;
  const Base& base_;
  const std::string& path_;
  const BackupOptions& options_;
  FileSystem& files_;
  const std::string temporary_;
  std::vector<std::byte> piece_;
  std::uint64_t bytes_ = 0;
};

}  // namespace

BackupReport write_backup(const View& view, const std::string& path, const BackupOptions& options) {
  KITH_ASSERT(options.environment.files && options.environment.clock);
  if (options.environment.files->exists(path))
    throw StorageError("AlreadyExists",
                       fmt::format("'{}' exists already; a backup overwrites nothing", path));
  return Backup(view, path, options).run();
}

}  // namespace kith::storage
