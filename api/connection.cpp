// api/connection.cpp: running statements, in autocommit and in transactions.
#include "kith/connection.hpp"

#include "api/boundary.hpp"
#include "api/handles.hpp"
#include "core/assert.hpp"

namespace kith {
namespace {

using api::guarded;

std::int64_t now(const Connection::Impl& connection) {
  return connection.database->environment.clock->unix_nanoseconds();
}

StatementType public_type(cypher::StatementType type) {
  switch (type) {
    case cypher::StatementType::Read:
      return StatementType::Read;
    case cypher::StatementType::ReadWrite:
      return StatementType::ReadWrite;
    case cypher::StatementType::Write:
      return StatementType::Write;
    case cypher::StatementType::Schema:
      return StatementType::Schema;
  }
  return StatementType::Read;
}

bool changes_graph(const cypher::Statement& statement) {
  return statement.writes() && !statement.is_explain();
}

std::unique_ptr<Result::Impl> new_result(std::shared_ptr<Connection::Impl> connection,
                                         std::shared_ptr<const cypher::Statement> statement) {
  auto result = std::make_unique<Result::Impl>();
  result->connection = std::move(connection);
  result->summary.type = public_type(statement->type());
  result->statement = std::move(statement);
  return result;
}

// Runs a writing statement to its end; a failure takes back all it did.
void run_writing(Result::Impl& result, storage::Transaction& writer, cypher::RunOptions options,
                 const Parameters& parameters) {
  KITH_ASSERT(result.statement != nullptr && result.run == nullptr);
  writer.begin_statement();
  try {
    options.transaction = &writer;
    result.run = result.connection->database->engine.run(result.statement, parameters, options);
  } catch (...) {
    writer.rollback_statement();
    throw;
  }
  writer.end_statement();  // takes the statement back itself if it fails
  result.summary.counters = writer.counters();
}

// Runs a statement that commits by itself. If it fails, what it committed stays.
std::unique_ptr<Result::Impl> run_in_transactions(
    const std::shared_ptr<Connection::Impl>& connection,
    std::shared_ptr<const cypher::Statement>& statement, const Parameters& parameters) {
  auto& engine = connection->database->engine;
  engine.drop_idle_runs();
  auto options = [&] {  // they alone hold the view: it is given up before the first commit
    const auto view = connection->database->store->snapshot();
    statement = engine.renewed(statement, view);
    return connection->run_options(view);
  }();
  auto result = new_result(connection, statement);
  result->run = engine.run(result->statement, parameters, std::move(options));
  const cypher::Committed committed = result->run->committed();
  result->summary.counters = committed.counters;
  result->summary.position = committed.position;
  return result;
}

std::uint64_t microseconds_since(std::chrono::steady_clock::time_point start) {
  const auto spent = std::chrono::steady_clock::now() - start;
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::microseconds>(spent).count());
}

}  // namespace

std::shared_ptr<const cypher::Statement> Connection::Impl::prepare(
    std::string_view text, const storage::View& view) const {
  return database->engine.prepare(text, view);
}

void Connection::Impl::start_clock() {
  cancellation.reset();
  if (timeout.count() == 0) return;
  const auto limit = std::chrono::duration_cast<std::chrono::nanoseconds>(timeout).count();
  cancellation.set_deadline(database->environment.clock->monotonic_nanoseconds() + limit);
}

cypher::RunOptions Connection::Impl::run_options(const storage::View& view) const {
  cypher::RunOptions options{.view = view};
  options.store = database->store.get();
  options.cancellation = &cancellation;
  options.statement_time = now(*this);
  options.transaction_time = options.statement_time;
  if (database->options.batch_rows != 0) options.batch_rows = database->options.batch_rows;
  options.spill_bytes = database->options.spill_bytes;
  return options;
}

namespace api {

Result execute_autocommit(const std::shared_ptr<Connection::Impl>& connection,
                          std::shared_ptr<const cypher::Statement>& statement,
                          const Parameters& parameters, const storage::View* prepared_for) {
  const auto start = std::chrono::steady_clock::now();
  if (connection->in_transaction)
    throw TransactionError(
        "TransactionOpen",
        "a transaction is open on this connection: run the statement through it");
  connection->start_clock();
  auto& store = *connection->database->store;
  auto& engine = connection->database->engine;
  std::unique_ptr<Result::Impl> result;
  if (statement->commits_itself() && !statement->is_explain()) {
    result = run_in_transactions(connection, statement, parameters);
  } else if (changes_graph(*statement)) {
    auto writer = store.begin();
    statement = engine.renewed(statement, writer->view());
    result = new_result(connection, statement);
    run_writing(*result, *writer, connection->run_options(writer->view()), parameters);
    result->summary.position = writer->commit();
    engine.drop_idle_runs();  // of what there was before
  } else {
    const auto view = prepared_for != nullptr ? *prepared_for : store.snapshot();
    if (prepared_for == nullptr) statement = engine.renewed(statement, view);
    result = new_result(connection, statement);
    result->summary.position = view.position();
    auto options = connection->run_options(view);
    options.view_is_fixed = true;
    result->run = engine.run(result->statement, parameters, std::move(options));
  }
  result->summary.elapsed_us = microseconds_since(start);
  return Result(std::move(result));
}

Result execute_in(Transaction::Impl& transaction,
                  std::shared_ptr<const cypher::Statement> statement,
                  const Parameters& parameters) {
  const auto start = std::chrono::steady_clock::now();
  transaction.require_open();
  transaction.read_off();
  KITH_ASSERT(transaction.unread == nullptr && transaction.connection->in_transaction);
  auto& connection = *transaction.connection;
  connection.start_clock();
  const bool writing = changes_graph(*statement);
  if (writing && statement->commits_itself()) {
    throw TransactionError("AutocommitRequired",
                           "CALL { … } IN TRANSACTIONS begins and commits transactions of its own: "
                           "it cannot run inside another one");
  }
  if (writing) transaction.become_writer();
  statement = connection.database->engine.renewed(statement, transaction.view());
  auto result = new_result(transaction.connection, std::move(statement));
  auto options = connection.run_options(transaction.view());
  options.transaction_time = transaction.begun;
  options.view_is_fixed = transaction.writer == nullptr;
  result->summary.position = options.view.position();
  if (writing)
    run_writing(*result, *transaction.writer, options, parameters);
  else
    result->run = connection.database->engine.run(result->statement, parameters, options);
  result->transaction = &transaction;
  transaction.unread = result.get();
  result->summary.elapsed_us = microseconds_since(start);
  return Result(std::move(result));
}

}  // namespace api

