// tests/fuzz/reducer.hpp: a case that fails, made as short as it can be.
#pragma once

#include <functional>
#include <string>

#include "tests/fuzz/oracles.hpp"

namespace kith::fuzz {

using StillBroken = std::function<bool(const Case&)>;

// Leaves out what the failure does not need, of the query and of the graph, until nothing can go.
// `budget`: how often `broken` may be asked.
Case reduced(Case broken_case, const StillBroken& broken, int budget = 6000);

// What is asked does not depend on the order of rows: LIMIT stands behind an ORDER BY over all
// columns, and of shortestPath() only the length is used. The generator keeps to it; leaving
// something out may not.
bool is_determined(const std::string& query);

// As a transcript: the statements that build the graph, the query, both answers.
std::string transcript_of(const Case& question, const Verdict& verdict);

}  // namespace kith::fuzz
