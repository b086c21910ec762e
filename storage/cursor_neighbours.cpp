// storage/cursor_neighbours.cpp: the relationships of many nodes.
//
// Opening a row finds its pieces: runs of positions of base lists, read where they lie, or, for a
// node whose lists have changes, a merged copy. Everything after that is copying pieces.
#include <algorithm>
#include <array>
#include <numeric>

#include "core/assert.hpp"
#include "storage/cursor.hpp"
#include "storage/neighbours/marked_lists.hpp"
#include "storage/neighbours/neighbour_list.hpp"
#include "storage/neighbours/row_block.hpp"

namespace kith::storage {

namespace {

constexpr std::size_t kNodesAtOnce = 256;  // whose lists are found together

// Either positions of a base list, or a range of the merged buffer.
struct Piece {
  AdjacencyReader* reader;  // nullptr: merged
  std::uint64_t first, end;
};

}  // namespace

struct NeighbourCursor::State {
  View view;
  const Direction direction;
  const std::vector<TypeId> types;        // ascending; empty: all
  std::shared_ptr<const Base> read_from;  // by the caches; shared: a writer may fold meanwhile
  ListCache forward, backward;            // backward: the other end's side

  std::span<const std::uint64_t> nodes, others;
  const std::uint8_t* valid = nullptr;
  bool between = false;
  std::size_t row = 0;  // the next one to open
  ListBlock lists_found;
  PairBlock pairs_found;
  std::size_t opened = 0;  // the row that the pieces are of
  std::vector<Piece> pieces;
  std::size_t piece = 0;
  std::vector<Neighbour> merged;
  std::vector<NeighbourList> views;  // of lists()
  // What they point to, if not into a block.
  std::vector<std::uint64_t> copied, copied_relationships;
  std::vector<std::uint64_t> more;  // degrees in another list
  ExistingRelationships existing;   // for lists that are marked
  LongDegrees long_degrees;         // of such lists

  State(View v, Direction d, std::vector<TypeId> t)
      : view(std::move(v)),
        direction(d),
        types(sorted(std::move(t))),
        forward(d, types, view.root().base().pool().limit_bytes()),
        backward(reverse(d), types, view.root().base().pool().limit_bytes()) {}

  static std::vector<TypeId> sorted(std::vector<TypeId> t) {
    std::sort(t.begin(), t.end());
    t.erase(std::unique(t.begin(), t.end()), t.end());
    return t;
  }
  static bool wants(Direction wanted, Direction list) {
    return wanted == Direction::Both || wanted == list;
  }

  // Before lists are asked for, and while no piece of a list is open.
  void follow_base() {
    if (read_from == view.root().shared_base()) return;
    forward.clear();
    backward.clear();
    read_from = view.root().shared_base();
  }

  // Types of the lists that a changed node may have.
  std::vector<TypeId> types_of(const SegmentLists& lists, const NodeChange& change,
                               std::uint64_t node) const {
    if (!types.empty()) return types;
    std::vector<TypeId> found;
    for (const BaseList& list : lists.base) found.push_back(list.type);
    const auto see = [&](const ListChange& edge) {
      if (found.empty() || found.back() != edge.type) found.push_back(edge.type);
    };
    change.edges(Direction::Out, node).for_each(see);
    change.edges(Direction::In, node).for_each(see);
    return sorted(std::move(found));
  }

  // --- opening a row

  void add_piece(AdjacencyReader* reader, std::uint64_t first, std::uint64_t end) {
    if (first < end) pieces.push_back({reader, first, end});
  }

