// storage/check/state.cpp: frames and records; scans, counts and lists of a state.
#include "storage/check/state.hpp"

#include <fmt/format.h>

#include <array>
#include <span>

#include "core/assert.hpp"
#include "storage/check/edges.hpp"
#include "storage/constraints/check.hpp"
#include "storage/cursor.hpp"
#include "storage/log/coordination.hpp"
#include "storage/log/log_file.hpp"
#include "storage/log/record.hpp"

namespace kith::storage::check {

namespace {

class LogCheck {
 public:
  LogCheck(Findings& findings, const Environment& environment, const std::string& path,
           const MetaPage& meta)
      : findings_(findings), files_(*environment.files), path_(path), meta_(meta) {}

  void run() {
    const auto numbers = list_logs(files_, path_);
    const bool named =
        meta_.first_log == 0 || std::binary_search(numbers.begin(), numbers.end(), meta_.first_log);
    if (!named) {
      if (!moved_on()) findings_.problem(log_path(path_, meta_.first_log), "the log is missing");
      whole_ = false;
    }
    for (const std::uint64_t number : numbers)
      findings_.attempt(log_path(path_, number),
                        [&] { log_unless_gone(number, number == numbers.back()); });
  }

 private:
  // Beside a writer logs go away when its next checkpoint does not need them.
  void log_unless_gone(std::uint64_t number, bool last) {
    try {
      log(number, last);
    } catch (const StorageError& error) {
      if (error.detail() != "NotFound" || !moved_on()) throw;
      note(fmt::format("'{}' is not needed any more since this check began",
                       log_path(path_, number)));
      if (needed(number)) whole_ = false;
    }
  }
  bool moved_on() const { return findings_.file.read_meta().newest.checkpoint != meta_.checkpoint; }

  bool needed(std::uint64_t number) const {
    return meta_.first_log != 0 && number >= meta_.first_log;
  }

  // Does a log whose head is this go on from what was seen so far?
  bool goes_on(const LogScan& head) {
    const LogLink& link = head.link;
    if (head.identity.number == meta_.first_log) return link.position == meta_.position;
    if (whole_) return link.previous == end_checksum_;
    whole_ = true;  // from here on
    findings_.counts().position = std::max(findings_.counts().position, link.position);
    return link.position >= meta_.position;
  }

  void log(std::uint64_t number, bool last) {
    const std::string where = log_path(path_, number);
    const auto file = files_.open(where, OpenMode::ReadOnly);
    bool continues = true;
    const auto accept = [&](const LogScan& head) {
      continues = !needed(number) || goes_on(head);
      return true;
    };
    const LogScan scan =
        scan_log(*file, meta_.database_id, number,
                 {accept, [&](std::string_view bytes) { transaction(where, number, bytes); }});
    ++findings_.counts().logs;
    findings_.counts().log_frames += scan.end_frame;
    if (scan.foreign) return note(fmt::format("'{}' is a log of another database", where));
    if (!needed(number)) note(fmt::format("'{}' is a log that is not needed any more", where));
    if (scan.damage)
      findings_.problem(
          where, fmt::format("a frame that was synced does not verify (offset {})", *scan.damage));
    const bool being_written = last && listen(findings_.file.file()).writer;
    if (scan.torn_bytes > 0 && !scan.damage && !being_written)
      note(fmt::format("'{}' ends in {} bytes that were never completely written (offset {})",
                       where, scan.torn_bytes, scan.end_frame * kFrameBytes));
    if (!needed(number)) return;
    const bool first = number == meta_.first_log;
    if (scan.headless && first) findings_.problem(where, "its first frame does not verify");
    if (!scan.headless && !continues && (first || scan.end_frame > 1))
      findings_.problem(where, "it does not continue where the one before it ends");
    if (!scan.headless && continues) end_checksum_ = scan.end_checksum;
  }

  void transaction(const std::string& where, std::uint64_t number, std::string_view bytes) {
    ByteReader in(std::as_bytes(std::span(bytes)));
    Arena arena;
    std::uint64_t position = 0;
    while (!in.at_end()) {
      if (position != 0) findings_.problem(where, "records follow a commit");
      const Record record = decode_record(in, arena);
      ++findings_.counts().log_records;
      if (const auto* commit = std::get_if<record::Commit>(&record)) position = commit->position;
      if (arena.bytes() > kMiB) arena.reset();
    }
    ++findings_.counts().log_commits;
    if (position == 0) return findings_.problem(where, "a transaction has no commit");
    const bool unnamed = !needed(number) && position > meta_.position;
    if (unnamed && !(meta_.first_log == 0 && moved_on()))  // a writer may have begun since
      findings_.problem(where, fmt::format("it has commit {}, but the database ends at {} and does "
                                           "not name this log",
                                           position, meta_.position));
    if (needed(number) && position > findings_.counts().position) {
      if (position != findings_.counts().position + 1)
        findings_.problem(where, fmt::format("commit {} follows commit {}", position,
                                             findings_.counts().position));
      findings_.counts().position = position;
    }
  }

