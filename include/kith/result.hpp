// include/kith/result.hpp: the rows and the summary of one statement.
//
// A Result streams: it holds a snapshot, not the rows. A statement that writes has run to its end,
// and in autocommit has committed, before execute() returned. Not thread-safe; it must not outlive
// the Connection it came from.
#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kith/counters.hpp"
#include "kith/notification.hpp"
#include "kith/value.hpp"

namespace kith {

// One operator of a plan, as EXPLAIN and PROFILE show it. Rows and time only with PROFILE.
struct Plan {
  std::string name, details;
  double estimated_rows = 0;
  std::optional<std::uint64_t> rows, elapsed_ns, memory_bytes;
  std::vector<Plan> children;

  std::string to_string() const;  // an aligned table with the tree at its left
};

enum class StatementType : std::uint8_t { Read, ReadWrite, Write, Schema };
std::string_view short_name(StatementType type);  // "r", "rw", "w", "s"

struct Summary {
  std::uint64_t rows = 0;        // handed out so far
  std::uint64_t elapsed_us = 0;  // spent in execute() and in fetching
  StatementType type = StatementType::Read;
  std::uint64_t position = 0;  // the commit position the statement saw or made
  Counters counters;
  std::optional<Plan> plan;  // with EXPLAIN or PROFILE
  // What is allowed and perhaps not meant: unknown names, products, deprecated forms.
  std::vector<Notification> notifications;
};

class Row {
 public:
  std::size_t size() const { return values_->size(); }
  const Value& operator[](std::size_t column) const { return (*values_)[column]; }
  // Throws QueryError ("ArgumentError", "NoSuchColumn") for a name that is not a column.
  const Value& operator[](std::string_view column) const;
  const std::vector<Value>& values() const { return *values_; }

 private:
  friend class Result;
  const std::vector<Value>* values_ = nullptr;
  const std::vector<std::string>* columns_ = nullptr;
};

class Result {
 public:
  struct Impl;
  explicit Result(std::unique_ptr<Impl> impl);
  Result(Result&&) noexcept;
  Result& operator=(Result&&) noexcept;
  ~Result();

  const std::vector<std::string>& columns() const;

  // The next row, or nullptr at the end. Valid until the next call.
  const Row* next();
  // Up to `limit` further rows.
  std::vector<std::vector<Value>> fetch(std::size_t limit);
  std::vector<std::vector<Value>> fetch_all();
  // What has happened so far; complete after the last row.
  const Summary& summary();

  class Iterator {
   public:
    using iterator_category = std::input_iterator_tag;
    using value_type = Row;
    using difference_type = std::ptrdiff_t;
    using pointer = const Row*;
    using reference = const Row&;

    Iterator() = default;
    reference operator*() const { return *row_; }
    pointer operator->() const { return row_; }
    Iterator& operator++() {
      row_ = result_->next();
      return *this;
    }
    void operator++(int) { ++*this; }
    friend bool operator==(const Iterator& a, const Iterator& b) { return a.row_ == b.row_; }

   private:
    friend class Result;
    explicit Iterator(Result& result) : result_(&result), row_(result.next()) {}
    Result* result_ = nullptr;
    const Row* row_ = nullptr;
  };
  Iterator begin() { return Iterator(*this); }
  Iterator end() { return {}; }

 private:
  std::unique_ptr<Impl> impl_;
};

}  // namespace kith
