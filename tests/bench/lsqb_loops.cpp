// tests/bench/lsqb_loops.cpp: the nine queries of the Labelled Subgraph Query Benchmark against
// loops written by hand for each of them.
//
//   lsqb_loops DATABASE [THREADS]
//
// DATABASE has the labels and types of LDBC SNB, written as in HAS_CREATOR, with KNOWS stored in
// both directions. The loops run on one thread over arrays indexed by id(); kith runs the query on
// THREADS (default 1) on the data file, warm.
#include <span>

#include "tests/bench/csr.hpp"

namespace {

using kith::bench::compare;
using kith::bench::Edges;
using kith::bench::Graph;
using Node = std::uint32_t;
using Weights = std::vector<std::uint64_t>;  // by node

class Data {
 public:
  explicit Data(kith::Connection& connection) : connection_(connection) {
    nodes_ = 1 + kith::bench::number(connection, "MATCH (n) RETURN max(id(n))");
    is_member = read("(:Forum)-[:HAS_MEMBER]->(:Person)");
    contains = read("(:Forum)-[:CONTAINER_OF]->(:Post)");
    lives_in = read("(:Person)-[:IS_LOCATED_IN]->(:City)");
    part_of = read("(:City)-[:IS_PART_OF]->(:Country)");
    replies = kith::bench::turned(read("(:Comment)-[:REPLY_OF]->(:Message)"));
    replies_to_post = read("(:Comment)-[:REPLY_OF]->(:Post)");
    tags = read("(:Message)-[:HAS_TAG]->(:Tag)");
    tag_types = read("(:Tag)-[:HAS_TYPE]->(:TagClass)");
    creators = read("(:Message)-[:HAS_CREATOR]->(:Person)");
    comments_of = kith::bench::turned(read("(:Comment)-[:HAS_CREATOR]->(:Person)"));
    likers = kith::bench::turned(read("(:Person)-[:LIKES]->(:Message)"));
    knows = read("(:Person)-[:KNOWS]->(:Person)");
    interests = read("(:Person)-[:HAS_INTEREST]->(:Tag)");
  }

  Node nodes() const { return static_cast<Node>(nodes_); }

  Graph is_member, contains, lives_in, part_of, replies /* to a message */, replies_to_post, tags,
      tag_types, creators, comments_of, likers, knows, interests;

 private:
  Graph read(std::string pattern) {
    pattern.insert(1, "a");
    pattern.insert(pattern.rfind('(') + 1, "b");
    Edges edges;
    auto rows = connection_.execute("MATCH " + pattern + " RETURN id(a), id(b)");
    while (const kith::Row* row = rows.next()) {
      edges.emplace_back(static_cast<Node>((*row)[0].as_int()),
                         static_cast<Node>((*row)[1].as_int()));
    }
    return kith::bench::graph_of(std::move(edges), nodes_);
  }

