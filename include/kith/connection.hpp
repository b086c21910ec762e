// include/kith/connection.hpp: running statements.
//
//   Connection ──execute()──────> Result       autocommit: one transaction a statement
//     ├─prepare()──> PreparedStatement ──execute()──> Result
//     └─begin()────> Transaction       ──execute()──> Result     until commit() or rollback()
//
// A connection belongs to one thread at a time; interrupt() alone may be called from any thread.
// Handles must not outlive the connection (nor a connection its Database's last handle).
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "kith/error.hpp"
#include "kith/result.hpp"
#include "kith/value.hpp"

namespace kith {

enum class AccessMode : std::uint8_t {
  read,       // writes are refused
  write,      // takes the writer lock now
  automatic,  // takes it at the first write, which fails (retryable) if another commit came between
};

class PreparedStatement {
 public:
  struct Impl;
  explicit PreparedStatement(std::unique_ptr<Impl> impl);
  PreparedStatement(PreparedStatement&&) noexcept;
  PreparedStatement& operator=(PreparedStatement&&) noexcept;
  ~PreparedStatement();

  Result execute(const Parameters& parameters = {});
  const std::vector<std::string>& columns() const;
  StatementType type() const;

 private:
  std::unique_ptr<Impl> impl_;
};

// Destroyed uncommitted, it rolls back.
class Transaction {
 public:
  struct Impl;
  explicit Transaction(std::unique_ptr<Impl> impl);
  Transaction(Transaction&&) noexcept;
  Transaction& operator=(Transaction&&) noexcept;
  ~Transaction();

  // A statement that fails leaves nothing behind; the transaction goes on without it.
  Result execute(std::string_view statement, const Parameters& parameters = {});
  // Durable when it returns; the commit position.
  std::uint64_t commit();
  void rollback();

 private:
  std::unique_ptr<Impl> impl_;
};

class Connection {
 public:
  struct Impl;
  explicit Connection(std::shared_ptr<Impl> impl);
  Connection(Connection&&) noexcept;
  Connection& operator=(Connection&&) noexcept;
  ~Connection();

  Result execute(std::string_view statement, const Parameters& parameters = {});
  PreparedStatement prepare(std::string_view statement);
  Transaction begin(AccessMode mode = AccessMode::automatic);

  // Ends the statement that is running, with Interrupted ("Cancelled"). From any thread.
  void interrupt() noexcept;
  // Statements that take longer end with Interrupted ("Timeout"); zero: no limit.
  void set_timeout(std::chrono::milliseconds timeout);

 private:
  friend class Appender;
  std::shared_ptr<Impl> impl_;  // shared with its transactions and results
};

}  // namespace kith
