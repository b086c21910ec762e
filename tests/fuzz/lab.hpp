// tests/fuzz/lab.hpp: one graph in several databases that differ in how they answer.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "kith/kith.hpp"
#include "tests/fuzz/graph.hpp"

namespace kith::fuzz {

enum class Mode : std::uint8_t {
  Default,
  NoOptimiser,
  Small,    // vectors of two rows, four threads, everything is spilled
  NoIndex,  // neither indexes nor constraints
};
constexpr std::size_t kModes = 4;
std::string_view mode_name(Mode mode);

struct Outcome {
  std::vector<std::string> columns;
  std::vector<std::vector<Value>> rows;
  std::string counters;  // what a writing statement changed
  // An error: its type, and all of it as the transcripts write it. Empty: there is none.
  std::string error_type, error;
  bool compile_time = false;
  bool gave_up = false;  // too many rows or too long: says nothing

  bool failed() const { return !error_type.empty(); }
};

// The graph after a writing statement, which was then rolled back.
struct WriteOutcome {
  Outcome answer;
  Outcome then;                    // of a query in the same transaction
  std::vector<std::string> graph;  // its elements, sorted; ids do not show
};

class Lab {
 public:
  // `folder`: where files may be; it exists and is the lab's own.
  Lab(const Graph& graph, std::string folder);
  ~Lab();

  Outcome run(Mode mode, const std::string& query);
  WriteOutcome run_write(Mode mode, const std::string& statement, const std::string& then = {});
  std::vector<std::string> graph_of(Mode mode);  // as committed

 private:
  struct Site {
    std::optional<Database> database;
    std::optional<Connection> connection;
  };
  Site& site(Mode mode);
  void open(Site& site, const std::string& path, Mode mode) const;
  void build(Site& site, Mode mode) const;

  const Graph& graph_;
  std::string folder_;
  std::array<Site, kModes> sites_;
};

}  // namespace kith::fuzz
