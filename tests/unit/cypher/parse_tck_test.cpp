// tests/unit/cypher/parse_tck_test.cpp: every query of the openCypher TCK goes through the parser.
//
// The environment variable KITH_SHARED names the folder that holds tck/features.
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <sstream>
#include <string>
#include <vector>

#include "cypher/parse/syntax.hpp"
#include "cypher/parse/unparse.hpp"
#include "cypher/prepare.hpp"

namespace {

struct TckQuery {
  std::string where, text;
  std::string error;  // "SyntaxError compile time UndefinedVariable" or empty
};

std::string trimmed(const std::string& line) {
  const auto first = line.find_first_not_of(" \t\r");
  if (first == std::string::npos) return {};
  return line.substr(first, line.find_last_not_of(" \t\r") - first + 1);
}

std::vector<std::string> cells(const std::string& row) {
  std::vector<std::string> out;
  std::string cell;
  for (std::size_t i = 1; i < row.size(); ++i) {
    if (row[i] == '\\' && i + 1 < row.size()) {
      cell += row[++i];
    } else if (row[i] == '|') {
      out.push_back(trimmed(cell));
      cell.clear();
    } else {
      cell += row[i];
    }
  }
  return out;
}

struct Scenario {
  std::string name, error;
  std::vector<std::string> queries;  // the last but control queries is the one under test
  std::vector<std::map<std::string, std::string>> examples;
};

void add(std::vector<TckQuery>& out, const Scenario& scenario) {
  auto examples = scenario.examples;
  if (examples.empty()) examples.emplace_back();
  for (const auto& example : examples) {
    for (std::size_t i = 0; i < scenario.queries.size(); ++i) {
      std::string text = scenario.queries[i];
      for (const auto& [key, value] : example) {
        const std::string mark = "<" + key + ">";
        for (auto at = text.find(mark); at != std::string::npos; at = text.find(mark, at)) {
          text.replace(at, mark.size(), value);
          at += value.size();
        }
      }
      const bool last = i + 1 == scenario.queries.size();
      out.push_back({scenario.name, text, last ? scenario.error : ""});
    }
  }
}

std::vector<TckQuery> read_feature(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::vector<TckQuery> out;
  Scenario scenario;
  std::vector<std::string> header;
  bool in_text = false, in_query = false, in_examples = false;
  std::string text;
  const std::regex raised("an? (\\w+) should be raised at (.*): (.*)");
  for (std::string line; std::getline(file, line);) {
    const std::string word = trimmed(line);
    if (word == "\"\"\"") {
      if (in_text && in_query) scenario.queries.push_back(text);
      text.clear();
      in_text = !in_text;
      continue;
    }
    if (in_text) {
      text += line + "\n";
      continue;
    }
    if (word.starts_with("#")) continue;
    if (word.starts_with("Scenario")) {
      add(out, scenario);
      scenario = {path.filename().string() + " " + word, "", {}, {}};
      in_examples = false;
    }
    if (word.ends_with("query:") || word.ends_with("executed:")) in_query = true;
    std::smatch found;
    if (std::regex_search(word, found, raised)) {
      scenario.error = found[1].str() + " " + found[2].str() + " " + found[3].str();
    }
    if (word.starts_with("Examples")) {
      in_examples = true;
      header.clear();
    } else if (in_examples && word.starts_with("|")) {
      const auto row = cells(word);
      if (header.empty()) {
        header = row;
      } else {
        auto& example = scenario.examples.emplace_back();
        for (std::size_t i = 0; i < header.size(); ++i) example[header[i]] = row.at(i);
      }
    }
  }
  add(out, scenario);
  return out;
}

std::vector<TckQuery> all_queries() {
  const char* shared = std::getenv("KITH_SHARED");
  std::vector<TckQuery> out;
  if (shared == nullptr) return out;
  const auto folder = std::filesystem::path(shared) / "tck" / "features";
  if (!std::filesystem::exists(folder)) return out;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.path().extension() != ".feature") continue;
    for (auto& query : read_feature(entry.path())) out.push_back(std::move(query));
  }
  return out;
}

// What the parser itself must refuse, by name.
bool is_ours(const std::string& error) {
  for (const char* detail :
       {"IntegerOverflow", "FloatingPointOverflow", "InvalidNumberLiteral", "InvalidUnicodeLiteral",
        "InvalidUnicodeCharacter", "InvalidRelationshipPattern", "UnexpectedSyntax",
        "InvalidParameterUse", "InvalidClauseComposition", "InvalidDelete"}) {
    if (error == std::string("SyntaxError compile time ") + detail) return true;
  }
  return false;
}

}  // namespace

TEST_CASE("Every query of the TCK is parsed, or refused for the reason that the TCK names") {
  const auto queries = all_queries();
  if (queries.empty()) WARN("skipped: KITH_SHARED does not name a folder with tck/features");
  for (const auto& query : queries) {
    INFO(query.where << "\n" << query.text);
    std::string raised;
    try {
      const auto ast = kith::cypher::parse(query.text);
      CHECK(kith::cypher::grammar_conflicts(query.text) == std::vector<std::string>{});
      const std::string text = kith::cypher::unparse(ast);
      INFO(text);
      CHECK(kith::cypher::unparse(kith::cypher::parse(text)) == text);
    } catch (const kith::SyntaxError& error) {
      INFO(error.what());
      CHECK(error.line() > 0);
      raised = "SyntaxError compile time " + error.detail();
      CHECK(raised == query.error);
    }
    if (is_ours(query.error)) CHECK(raised == query.error);
  }
}
