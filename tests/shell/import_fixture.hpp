// tests/shell/import_fixture.hpp: CSV text into a database, and what is in it then.
#pragma once

#include <catch2/catch.hpp>

#include <string>
#include <vector>

#include "tests/shell/program.hpp"

namespace kith::test {

// The answer as CSV without a header.
inline std::string ask(const std::string& file, const std::string& query) {
  const auto ran = run_kith({"shell", file, "--format", "csv", "-c", ".headers off\n" + query});
  CHECK(ran.err == "");
  CHECK(ran.status == 0);
  return ran.out;
}

// One file of nodes and perhaps one of relationships, into x.kith.
struct Import {
  Folder folder;
  std::string file = folder / "x.kith";

  Ran run(const std::string& nodes, const std::string& relationships = "",
          const std::vector<std::string>& more = {}) {
    std::vector<std::string> arguments{"import", file, "--nodes", folder.write("n.csv", nodes)};
    if (!relationships.empty()) {
      arguments.push_back("--relationships");
      arguments.push_back(folder.write("r.csv", relationships));
    }
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run_kith(arguments);
  }

  // The same, and it succeeds without a word on standard error.
  void takes(const std::string& nodes, const std::string& relationships = "",
             const std::vector<std::string>& more = {}) {
    const auto ran = run(nodes, relationships, more);
    CHECK(ran.err == "");
    REQUIRE(ran.status == 0);
  }

  // Fails with status 1, says this, and leaves nothing but the CSV files.
  void refuses(const Ran& ran, const std::vector<std::string>& says) {
    CHECK(ran.status == 1);
    for (const auto& text : says) {
      INFO(ran.err);
      CHECK(ran.err.find(text) != std::string::npos);
    }
    for (const auto& name : folder.names()) CHECK(name.ends_with(".csv"));
  }
};

inline const std::string kTwoPeople = "id:ID,name,:LABEL\n1,Ada,P\n2,Alan,P\n";

}  // namespace kith::test
