// api/stats_procedure.cpp: one row a figure.
#include "api/stats_procedure.hpp"

#include <string>

#include "core/assert.hpp"

namespace kith::api {
namespace {

using storage::StoreStats;

ProcedureField field(std::string name, Kind kind, std::string type) {
  return {std::move(name), std::move(type), TypeSet::of(kind), false};
}

struct Figure {
  std::string_view name, meaning;
  std::uint64_t value;
};

std::vector<Figure> figures(const StoreStats& s, const cypher::PlanCacheStats& plans) {
  return {
      {"position", "commits so far", s.position},
      {"checkpoint", "number of the newest checkpoint", s.checkpoint},
      {"file.bytes", "length of the data file", s.file_bytes},
      {"file.free.bytes", "of it, not used by the newest checkpoint", s.free_bytes},
      {"file.held.bytes", "of that, kept for readers of older checkpoints", s.held_bytes},
      {"log.bytes", "commits that are not in the data file yet", s.log_bytes},
      {"log.files", "logs beside the data file", s.logs},
      {"pool.bytes", "blocks in memory", s.pool_bytes},
      {"pool.limit.bytes", "as much as they may take", s.pool_limit_bytes},
      {"delta.bytes", "changes in memory, not in the data file yet", s.delta_bytes},
      {"readers", "snapshots held", s.open_snapshots},
      {"readers.oldest.position", "the commit that the oldest one sees",
       s.oldest_snapshot_position},
      {"readers.oldest.checkpoint", "the checkpoint it reads", s.oldest_snapshot_checkpoint},
      {"readers.oldest.ms", "how long it has been out of date", s.oldest_snapshot_age_ms},
      {"writer.running", "1: a write transaction is open", s.writer_running ? 1u : 0u},
      {"writer.ms", "for how long", s.writer_age_ms},
      {"writers.waiting", "others that wait for it", s.writers_waiting},
      {"checkpoint.running", "1: one is being written", s.checkpoint_running ? 1u : 0u},
      {"plans", "plans kept for statements like those before", plans.entries},
      {"plans.bytes", "as much as they take", plans.bytes},
      {"plans.hits", "statements that found their plan", plans.hits},
      {"plans.misses", "statements that had to be planned", plans.misses},
      {"plans.outdated", "plans dropped because schema or data had changed", plans.outdated},
  };
}

ProcedureRow row(std::string_view name, const Cell& value, std::string_view meaning) {
  ProcedureRow cells;
  cells.emplace_back(Cell::of(name));
  cells.emplace_back(value);
  cells.emplace_back(Cell::of(meaning));
  return cells;
}

}  // namespace

ProcedureDef stats_procedure(storage::Store& store, const cypher::Engine& engine) {
  const auto run = [&store, &engine](FunctionContext&, std::span<const Cell>) {
    const StoreStats stats = store.stats();
    KITH_ASSERT(stats.held_bytes <= stats.free_bytes || stats.free_bytes == 0);
    std::vector<ProcedureRow> rows;
    for (const Figure& figure : figures(stats, engine.cache_stats()))
      rows.push_back(
          row(figure.name, Cell::of(static_cast<std::int64_t>(figure.value)), figure.meaning));
    rows.push_back(row("checkpoint.failure", Cell::of(std::string_view(stats.checkpoint_failure)),
                       "why the last checkpoint failed; empty: it did not"));
    return rows;
  };
  return {"db.stats",
          "Figures about this open database: sizes, readers, writers, checkpoints.",
          {},
          {field("name", Kind::String, "STRING"),
           {"value", "ANY", TypeSet::any(), false},
           field("meaning", Kind::String, "STRING")},
          run};
}

}  // namespace kith::api
