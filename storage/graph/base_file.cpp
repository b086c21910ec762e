// storage/graph/base_file.cpp: creating and opening the data file.
#include "storage/graph/base_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <random>

#include "core/assert.hpp"
#include "core/hash.hpp"
#include "kith/error.hpp"
#include "storage/graph/data_file.hpp"
#include "storage/page/bytes.hpp"

namespace kith::storage {

namespace {

std::uint64_t random_word(const Environment& environment, std::uint64_t purpose) {
  if (environment.seed != 0) {
    const auto now = static_cast<std::uint64_t>(environment.clock->monotonic_nanoseconds());
    return combine_hashes(combine_hashes(environment.seed, purpose), now);
  }
  std::random_device device;
  return (std::uint64_t{device()} << 32) ^ device() ^ purpose;
}

std::vector<FreeExtent> read_free_map(BlockFile& file, BlockPtr ptr,
                                      std::vector<BlockPtr>& blocks) {
  const auto bytes = read_stream(file, ptr, BlockKind::FreeMap, &blocks);
  ByteSource source(bytes, "the free map");
  const auto count = source.take<std::uint64_t>();
  return source.take_array<FreeExtent>(count);  // what follows is room that was not needed
}

[[noreturn]] void truncated(BlockFile& file, std::uint64_t needed_pages) {
  throw StorageError("Truncated",
                     fmt::format("'{}' is truncated: it has {} bytes, and its checkpoint needs {}",
                                 file.path(), file.file().size(), needed_pages * kPageBytes));
}

// The free map, if the file is as long as the pages in use need. Free pages at its end may never
// have been written.
std::vector<FreeExtent> read_free_map_of(BlockFile& file, const MetaPage& meta,
                                         std::vector<BlockPtr>& blocks) {
  const std::uint64_t pages = file.file().size() / kPageBytes;
  const auto ends_at = [](BlockPtr ptr) { return std::uint64_t{ptr.page} + pages_for(ptr.bytes); };
  const std::uint64_t pointed_at = std::max(ends_at(meta.root), ends_at(meta.free_map));
  if (pointed_at > pages) truncated(file, std::max(pointed_at, meta.file_pages));
  std::vector<FreeExtent> map = read_free_map(file, meta.free_map, blocks);
  std::uint64_t used = meta.file_pages;
  for (auto extent = map.rbegin(); extent != map.rend(); ++extent) {
    if (std::uint64_t{extent->page} + extent->pages != used) break;
    used = extent->page;
  }
  if (used > pages) truncated(file, used);
  return map;
}

// The base, with what is held as long as it.
std::shared_ptr<const Base> held_with(std::shared_ptr<const Base> base,
                                      std::shared_ptr<const void> hold) {
  if (!hold) return base;
  struct Both {
    std::shared_ptr<const Base> base;  // goes last: the file is its
    std::shared_ptr<const void> hold;
  };
  const auto both = std::make_shared<const Both>(Both{std::move(base), std::move(hold)});
  return {both, both->base.get()};
}

}  // namespace

std::string temporary_sibling(const Environment& environment, const std::string& path) {
  for (std::uint64_t attempt = 1;; ++attempt) {
    std::string name = fmt::format("{}.tmp-{:016x}", path, random_word(environment, attempt));
    if (!environment.files->exists(name)) return name;
  }
}

std::uint64_t new_database_id(const Environment& environment) {
  for (std::uint64_t attempt = 0x1d;; ++attempt)
    if (const std::uint64_t id = random_word(environment, attempt); id != 0) return id;
}

BaseFile::BaseFile(std::shared_ptr<DataFile> file, std::shared_ptr<const Base> base,
                   bool other_invalid)
    : file_(std::move(file)), base_(std::move(base)), other_meta_was_invalid_(other_invalid) {}

BaseFile::~BaseFile() = default;

void BaseFile::create(const Environment& environment, const std::string& path,
                      std::uint64_t database_id) {
  FileSystem& files = *environment.files;
  if (files.exists(path))
    throw StorageError("AlreadyExists", fmt::format("'{}' exists already", path));
  const std::string temporary = temporary_sibling(environment, path);
  try {
    {
      const auto fresh = create_in_place(environment, temporary, database_id, 0);
      BaseWriter(*fresh).commit({});
    }
    files.rename_no_replace(temporary, path);
  } catch (...) {
    if (files.exists(temporary)) files.remove(temporary);
    throw;
  }
  files.sync_directory(directory_of(path));
}

std::unique_ptr<BaseFile> BaseFile::create_in_place(const Environment& environment,
                                                    const std::string& path,
                                                    std::uint64_t database_id,
                                                    const PoolMemory& memory) {
  KITH_ASSERT(database_id != 0);
  auto file = environment.files->open(path, OpenMode::CreateNew);
  // Who removes stale files has the lock while he does.
  if (!file->try_lock(kTemporaryByte, 1, true) || !environment.files->exists(path))
    throw StorageError("AlreadyExists",
                       fmt::format("'{}' was taken for a stale file; try again", path));
  const std::array<std::byte, kFirstBlockPage * kPageBytes> zeros{};
  file->write(0, zeros);
  auto data = std::make_shared<DataFile>(std::move(file), path, database_id, memory);
  std::shared_ptr<const Base> empty(new Base(data, 0, data->space.base_number() - 1));
  return std::unique_ptr<BaseFile>(new BaseFile(std::move(data), std::move(empty), false));
}

std::unique_ptr<BaseFile> BaseFile::open(const Environment& environment, const std::string& path,
                                         bool read_only, const PoolMemory& memory) {
  const OpenMode mode = read_only ? OpenMode::ReadOnly : OpenMode::ReadWrite;
  return open(environment.files->open(path, mode), path, memory);
}

std::unique_ptr<BaseFile> BaseFile::open(std::unique_ptr<File> file, const std::string& path,
                                         const PoolMemory& memory, const ChooseMeta& choose) {
  auto data = std::make_shared<DataFile>(std::move(file), path, 0, memory);
  MetaChoice choice = choose ? choose(data->blocks) : MetaChoice{data->blocks.read_meta(), nullptr};
  const MetaPage& meta = choice.pages.newest;
  data->database_id = meta.database_id;
  std::vector<BlockPtr> free_map_blocks;
  const auto free_map = read_free_map_of(data->blocks, meta, free_map_blocks);
  data->space.restore(meta.checkpoint, meta.file_pages, free_map);
  auto base = held_with(Base::load(data, meta, std::move(free_map_blocks)), std::move(choice.hold));
  return std::unique_ptr<BaseFile>(
      new BaseFile(std::move(data), std::move(base), choice.pages.other_is_invalid));
}

bool BaseFile::refresh(const ChooseMeta& choose) {
  const MetaPages found = file_->blocks.read_meta();
  if (found.newest.database_id != file_->database_id)
    throw StorageError(
        "NotADatabase",
        fmt::format("'{}' is another database than when it was opened", file_->blocks.path()));
  if (found.newest.checkpoint <= base()->checkpoint()) return false;
  MetaChoice choice = choose ? choose(file_->blocks) : MetaChoice{found, nullptr};
  if (choice.pages.newest.checkpoint <= base()->checkpoint()) return false;
  file_->space.staged();  // a number of its own
  auto next = held_with(Base::load(file_, choice.pages.newest, {}), std::move(choice.hold));
  const std::lock_guard lock(mutex_);
  base_ = std::move(next);
  other_meta_was_invalid_ = choice.pages.other_is_invalid;
  return true;
}

void BaseFile::harden() {
  const MetaPages meta = file_->blocks.read_meta();
  KITH_ASSERT(meta.newest.checkpoint == base()->checkpoint());
  file_->blocks.write_meta(meta.newest);
  file_->blocks.sync();
}

std::uint64_t BaseFile::database_id() const { return file_->database_id; }

std::shared_ptr<const Base> BaseFile::base() const {
  const std::lock_guard lock(mutex_);
  return base_;
}

bool BaseFile::failed() const { return file_->failed; }
File& BaseFile::file() { return file_->blocks.file(); }
BufferPool& BaseFile::pool() { return file_->pool; }

std::vector<std::uint64_t> BaseFile::checkpoints_held() const { return file_->space.held(); }

void BaseFile::set_foreign_horizon(std::function<std::uint64_t()> horizon) {
  file_->space.set_foreign_horizon(std::move(horizon));
}

std::uint64_t BaseFile::file_bytes() const { return file_->space.file_pages() * kPageBytes; }
std::uint64_t BaseFile::held_bytes() const { return file_->space.held_pages() * kPageBytes; }
std::uint64_t BaseFile::free_bytes() const { return file_->space.free_pages() * kPageBytes; }

}  // namespace kith::storage
