// tests/bench/traversals.cpp: traversals against the algorithms that people write for them.
//
//   traversals DATABASE LABEL TYPE [THREADS [SOURCES [NAME]]]
//
// The relationships of TYPE between nodes with LABEL are read into arrays, both ways. Over those,
// on one thread: the distinct ends of two and of three steps, and of at most three, by a bitmap a
// level; what can be reached, by breadth-first search that changes its direction (S. Beamer,
// K. Asanović, D. Patterson, SC 2012); shortest paths, from both ends; triangles, oriented by
// degree (each node's lists of those with more relationships than itself). kith answers the query
// on THREADS (default 1), prepared, on the data file, warm. The numbers are sums over SOURCES
// (default 16) nodes, spread over all that have ends. NAME: only what has that in its name.
#include <numeric>

#include "tests/bench/csr.hpp"

namespace {

using kith::bench::Edges;
using kith::bench::Graph;
using Node = std::uint32_t;

class Bits {
 public:
  explicit Bits(std::size_t size) : words_(size / 64 + 1) {}
  bool has(Node node) const { return (words_[node / 64] >> node % 64 & 1) != 0; }
  void set(Node node) { words_[node / 64] |= std::uint64_t{1} << node % 64; }
  void unset_word(Node node) { words_[node / 64] = 0; }
  void clear() { std::fill(words_.begin(), words_.end(), 0); }

 private:
  std::vector<std::uint64_t> words_;
};

// Those that lists of `from` name, each once.
std::vector<Node> step(const Graph& graph, const std::vector<Node>& from, Bits& seen) {
  std::vector<Node> found;
  for (const Node node : from) {
    for (const Node* to = graph.begin(node); to != graph.end(node); ++to) {
      if (seen.has(*to)) continue;
      seen.set(*to);
      found.push_back(*to);
    }
  }
  return found;
}

// Ends of exactly so many steps.
std::uint64_t ends_of_walks(const Graph& graph, Node source, int steps) {
  std::vector<Node> level = {source};
  Bits seen(graph.nodes());
  for (int i = 0; i < steps; ++i) {
    level = step(graph, level, seen);
    for (const Node node : level) seen.unset_word(node);
  }
  return level.size();
}

// Ends of 1 to so many steps.
std::uint64_t ends_within(const Graph& graph, Node source, int steps) {
  std::vector<Node> level = {source};
  Bits seen(graph.nodes());
  std::uint64_t total = 0;
  for (int i = 0; i < steps; ++i) {
    level = step(graph, level, seen);
    total += level.size();
  }
  return total;
}

// Direction-optimising: a level with many relationships is found by asking all nodes that have not
// been reached whether one of the level leads to them.
class Search {
 public:
  Search(const Graph& out, const Graph& in)
      : out_(out), in_(in), seen_(out.nodes()), level_bits_(out.nodes()) {}

  // How many nodes one or more steps lead to.
  std::uint64_t reached(Node source) {
    seen_.clear();
    std::vector<Node> level = {source};
    std::uint64_t total = 0, unexplored = out_.ends.size();
    while (!level.empty()) {
      std::uint64_t work = 0;
      for (const Node node : level) work += out_.degree(node);
      unexplored -= std::min(unexplored, work);
      const bool up = work > unexplored / kAlpha && level.size() > out_.nodes() / kBeta;
      level = up ? pull(level) : step(out_, level, seen_);
      total += level.size();
    }
    return total;
  }

 private:
  static constexpr std::uint64_t kAlpha = 15, kBeta = 100;

  std::vector<Node> pull(const std::vector<Node>& level) {
    level_bits_.clear();
    for (const Node node : level) level_bits_.set(node);
    std::vector<Node> found;
    for (Node node = 0; node < in_.nodes(); ++node) {
      if (seen_.has(node)) continue;
      for (const Node* from = in_.begin(node); from != in_.end(node); ++from) {
        if (!level_bits_.has(*from)) continue;
        found.push_back(node);
        break;
      }
    }
    for (const Node node : found) seen_.set(node);
    return found;
  }

  const Graph& out_;
  const Graph& in_;
  Bits seen_, level_bits_;
};

// The length of a shortest path; 0 if there is none.
class Between {
 public:
  Between(const Graph& out, const Graph& in)
      : out_(out), in_(in), forward_(out.nodes()), backward_(out.nodes()) {}

