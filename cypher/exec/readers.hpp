// cypher/exec/readers.hpp: storage readers by name, kept as long as they may be used.
//
// Labels, types and keys are names in a plan. They are looked up when first needed, and again after
// the statement itself has changed the graph (it may have made the name); a reader or cursor is
// made anew after such a change, too.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cypher/exec/columns.hpp"
#include "cypher/exec/context.hpp"
#include "storage/cursor.hpp"

namespace kith::exec {

// Something made from the view, remade after a change.
template <class T>
class PerState {
 public:
  // make() gives a unique_ptr<T>, or nullptr where there is nothing to read.
  template <class Make>
  T* get(const Execution& execution, Make make) {
    if (known_at_ != execution.changes()) {
      held_ = make();
      known_at_ = execution.changes();
    }
    return held_.get();
  }

 private:
  std::unique_ptr<T> held_;
  std::uint64_t known_at_ = ~std::uint64_t{0};
};

// The types of these names; nullopt if names were given and none exists (nothing can match). An
// empty vector: all types.
std::optional<std::vector<TypeId>> find_types(const storage::View& view,
                                              const std::vector<std::string>& names);
// nullopt if one of them does not exist.
std::optional<std::vector<LabelId>> find_labels(const storage::View& view,
                                                const std::vector<std::string>& names);

// One property of the nodes and relationships of columns.
class ElementProperty {
 public:
  ElementProperty(std::string key, Worker& worker) : key_(std::move(key)), worker_(worker) {}

  // The property of each row of a column of vector type Node or Relationship. Read once for each
  // value of the column's vector where that is less than its rows.
  Column read(const Column& column, std::uint32_t rows, Position at);
  // The property of `ids` (relationships, if the kind says so), into `out`.
  void read_ids(Kind kind, std::span<const std::uint64_t> ids, const std::uint8_t* valid,
                Vector& out, Position at);
  // Whether the elements of such a column have the property at all, as read().
  Column read_presence(const Column& column, std::uint32_t rows, Position at);

 private:
  storage::PropertyReader* reader_of(Kind kind);
  // The property of all of a vector's elements into out_, if that is cheap.
  bool read_around(Kind kind, const Vector& ids);
  void check_alive(Kind kind, std::span<const std::uint64_t> ids, const std::uint8_t* valid,
                   Position at) const;

  std::string key_;
  Worker& worker_;
  PerState<storage::PropertyReader> nodes_, relationships_;
  IdColumn ids_;
  Vector out_, presence_;
};

// EntityNotFound / DeletedEntityAccess if this statement has deleted it.
void check_alive(Worker& worker, const Cell& element, Position at);

}  // namespace kith::exec
