// tests/unit/storage/cursor_check.cpp: every cursor against the model.
#include "tests/unit/storage/cursor_check.hpp"

#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <map>

namespace kith::storage::test {

namespace {

using Ids = std::vector<std::uint64_t>;

class Checker {
 public:
  Checker(const View& view, const GraphModel& graph, std::uint64_t seed)
      : view_(view), graph_(graph), random_(seed) {
    for (const auto& [id, node] : graph.nodes) nodes_.push_back(id);
    for (const auto& [id, edge] : graph.edges) edges_.push_back(id);
  }

  void run() {
    check_elements();
    check_counts();
    check_node_scans();
    check_edge_scans();
    check_labels_and_ends();
    for (const Direction direction : {Direction::Out, Direction::In, Direction::Both}) {
      check_neighbours(direction, {});
      check_between(direction, {});
      for (std::uint32_t type = 0; type < view_.catalog().types.size(); ++type) {
        check_neighbours(direction, {TypeId{type}});
        check_between(direction, {TypeId{type}});
        if (type == 1) check_between(direction, {TypeId{type}, TypeId{0}});
      }
    }
    for (std::uint32_t key = 0; key < view_.catalog().keys.size(); ++key) {
      check_values(ElementKind::Node, KeyId{key});
      check_values(ElementKind::Relationship, KeyId{key});
    }
  }

 private:
  void check_elements() const {
    const GraphModel seen = capture(view_);
    REQUIRE(seen.nodes.size() == graph_.nodes.size());
    REQUIRE(seen.edges.size() == graph_.edges.size());
    for (const auto& [id, node] : graph_.nodes) {
      INFO("node " << id);
      REQUIRE(seen.nodes.contains(id));
      REQUIRE(seen.nodes.at(id).labels == node.labels);
      REQUIRE((seen.nodes.at(id).values == node.values));
      REQUIRE(view_.exists(NodeId{id}));
    }
    for (const auto& [id, edge] : graph_.edges) {
      INFO("relationship " << id);
      REQUIRE(seen.edges.contains(id));
      REQUIRE((seen.edges.at(id) == edge));
      const Relationship read = view_.relationship(RelationshipId{id});
      REQUIRE(read.start.value == edge.start);
      REQUIRE(read.end.value == edge.end);
      REQUIRE(view_.exists(RelationshipId{id}));
    }
  }

  void check_counts() const {
    REQUIRE(view_.node_count() == graph_.nodes.size());
    REQUIRE(view_.relationship_count() == graph_.edges.size());
    const Catalog& catalog = view_.catalog();
    for (std::uint32_t label = 0; label < catalog.labels.size(); ++label)
      REQUIRE(view_.node_count(LabelId{label}) ==
              static_cast<std::uint64_t>(
                  std::count_if(graph_.nodes.begin(), graph_.nodes.end(), [&](const auto& node) {
                    return node.second.labels.contains(catalog.name(LabelId{label}));
                  })));
    for (std::uint32_t type = 0; type < catalog.types.size(); ++type)
      REQUIRE(view_.relationship_count(TypeId{type}) ==
              static_cast<std::uint64_t>(
                  std::count_if(graph_.edges.begin(), graph_.edges.end(), [&](const auto& edge) {
                    return edge.second.type == catalog.name(TypeId{type});
                  })));
    if (!nodes_.empty()) REQUIRE(nodes_.back() < view_.node_id_limit());
    if (!edges_.empty()) REQUIRE(edges_.back() < view_.relationship_id_limit());
  }

  Ids scan(const std::vector<LabelId>& labels, const std::vector<IdRange>& ranges) {
    NodeScan scan(view_, labels);
    Ids all, batch(1 + random_() % 3000);
    for (const IdRange range : ranges) {
      scan.begin(range);
      while (const std::size_t count = scan.next(batch))
        all.insert(all.end(), batch.begin(), batch.begin() + static_cast<std::ptrdiff_t>(count));
    }
    return all;
  }

