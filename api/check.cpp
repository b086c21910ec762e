// api/check.cpp: the check of a database file, as the storage layer makes it.
#include "kith/check.hpp"

#include "api/boundary.hpp"
#include "core/assert.hpp"
#include "storage/check.hpp"

namespace kith {

CheckReport check(const std::string& path, const CheckOptions& options) {
  return api::guarded([&] {
    storage::CheckOptions wanted;
    wanted.environment = posix_environment();
    wanted.memory_limit_bytes = options.memory_limit;
    if (options.problem)
      wanted.problem = [&](const storage::CheckProblem& found) {
        KITH_ASSERT(!found.where.empty());
        options.problem({found.where, found.what});
      };
    const storage::CheckReport made = storage::check_database(path, wanted);
    const storage::CheckCounts& c = made.counts;
    return CheckReport{{{"checkpoint", c.checkpoint},
                        {"commit position", c.position},
                        {"pages", c.pages},
                        {"free pages", c.free_pages},
                        {"blocks", c.blocks},
                        {"bytes in blocks", c.block_bytes},
                        {"nodes", c.nodes},
                        {"relationships", c.relationships},
                        {"node segments", c.node_segments},
                        {"relationship segments", c.relationship_segments},
                        {"label sets", c.label_sets},
                        {"columns", c.columns},
                        {"values", c.values},
                        {"lists", c.lists},
                        {"list entries", c.list_entries},
                        {"names", c.names},
                        {"indexes", c.indexes},
                        {"index pages", c.index_pages},
                        {"index entries", c.index_entries},
                        {"constraints", c.constraints},
                        {"logs", c.logs},
                        {"log frames", c.log_frames},
                        {"log commits", c.log_commits},
                        {"log records", c.log_records}},
                       made.notes,
                       c.problems};
  });
}

}  // namespace kith
