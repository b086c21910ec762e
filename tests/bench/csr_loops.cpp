// tests/bench/csr_loops.cpp: counting queries against loops written by hand for each of them.
//
//   csr_loops DATABASE LABEL TYPE [OTHER_TYPE|- [THREADS]]
//
// The relationships of TYPE between nodes with LABEL are read into one pair of arrays (CSR), and
// the out-degrees of OTHER_TYPE into another; the loops run over those, on one thread. kith runs
// the query on THREADS (default 1) on the data file, warm.
#include "tests/bench/csr.hpp"

namespace {

using kith::bench::compare;
using kith::bench::Graph;
using kith::bench::number;

std::uint64_t loops_at(const Graph& graph, std::uint32_t node) {
  const auto range = std::equal_range(graph.begin(node), graph.end(node), node);
  return static_cast<std::uint64_t>(range.second - range.first);
}

std::uint64_t two_steps(const Graph& graph) {
  std::uint64_t total = 0;
  for (std::uint32_t a = 0; a < graph.nodes(); ++a) {
    for (const auto* b = graph.begin(a); b != graph.end(a); ++b) total += graph.degree(*b);
    total -= loops_at(graph, a);
  }
  return total;
}

// a -> b -> c, a -> c, the three nodes different, by a bit for each end of a.
std::uint64_t triangles(const Graph& graph) {
  std::vector<std::uint64_t> bits(graph.nodes() / 64 + 1);
  std::uint64_t total = 0;
  for (std::uint32_t a = 0; a < graph.nodes(); ++a) {
    for (const auto* b = graph.begin(a); b != graph.end(a); ++b) bits[*b / 64] |= 1ull << *b % 64;
    for (const auto* b = graph.begin(a); b != graph.end(a); ++b) {
      if (*b == a) continue;
      for (const auto* c = graph.begin(*b); c != graph.end(*b); ++c) {
        if (*c == a || *c == *b || (bits[*c / 64] >> *c % 64 & 1) == 0) continue;
        const auto range = std::equal_range(graph.begin(a), graph.end(a), *c);
        total += static_cast<std::uint64_t>(range.second - range.first);
      }
    }
    for (const auto* b = graph.begin(a); b != graph.end(a); ++b) bits[*b / 64] = 0;
  }
  return total;
}

// a -> b -> c -> other, a <> c, and no a -> c.
std::uint64_t open_ends(const Graph& graph, const std::vector<std::uint64_t>& weights) {
  std::vector<std::uint64_t> bits(graph.nodes() / 64 + 1);
  std::uint64_t total = 0;
  for (std::uint32_t a = 0; a < graph.nodes(); ++a) {
    for (const auto* b = graph.begin(a); b != graph.end(a); ++b) bits[*b / 64] |= 1ull << *b % 64;
    for (const auto* b = graph.begin(a); b != graph.end(a); ++b) {
      for (const auto* c = graph.begin(*b); c != graph.end(*b); ++c) {
        const bool is_open = *c != a && (bits[*c / 64] >> *c % 64 & 1) == 0;
        total += is_open ? weights[*c] : 0;
      }
    }
    for (const auto* b = graph.begin(a); b != graph.end(a); ++b) bits[*b / 64] = 0;
  }
  return total;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4) {
    std::fprintf(stderr, "usage: csr_loops DATABASE LABEL TYPE [OTHER_TYPE|- [THREADS]]\n");
    return 2;
  }
  try {
    kith::DatabaseOptions options;
    options.read_only = true;
    options.threads = argc > 5 ? static_cast<std::uint32_t>(std::stoul(argv[5])) : 1;
    auto database = kith::Database::open(argv[1], options);
    auto connection = database.connect();
    const std::string label = argv[2], type = argv[3], other = argc > 4 ? argv[4] : "-";
    const std::string n = "(:" + label + ")", step = "-[:" + type + "]->";
    const auto node = [&](const std::string& name) { return "(" + name + ":" + label + ")"; };
    const auto ask = [&](const std::string& query) {
      return [&connection, query] { return number(connection, query); };
    };
    kith::bench::Reader reader(connection, label, type);
    const Graph graph = reader.read();
    compare(
        "two steps", [&] { return two_steps(graph); },
        ask("MATCH " + n + step + n + step + n + " RETURN count(*)"));
    compare(
        "triangles", [&] { return triangles(graph); },
        ask("MATCH " + node("a") + step + node("b") + step + node("c") + ", (a)" + step +
            "(c) WHERE a <> b AND b <> c AND a <> c RETURN count(*)"));
    if (other == "-") return 0;
    const auto weights = reader.degrees(other);
    compare(
        "open ends", [&] { return open_ends(graph, weights); },
        ask("MATCH " + node("a") + step + node("b") + step + node("c") + "-[:" + other +
            "]->() WHERE a <> c AND NOT (a)" + step + "(c) RETURN count(*)"));
  } catch (const std::exception& e) {
    std::fprintf(stderr, "csr_loops: %s\n", e.what());
    return 1;
  }
  return 0;
}