  void check_node_scans() {
    for (const bool weigh : {false, true}) {
      MorselOptions options;
      options.weigh = weigh;
      options.direction = static_cast<Direction>(random_() % 3);
      options.target = 1 + random_() % 2000;
      REQUIRE((scan({}, node_morsels(view_, options)) == nodes_));
    }
    const std::uint32_t labels = view_.catalog().labels.size();
    for (std::uint32_t label = 0; label < labels; ++label) {
      std::vector<LabelId> wanted{LabelId{label}};
      if (label % 2 == 1) wanted.push_back(LabelId{label - 1});
      Ids expected;
      for (const auto& [id, node] : graph_.nodes)
        if (std::all_of(wanted.begin(), wanted.end(),
                        [&](LabelId l) { return node.labels.contains(view_.catalog().name(l)); }))
          expected.push_back(id);
      MorselOptions options;
      options.label = LabelId{label};
      options.target = 1 + random_() % 2000;
      REQUIRE((scan(wanted, node_morsels(view_, options)) == expected));
      REQUIRE((scan(wanted, {{0, UINT64_MAX >> 1}}) == expected));
    }
  }

  void check_edge_scans() {
    std::vector<std::optional<TypeId>> types{std::nullopt};
    for (std::uint32_t type = 0; type < view_.catalog().types.size(); ++type)
      types.push_back(TypeId{type});
    for (const std::optional<TypeId> type : types) {
      RelationshipScan scan(view_, type);
      Ids ids(1 + random_() % 3000), starts(ids.size()), ends(ids.size());
      Ids seen, expected;
      for (const IdRange range : relationship_morsels(view_, type, 1 + random_() % 900)) {
        scan.begin(range);
        while (const std::size_t count = scan.next(ids, starts, ends))
          for (std::size_t i = 0; i < count; ++i) {
            seen.push_back(ids[i]);
            const ModelEdge& edge = graph_.edges.at(ids[i]);
            REQUIRE(edge.start == starts[i]);
            REQUIRE(edge.end == ends[i]);
          }
      }
      for (const auto& [id, edge] : graph_.edges)
        if (!type || edge.type == view_.catalog().name(*type)) expected.push_back(id);
      REQUIRE((seen == expected));
    }
  }

  // Ids that exist, in random order with repetitions, and some that do not.
  Ids sample(const Ids& from, std::size_t count, bool strangers) {
    Ids ids;
    for (std::size_t i = 0; i < count && !from.empty(); ++i)
      ids.push_back(strangers && random_() % 20 == 0 ? random_() % (from.back() + 40000)
                                                     : from[random_() % from.size()]);
    return ids;
  }

  void check_labels_and_ends() {
    const Ids nodes = sample(nodes_, 300, true);
    std::vector<std::uint8_t> has(nodes.size());
    for (std::uint32_t label = 0; label < view_.catalog().labels.size(); ++label) {
      has_label(view_, LabelId{label}, nodes, has);
      for (std::size_t i = 0; i < nodes.size(); ++i) {
        const auto at = graph_.nodes.find(nodes[i]);
        const bool expected = at != graph_.nodes.end() &&
                              at->second.labels.contains(view_.catalog().name(LabelId{label}));
        REQUIRE((has[i] != 0) == expected);
      }
      LabelReader reader(view_, LabelId{label});  // asked again, it says the same
      std::vector<std::uint8_t> again(nodes.size());
      for (std::size_t at = 0, some = 1; at < nodes.size(); at += some, some *= 3) {
        some = std::min(some, nodes.size() - at);
        reader.read(std::span(nodes).subspan(at, some), std::span(again).subspan(at, some));
      }
      REQUIRE((again == has));
    }
    const Ids edges = sample(edges_, 300, true);
    Ids starts(edges.size()), ends(edges.size());
    read_ends(view_, edges, starts, ends);
    for (std::size_t i = 0; i < edges.size(); ++i) {
      if (!graph_.edges.contains(edges[i])) continue;  // anything, but no crash
      REQUIRE(graph_.edges.at(edges[i]).start == starts[i]);
      REQUIRE(graph_.edges.at(edges[i]).end == ends[i]);
    }
  }

  // (neighbour, relationship) of each node.
  using Adjacency = std::multimap<std::uint64_t, std::pair<std::uint64_t, std::uint64_t>>;
  Adjacency adjacency(Direction direction, const std::vector<TypeId>& types) const {
    Adjacency lists;
    for (const auto& [id, edge] : graph_.edges) {
      const auto named = [&](TypeId type) { return view_.catalog().name(type) == edge.type; };
      if (!types.empty() && std::none_of(types.begin(), types.end(), named)) continue;
      if (direction != Direction::In) lists.insert({edge.start, {edge.end, id}});
      const bool loop = direction == Direction::Both && edge.start == edge.end;
      if (direction != Direction::Out && !loop) lists.insert({edge.end, {edge.start, id}});
    }
    return lists;
  }