  void open(std::uint64_t node) {
    SegmentLists& lists = forward.at(view.root(), node);
    const NodeChange* change = lists.change_of(node);
    if (is_deleted(change)) return;
    if (changes_lists(change, node, direction))
      return is_only_marked(*change, node) ? open_marked(lists, node)
                                           : open_merged(lists, *change, node);
    const std::uint32_t slot = slot_of(NodeId{node});
    for (BaseList& list : lists.base) {
      const AdjacencyReader::List positions = list.reader.list(slot);
      if (positions.first == positions.end) continue;
      if (direction != Direction::Both || list.direction == Direction::Out) {
        add_piece(&list.reader, positions.first, positions.end);
      } else {  // self-loops were in the other list
        const std::uint64_t loops = list.reader.lower_bound(positions, node);
        add_piece(&list.reader, positions.first, loops);
        add_piece(&list.reader, past(list.reader, loops, positions.end, node), positions.end);
      }
    }
  }

  // The first position from `first` on whose neighbour is not `node`.
  static std::uint64_t past(AdjacencyReader& reader, std::uint64_t first, std::uint64_t end,
                            std::uint64_t node) {
    if (first == end || reader.neighbour(first) != node) return first;
    return reader.lower_bound({first, end}, node + 1);
  }

  // The base's lists have it all, and perhaps more.
  bool is_only_marked(const NodeChange& change, std::uint64_t node) const {
    return direction != Direction::Both && change.edges(direction, node).size() == 0;
  }
  void open_marked(SegmentLists& lists, std::uint64_t node) {
    merged.clear();
    append_marked(view.root(), lists, node, existing, merged);
    add_piece(nullptr, 0, merged.size());
  }

  void open_merged(const SegmentLists& lists, const NodeChange& change, std::uint64_t node) {
    merged.clear();
    for (const TypeId type : types_of(lists, change, node)) {
      if (direction != Direction::In)
        append_list(view.root(), NodeId{node}, type, Direction::Out, merged, &existing);
      if (direction == Direction::Out) continue;
      const std::size_t begin = merged.size();
      append_list(view.root(), NodeId{node}, type, Direction::In, merged, &existing);
      if (direction == Direction::Both)
        merged.erase(
            std::remove_if(merged.begin() + static_cast<std::ptrdiff_t>(begin), merged.end(),
                           [&](const Neighbour& edge) { return edge.node == node; }),
            merged.end());
    }
    add_piece(nullptr, 0, merged.size());
  }

  void open_between(std::uint64_t node, std::uint64_t other) {
    SegmentLists& from = forward.at(view.root(), node);
    SegmentLists& to = backward.at(view.root(), other);
    const NodeChange* change = from.change_of(node);
    const NodeChange* other_change = to.change_of(other);
    if (is_deleted(change) || is_deleted(other_change)) return;
    merged.clear();
    for (const Direction way : {Direction::Out, Direction::In}) {
      if (!wants(direction, way)) continue;
      if (direction == Direction::Both && way == Direction::In && node == other) continue;
      // The changes of one end may be merged while those of the other are carried. Whose lists did
      // not change has all in the base.
      const bool here = changes_lists(change, node, way);
      const bool there = changes_lists(other_change, other, reverse(way));
      if (here && there) {
        merge_between(from, *change, node, way, to, *other_change, other);
      } else if (here) {
        side_between(to, other, reverse(way), node);
      } else if (there) {
        side_between(from, node, way, other);
      } else {
        base_between(from, node, way, to, other);
      }
    }
    add_piece(nullptr, 0, merged.size());
  }

  // From the side with fewer changes: a hub's may be many.
  void merge_between(const SegmentLists& from, const NodeChange& change, std::uint64_t node,
                     Direction way, const SegmentLists& to, const NodeChange& other_change,
                     std::uint64_t other) {
    const Root& root = view.root();
    if (other_change.edges(reverse(way), other).size() < change.edges(way, node).size()) {
      for (const TypeId type : types_of(to, other_change, other))
        append_between(root, NodeId{other}, type, reverse(way), NodeId{node}, merged, &existing);
    } else {
      for (const TypeId type : types_of(from, change, node))
        append_between(root, NodeId{node}, type, way, NodeId{other}, merged, &existing);
    }
  }

