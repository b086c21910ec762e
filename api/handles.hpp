// api/handles.hpp: what stands behind the public handles.
//
//   Database::Impl <──shared── Connection::Impl <──shared── Result::Impl, Transaction::Impl,
//   PreparedStatement::Impl
//
// The arrows are std::shared_ptr, truly shared: users may drop handles in any order, and the file
// stays open as long as a result still reads from it.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "api/database_procedures.hpp"
#include "core/environment.hpp"
#include "core/memory_budget.hpp"
#include "core/scheduler.hpp"
#include "cypher/engine.hpp"
#include "kith/connection.hpp"
#include "kith/database.hpp"
#include "kith/result.hpp"
#include "storage/store.hpp"
#include "storage/writer.hpp"

namespace kith {

struct Database::Impl {
  Impl(const std::string& path, const DatabaseOptions& options);
  ~Impl();

  DatabaseOptions options;
  Environment environment;
  std::shared_ptr<MemoryBudget> budget;  // shared with the store and its views
  Scheduler scheduler;
  std::shared_ptr<storage::Store> store;  // shared with the views it gives out
  cypher::Engine engine;
  api::OpenDatabase open;  // what procedures of the engine tell of
};

struct Connection::Impl {
  explicit Impl(std::shared_ptr<Database::Impl> db) : database(std::move(db)) {}

  std::shared_ptr<Database::Impl> database;
  Cancellation cancellation;
  std::chrono::milliseconds timeout{0};
  bool in_transaction = false;

  std::shared_ptr<const cypher::Statement> prepare(std::string_view text,
                                                   const storage::View& view) const;
  // Arms cancellation and timeout for one statement.
  void start_clock();
  cypher::RunOptions run_options(const storage::View& view) const;
};

// A transaction that may have begun as a reader. `writer` is set once it writes.
struct Transaction::Impl {
  std::shared_ptr<Connection::Impl> connection;
  AccessMode mode = AccessMode::automatic;
  std::optional<storage::View> snapshot;  // until it writes
  std::unique_ptr<storage::Transaction> writer;
  std::int64_t begun = 0;  // unix nanoseconds
  bool open = true;
  Result::Impl* unread = nullptr;  // its rows are read off before the graph changes under it

  ~Impl();
  storage::View view() const { return writer ? writer->view() : *snapshot; }
  void require_open() const;
  void become_writer();
  void read_off();
  void end() noexcept;
};

struct Result::Impl {
  std::shared_ptr<Connection::Impl> connection;
  std::shared_ptr<const cypher::Statement> statement;
  std::unique_ptr<cypher::Run> run;
  Summary summary;
  std::vector<std::vector<Value>> buffer;  // fetched, from `at` on not yet handed out
  std::size_t at = 0;
  bool exhausted = false;
  Row row;
  Transaction::Impl* transaction = nullptr;  // whose `unread` this is
  Reservation kept;                          // of rows that were read off
  bool notified = false;

  ~Impl();
  bool fill(std::size_t limit);  // false: nothing left
  // Reads all rows into the buffer; false if there is no memory for them: then the rest can still
  // be read.
  bool drain();
  // To the summary, when it is asked for: looking names up costs more than a small query.
  void add_notifications();
};

struct PreparedStatement::Impl {
  std::shared_ptr<Connection::Impl> connection;
  std::shared_ptr<const cypher::Statement> statement;
};

namespace api {
// One statement in a transaction of its own. It is replaced if it has to be planned anew. One that
// reads takes the view that it was prepared for, if there is one.
Result execute_autocommit(const std::shared_ptr<Connection::Impl>& connection,
                          std::shared_ptr<const cypher::Statement>& statement,
                          const Parameters& parameters,
                          const storage::View* prepared_for = nullptr);
Result execute_in(Transaction::Impl& transaction,
                  std::shared_ptr<const cypher::Statement> statement, const Parameters& parameters);
Plan to_plan(const cypher::PlanDescription& description);
}  // namespace api

}  // namespace kith
