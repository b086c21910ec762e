// tests/unit/cypher/bind_tck_test.cpp: every query of the openCypher TCK goes through the binder.
//
// What must fail at compile time fails so, with type and detail; everything else binds. The
// environment variable KITH_SHARED, or the build, names the folder that holds tck/features.
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <regex>
#include <string>
#include <vector>

#include "cypher/functions/signature.hpp"
#include "cypher/prepare.hpp"
#include "tests/tck/gherkin.hpp"

namespace {

using kith::tck::Scenario;

std::vector<Scenario> all_scenarios() {
  const char* shared = std::getenv("KITH_SHARED");
#ifdef KITH_SHARED_FOLDER
  if (shared == nullptr) shared = KITH_SHARED_FOLDER;
#endif
  std::vector<Scenario> out;
  if (shared == nullptr) return out;
  const auto folder = std::filesystem::path(shared) / "tck" / "features";
  if (!std::filesystem::exists(folder)) return out;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.path().extension() != ".feature") continue;
    for (auto& scenario : kith::tck::read_feature(entry.path(), entry.path().stem())) {
      out.push_back(std::move(scenario));
    }
  }
  return out;
}

// "name :: STRING?, id :: INTEGER?"
std::vector<kith::ProcedureField> fields(const std::string& text) {
  std::vector<kith::ProcedureField> out;
  const std::regex field("(\\w+) :: (\\w+)([?]?)");
  for (std::sregex_iterator at(text.begin(), text.end(), field), end; at != end; ++at) {
    const auto types = kith::parse_types((*at)[2].str());
    REQUIRE(types.has_value());
    out.push_back({(*at)[1], (*at)[2].str() + (*at)[3].str(), *types, (*at)[3].length() > 0});
  }
  return out;
}

// "there exists a procedure test.my.proc(in :: INTEGER?) :: (out :: STRING?):"
kith::ProcedureDef procedure(const std::string& step) {
  std::smatch found;
  REQUIRE(
      std::regex_search(step, found, std::regex("procedure ([\\w.]+)\\((.*)\\) :: \\((.*)\\)")));
  kith::ProcedureDef out;
  out.name = found[1];
  out.inputs = fields(found[2]);
  out.outputs = fields(found[3]);
  return out;
}

// "SyntaxError UndefinedVariable", or empty if it binds.
std::string outcome(const std::string& text, const kith::ProcedureRegistry& procedures) {
  try {
    const auto bound = kith::cypher::bind(kith::cypher::parse(text), {text, procedures});
    CHECK(bound.slots.size() == bound.slot_count);
    return "";
  } catch (const kith::Error& error) {
    INFO(error.what());
    CHECK(error.phase() == kith::Phase::CompileTime);
    CHECK(error.line() > 0);
    return error.type() + " " + error.detail();
  }
}

struct Expectation {
  std::string error;  // "SyntaxError UndefinedVariable"
  std::string phase;  // "compile time", "runtime", "any time"; empty: no error
};

Expectation expectation(const Scenario& scenario) {
  const std::regex raised("^an? (\\w+) should be raised at (.*): (\\S+)");
  for (const auto& step : scenario.steps) {
    std::smatch found;
    if (std::regex_search(step.text, found, raised)) {
      return {found[1].str() + " " + found[3].str(), found[2]};
    }
  }
  return {};
}

bool agree(const std::string& got, const Expectation& wanted) {
  if (wanted.phase == "compile time") return got == wanted.error;
  if (got.empty()) return true;
  const auto type = wanted.error.substr(0, wanted.error.find(' '));
  return wanted.phase == "any time" && (got == wanted.error || got.starts_with(type));
}

}  // namespace

TEST_CASE("Every query of the TCK binds, or fails at compile time as the TCK says") {
  const auto scenarios = all_scenarios();
  if (scenarios.empty()) {
    WARN("skipped: KITH_SHARED does not name a folder with tck/features");
    return;
  }
  int raised = 0;
  for (const auto& scenario : scenarios) {
    kith::ProcedureRegistry procedures;
    const Expectation wanted = expectation(scenario);
    // Given by what the query is run with, not by its text.
    if (wanted.error == "ParameterMissing MissingParameter") continue;
    for (const auto& step : scenario.steps) {
      if (step.text.starts_with("there exists a procedure")) procedures.add(procedure(step.text));
      if (step.doc.empty()) continue;
      const bool is_tested = step.text == "executing query:";
      const std::string got = outcome(step.doc, procedures);
      INFO(scenario.id() << "\n" << step.doc << "\nwanted: " << wanted.error << ", got: " << got);
      CHECK(agree(got, is_tested ? wanted : Expectation{}));
      if (is_tested && wanted.phase == "compile time" && got == wanted.error) ++raised;
    }
  }
  // The TCK of openCypher 9 as this repository's authors had it.
  CHECK(raised >= 428);
}