  void side_between(SegmentLists& side, std::uint64_t node, Direction way, std::uint64_t other) {
    for (BaseList& list : side.base) {
      if (list.direction != way) continue;
      const AdjacencyReader::List positions = list.reader.list(slot_of(NodeId{node}));
      if (positions.first == positions.end) continue;
      const std::uint64_t first = list.reader.lower_bound(positions, other);
      add_piece(&list.reader, first, past(list.reader, first, positions.end, other));
    }
  }

  void base_between(SegmentLists& from, std::uint64_t node, Direction way, SegmentLists& to,
                    std::uint64_t other) {
    for (BaseList& list : from.base) {
      if (list.direction != way) continue;
      AdjacencyReader* reader = &list.reader;
      AdjacencyReader::List positions = reader->list(slot_of(NodeId{node}));
      std::uint64_t wanted = other;
      if (positions.first == positions.end) continue;
      if (positions.size() > kLongList) {
        const auto same = [&](const BaseList& l) {
          return l.type == list.type && l.direction == reverse(way);
        };
        const auto turned = std::find_if(to.base.begin(), to.base.end(), same);
        if (turned == to.base.end()) continue;
        const AdjacencyReader::List there = turned->reader.list(slot_of(NodeId{other}));
        if (there.size() < positions.size()) {
          reader = &turned->reader;
          positions = there;
          wanted = node;
        }
      }
      if (positions.first == positions.end) continue;
      const std::uint64_t first = reader->lower_bound(positions, wanted);
      add_piece(reader, first, past(*reader, first, positions.end, wanted));
    }
  }

  // --- copying pieces

  // False: no row is left.
  bool open_next_rows(bool relationships) {
    pieces.clear();
    piece = 0;
    follow_base();
    while (row < nodes.size()) {
      if (direction != Direction::Both) {
        const std::size_t count =
            between ? open_pairs(relationships)
                    : lists_found.open(view.root(), forward, direction, nodes, valid, row);
        row += count;
        if (count > 0) return true;
      }
      open_row(row++);
      if (!pieces.empty()) return true;
    }
    return false;
  }
  std::size_t open_pairs(bool relationships) {
    return pairs_found.open(view.root(), {forward, backward, direction, relationships}, nodes,
                            others, row);
  }
  void open_row(std::size_t number) {
    pieces.clear();
    piece = 0;
    opened = number;
    if (valid && valid[number] == 0) return;
    between ? open_between(nodes[number], others[number]) : open(nodes[number]);
  }

  std::size_t copy(Piece& from, std::size_t room, std::uint64_t* neighbours,
                   std::uint64_t* relationships) {
    std::uint64_t count = std::min<std::uint64_t>(room, from.end - from.first);
    if (from.reader) {
      const NeighbourSpan span = from.reader->span(from.first, from.first + count, relationships);
      count = span.count;
      if (neighbours) span.copy_neighbours(0, count, neighbours);
      if (relationships) span.copy_relationships(0, count, relationships);
    } else {
      for (std::uint64_t i = 0; i < count; ++i) {
        const Neighbour& edge = merged[from.first + i];
        if (neighbours) neighbours[i] = edge.node;
        if (relationships) relationships[i] = edge.relationship;
      }
    }
    if (between && neighbours) std::fill_n(neighbours, count, others[opened]);
    from.first += count;
    return count;
  }

  std::size_t next(std::size_t limit, const Matches& out) {
    std::size_t done = 0;
    if (out.relationships && pairs_found.lacks_relationships()) row = pairs_found.give_up();
    while (done < limit) {
      if (piece < pieces.size()) {
        done += next_of_piece(limit - done, out.from(done));
        continue;
      }
      const std::size_t count = between ? pairs_found.next(limit - done, others, out.from(done))
                                        : lists_found.next(limit - done, out.from(done));
      done += count;
      if (count > 0) continue;
      std::size_t several = 0;
      if (pairs_found.take_row_of_several(several)) {
        open_row(several);
      } else if (!open_next_rows(out.relationships != nullptr)) {
        break;
      }
    }
    return done;
  }