  std::uint64_t length(Node from, Node to) {
    std::vector<Node> ahead = {from}, behind = {to}, touched = {from, to};
    forward_[from] = backward_[to] = 1;
    std::uint32_t depth = 1, back_depth = 1;
    std::uint64_t found = 0;
    while (found == 0 && !ahead.empty() && !behind.empty()) {
      const bool go_back = behind.size() < ahead.size();
      found = go_back ? grow(in_, behind, backward_, forward_, ++back_depth, touched)
                      : grow(out_, ahead, forward_, backward_, ++depth, touched);
    }
    for (const Node node : touched) forward_[node] = backward_[node] = 0;
    return found;
  }

 private:
  static std::uint64_t grow(const Graph& graph, std::vector<Node>& level,
                            std::vector<std::uint32_t>& own,
                            const std::vector<std::uint32_t>& other, std::uint32_t depth,
                            std::vector<Node>& touched) {
    std::vector<Node> next;
    for (const Node node : level) {
      for (const Node* to = graph.begin(node); to != graph.end(node); ++to) {
        if (own[*to] != 0) continue;
        own[*to] = depth;
        touched.push_back(*to);
        if (other[*to] != 0) return depth + other[*to] - 2;
        next.push_back(*to);
      }
    }
    level = std::move(next);
    return 0;
  }

  const Graph& out_;
  const Graph& in_;
  std::vector<std::uint32_t> forward_, backward_;  // 1 + distance; 0: not reached
};

// Each node's ends (and those it is an end of) among the nodes before it in the order of degrees,
// by their number in that order.
struct Oriented {
  Graph out, in;
};
Oriented orient(const Graph& out, const Graph& in) {
  std::vector<Node> order(out.nodes()), rank(out.nodes());
  std::iota(order.begin(), order.end(), 0u);
  std::sort(order.begin(), order.end(), [&](Node a, Node b) {
    return out.degree(a) + in.degree(a) > out.degree(b) + in.degree(b);
  });
  for (Node i = 0; i < order.size(); ++i) rank[order[i]] = i;
  Edges outward, inward;
  for (Node node = 0; node < out.nodes(); ++node) {
    for (const Node* to = out.begin(node); to != out.end(node); ++to) {
      const Node a = rank[node], b = rank[*to];
      if (a > b) outward.emplace_back(a, b);
      if (a < b) inward.emplace_back(b, a);
    }
  }
  return {kith::bench::graph_of(std::move(outward), out.nodes()),
          kith::bench::graph_of(std::move(inward), out.nodes())};
}

// a -> b -> c, a -> c: for the last of the three nodes a bit for each earlier neighbour, each way;
// the lists of the middle one are looked up there.
std::uint64_t ordered_triangles(const Oriented& graph) {
  Bits out(graph.out.nodes()), in(graph.out.nodes());
  const auto count = [](const Graph& lists, Node node, const Bits& bits) {
    std::uint64_t total = 0;
    for (const Node* to = lists.begin(node); to != lists.end(node); ++to) {
      total += bits.has(*to) ? 1 : 0;
    }
    return total;
  };
  const auto each = [](const Graph& lists, Node node, auto&& f) {
    std::for_each(lists.begin(node), lists.end(node), f);
  };
  std::uint64_t total = 0;
  for (Node last = 0; last < graph.out.nodes(); ++last) {
    if (graph.out.degree(last) + graph.in.degree(last) < 2) continue;
    each(graph.out, last, [&](Node node) { out.set(node); });
    each(graph.in, last, [&](Node node) { in.set(node); });
    each(graph.out, last, [&](Node middle) {
      total += count(graph.out, middle, out) + count(graph.in, middle, out) +
               count(graph.in, middle, in);
    });
    each(graph.in, last, [&](Node middle) {
      total += count(graph.out, middle, out) + count(graph.out, middle, in) +
               count(graph.in, middle, in);
    });
    each(graph.out, last, [&](Node node) { out.unset_word(node); });
    each(graph.in, last, [&](Node node) { in.unset_word(node); });
  }
  return total;
}

class Comparison {
 public:
  Comparison(kith::Connection& connection, const std::string& label, const std::string& type,
             std::size_t sources, std::string only)
      : connection_(connection),
        label_(label),
        step_("-[:" + type + "]->"),
        type_(type),
        only_(std::move(only)),
        reader_(connection, label, type),
        out_(reader_.read()),
        in_(kith::bench::turned(out_)) {
    std::vector<Node> with_ends;
    for (Node node = 0; node < out_.nodes(); ++node) {
      if (out_.degree(node) > 0) with_ends.push_back(node);
    }
    if (with_ends.empty()) throw std::runtime_error("there are no such relationships");
    for (std::size_t i = 0; i < sources; ++i) {
      sources_.push_back(with_ends[i * 7919 % with_ends.size()]);
    }
  }