  using Match = std::array<std::uint64_t, 3>;  // row, neighbour, relationship
  std::vector<Match> drain(NeighbourCursor& cursor) {
    std::vector<Match> matches;
    const std::size_t limit = 1 + random_() % 700;
    std::vector<std::uint32_t> rows(limit);
    Ids neighbours(limit), relationships(limit);
    while (const std::size_t count =
               cursor.next(limit, rows.data(), neighbours.data(), relationships.data())) {
      REQUIRE(count <= limit);
      for (std::size_t i = 0; i < count; ++i)
        matches.push_back({rows[i], neighbours[i], relationships[i]});
    }
    REQUIRE(std::is_sorted(matches.begin(), matches.end(),
                           [](const Match& a, const Match& b) { return a[0] < b[0]; }));
    std::sort(matches.begin(), matches.end());
    return matches;
  }

  void check_neighbours(Direction direction, const std::vector<TypeId>& types) {
    const Adjacency lists = adjacency(direction, types);
    NeighbourCursor cursor(view_, direction, types);
    Ids rows = nodes_;
    for (const std::uint64_t id : sample(nodes_, 50, true)) rows.push_back(id);
    std::vector<std::uint8_t> valid(rows.size(), 1);
    for (std::size_t i = 0; i < rows.size(); i += 17) valid[i] = 0;
    std::vector<Match> expected;
    Ids degrees(rows.size());
    cursor.degrees(rows, degrees);
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const auto [begin, end] = lists.equal_range(rows[i]);
      const auto degree = static_cast<std::uint64_t>(std::distance(begin, end));
      REQUIRE(degrees[i] == degree);
      if (i % 13 == 0) REQUIRE(view_.degree(NodeId{rows[i]}, direction, types) == degree);
      for (auto at = begin; at != end && valid[i] != 0; ++at)
        expected.push_back({i, at->second.first, at->second.second});
    }
    std::sort(expected.begin(), expected.end());
    cursor.begin(rows, valid.data());
    REQUIRE((drain(cursor) == expected));
    cursor.begin(rows);
    std::size_t all = 0;
    while (const std::size_t count = cursor.next(1000, nullptr, nullptr, nullptr)) all += count;
    REQUIRE(all >= expected.size());
    check_lists(cursor, lists, rows);
    check_products(cursor, lists, static_cast<DegreeFactor>(random_() % 4));
  }

  // Over ids that follow one another, of which some may not exist.
  void check_products(NeighbourCursor& cursor, const Adjacency& lists, DegreeFactor factor) {
    if (view_.node_id_limit() == 0) return;
    const std::uint64_t first = random_() % view_.node_id_limit();
    Ids products(random_() % (view_.node_id_limit() - first + 1), 3);
    const std::uint64_t all = cursor.multiply_degrees(first, factor, products);
    std::uint64_t expected_all = 0;
    for (std::size_t i = 0; i < products.size(); ++i) {
      const std::uint64_t expected = 3 * factor_of(factor, lists.count(first + i));
      REQUIRE(products[i] == expected);
      expected_all |= expected;
    }
    REQUIRE(all == expected_all);
  }

  // Whole lists, of one node and of many at a time.
  void check_lists(NeighbourCursor& cursor, const Adjacency& lists, const Ids& rows) {
    using Edges = std::vector<std::pair<std::uint64_t, std::uint64_t>>;
    std::vector<Edges> seen(rows.size());
    std::size_t last = 0;
    bool ascends = true;
    const auto take = [&](Edges& into, const NeighbourList& list) {
      const std::size_t begin = into.size();
      for (std::size_t i = 0; i < list.size; ++i) {
        const std::uint64_t node = list.narrow != nullptr ? list.narrow[i] : list.wide[i];
        into.emplace_back(node, list.relationship(i));
      }
      ascends &= list.size > 0 &&
                 std::is_sorted(into.begin() + static_cast<std::ptrdiff_t>(begin), into.end(),
                                [](const auto& a, const auto& b) { return a.first < b.first; });
    };
    cursor.each_list(rows, [&](std::size_t place, const NeighbourList& list) {
      ascends &= place >= last;
      last = place;
      take(seen.at(place), list);
    });
    for (std::size_t i = 0; i < rows.size(); ++i) {
      Edges expected, one;
      const auto [begin, end] = lists.equal_range(rows[i]);
      for (auto at = begin; at != end; ++at) expected.push_back(at->second);
      std::sort(expected.begin(), expected.end());
      std::sort(seen[i].begin(), seen[i].end());
      REQUIRE((seen[i] == expected));
      if (i % 7 != 0) continue;
      for (const NeighbourList& list : cursor.lists(rows[i])) take(one, list);
      std::sort(one.begin(), one.end());
      REQUIRE((one == expected));
    }
    REQUIRE(ascends);
  }

