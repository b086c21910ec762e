// storage/check/check.cpp: the parts of a check, one after another.
#include "storage/check.hpp"

#include <fmt/format.h>

#include "core/assert.hpp"
#include "storage/check/base_walk.hpp"
#include "storage/check/findings.hpp"
#include "storage/check/indexes.hpp"
#include "storage/check/state.hpp"
#include "storage/delta/root.hpp"
#include "storage/log/index_build.hpp"
#include "storage/log/reader_locks.hpp"
#include "storage/store.hpp"

namespace kith::storage {

namespace {

constexpr std::uint64_t kPoolBytes = 64 * kMiB;

void note_unused(check::Findings& findings, const MetaPage& meta) {
  auto& notes = findings.report.notes;
  if (findings.counts().free_pages > 0)
    notes.push_back(fmt::format("not looked at: {} free pages, whose bytes mean nothing",
                                findings.counts().free_pages));
  const std::uint64_t used = meta.file_pages * kPageBytes, size = findings.file.file().size();
  if (size > used)
    notes.push_back(fmt::format("not looked at: {} bytes behind the last page", size - used));
}

// What an open would show, if there is more than the segments: needs a file that can be opened.
void check_state(check::Findings& findings, const std::string& path, const CheckOptions& options,
                 std::uint64_t pool_bytes) {
  StoreOptions reader;
  reader.environment = options.environment;
  reader.memory_limit_bytes = pool_bytes;
  reader.read_only = true;
  findings.attempt("opening it", [&] {
    const auto store = Store::open(path, reader);
    const View view = store->snapshot();
    KITH_ASSERT(store->read_only());
    if (view.root().has_delta()) check::check_view(findings, view);
    findings.counts().nodes = view.node_count();
    findings.counts().relationships = view.relationship_count();
    check::check_constraints(findings, view,
                             sort_options(options.environment, path, 2 * pool_bytes));
    check::check_indexes(findings, view);
  });
}

}  // namespace

CheckReport check_database(const std::string& path, const CheckOptions& options) {
  KITH_ASSERT(options.environment.files && options.environment.clock);
  FileSystem& files = *options.environment.files;
  if (!files.exists(path))
    throw StorageError("NotFound", fmt::format("there is no database at '{}'", path));
  const std::uint64_t pool_bytes =
      options.memory_limit_bytes != 0 ? options.memory_limit_bytes / 2 : kPoolBytes;
  BlockFile file(files.open(path, OpenMode::ReadOnly), path);
  // Beside a writer: its pages stay as they are while the choice lives (L3).
  const MetaChoice choice = lock_newest_checkpoint(file);
  BufferPool pool(file, pool_bytes);
  check::Findings findings(options, file, pool);
  const MetaPage meta = check::check_meta_pages(findings, choice.pages);
  check::check_base(findings, meta);
  check::check_logs(findings, options.environment, path, meta);
  if (!findings.blind) check_state(findings, path, options, pool_bytes);
  note_unused(findings, meta);
  return std::move(findings.report);
}

}  // namespace kith::storage
