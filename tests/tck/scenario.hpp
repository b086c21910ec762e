// tests/tck/scenario.hpp: running one scenario against the public API.
#pragma once

#include <string>

#include "kith/folding.hpp"
#include "tests/tck/gherkin.hpp"

namespace kith::tck {

// How the engine is set up; every mode must give the same answers.
struct Mode {
  std::uint32_t threads = 1;
  std::uint32_t batch_rows = 0;  // 0: the default
  std::uint64_t spill_bytes = 0;
  bool optimise = true;
  bool plan_cache = true;
  bool decoys = false;  // see tests/cypher/decoy.hpp
  Folding folding = Folding::automatic;
  bool reopen = false;  // a file, closed and opened again between setup and query
  std::string graphs;   // folder of the named graphs
  std::string scratch;  // folder for files
};

// Empty if the scenario passes, else why not.
std::string run_scenario(const Scenario& scenario, const Mode& mode);

}  // namespace kith::tck
