// storage/log/fold.cpp: private merges, and the flip that makes them everybody's.
#include "storage/log/fold.hpp"

#include <algorithm>

#include "core/assert.hpp"
#include "core/page_memory.hpp"
#include "kith/error.hpp"
#include "storage/log/carry.hpp"
#include "storage/log/index_build.hpp"
#include "storage/log/merge.hpp"

namespace kith::storage {

Fold::Fold(Checkpointer& checkpointer)
    : checkpointer_(checkpointer),
      turn_(checkpointer, WriterLock::Hold()),
      writer_(checkpointer.parts_.file) {}

void Fold::merge(Root& root, std::uint64_t keep) {
  KITH_ASSERT(&writer_.from() == &root.base());
  // Entries of an index are all over its tree: merged seldom, they rewrite its pages seldom.
  const std::uint64_t entries = index_delta_bytes(root);
  const bool with_indexes = keep == 0 || entries > keep / 2;
  const std::uint64_t kept_entries = with_indexes ? 0 : entries;
  Split split = split_delta(root, keep - kept_entries, Rest::Kept);
  split.settled = false;
  merge_delta(writer_, root, split);
  Merged merged;
  if (with_indexes) merged.indexes = stage_indexes(writer_, root);
  merged.base = writer_.stage(fields_of(root, 0));
  merged.delta_bytes = split.delta_bytes - std::min(kept_entries, split.delta_bytes);
  merged.nodes = split.nodes;
  merged.relationships = split.relationships;
  root = root.rebased(merged);
  KITH_ASSERT(root.delta_bytes() <= keep);
  KITH_ASSERT(keep > 0 || (root.nodes().empty() && root.relationships().empty()));
  merged = {};
  split = {};
  if (keep == 0) give_back_heap();  // else it will be needed again soon
}

void Fold::commit(const std::shared_ptr<Root>& shared_root) {
  Root& root = *shared_root;
  Publisher& publisher = checkpointer_.parts_.publisher;
  publisher.wait_durable(publisher.tip()->position());
  checkpointer_.demand_going();
  LogWriter* const log = publisher.log();
  KITH_ASSERT(log && root.position() == publisher.published()->position() + 1);
  merge_delta(writer_, root, split_delta(root, 0));
  merge_indexes(writer_, View(shared_root),
                sort_options(checkpointer_.parts_.options, checkpointer_.parts_.path));
  writer_.prepare(fields_of(root, 0));
  std::unique_ptr<LogWriter> next =
      checkpointer_.create_log({log->last_checksum(), log->number(), root.position()});  // G3
  const std::uint64_t number = next->number();
  try {
    publisher.finish_log(number);
    root = Root(writer_.flip(number));
  } catch (const std::exception& error) {
    publisher.fail(error.what());
    Publisher::outcome_unknown(error.what());
  }
  publisher.jump(std::make_shared<const Root>(root), std::move(next));
  give_back_heap();
  checkpointer_.remove_logs(number);
}

}  // namespace kith::storage