  void note(std::string text) { findings_.report.notes.push_back(std::move(text)); }

  Findings& findings_;
  FileSystem& files_;
  const std::string& path_;
  const MetaPage& meta_;
  std::uint64_t end_checksum_ = 0;
  bool whole_ = true;  // no log before is missing
};

constexpr std::size_t kBatch = 1024;
using Batch = std::array<std::uint64_t, kBatch>;

class ViewCheck {
 public:
  ViewCheck(Findings& findings, const View& view) : findings_(findings), view_(view) {}

  void run() {
    const std::uint64_t nodes = scan({}, [&](std::span<const std::uint64_t> ids) { lists(ids); });
    expect("nodes", view_.node_count(), nodes);
    for (std::uint32_t label = 0; label < view_.catalog().labels.size(); ++label)
      expect("nodes with label '" + view_.catalog().labels.name(label) + "'",
             view_.node_count(LabelId{label}), scan({LabelId{label}}, [](auto&&) {}));
    std::uint64_t relationships = 0;
    for (std::uint32_t type = 0; type < view_.catalog().types.size(); ++type) {
      const std::uint64_t found = of_type(TypeId{type});
      relationships += found;
      expect("relationships of type '" + view_.catalog().types.name(type) + "'",
             view_.relationship_count(TypeId{type}), found);
    }
    expect("relationships", view_.relationship_count(), relationships);
    if (!sums_.agree())
      problem(
          fmt::format("{} relationships, {} in outgoing lists, {} in incoming lists are not "
                      "the same",
                      sums_.stored.count, sums_.outgoing.count, sums_.incoming.count));
  }

 private:
  void problem(std::string what) {
    findings_.problem(fmt::format("the state at commit {}", view_.position()), std::move(what));
  }
  void expect(const std::string& what, std::uint64_t said, std::uint64_t found) {
    if (said != found) problem(fmt::format("it counts {} {}, but has {}", said, what, found));
  }

  template <class See>
  std::uint64_t scan(std::vector<LabelId> labels, See&& see) {
    NodeScan nodes(view_, std::move(labels));
    nodes.begin({0, view_.node_id_limit()});
    Batch ids;
    std::uint64_t total = 0;
    while (const std::size_t count = nodes.next(ids)) {
      total += count;
      see(std::span<const std::uint64_t>(ids.data(), count));
    }
    return total;
  }

  std::uint64_t of_type(TypeId type) {
    RelationshipScan scan(view_, type);
    scan.begin({0, view_.relationship_id_limit()});
    Batch ids, starts, ends;
    std::uint64_t total = 0;
    while (const std::size_t count = scan.next(ids, starts, ends)) {
      total += count;
      for (std::size_t i = 0; i < count; ++i) sums_.stored.add(starts[i], ends[i], ids[i]);
    }
    return total;
  }

  // The relationships of nodes that exist: what is stored but in no list of such a node is missed.
  void lists(std::span<const std::uint64_t> nodes) {
    for (const Direction direction : {Direction::Out, Direction::In}) {
      NeighbourCursor cursor(view_, direction, {});
      Batch degrees, neighbours, relationships;
      std::array<std::uint32_t, kBatch> rows;
      cursor.degrees(nodes, std::span(degrees).first(nodes.size()));
      cursor.begin(nodes);
      while (const std::size_t count =
                 cursor.next(kBatch, rows.data(), neighbours.data(), relationships.data())) {
        for (std::size_t i = 0; i < count; ++i) {
          --degrees[rows[i]];
          if (direction == Direction::Out)
            sums_.outgoing.add(nodes[rows[i]], neighbours[i], relationships[i]);
          else
            sums_.incoming.add(neighbours[i], nodes[rows[i]], relationships[i]);
        }
      }
      for (std::size_t i = 0; i < nodes.size(); ++i)
        if (degrees[i] != 0)
          problem(fmt::format("the degree of node {} is not the length of its lists", nodes[i]));
    }
  }

  Findings& findings_;
  const View& view_;
  TypeSums sums_;
};

}  // namespace

void check_logs(Findings& findings, const Environment& environment, const std::string& path,
                const MetaPage& meta) {
  KITH_ASSERT(environment.files != nullptr);
  LogCheck(findings, environment, path, meta).run();
}

void check_view(Findings& findings, const View& view) {
  findings.attempt(fmt::format("the state at commit {}", view.position()),
                   [&] { ViewCheck(findings, view).run(); });
}

void check_constraints(Findings& findings, const View& view, const SortOptions& sorting) {
  for (const ConstraintDef& constraint : view.schema().constraints())
    findings.attempt(fmt::format("constraint '{}'", constraint.name), [&] {
      KITH_ASSERT(!constraint.name.empty());
      if (constraint.owns_index()) check_all_unique(view, constraint, sorting);
      const bool by_element =
          constraint.kind != ConstraintKind::Unique && constraint.kind != ConstraintKind::OnDelete;
      if (by_element) check_all(view, constraint);
    });
}

}  // namespace kith::storage::check
