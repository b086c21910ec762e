// tests/bench/q_error.cpp: how far the planner's estimates are from the rows that came.
//
//   q_error DATABASE FILE.cypher… [--param NAME=NUMBER]…
//
// Runs each query under PROFILE and prints, for each operator, estimate, rows and their q-error
// (the larger over the smaller, both at least 1); then the operators that are worst and, by name of
// operator, the geometric mean. Lines that begin with // are left out of a file.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include "kith/kith.hpp"
#include "tests/bench/query_files.hpp"

namespace {

struct Estimate {
  std::string query, what;
  double estimated = 0, rows = 0;
  double error() const {
    const double a = std::max(1.0, estimated), b = std::max(1.0, rows);
    return std::max(a, b) / std::min(a, b);
  }
};

struct Options {
  std::string database;
  std::vector<std::string> files;
  kith::Parameters parameters;
};

Options read_options(int argc, char** argv) {
  if (argc < 3) throw std::runtime_error("usage: q_error DATABASE FILE.cypher… [--param NAME=N]…");
  Options options;
  options.database = argv[1];
  for (int i = 2; i < argc; ++i) {
    const std::string arg = argv[i];
    if (arg != "--param") {
      options.files.push_back(arg);
      continue;
    }
    const auto [name, number] = kith::bench::read_parameter(i + 1 < argc ? argv[++i] : "");
    options.parameters[name] = number;
  }
  return options;
}

void collect(const kith::Plan& plan, const std::string& query, std::vector<Estimate>& all) {
  if (plan.rows) {
    all.push_back({query, plan.name + " " + plan.details, plan.estimated_rows,
                   static_cast<double>(*plan.rows)});
  }
  for (const auto& child : plan.children) collect(child, query, all);
}

void print(const Estimate& each) {
  std::printf("%10.1f  %14.0f  %14.0f  %s\n", each.error(), each.estimated, each.rows,
              each.what.substr(0, 70).c_str());
}

void report(std::vector<Estimate>& all) {
  std::map<std::string, std::pair<double, int>> by_operator;  // sum of logarithms, count
  for (const Estimate& each : all) {
    auto& [sum, count] = by_operator[each.what.substr(0, each.what.find(' '))];
    sum += std::log(each.error());
    ++count;
  }
  std::printf("\nby operator: geometric mean of the q-error, how many\n");
  for (const auto& [name, sums] : by_operator) {
    std::printf("%10.2f  %5d  %s\n", std::exp(sums.first / sums.second), sums.second, name.c_str());
  }
  std::sort(all.begin(), all.end(),
            [](const Estimate& a, const Estimate& b) { return a.error() > b.error(); });
  std::printf("\nthe worst\n");
  for (std::size_t i = 0; i < std::min<std::size_t>(20, all.size()); ++i) {
    std::printf("%s\n", all[i].query.c_str());
    print(all[i]);
  }
}

int run(const Options& options) {
  kith::Database database = kith::Database::open(options.database, {.read_only = true});
  kith::Connection connection = database.connect();
  std::vector<Estimate> all;
  for (const std::string& file : options.files) {
    auto result =
        connection.execute("PROFILE " + kith::bench::read_query(file), options.parameters);
    while (result.next() != nullptr) continue;
    const std::size_t before = all.size();
    if (const auto plan = result.summary().plan) collect(*plan, file, all);
    std::printf("%s: q-error, estimate, rows\n", file.c_str());
    for (std::size_t i = before; i < all.size(); ++i) print(all[i]);
  }
  report(all);
  return all.empty() ? 1 : 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(read_options(argc, argv));
  } catch (const std::exception& e) {
    std::fprintf(stderr, "%s\n", e.what());
    return 2;
  }
}