  void run() {
    const std::string n = "(:" + label_ + ")";
    const std::string from = "MATCH (a:" + label_ + ") WHERE id(a) = $a MATCH (a)";
    const auto to = [&](const std::string& name) { return "(" + name + ":" + label_ + ")"; };
    from_each("2 hops",
              from + step_ + to("b") + " MATCH (b)" + step_ + to("c") + " RETURN count(DISTINCT c)",
              [&](Node node) { return ends_of_walks(out_, node, 2); });
    from_each("3 hops",
              from + step_ + to("b") + " MATCH (b)" + step_ + to("c") + " MATCH (c)" + step_ +
                  to("d") + " RETURN count(DISTINCT d)",
              [&](Node node) { return ends_of_walks(out_, node, 3); });
    from_each("1 to 3 hops",
              from + "-[:" + type_ + "*1..3]->" + to("b") + " RETURN count(DISTINCT b)",
              [&](Node node) { return ends_within(out_, node, 3); });
    Search search(out_, in_);
    from_each("reachable", from + "-[:" + type_ + "*]->" + to("b") + " RETURN count(DISTINCT b)",
              [&](Node node) { return search.reached(node); });
    shortest();
    if (!is_wanted("triangles, ordered")) return;
    const Oriented oriented = orient(out_, in_);
    kith::bench::compare(
        "triangles, ordered", [&] { return ordered_triangles(oriented); },
        [&] {
          return kith::bench::number(
              connection_, "MATCH " + to("a") + step_ + to("b") + step_ + to("c") + ", (a)" +
                               step_ + "(c) WHERE a <> b AND b <> c AND a <> c RETURN count(*)");
        });
  }

 private:
  bool is_wanted(const std::string& name) const { return name.find(only_) != std::string::npos; }

  void from_each(const std::string& name, const std::string& query,
                 const std::function<std::uint64_t(Node)>& loop) {
    if (!is_wanted(name)) return;
    auto prepared = connection_.prepare(query);
    const auto sum = [&](auto&& of) {
      std::uint64_t total = 0;
      for (const Node node : sources_) total += of(node);
      return total;
    };
    kith::bench::compare(
        name, [&] { return sum(loop); },
        [&] {
          return sum([&](Node node) {
            auto result = prepared.execute({{"a", reader_.ids()[node]}});
            return static_cast<std::uint64_t>((*result.next())[0].as_int());
          });
        });
  }

  void shortest() {
    if (!is_wanted("shortest path")) return;
    Between between(out_, in_);
    auto prepared = connection_.prepare(
        "MATCH (a:" + label_ + "), (b:" + label_ + ") WHERE id(a) = $a AND id(b) = $b " +
        "MATCH p = shortestPath((a)-[:" + type_ + "*]->(b)) RETURN length(p)");
    const auto sum = [&](auto&& of) {
      std::uint64_t total = 0;
      for (std::size_t i = 0; i < sources_.size(); ++i) {
        const Node from = sources_[i], to = sources_[(i + 1) % sources_.size()];
        if (from != to) total += of(from, to);
      }
      return total;
    };
    kith::bench::compare(
        "shortest path", [&] { return sum([&](Node a, Node b) { return between.length(a, b); }); },
        [&] {
          return sum([&](Node a, Node b) -> std::uint64_t {
            auto result = prepared.execute({{"a", reader_.ids()[a]}, {"b", reader_.ids()[b]}});
            const kith::Row* row = result.next();
            return row == nullptr ? 0 : static_cast<std::uint64_t>((*row)[0].as_int());
          });
        });
  }

  kith::Connection& connection_;
  std::string label_, step_, type_, only_;
  kith::bench::Reader reader_;
  Graph out_, in_;
  std::vector<Node> sources_;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4) {
    std::fprintf(stderr, "usage: traversals DATABASE LABEL TYPE [THREADS [SOURCES [NAME]]]\n");
    return 2;
  }
  try {
    kith::DatabaseOptions options;
    options.read_only = true;
    options.threads = argc > 4 ? static_cast<std::uint32_t>(std::stoul(argv[4])) : 1;
    auto database = kith::Database::open(argv[1], options);
    auto connection = database.connect();
    Comparison(connection, argv[2], argv[3], argc > 5 ? std::stoul(argv[5]) : 16,
               argc > 6 ? argv[6] : "")
        .run();
  } catch (const std::exception& e) {
    std::fprintf(stderr, "traversals: %s\n", e.what());
    return 1;
  }
  return 0;
}