  void check_between(Direction direction, const std::vector<TypeId>& types) {
    std::multimap<std::pair<std::uint64_t, std::uint64_t>, std::uint64_t> pairs;
    for (const auto& [node, edge] : adjacency(direction, types))
      pairs.insert({{node, edge.first}, edge.second});
    NeighbourCursor cursor(view_, direction, types);
    Ids from, to;
    for (const auto& [id, edge] : graph_.edges) {
      if (random_() % 4 != 0) continue;
      const bool turn = random_() % 3 == 0;
      from.push_back(turn ? edge.end : edge.start);
      to.push_back(turn ? edge.start : edge.end);
    }
    for (const std::uint64_t id : sample(nodes_, 60, true)) {
      from.push_back(id);
      to.push_back(random_() % 5 == 0 ? id : nodes_[random_() % nodes_.size()]);
    }
    std::vector<Match> expected;
    for (std::size_t i = 0; i < from.size(); ++i) {
      const auto [begin, end] = pairs.equal_range({from[i], to[i]});
      for (auto at = begin; at != end; ++at) expected.push_back({i, to[i], at->second});
    }
    std::sort(expected.begin(), expected.end());
    cursor.begin_between(from, to);
    REQUIRE((drain(cursor) == expected));
    // Some without their relationships, the rest with them.
    cursor.begin_between(from, to);
    std::vector<std::uint32_t> rows(1 + expected.size() / 2);
    Ids neighbours(rows.size());
    const std::size_t some = cursor.next(rows.size(), rows.data(), neighbours.data(), nullptr);
    std::vector<Match> seen;
    for (std::size_t i = 0; i < some; ++i) seen.push_back({rows[i], neighbours[i], 0});
    std::vector<Match> rest = drain(cursor);
    REQUIRE(some + rest.size() == expected.size());
    for (std::size_t i = 0; i < some; ++i) {
      REQUIRE(seen[i][0] == expected[i][0]);
      REQUIRE(seen[i][1] == expected[i][1]);
    }
    const auto ends_here = [&](const Match& match) { return match[0] > rows[some - 1]; };
    if (some > 0) {  // a row of several may be cut
      rest.erase(rest.begin(), std::find_if(rest.begin(), rest.end(), ends_here));
      const auto from_here = std::find_if(expected.begin(), expected.end(), ends_here);
      REQUIRE(std::equal(rest.begin(), rest.end(), from_here, expected.end()));
    }
  }

  const Values* values_of(ElementKind kind, std::uint64_t id) const {
    if (kind == ElementKind::Node) {
      const auto at = graph_.nodes.find(id);
      return at == graph_.nodes.end() ? nullptr : &at->second.values;
    }
    const auto at = graph_.edges.find(id);
    return at == graph_.edges.end() ? nullptr : &at->second.values;
  }

  void check_values(ElementKind kind, KeyId key) {
    const std::string& name = view_.catalog().name(key);
    PropertyReader reader(view_, kind, key);
    Vector out;
    const Ids& all = kind == ElementKind::Node ? nodes_ : edges_;
    for (const Ids& ids : {all, sample(all, 500, true), sample(all, 3, false), Ids{}}) {
      std::vector<std::uint8_t> valid(ids.size(), 1);
      for (std::size_t i = 5; i < ids.size(); i += 11) valid[i] = 0;
      reader.read(ids, valid.data(), out);
      REQUIRE(out.rows() == ids.size());
      for (std::size_t i = 0; i < ids.size(); ++i) {
        const Values* values = values_of(kind, ids[i]);
        const bool there = valid[i] != 0 && values && values->contains(name);
        REQUIRE(out.valid(static_cast<std::uint32_t>(i)) == there);
        if (there) REQUIRE(bytes_of(out.cell(static_cast<std::uint32_t>(i))) == values->at(name));
      }
    }
  }

  const View& view_;
  const GraphModel& graph_;
  std::mt19937_64 random_;
  Ids nodes_, edges_;
};

}  // namespace

void check_view(const View& view, const GraphModel& graph, std::uint64_t seed) {
  Checker(view, graph, seed).run();
}

}  // namespace kith::storage::test