  kith::Connection& connection_;
  std::uint64_t nodes_ = 0;
};

std::span<const Node> ends(const Graph& graph, Node node) {
  return {graph.begin(node), graph.end(node)};
}

Weights sums(const Graph& graph, const std::function<std::uint64_t(Node)>& weight) {
  Weights total(graph.nodes());
  for (Node node = 0; node < graph.nodes(); ++node) {
    for (const Node end : ends(graph, node)) total[node] += weight(end);
  }
  return total;
}

std::uint64_t q1(const Data& data) {
  const auto cities = sums(data.lives_in, [&](Node city) { return data.part_of.degree(city); });
  const auto classes = sums(data.tags, [&](Node tag) { return data.tag_types.degree(tag); });
  std::uint64_t total = 0;
  for (Node forum = 0; forum < data.nodes(); ++forum) {
    std::uint64_t members = 0, answers = 0;
    for (const Node post : ends(data.contains, forum)) {
      for (const Node comment : ends(data.replies, post)) answers += classes[comment];
    }
    if (answers == 0) continue;
    for (const Node person : ends(data.is_member, forum)) members += cities[person];
    total += members * answers;
  }
  return total;
}

std::uint64_t q2(const Data& data) {
  std::uint64_t total = 0;
  Weights answered(data.nodes());
  for (Node a = 0; a < data.nodes(); ++a) {
    if (data.knows.degree(a) == 0) continue;
    const auto add = [&](std::uint64_t sign) {
      for (const Node comment : ends(data.comments_of, a)) {
        for (const Node post : ends(data.replies_to_post, comment)) {
          for (const Node b : ends(data.creators, post)) answered[b] += sign;
        }
      }
    };
    add(1);
    for (const Node b : ends(data.knows, a)) total += answered[b];
    add(~std::uint64_t{0});
  }
  return total;
}

// The country of a person, or 0: ids of others do not matter.
std::vector<Node> countries(const Data& data) {
  std::vector<Node> country(data.nodes());
  for (Node person = 0; person < data.nodes(); ++person) {
    for (const Node city : ends(data.lives_in, person)) {
      for (const Node of : ends(data.part_of, city)) country[person] = of + 1;
    }
  }
  return country;
}

std::uint64_t q3(const Data& data) {
  const auto country = countries(data);
  std::vector<bool> leads_back(data.nodes());
  const Graph& knows = data.knows;  // both ways
  std::uint64_t total = 0;
  for (Node a = 0; a < data.nodes(); ++a) {
    if (country[a] == 0 || knows.degree(a) == 0) continue;
    for (const Node c : ends(knows, a)) leads_back[c] = country[c] == country[a];
    for (const Node b : ends(knows, a)) {
      if (!leads_back[b]) continue;
      for (const Node c : ends(knows, b)) total += leads_back[c] ? 1 : 0;
    }
    for (const Node c : ends(knows, a)) leads_back[c] = false;
  }
  return total;
}

std::uint64_t q4(const Data& data) {
  std::uint64_t total = 0;
  for (Node m = 0; m < data.nodes(); ++m) {
    total += data.tags.degree(m) * data.creators.degree(m) * data.likers.degree(m) *
             data.replies.degree(m);
  }
  return total;
}

std::uint64_t common(const Graph& graph, Node a, Node b) {
  const auto one = ends(graph, a), two = ends(graph, b);
  std::uint64_t total = 0;
  for (std::size_t i = 0, j = 0; i < one.size() && j < two.size();) {
    total += one[i] == two[j] ? 1 : 0;
    const Node x = one[i], y = two[j];
    i += x <= y ? 1 : 0;
    j += y <= x ? 1 : 0;
  }
  return total;
}

// Of tags of a message and of a comment on it; `apart`: the message's must not be the comment's.
std::uint64_t q5_or_8(const Data& data, bool apart) {
  std::uint64_t total = 0;
  for (Node m = 0; m < data.nodes(); ++m) {
    const std::uint64_t tags = data.tags.degree(m);
    if (tags == 0) continue;
    for (const Node comment : ends(data.replies, m)) {
      const std::uint64_t own = data.tags.degree(comment);
      if (own == 0) continue;
      const std::uint64_t both = common(data.tags, m, comment);
      total += apart ? (tags - both) * own : tags * own - both;
    }
  }
  return total;
}

std::uint64_t q6(const Data& data) {
  const auto two = sums(data.knows, [&](Node c) { return data.interests.degree(c); });
  std::uint64_t total = 0;
  for (Node a = 0; a < data.nodes(); ++a) {
    for (const Node b : ends(data.knows, a)) {
      total += two[b];
      const auto back = std::equal_range(data.knows.begin(b), data.knows.end(b), a);
      total -= static_cast<std::uint64_t>(back.second - back.first) * data.interests.degree(a);
    }
  }
  return total;
}

std::uint64_t q7(const Data& data) {
  const auto at_least = [](std::uint64_t n) { return std::max<std::uint64_t>(n, 1); };
  std::uint64_t total = 0;
  for (Node m = 0; m < data.nodes(); ++m) {
    total += data.tags.degree(m) * data.creators.degree(m) * at_least(data.likers.degree(m)) *
             at_least(data.replies.degree(m));
  }
  return total;
}

std::uint64_t q9(const Data& data) {
  std::vector<bool> is_friend(data.nodes());
  std::uint64_t total = 0;
  for (Node a = 0; a < data.nodes(); ++a) {
    for (const Node c : ends(data.knows, a)) is_friend[c] = true;
    for (const Node b : ends(data.knows, a)) {
      for (const Node c : ends(data.knows, b)) {
        if (c != a && !is_friend[c]) total += data.interests.degree(c);
      }
    }
    for (const Node c : ends(data.knows, a)) is_friend[c] = false;
  }
  return total;
}

const char* const kQueries[] = {
    "MATCH (:Country)<-[:IS_PART_OF]-(:City)<-[:IS_LOCATED_IN]-(:Person)<-[:HAS_MEMBER]-(:Forum)"
    "-[:CONTAINER_OF]->(:Post)<-[:REPLY_OF]-(:Comment)-[:HAS_TAG]->(:Tag)-[:HAS_TYPE]->(:TagClass)",
    "MATCH (a:Person)-[:KNOWS]->(b:Person), "
    "(a)<-[:HAS_CREATOR]-(:Comment)-[:REPLY_OF]->(:Post)-[:HAS_CREATOR]->(b)",
    "MATCH (k:Country) MATCH (a:Person)-[:IS_LOCATED_IN]->(:City)-[:IS_PART_OF]->(k) "
    "MATCH (b:Person)-[:IS_LOCATED_IN]->(:City)-[:IS_PART_OF]->(k) "
    "MATCH (c:Person)-[:IS_LOCATED_IN]->(:City)-[:IS_PART_OF]->(k) "
    "MATCH (a)-[:KNOWS]->(b)-[:KNOWS]->(c)-[:KNOWS]->(a)",
    "MATCH (:Tag)<-[:HAS_TAG]-(m:Message)-[:HAS_CREATOR]->(:Person), (m)<-[:LIKES]-(:Person), "
    "(m)<-[:REPLY_OF]-(:Comment)",
    "MATCH (s:Tag)<-[:HAS_TAG]-(:Message)<-[:REPLY_OF]-(:Comment)-[:HAS_TAG]->(t:Tag) "
    "WHERE s <> t",
    "MATCH (a:Person)-[:KNOWS]->(:Person)-[:KNOWS]->(c:Person)-[:HAS_INTEREST]->(:Tag) "
    "WHERE a <> c",
    "MATCH (:Tag)<-[:HAS_TAG]-(m:Message)-[:HAS_CREATOR]->(:Person) "
    "OPTIONAL MATCH (m)<-[:LIKES]-(:Person) OPTIONAL MATCH (m)<-[:REPLY_OF]-(:Comment)",
    "MATCH (s:Tag)<-[:HAS_TAG]-(:Message)<-[:REPLY_OF]-(c:Comment)-[:HAS_TAG]->(t:Tag) "
    "WHERE s <> t AND NOT (c)-[:HAS_TAG]->(s)",
    "MATCH (a:Person)-[:KNOWS]->(:Person)-[:KNOWS]->(c:Person)-[:HAS_INTEREST]->(:Tag) "
    "WHERE a <> c AND NOT (a)-[:KNOWS]->(c)",
};

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: lsqb_loops DATABASE [THREADS]\n");
    return 2;
  }
  try {
    kith::DatabaseOptions options;
    options.read_only = true;
    options.threads = argc > 2 ? static_cast<std::uint32_t>(std::stoul(argv[2])) : 1;
    auto database = kith::Database::open(argv[1], options);
    auto connection = database.connect();
    const Data data(connection);
    const std::function<std::uint64_t()> loops[] = {[&] { return q1(data); },
                                                    [&] { return q2(data); },
                                                    [&] { return q3(data); },
                                                    [&] { return q4(data); },
                                                    [&] { return q5_or_8(data, false); },
                                                    [&] { return q6(data); },
                                                    [&] { return q7(data); },
                                                    [&] { return q5_or_8(data, true); },
                                                    [&] { return q9(data); }};
    for (std::size_t i = 0; i < std::size(kQueries); ++i) {
      compare("lsqb " + std::to_string(i + 1), loops[i], [&] {
        return kith::bench::number(connection, std::string(kQueries[i]) + " RETURN count(*)");
      });
    }
  } catch (const std::exception& e) {
    std::fprintf(stderr, "lsqb_loops: %s\n", e.what());
    return 1;
  }
  return 0;
}