// ---- Transaction

Transaction::Impl::~Impl() { end(); }

void Transaction::Impl::require_open() const {
  if (!open) throw TransactionError("TransactionClosed", "the transaction has ended");
}

void Transaction::Impl::become_writer() {
  if (writer) return;
  if (mode == AccessMode::read)
    throw TransactionError("ReadOnlyTransaction", "this transaction was begun for reading only");
  KITH_ASSERT(snapshot.has_value());
  writer = connection->database->store->begin_at(*snapshot);
  snapshot.reset();
}

void Transaction::Impl::read_off() {
  if (unread == nullptr) return;
  auto* result = std::exchange(unread, nullptr);
  KITH_ASSERT(result->transaction == this);
  result->transaction = nullptr;
  if (result->drain()) return;
  result->transaction = this;
  unread = result;
  throw ResourceError(
      "OutOfMemory",
      "a result of this transaction was not read to its end, and its rows do not fit "
      "into memory: read it before the next statement");
}

void Transaction::Impl::end() noexcept {
  if (!open) return;
  KITH_ASSERT(connection->in_transaction);
  open = false;
  if (unread != nullptr) {  // what was not read by now is not wanted
    unread->transaction = nullptr;
    unread->exhausted = true;
    unread->run.reset();
    unread = nullptr;
  }
  writer.reset();  // uncommitted: rolls back
  snapshot.reset();
  connection->in_transaction = false;
}

Transaction::Transaction(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Transaction::Transaction(Transaction&&) noexcept = default;
Transaction& Transaction::operator=(Transaction&&) noexcept = default;
Transaction::~Transaction() = default;

Result Transaction::execute(std::string_view statement, const Parameters& parameters) {
  return guarded([&] {
    impl_->require_open();
    impl_->read_off();
    return api::execute_in(*impl_, impl_->connection->prepare(statement, impl_->view()),
                           parameters);
  });
}

std::uint64_t Transaction::commit() {
  return guarded([&] {
    impl_->require_open();
    impl_->read_off();
    try {
      const auto position = impl_->writer ? impl_->writer->commit() : impl_->snapshot->position();
      if (impl_->writer) impl_->connection->database->engine.drop_idle_runs();
      impl_->end();
      return position;
    } catch (...) {
      impl_->end();  // committed or not: its error says which, and it is over
      throw;
    }
  });
}

void Transaction::rollback() {
  guarded([&] {
    impl_->require_open();
    impl_->read_off();
    if (impl_->writer) impl_->writer->rollback();
    impl_->end();
  });
}

// ---- PreparedStatement

PreparedStatement::PreparedStatement(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
PreparedStatement::PreparedStatement(PreparedStatement&&) noexcept = default;
PreparedStatement& PreparedStatement::operator=(PreparedStatement&&) noexcept = default;
PreparedStatement::~PreparedStatement() = default;

Result PreparedStatement::execute(const Parameters& parameters) {
  return guarded(
      [&] { return api::execute_autocommit(impl_->connection, impl_->statement, parameters); });
}
const std::vector<std::string>& PreparedStatement::columns() const {
  return impl_->statement->columns();
}
StatementType PreparedStatement::type() const { return public_type(impl_->statement->type()); }

// ---- Connection

Connection::Connection(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}
Connection::Connection(Connection&&) noexcept = default;
Connection& Connection::operator=(Connection&&) noexcept = default;
Connection::~Connection() = default;

Result Connection::execute(std::string_view statement, const Parameters& parameters) {
  return guarded([&] {
    const auto view = impl_->database->store->snapshot();
    auto prepared = impl_->prepare(statement, view);
    return api::execute_autocommit(impl_, prepared, parameters, &view);
  });
}

PreparedStatement Connection::prepare(std::string_view statement) {
  return guarded([&] {
    auto impl = std::make_unique<PreparedStatement::Impl>();
    impl->connection = impl_;
    impl->statement = impl_->prepare(statement, impl_->database->store->snapshot());
    return PreparedStatement(std::move(impl));
  });
}

Transaction Connection::begin(AccessMode mode) {
  return guarded([&] {
    if (impl_->in_transaction)
      throw TransactionError("TransactionOpen", "a transaction is open on this connection already");
    auto impl = std::make_unique<Transaction::Impl>();
    impl->connection = impl_;
    impl->mode = mode;
    impl->begun = now(*impl_);
    auto& store = *impl_->database->store;
    if (mode == AccessMode::write)
      impl->writer = store.begin();
    else
      impl->snapshot = store.snapshot();
    impl_->in_transaction = true;
    return Transaction(std::move(impl));
  });
}

void Connection::interrupt() noexcept { impl_->cancellation.cancel(); }
void Connection::set_timeout(std::chrono::milliseconds timeout) { impl_->timeout = timeout; }

}  // namespace kith