  std::size_t next_of_piece(std::size_t room, const Matches& out) {
    Piece& from = pieces[piece];
    const std::size_t count = copy(from, room, out.neighbours, out.relationships);
    KITH_ASSERT(count > 0);
    if (out.rows) std::fill_n(out.rows, count, static_cast<std::uint32_t>(opened));
    if (from.first == from.end) ++piece;
    return count;
  }

  // Nothing is begun.
  void clear_found() {
    lists_found.clear();
    pairs_found.clear();
    pieces.clear();
    piece = 0;
  }

  // --- whole lists

  // A piece of one block is read in place. A reader keeps one block at hand, so of a list that lies
  // in several, or of two pieces of one reader, there are copies.
  std::span<const NeighbourList> lists(std::uint64_t node) {
    clear_found();
    row = nodes.size();
    follow_base();
    open(node);
    views.clear();
    std::size_t to_copy = 0;
    for (const Piece& p : pieces) to_copy += p.end - p.first;
    if (pieces.size() == 1 && pieces[0].reader != nullptr) {
      const NeighbourSpan span = pieces[0].reader->span(pieces[0].first, pieces[0].end, false);
      if (span.count == to_copy) {
        views.push_back(list_of(span, *pieces[0].reader, pieces[0].first));
        return views;
      }
    }
    copied.clear();
    copied.reserve(to_copy);
    const AdjacencyReader* last = nullptr;
    for (const Piece& p : pieces) {
      const std::size_t begin = copied.size();
      if (p.reader == nullptr) {
        copy_merged();
      } else if (!view_whole(p, last)) {
        copy_whole(p);
      }
      last = p.reader;
      const std::size_t count = copied.size() - begin;
      if (count == 0) continue;
      NeighbourList& list = views.emplace_back();
      list.wide = copied.data() + begin;
      list.size = count;
      if (p.reader != nullptr) {
        add_relationships(*p.reader, p.first, list);
      } else {
        list.relationships = copied_relationships.data();
      }
    }
    return views;
  }

  void copy_merged() {
    std::sort(merged.begin(), merged.end());  // they may be of several types
    copied_relationships.clear();
    for (const Neighbour& edge : merged) {
      copied.push_back(edge.node);
      copied_relationships.push_back(edge.relationship);
    }
  }

  bool view_whole(const Piece& p, const AdjacencyReader* last) {
    const Piece* next = &p + 1;
    const bool is_last = next == pieces.data() + pieces.size();
    if (p.reader == last || (!is_last && next->reader == p.reader)) return false;
    const NeighbourSpan span = p.reader->span(p.first, p.end, false);
    if (span.count != p.end - p.first) return false;
    views.push_back(list_of(span, *p.reader, p.first));
    return true;
  }

  void copy_whole(const Piece& p) {
    for (std::uint64_t at = p.first; at < p.end;) {
      const NeighbourSpan span = p.reader->span(at, p.end, false);
      const std::size_t begin = copied.size();
      copied.resize(begin + span.count);
      span.copy_neighbours(0, span.count, copied.data() + begin);
      at += span.count;
    }
  }

  // --- degrees

  std::uint64_t degree_of(std::uint64_t node) {
    follow_base();
    SegmentLists& lists = forward.at(view.root(), node);
    const NodeChange* change = lists.change_of(node);
    if (is_deleted(change)) return 0;
    std::uint64_t total = 0;
    if (changes_lists(change, node, direction)) {
      return long_degrees.of(view.root(), lists, node, [&] {
        for (const TypeId type : types_of(lists, *change, node))
          total += degree(view.root(), NodeId{node}, type, direction, &existing);
        return total;
      });
    }
    const std::uint32_t slot = slot_of(NodeId{node});
    for (BaseList& list : lists.base) {
      const AdjacencyReader::List positions = list.reader.list(slot);
      total += positions.size();
      if (direction != Direction::Both || list.direction == Direction::Out) continue;
      if (positions.first == positions.end) continue;
      const std::uint64_t loops = list.reader.lower_bound(positions, node);
      total -= past(list.reader, loops, positions.end, node) - loops;
    }
    return total;
  }

