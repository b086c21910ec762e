// tests/oracle/circles_test.cpp: triangles, counted and as rows, and what can be reached, against
// loops over the relationships of random graphs, simple ones and with self-loops and parallels.
//
// The seed is printed; KITH_SEED repeats a run, KITH_ORACLE_GRAPHS asks for more graphs.
#include <catch2/catch.hpp>
#include <set>

#include "tests/oracle/twin.hpp"

namespace kith {
namespace {

using namespace test;

struct Shape {
  bool both = false;    // without directions
  bool circle = false;  // c -> a, not a -> c
  bool trail = true;    // one MATCH
};

std::string text_of(const Shape& shape) {
  const auto step = [&](const std::string& from, const std::string& r, const std::string& to) {
    return "(" + from + ":N)-[" + r + ":E]-" + (shape.both ? "" : ">") + "(" + to + ":N)";
  };
  const std::string between = shape.trail ? ", " : " MATCH ";
  return "MATCH " + step("a", "x", "b") + between + step("b", "y", "c") + between +
         (shape.circle ? step("c", "z", "a") : step("a", "z", "c"));
}

// Steps of one relationship each: from, to, number.
std::vector<Edge> steps_of(const std::vector<Edge>& edges, bool both) {
  std::vector<Edge> steps;
  for (const Edge& edge : edges) {
    each_way(edge, both, [&](std::int64_t from, std::int64_t to) {
      steps.push_back({from, to, edge.number});
    });
  }
  return steps;
}

// a, b, c and the three relationships.
std::vector<std::vector<std::int64_t>> triangles(const std::vector<Edge>& edges,
                                                 const Shape& shape) {
  std::vector<std::vector<std::int64_t>> found;
  const auto steps = steps_of(edges, shape.both);
  const auto close = [&](const Edge& x, const Edge& y) {
    for (const Edge& z : steps) {
      const std::int64_t a = x.from, c = y.to;
      if (z.from != (shape.circle ? c : a) || z.to != (shape.circle ? a : c)) continue;
      const bool again = x.number == y.number || y.number == z.number || x.number == z.number;
      if (!shape.trail || !again) found.push_back({a, x.to, c, x.number, y.number, z.number});
    }
  };
  for (const Edge& x : steps) {
    for (const Edge& y : steps) {
      if (y.from == x.to) close(x, y);
    }
  }
  std::sort(found.begin(), found.end());
  return found;
}

// Calls see(end, its relationships) for each trail of min to max relationships.
void each_trail(const std::vector<Edge>& edges, std::int64_t start, bool both, std::size_t min,
                std::size_t max,
                const std::function<void(std::int64_t, const std::vector<std::int64_t>&)>& see) {
  std::vector<std::int64_t> taken;
  const std::function<void(std::int64_t)> go = [&](std::int64_t node) {
    if (taken.size() >= min) see(node, taken);
    if (taken.size() == max) return;
    for (const Edge& edge : edges) {
      if (std::find(taken.begin(), taken.end(), edge.number) != taken.end()) continue;
      each_way(edge, both, [&](std::int64_t from, std::int64_t to) {
        if (from != node) return;
        taken.push_back(edge.number);
        go(to);
        taken.pop_back();
      });
    }
  };
  go(start);
}

std::set<std::int64_t> reached(const std::vector<Edge>& edges, std::int64_t start, bool both,
                               std::size_t min, std::size_t max) {
  std::set<std::int64_t> ends;
  each_trail(edges, start, both, min, max,
             [&](std::int64_t end, const auto&) { ends.insert(end); });
  return ends;
}

void compare_triangles(Twin& twin, int& intersected) {
  const Shape shapes[] = {{},
                          {.circle = true},
                          {.trail = false},
                          {.circle = true, .trail = false},
                          {.both = true},
                          {.both = true, .trail = false}};
  for (const Shape& shape : shapes) {
    const std::string query = text_of(shape);
    const auto expected = triangles(twin.edges, shape);
    INFO(query);
    CHECK(twin.rows(query + " RETURN count(*)")[0][0] ==
          static_cast<std::int64_t>(expected.size()));
    const std::string rows = query + " RETURN a.i, b.i, c.i, x.e, y.e, z.e";
    CHECK(twin.rows(rows) == expected);
    intersected += twin.plans(rows, "Intersect") ? 1 : 0;
    std::vector<std::vector<std::int64_t>> nodes;
    for (const auto& row : expected) nodes.push_back({row[0], row[1], row[2]});
    CHECK(twin.rows(query + " RETURN a.i, b.i, c.i") == nodes);
    std::int64_t odd = 0;
    for (const auto& row : expected) {
      odd +=
          twin.rows("MATCH (n:Odd {i: " + std::to_string(row[2]) + "}) RETURN n.i").empty() ? 0 : 1;
    }
    CHECK(twin.rows(query + " WHERE c:Odd RETURN count(*)")[0][0] == odd);
  }
}

void compare_reached(Twin& twin, std::int64_t start) {
  for (const bool both : {false, true}) {
    for (const std::size_t min : {0u, 1u, 2u}) {
      for (const std::size_t max : {1u, 2u, 3u, 20u}) {
        if (min > max) continue;
        const std::string bounds =
            "*" + std::to_string(min) + ".." + (max == 20 ? "" : std::to_string(max));
        const std::string query = "MATCH (a:N {i: " + std::to_string(start) + "})-[:E" + bounds +
                                  "]-" + (both ? "" : ">") + "(b) ";
        const auto ends = reached(twin.edges, start, both, min, max);
        INFO(query);
        std::vector<std::vector<std::int64_t>> rows;
        for (const std::int64_t end : ends) rows.push_back({end});
        CHECK(twin.rows(query + "RETURN DISTINCT b.i") == rows);
        CHECK(twin.rows(query + "RETURN count(DISTINCT b)")[0][0] ==
              static_cast<std::int64_t>(ends.size()));
        CHECK(twin.rows(query + "WITH DISTINCT a, b RETURN b.i") == rows);
      }
    }
  }
}

// Trails between two nodes, which may be one, all of them: those whose last step is looked up.
void compare_trails(Twin& twin, std::int64_t from, std::int64_t to) {
  const std::size_t bounds[][2] = {{1, 1}, {2, 2}, {3, 3}, {0, 2}, {1, 3}, {2, 4}};
  for (const bool both : {false, true}) {
    for (const auto& [min, max] : bounds) {
      std::vector<std::vector<std::int64_t>> expected, found;
      each_trail(twin.edges, from, both, min, max, [&](std::int64_t end, const auto& taken) {
        if (end == to) expected.push_back(taken);
      });
      const std::string ends = "MATCH (a:N {i: " + std::to_string(from) + "})" +
                               (from == to ? "" : ", (b:N {i: " + std::to_string(to) + "})");
      const std::string query = ends + " MATCH (a)-[r:E*" + std::to_string(min) + ".." +
                                std::to_string(max) + "]-" + (both ? "(" : ">(") +
                                (from == to ? "a" : "b") + ") RETURN [e IN r | e.e] AS numbers";
      INFO(query);
      for (const auto& row : twin.run(query)) {
        auto& numbers = found.emplace_back();
        for (const Value& number : row[0].as_list()) numbers.push_back(number.as_int());
      }
      std::sort(expected.begin(), expected.end());
      std::sort(found.begin(), found.end());
      CHECK(found == expected);
    }
  }
}

void compare_walks(Twin& twin) {
  std::set<std::pair<std::int64_t, std::int64_t>> two, three;
  for (const Edge& x : twin.edges) {
    for (const Edge& y : twin.edges) {
      if (y.from == x.to) two.emplace(x.from, y.to);
    }
  }
  for (const auto& [from, to] : two) {
    for (const Edge& z : twin.edges) {
      if (z.from == to) three.emplace(from, z.to);
    }
  }
  std::set<std::int64_t> all;
  std::vector<std::vector<std::int64_t>> rows;
  for (const auto& [from, to] : three) {
    all.insert(to);
    if (rows.empty() || rows.back()[0] != from) rows.push_back({from, 0});
    ++rows.back()[1];
  }
  const std::string query = "MATCH (a:N)-[:E]->(b) MATCH (b)-[:E]->(c) MATCH (c)-[:E]->(d) RETURN ";
  CHECK(twin.rows(query + "count(DISTINCT d)")[0][0] == static_cast<std::int64_t>(all.size()));
  CHECK(twin.rows(query + "a.i, count(DISTINCT d)") == rows);
}

TEST_CASE("triangles and what can be reached, against loops") {
  const auto seed = number_from("KITH_SEED", std::random_device{}());
  std::printf("seed %llu\n", static_cast<unsigned long long>(seed));
  std::mt19937_64 random(seed);
  const auto graphs = number_from("KITH_ORACLE_GRAPHS", 8);
  int intersected = 0;
  for (std::uint64_t round = 0; round < graphs; ++round) {
    const bool simple = round % 2 == 0;
    INFO("graph " << round << " of seed " << seed);
    const auto nodes = static_cast<std::int64_t>(6 + random() % 25);
    Twin twin(random, nodes, random() % 150, simple);
    compare_triangles(twin, intersected);
    compare_walks(twin);
    twin.database.checkpoint();
    compare_triangles(twin, intersected);
    compare_walks(twin);
    for (int i = 0; i < 10; ++i) i % 3 == 0 ? twin.remove() : twin.add();
    compare_triangles(twin, intersected);
    compare_walks(twin);
    twin.transaction.emplace(twin.connection.begin());
    for (int i = 0; i < 10; ++i) i % 3 == 0 ? twin.remove() : twin.add();
    compare_triangles(twin, intersected);
    compare_walks(twin);
    twin.transaction->rollback();
  }
  CHECK(intersected > 0);
}

TEST_CASE("each end once, and trails between two nodes, against all trails") {
  const auto seed = number_from("KITH_SEED", std::random_device{}());
  std::printf("seed %llu\n", static_cast<unsigned long long>(seed));
  std::mt19937_64 random(seed);
  const auto graphs = number_from("KITH_ORACLE_GRAPHS", 8);
  for (std::uint64_t round = 0; round < graphs; ++round) {
    INFO("graph " << round << " of seed " << seed);
    const auto nodes = static_cast<std::int64_t>(2 + random() % 6);
    Twin twin(random, nodes, random() % 10, false);
    const auto compare = [&] {
      compare_reached(twin, twin.below(nodes));
      const std::int64_t from = twin.below(nodes);
      compare_trails(twin, from, from);
      compare_trails(twin, from, twin.below(nodes));
    };
    compare();
    twin.database.checkpoint();
    compare();
    twin.transaction.emplace(twin.connection.begin());
    for (int i = 0; i < 3; ++i) i % 3 == 0 ? twin.remove() : twin.add();
    compare();
    twin.transaction->rollback();
  }
}

}  // namespace
}  // namespace kith
