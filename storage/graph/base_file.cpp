// storage/graph/base_file.cpp: creating and opening the data file.
#include "storage/graph/base_file.hpp"

#include <fmt/format.h>

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
  const std::array<std::byte, kFirstBlockPage * kPageBytes> zeros{};
  file->write(0, zeros);
  auto data = std::make_shared<DataFile>(std::move(file), path, database_id, memory);
  std::shared_ptr<const Base> empty(new Base(data, 0));
  return std::unique_ptr<BaseFile>(new BaseFile(std::move(data), std::move(empty), false));
}

std::unique_ptr<BaseFile> BaseFile::open(const Environment& environment, const std::string& path,
                                         bool read_only, const PoolMemory& memory) {
  const OpenMode mode = read_only ? OpenMode::ReadOnly : OpenMode::ReadWrite;
  return open(environment.files->open(path, mode), path, memory);
}

std::unique_ptr<BaseFile> BaseFile::open(std::unique_ptr<File> file, const std::string& path,
                                         const PoolMemory& memory) {
  auto data = std::make_shared<DataFile>(std::move(file), path, 0, memory);
  const MetaPages meta = data->blocks.read_meta();
  data->database_id = meta.newest.database_id;
  std::vector<BlockPtr> free_map_blocks;
  const auto free_map = read_free_map(data->blocks, meta.newest.free_map, free_map_blocks);
  data->space.restore(meta.newest.checkpoint, meta.newest.file_pages, free_map);
  auto base = Base::load(data, meta.newest, std::move(free_map_blocks));
  return std::unique_ptr<BaseFile>(
      new BaseFile(std::move(data), std::move(base), meta.other_is_invalid));
}

bool BaseFile::refresh() {
  const MetaPages meta = file_->blocks.read_meta();
  if (meta.newest.database_id != file_->database_id)
    throw StorageError(
        "NotADatabase",
        fmt::format("'{}' is another database than when it was opened", file_->blocks.path()));
  if (meta.newest.checkpoint <= base()->checkpoint()) return false;
  auto next = Base::load(file_, meta.newest, {});
  const std::lock_guard lock(mutex_);
  base_ = std::move(next);
  return true;
}

std::uint64_t BaseFile::database_id() const { return file_->database_id; }

std::shared_ptr<const Base> BaseFile::base() const {
  const std::lock_guard lock(mutex_);
  return base_;
}

bool BaseFile::failed() const { return file_->failed; }
File& BaseFile::file() { return file_->blocks.file(); }
BufferPool& BaseFile::pool() { return file_->pool; }

void BaseFile::set_foreign_horizon(std::function<std::uint64_t()> horizon) {
  file_->space.set_foreign_horizon(std::move(horizon));
}

std::uint64_t BaseFile::file_bytes() const { return file_->space.file_pages() * kPageBytes; }
std::uint64_t BaseFile::held_bytes() const { return file_->space.held_pages() * kPageBytes; }
std::uint64_t BaseFile::free_bytes() const { return file_->space.free_pages() * kPageBytes; }

}  // namespace kith::storage