  // Those of one segment together, but for the nodes whose lists have changes.
  void degrees(std::span<const std::uint64_t> of, std::span<std::uint64_t> out) {
    follow_base();
    const bool run = is_run(of);
    for (std::size_t begin = 0; begin < of.size();) {
      const std::size_t end = end_of_segment(of, begin, of.size(), run);
      const auto some = of.subspan(begin, end - begin);
      const auto found = out.subspan(begin, end - begin);
      begin = end;
      SegmentLists& lists = forward.at(view.root(), some[0]);
      if (direction == Direction::Both) {
        for (std::size_t i = 0; i < some.size(); ++i) found[i] = degree_of(some[i]);
        continue;
      }
      base_degrees(lists, some, run, found);
      if (lists.changes == nullptr) continue;
      for (std::size_t i = 0; i < some.size(); ++i) {
        if (is_changed(lists, some[i])) found[i] = degree_of(some[i]);
      }
    }
  }

  std::uint64_t multiply_degrees(std::uint64_t first, DegreeFactor factor,
                                 std::span<std::uint64_t> products) {
    follow_base();
    std::uint64_t all = 0;
    while (!products.empty()) {
      const std::size_t left = kSegmentSlots - (first & (kSegmentSlots - 1));
      const auto some = products.first(std::min(products.size(), left));
      const SegmentLists& lists = forward.at(view.root(), first);
      const bool is_one = direction != Direction::Both && lists.changes == nullptr &&
                          lists.base.size() == 1 && lists.base[0].reader.has_products();
      if (is_one) {
        all |= lists.base[0].reader.multiply_degrees(slot_of(NodeId{first}), some.size(), factor,
                                                     some.data());
      } else {
        all |= multiply_each(first, factor, some);
      }
      first += some.size();
      products = products.subspan(some.size());
    }
    return all;
  }

  // Of one segment.
  std::uint64_t multiply_each(std::uint64_t first, DegreeFactor factor,
                              std::span<std::uint64_t> products) {
    std::vector<std::uint64_t> ids(products.size()), found(products.size());
    std::iota(ids.begin(), ids.end(), first);
    degrees(ids, found);
    std::uint64_t all = 0;
    for (std::size_t i = 0; i < products.size(); ++i) {
      KITH_ASSERT(products[i] >> 32 == 0);
      const std::uint64_t by = factor_of(factor, found[i]);
      if (__builtin_mul_overflow(products[i], by, &products[i])) products[i] = ~std::uint64_t{0};
      all |= products[i];
    }
    return all;
  }

  void base_degrees(const SegmentLists& lists, std::span<const std::uint64_t> some, bool run,
                    std::span<std::uint64_t> out) {
    if (lists.base.empty()) return std::fill(out.begin(), out.end(), 0);
    find_lists(lists.base[0].reader, some, run, nullptr, out.data());
    for (std::size_t list = 1; list < lists.base.size(); ++list) {
      more.resize(some.size());
      find_lists(lists.base[list].reader, some, run, nullptr, more.data());
      for (std::size_t i = 0; i < some.size(); ++i) out[i] += more[i];
    }
  }

  static std::size_t end_of_segment(std::span<const std::uint64_t> of, std::size_t begin,
                                    std::size_t most, bool run) {
    if (run) {
      const std::uint64_t left = kSegmentSlots - (of[begin] & (kSegmentSlots - 1));
      return std::min<std::size_t>(most, begin + left);
    }
    return begin + in_one_segment(of.subspan(begin, most - begin));
  }

  // --- the lists of many nodes

  // The base does not tell what its lists are.
  bool is_changed(const SegmentLists& lists, std::uint64_t node) const {
    const NodeChange* change = lists.change_of(node);
    return is_deleted(change) || changes_lists(change, node, direction);
  }

