// include/kith/error.hpp: the one family of exceptions that kith throws.
//
// Type, phase and detail carry the names of the openCypher TCK where it has one. An error knows
// where in the query text it arose (line and column from 1; 0 means nowhere).
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

namespace kith {

struct Position {
  std::uint32_t line = 0;    // from 1; 0: no position
  std::uint32_t column = 0;  // from 1, counted in code points
  friend bool operator==(const Position&, const Position&) = default;
};

enum class Phase : std::uint8_t { CompileTime, Runtime };

class Error : public std::runtime_error {
 public:
  Error(std::string type, std::string detail, const std::string& message, Position at = {},
        Phase phase = Phase::Runtime, bool retryable = false)
      : std::runtime_error(message),
        type_(std::move(type)),
        detail_(std::move(detail)),
        at_(at),
        phase_(phase),
        retryable_(retryable) {}

  const std::string& type() const noexcept { return type_; }      // "SyntaxError"
  const std::string& detail() const noexcept { return detail_; }  // "UndefinedVariable"
  Phase phase() const noexcept { return phase_; }
  std::string_view phase_name() const noexcept {
    return phase_ == Phase::CompileTime ? "compile time" : "runtime";
  }
  bool retryable() const noexcept { return retryable_; }
  std::uint32_t line() const noexcept { return at_.line; }
  std::uint32_t column() const noexcept { return at_.column; }
  Position position() const noexcept { return at_; }
  // Stable and unique per kind of failure: "KITH-SyntaxError-UndefinedVariable".
  std::string code() const {
    return detail_.empty() ? "KITH-" + type_ : "KITH-" + type_ + "-" + detail_;
  }

 private:
  std::string type_, detail_;
  Position at_;
  Phase phase_;
  bool retryable_;
};

// The query text is wrong: grammar or meaning. `type()` is "SyntaxError".
class SyntaxError : public Error {
 public:
  SyntaxError(std::string detail, const std::string& message, Position at = {},
              Phase phase = Phase::CompileTime)
      : Error("SyntaxError", std::move(detail), message, at, phase) {}
};

// A value has the wrong type, in a query or in an `as_*` call.
class TypeError : public Error {
 public:
  TypeError(std::string detail, const std::string& message, Position at = {},
            Phase phase = Phase::Runtime)
      : Error("TypeError", std::move(detail), message, at, phase) {}
};

// A query fails while it runs, for a reason in its data: ArgumentError, ArithmeticError,
// EntityNotFound, SemanticError, ParameterMissing, ProcedureError, …; see `type()`.
class QueryError : public Error {
 public:
  using Error::Error;
};

// A constraint, or the rule that a node with relationships is not deleted, would be broken.
class ConstraintError : public Error {
 public:
  ConstraintError(std::string type, std::string detail, const std::string& message)
      : Error(std::move(type), std::move(detail), message) {}
};

// The transaction cannot go on: wrong state, read-only, lock timeout.
class TransactionError : public Error {
 public:
  TransactionError(std::string detail, const std::string& message, bool retryable = false)
      : Error("TransactionError", std::move(detail), message, {}, Phase::Runtime, retryable) {}
};

// The file or the disk: not a database, damaged, out of space, I/O error.
class StorageError : public Error {
 public:
  StorageError(std::string detail, const std::string& message)
      : Error("StorageError", std::move(detail), message) {}
};

// A limit was reached: memory, nesting, size.
class ResourceError : public Error {
 public:
  ResourceError(std::string detail, const std::string& message, Position at = {})
      : Error("ResourceError", std::move(detail), message, at) {}
};

// Cancelled by interrupt() or by a timeout (`detail()` is "Cancelled" or "Timeout").
class Interrupted : public Error {
 public:
  Interrupted(std::string detail, const std::string& message)
      : Error("Interrupted", std::move(detail), message) {}
};

// A CSV file cannot be imported: the message names file, line, column and what was wrong.
class ImportError : public Error {
 public:
  ImportError(std::string detail, const std::string& message, Position at = {})
      : Error("ImportError", std::move(detail), message, at) {}
};

}  // namespace kith
