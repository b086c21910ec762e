// api/database.cpp: opening and closing, and what a database tells about itself.
#include "kith/database.hpp"

#include "api/boundary.hpp"
#include "api/dump.hpp"
#include "api/handles.hpp"
#include "api/stats_procedure.hpp"
#include "api/table_procedure.hpp"
#include "core/assert.hpp"
#include "storage/backup.hpp"

namespace kith {
namespace {

using api::guarded;

bool is_memory(const std::string& path) { return path == ":memory:"; }

storage::StoreOptions store_options(const DatabaseOptions& options, const Environment& environment,
                                    std::shared_ptr<MemoryBudget> budget) {
  storage::StoreOptions out;
  out.environment = environment;
  out.budget = std::move(budget);
  out.read_only = options.read_only;
  out.create = options.create;
  out.sync = options.durability == Durability::full;
  out.threads = options.threads;
  out.busy_timeout = std::chrono::milliseconds(options.busy_timeout_ms);
  return out;
}

cypher::EngineOptions engine_options(const DatabaseOptions& options, const std::string& path) {
  cypher::EngineOptions out;
  out.optimise = options.optimise;
  if (!options.plan_cache) out.cached_plans = 0;
  out.folding = options.folding;
  out.query_memory_bytes = options.query_memory_limit;
  const bool beside = !is_memory(path) && !options.read_only;
  out.temp_space = system_temp_space(!options.temp_directory.empty() ? options.temp_directory
                                     : beside                        ? directory_of(path)
                                                                     : std::string());
  out.file_access = {posix_environment().files, options.import_directory};
  const std::string file = file_name_of(path);
  out.graph_name = is_memory(path) ? "memory" : file.substr(0, file.rfind('.'));
  return out;
}

}  // namespace

Database::Impl::Impl(const std::string& path, const DatabaseOptions& opened_with)
    : options(opened_with),
      environment(is_memory(path) ? memory_environment() : posix_environment()),
      budget(std::make_shared<MemoryBudget>(limit_of_data(
          options.memory_limit != 0 ? options.memory_limit : default_memory_limit()))),
      scheduler(options.threads),
      store(storage::Store::open(path, store_options(options, environment, budget))),
      engine(scheduler, *budget, environment, engine_options(options, path)),
      open{path, options, *store} {
  engine.procedures().add(api::stats_procedure(*store, engine));
  api::add_database_procedures(engine.procedures(), open);
}

Database::Impl::~Impl() {
  engine.close();  // views of idle runs would keep the file
  try {
    store->close();
  } catch (const Error&) {
    // The log has every commit; whoever wants to know calls Database::close().
  }
}

Database Database::open(const std::string& path, const DatabaseOptions& options) {
  return guarded([&] { return Database(std::make_shared<Impl>(path, options)); });
}

Database::Database(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}
Database::Database(Database&&) noexcept = default;
Database& Database::operator=(Database&&) noexcept = default;
Database::~Database() = default;

Connection Database::connect() {
  return guarded([&] { return Connection(std::make_shared<Connection::Impl>(impl_)); });
}

void Database::checkpoint() {
  guarded([&] {
    impl_->engine.drop_idle_runs();
    impl_->store->checkpoint();
  });
}

void Database::close() {
  guarded([&] {
    impl_->engine.close();  // views of idle runs would keep the file
    impl_->store->close();
  });
}

DatabaseStatistics Database::statistics() const {
  return guarded([&] {
    const auto view = impl_->store->snapshot();
    const auto stats = impl_->store->stats();
    DatabaseStatistics out;
    out.nodes = view.node_count();
    out.relationships = view.relationship_count();
    out.file_bytes = stats.file_bytes;
    out.free_bytes = stats.free_bytes;
    out.log_bytes = stats.log_bytes;
    out.pool_bytes = stats.pool_bytes;
    out.delta_bytes = stats.delta_bytes;
    out.checkpoint = stats.checkpoint;
    out.position = stats.position;
    return out;
  });
}

BackupReport Database::backup(const std::string& path) const {
  return guarded([&] {
    if (path.empty() || is_memory(path))
      throw StorageError("NotAFile", "a backup needs the path of a file that is not there yet");
    storage::BackupOptions wanted;
    wanted.environment = posix_environment();
    const auto made = storage::write_backup(impl_->store->snapshot(), path, wanted);
    return BackupReport{made.position, made.nodes, made.relationships, made.file_bytes};
  });
}

void Database::dump(const std::function<void(std::string_view)>& out) const {
  guarded([&] { api::dump_graph(impl_->store->snapshot(), out); });
}

const std::string& Database::open_note() const { return impl_->store->open_report().note; }

void Database::add_table_procedure(std::string_view signature, const std::vector<Map>& rows) {
  guarded([&] { impl_->engine.procedures().add(api::table_procedure(signature, rows)); });
}

std::string_view version() { return KITH_VERSION; }

}  // namespace kith