  void each_list(std::span<const std::uint64_t> of, SeeList see, void* to) {
    follow_base();
    if (of.size() == 1) return see_lists(of[0], 0, see, to);
    const bool run = is_run(of);
    std::array<std::uint64_t, kNodesAtOnce> firsts, sizes;
    for (std::size_t begin = 0; begin < of.size();) {
      const std::size_t most = std::min(of.size(), begin + kNodesAtOnce);
      const std::size_t end = end_of_segment(of, begin, most, run);
      SegmentLists& lists = forward.at(view.root(), of[begin]);
      if (direction != Direction::Both && lists.changes == nullptr && lists.base.size() == 1) {
        AdjacencyReader& reader = lists.base[0].reader;
        find_lists(reader, of.subspan(begin, end - begin), run, firsts.data(), sizes.data());
        for (std::size_t i = begin; i < end; ++i) {
          if (sizes[i - begin] == 0) continue;
          const std::uint64_t first = firsts[i - begin];
          see_pieces(reader, {first, first + sizes[i - begin]}, i, see, to);
        }
      } else {
        for (std::size_t i = begin; i < end; ++i) see_lists(of[i], i, see, to);
      }
      begin = end;
    }
  }

  void see_lists(std::uint64_t node, std::size_t place, SeeList see, void* to) {
    SegmentLists& lists = forward.at(view.root(), node);
    if (direction == Direction::Both || is_changed(lists, node)) {
      for (const NeighbourList& list : this->lists(node)) see(to, place, list);
      return;
    }
    const std::uint32_t slot = slot_of(NodeId{node});
    for (BaseList& list : lists.base)
      see_pieces(list.reader, list.reader.list(slot), place, see, to);
  }

  static void see_pieces(AdjacencyReader& reader, AdjacencyReader::List list, std::size_t place,
                         SeeList see, void* to) {
    while (list.first < list.end) {
      const NeighbourSpan span = reader.neighbours(list.first, list.end);
      see(to, place, list_of(span, reader, list.first));
      list.first += span.count;
    }
  }
};

NeighbourCursor::NeighbourCursor(View view, Direction direction, std::vector<TypeId> types)
    : state_(std::make_unique<State>(std::move(view), direction, std::move(types))) {}
NeighbourCursor::~NeighbourCursor() = default;

void NeighbourCursor::begin(std::span<const std::uint64_t> nodes, const std::uint8_t* valid) {
  state_->nodes = nodes;
  state_->valid = valid;
  state_->between = false;
  state_->row = 0;
  state_->clear_found();
}

void NeighbourCursor::begin_between(std::span<const std::uint64_t> nodes,
                                    std::span<const std::uint64_t> others) {
  KITH_ASSERT(nodes.size() == others.size());
  begin(nodes);
  state_->others = others;
  state_->between = true;
}

std::size_t NeighbourCursor::next(std::size_t limit, std::uint32_t* rows, std::uint64_t* neighbours,
                                  std::uint64_t* relationships) {
  return state_->next(limit, {rows, neighbours, relationships});
}

std::span<const NeighbourList> NeighbourCursor::lists(std::uint64_t node) {
  return state_->lists(node);
}

void NeighbourCursor::each_list(std::span<const std::uint64_t> nodes, SeeList see, void* to) {
  begin({});  // what was begun is over
  state_->each_list(nodes, see, to);
}

std::uint64_t NeighbourCursor::multiply_degrees(std::uint64_t first, DegreeFactor factor,
                                                std::span<std::uint64_t> products) {
  begin({});  // what was begun is over
  return state_->multiply_degrees(first, factor, products);
}

void NeighbourCursor::degrees(std::span<const std::uint64_t> nodes, std::span<std::uint64_t> out) {
  KITH_ASSERT(nodes.size() == out.size());
  begin({});  // what was begun is over
  state_->degrees(nodes, out);
}

}  // namespace kith::storage
