// storage/log/transaction.cpp: a running transaction: its own root, its records, its statement.
//
//   X1  The root is what the records say: each change is applied and recorded, or neither.
//   X2  A statement that is rolled back leaves root, records and names as they were before it.
//   X3  No committed state has a relationship whose start or end does not exist.
//   K4  A check that fails leaves no trace: of the statement, or of the transaction at its commit.
//
// X2 is one assignment: the root before the statement, whose tree nodes nobody changed, since the
// statement has an owner number of its own.
#include "storage/log/transaction.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "core/assert.hpp"
#include "core/page_memory.hpp"
#include "kith/error.hpp"
#include "storage/constraints/check.hpp"
#include "storage/constraints/deletions.hpp"
#include "storage/constraints/enforcer.hpp"
#include "storage/delta/element_reader.hpp"
#include "storage/delta/lists_of_many.hpp"
#include "storage/delta/lookup.hpp"
#include "storage/log/apply.hpp"
#include "storage/log/record_rows.hpp"
#include "storage/log/schema_change.hpp"

namespace kith::storage {

namespace {

[[noreturn]] void gone(std::string_view what, std::uint64_t id) {
  throw QueryError(
      "EntityNotFound", "DeletedEntityAccess",
      fmt::format("{} {} does not exist, or was deleted before in this transaction", what, id));
}

// Rows between two looks at the limits of memory, and what one takes, amply.
constexpr std::uint64_t kLeastAtOnce = 8 * 1024, kMostAtOnce = 1024 * 1024, kRowBytes = 2048;

class WriteTransaction final : public Transaction {
 public:
  WriteTransaction(std::shared_ptr<Committer> committer, Committer::Begun begun)
      : committer_(std::move(committer)),
        begun_(std::move(begun)),
        delta_before_(begun_.root->delta_bytes()),
        memory_(begun_.root->base().pool().budget(), "the changes of a transaction") {
    enforcer_.follow(root().shared_schema());
  }
  // What was not committed goes with the root.
  ~WriteTransaction() override {
    const bool large = folded_;
    forget_statement();
    fold_.reset();
    begun_.root.reset();
    if (large) give_back_heap();
  }

  View view() override { return View(begun_.root); }

  std::size_t rows_at_once() const override {
    return std::clamp(committer_->fold_bytes() / kRowBytes, kLeastAtOnce, kMostAtOnce);
  }

  LabelId intern_label(std::string_view name) override {
    if (const auto id = root().catalog().find_label(name)) return *id;
    return {add_name(NameKind::Label, root().catalog().labels.size(), name)};
  }
  TypeId intern_type(std::string_view name) override {
    if (const auto id = root().catalog().find_type(name)) return *id;
    return {add_name(NameKind::Type, root().catalog().types.size(), name)};
  }
  KeyId intern_key(std::string_view name) override {
    if (const auto id = root().catalog().find_key(name)) return *id;
    return {add_name(NameKind::Key, root().catalog().keys.size(), name)};
  }

  NodeId create_node(std::span<const LabelId> labels,
                     std::span<const Property> properties) override {
    take_properties(properties);
    take_labels(labels);
    const NodeId node = root().node_ids().next(labels_);
    write(record::CreateNode{node, labels_, properties_});
    if (!enforcer_.idle()) enforcer_.node_created(node, labels_);
    ++counters_.nodes_created;
    counters_.labels_added += labels_.size();
    counters_.properties_set += properties_.size();
    return node;
  }

  void create_nodes(const NodeRows& rows, std::span<std::uint64_t> ids) override {
    const std::size_t keys = rows.keys.size();
    KITH_ASSERT(ids.size() == rows.count && rows.values.size() == rows.count * keys);
    take_labels(rows.labels);
    count_properties(rows.values);
    for (std::size_t at = 0; at < rows.count;) {
      const NodeId first = root().node_ids().next(labels_);
      const std::size_t count =
          record_rows(rows.values, rows.count, at, kSegmentSlots - slot_of(first));
      write(record::CreateNodes{first, static_cast<std::uint32_t>(count), labels_, rows.keys,
                                rows.values.subspan(at * keys, count * keys)});
      for (std::size_t i = 0; i < count; ++i) ids[at + i] = first.value + i;
      if (!enforcer_.idle()) enforcer_.nodes_created(ids.subspan(at, count), labels_);
      at += count;
    }
    counters_.nodes_created += rows.count;
    counters_.labels_added += rows.count * labels_.size();
  }

  RelationshipId create_relationship(TypeId type, NodeId start, NodeId end,
                                     std::span<const Property> properties) override {
    demand(start);
    demand(end);
    take_properties(properties);
    const RelationshipId relationship = root().relationship_ids().next(type);
    write(record::CreateRelationship{relationship, type, start, end, properties_});
    if (!enforcer_.idle()) enforcer_.relationship_created({relationship, type, start, end});
    ++counters_.relationships_created;
    counters_.properties_set += properties_.size();
    return relationship;
  }

  void create_relationships(const RelationshipRows& rows, std::span<std::uint64_t> ids) override {
    const std::size_t size = rows.starts.size();
    KITH_ASSERT(ids.size() == size && rows.ends.size() == size);
    demand_all(rows.starts);
    demand_all(rows.ends);
    count_properties(rows.values);
    for (std::size_t at = 0; at < size;) at = create_part(rows, ids, at);
    counters_.relationships_created += size;
  }

  void delete_node(NodeId node) override {
    if (!exists(root(), node)) return;
    if (follows_deletions()) deletions_.deleting(root(), *enforcer_.rules(), node, false);
    write(record::DeleteNode{node});
    deleted_.push_back(node);
    ++counters_.nodes_deleted;
  }

  void detach_delete_node(NodeId node) override {
    if (!exists(root(), node)) return;
    const bool tell =
        follows_deletions() && deletions_.deleting(root(), *enforcer_.rules(), node, true);
    for (const Direction direction : {Direction::Out, Direction::In}) {
      types_of_lists(root(), node, direction, types_);
      for (const TypeId type : types_) detach(node, type, direction, tell);
    }
    write(record::DeleteNode{node});
    ++counters_.nodes_deleted;
  }

  void delete_nodes(std::span<const NodeId> nodes, bool detach) override {
    if (nodes.size() <= 1 || follows_deletions()) {
      for (const NodeId node : nodes) detach ? detach_delete_node(node) : delete_node(node);
      return;
    }
    nodes_ = nodes_where(root(), nodes, [](const auto& reader) { return reader.exists(); });
    if (detach)
      for (const Direction direction : {Direction::Out, Direction::In}) detach_all(direction);
    if (!detach) deleted_.insert(deleted_.end(), nodes_.begin(), nodes_.end());
    if (!nodes_.empty()) write(record::DeleteNodes{nodes_});
    counters_.nodes_deleted += nodes_.size();
  }

  void delete_relationship(RelationshipId relationship) override {
    if (follows_deletions()) deletions_.cut(relationship);
    if (exists(root(), relationship)) remove(relationship);
  }

  std::span<const Relationship> delete_relationships(
      std::span<const RelationshipId> relationships) override {
    if (follows_deletions())
      for (const RelationshipId relationship : relationships) deletions_.cut(relationship);
    reserve_large(wanted_, relationships.size());
    wanted_.assign(relationships.begin(), relationships.end());
    put_in_order(wanted_);
    find_existing(root(), wanted_, gone_);
    remove_gone();
    return gone_;
  }

  void add_label(NodeId node, LabelId label) override {
    demand(node);
    if (has_label(root(), node, label)) return;
    write(record::AddLabel{node, label});
    if (!enforcer_.idle()) enforcer_.label_added(node, label);
    ++counters_.labels_added;
  }
  void remove_label(NodeId node, LabelId label) override {
    demand(node);
    if (!has_label(root(), node, label)) return;
    write(record::RemoveLabel{node, label});
    if (!enforcer_.idle()) enforcer_.label_removed(node, label);
    ++counters_.labels_removed;
  }

  void set_label(std::span<const NodeId> nodes, LabelId label, bool present) override {
    demand_all(nodes);
    nodes_ = nodes_where(root(), nodes,
                         [&](const auto& node) { return node.has_label(label) != present; });
    if (nodes_.empty()) return;
    write(record_of(label, nodes_, present));
    (present ? counters_.labels_added : counters_.labels_removed) += nodes_.size();
    if (enforcer_.idle()) return;
    for (const NodeId node : nodes_)
      present ? enforcer_.label_added(node, label) : enforcer_.label_removed(node, label);
  }

  void set_property(NodeId node, KeyId key, const Cell& value) override {
    demand(node);
    if (needless(node, key, value)) return;
    write(record::SetNodeProperty{node, {key, value}});
    if (!enforcer_.idle()) enforcer_.property_set(node, key);
    ++counters_.properties_set;
  }
  void set_property(RelationshipId relationship, KeyId key, const Cell& value) override {
    demand(relationship);
    if (needless(relationship, key, value)) return;
    write(record::SetRelationshipProperty{relationship, {key, value}});
    if (!enforcer_.idle()) enforcer_.property_set(relationship, key);
    ++counters_.properties_set;
  }

  void set_properties(std::span<const NodeId> nodes, std::span<const KeyId> keys,
                      std::span<const Cell> values) override {
    set_rows(nodes, keys, values);
  }
  void set_properties(std::span<const RelationshipId> relationships, std::span<const KeyId> keys,
                      std::span<const Cell> values) override {
    set_rows(relationships, keys, values);
  }

  std::uint32_t create_index(IndexDef index) override {
    prepare(root().schema(), root().catalog(), index);
    write(record::CreateIndex{index.id, index.name, index.token.on, index.token.id, index.keys});
    enforcer_.follow(root().shared_schema());
    ++counters_.indexes_added;
    return index.id;
  }
  void drop_index(std::string_view name) override {
    write(record::DropIndex{index_to_drop(root().schema(), name)});
    enforcer_.follow(root().shared_schema());
    ++counters_.indexes_removed;
  }
  std::uint32_t create_constraint(ConstraintDef constraint) override {
    prepare(root().schema(), root().catalog(), constraint);
    write(record::CreateConstraint{constraint.id, constraint.name, constraint.kind,
                                   constraint.token.on, constraint.token.id, constraint.keys,
                                   encode_details(constraint)});
    enforcer_.follow(root().shared_schema());
    const ConstraintDef& made = *root().schema().find_constraint(constraint.id);
    check_all(view(), made);
    if (made.owns_index()) {
      auto entries = check_all_unique(view(), made, committer_->sort_options());
      const IndexDef& index = *root().schema().find_index(made.index);
      if (!root().index_state(index.id)->complete)
        RootEditor(root(), statement_->owner).seed_index(index, std::move(entries));
    }
    ++counters_.constraints_added;
    return constraint.id;
  }
  void drop_constraint(std::string_view name) override {
    write(record::DropConstraint{constraint_to_drop(root().schema(), name)});
    enforcer_.follow(root().shared_schema());
    ++counters_.constraints_removed;
  }

  void begin_statement() override {
    KITH_ASSERT(begun_.hold && !statement_);
    statement_.emplace(
        Statement{root(), records_.size(), committer_->new_owner(), {}, own_delta(), 0});
    if (fold_) statement_->mark = fold_->mark();
    counters_ = {};
    deleted_.clear();
  }

  void end_statement() override {
    KITH_ASSERT(statement_);
    try {
      deletions_.follow(*this, statement_->before);
      check_connections(root(), deleted_);
      enforcer_.check_statement(view());
    } catch (...) {
      rollback_statement();
      throw;
    }
    deleted_.clear();
    statement_.reset();
  }

  void rollback_statement() override {
    KITH_ASSERT(statement_);
    RootEditor(root(), statement_->owner).restore(statement_->before);  // X2
    if (fold_) {
      fold_->rewind(statement_->mark);  // G4
    } else {
      records_.resize(statement_->records);
    }
    memory_.resize_anyway(bytes());  // what earlier statements have stays
    enforcer_.follow(root().shared_schema());
    forget_statement();
  }

  const Counters& counters() const override { return counters_; }

  std::uint64_t commit() override {
    KITH_ASSERT(!statement_);
    if (!begun_.hold) throw TransactionError("Finished", "the transaction has ended already");
    check_commit();
    RecordBuffer records = std::exchange(records_, {});
    std::unique_ptr<Fold> fold = std::move(fold_);
    // Given back in any case.
    Committer::Begun begun{std::move(begun_.hold), begun_.root, std::move(begun_.moving)};
    return fold ? committer_->commit(begun, std::move(fold))
                : committer_->commit(begun, std::move(records));
  }

  void rollback() override {
    forget_statement();
    records_ = {};
    fold_.reset();
    memory_.clear();
    begun_.hold.release();
  }

 private:
  struct Statement {
    Root before;
    std::uint64_t records;  // bytes of records_ before it
    Owner owner;
    BaseWriter::Mark mark;  // if the transaction is folded
    std::uint64_t delta;    // bytes of the transaction's own changes before it
    std::uint64_t kept;     // of them, in memory for `before` alone
  };

  const Root& root() const { return *begun_.root; }
  Root& root() { return *begun_.root; }

  // X1
  void write(const Record& record) {
    KITH_ASSERT(begun_.hold && statement_);
    RootEditor editor(root(), statement_->owner);
    // Before it is applied: a value may be one that was read from what this replaces.
    if (!fold_) put(record);
    apply_own(record, editor);
    look_at_limits();
  }
  void put(const Record& record) {
    encode(records_.end(), record);
    records_.settle();
  }
  // The same for relationships from `begin` on; where it ended.
  std::size_t create_part(const RelationshipRows& rows, std::span<std::uint64_t> ids,
                          std::size_t begin) {
    KITH_ASSERT(begun_.hold && statement_);
    RootEditor editor(root(), statement_->owner);
    const std::size_t most = begin + std::min(ids.size() - begin, rows_at_once());
    const std::size_t end = create_rows(editor, rows, ids, begin, most, [&](const Record& record) {
      if (!fold_) put(record);
    });
    look_at_limits();
    for (std::size_t i = begin; i < end && !enforcer_.idle(); ++i)
      enforcer_.relationship_created({{ids[i]}, rows.type, rows.starts[i], rows.ends[i]});
    return end;
  }
  void write_removals(TypeId type, std::span<const Relationship> gone) {
    KITH_ASSERT(begun_.hold && statement_);
    RootEditor editor(root(), statement_->owner);
    wanted_.clear();
    for (const Relationship& one : gone) wanted_.push_back(one.id);
    if (!fold_) put(record::DeleteRelationships{type, wanted_});
    editor.delete_relationships(type, wanted_, gone);
    look_at_limits();
  }

  void look_at_limits() {
    if (root().delta_bytes() > committer_->fold_bytes()) fold(Committer::FoldScope::Most);
    count_memory();
  }

  // At the limit the changes go into the file before their time. If that does not make room, the
  // statement fails when its change is made and recorded; whoever runs it rolls it back.
  void count_memory() {
    if (bytes() <= memory_.bytes()) return;
    try {
      memory_.grow_to(bytes());
    } catch (const ResourceError&) {
      if (root().delta_bytes() == 0) throw;
      fold(Committer::FoldScope::All);
      memory_.grow_to(bytes());
    }
  }
  std::uint64_t bytes() const {
    const std::uint64_t lists = deleted_.capacity() * sizeof(NodeId) + enforcer_.bytes();
    return own_delta() + (statement_ ? statement_->kept : 0) + records_.memory() + lists;
  }
  std::uint64_t own_delta() const {
    const std::uint64_t delta = root().delta_bytes();
    return delta > delta_before_ ? delta - delta_before_ : 0;
  }

  // From the first fold on the transaction needs no records: it will be committed as a checkpoint.
  void fold(Committer::FoldScope scope) {
    if (!fold_) {
      fold_ = committer_->begin_fold(begun_, statement_->before);
      statement_->mark = fold_->mark();
      records_ = {};
    }
    committer_->fold(begun_, *fold_, scope);
    folded_ = true;
    delta_before_ = 0;  // theirs are in the file now
    statement_->kept = statement_->delta;
    // The changes will be as many again soon, and the heap keeps their memory until then: it is not
    // for others to take.
    const bool again = scope == Committer::FoldScope::Most;
    const std::uint64_t least = again ? std::min(memory_.bytes(), committer_->fold_bytes()) : 0;
    memory_.resize_anyway(std::max(bytes(), least));
  }

  // Names may also be given between statements: a plan is made before its statement begins.
  std::uint32_t add_name(NameKind kind, std::uint32_t id, std::string_view name) {
    KITH_ASSERT(begun_.hold);
    const record::AddName record{kind, id, name};
    RootEditor editor(root(), statement_ ? statement_->owner : committer_->new_owner());
    apply(record, editor);
    if (!fold_) put(record);
    return id;
  }

  bool follows_deletions() const {
    return !enforcer_.idle() && !enforcer_.rules()->on_delete.empty();
  }

  void remove(RelationshipId relationship) {
    const bool counts = !enforcer_.idle() && enforcer_.counts(type_of(root(), relationship));
    if (counts) enforcer_.relationship_deleted(ends_of(root(), relationship));
    write(record::DeleteRelationship{relationship});
    ++counters_.relationships_deleted;
  }

  // K4
  void check_commit() {
    try {
      enforcer_.check_commit(view());
    } catch (const ConstraintError& error) {
      rollback();
      throw ConstraintError(
          error.type(), error.detail(),
          fmt::format("{}; the transaction was rolled back: nothing of it is kept", error.what()));
    } catch (...) {
      rollback();
      throw;
    }
  }

  void forget_statement() {
    statement_.reset();
    counters_ = {};
    deleted_.clear();
    deletions_.clear();
    enforcer_.forget_statement();
  }

  void demand(NodeId node) const {
    if (!exists(root(), node)) gone("node", node.value);
  }
  void demand(RelationshipId relationship) const {
    if (!exists(root(), relationship)) gone("relationship", relationship.value);
  }

  // All relationships of one list.
  void detach(NodeId node, TypeId type, Direction direction, bool tell) {
    ListParts parts(root(), node, type, direction);
    const bool out = direction == Direction::Out;
    for (;;) {
      parts.next(root(), rows_at_once(), edges_);
      if (edges_.empty()) return;
      gone_.clear();
      for (const Neighbour& edge : edges_) {
        const NodeId other{edge.node};
        gone_.push_back({{edge.relationship}, type, out ? node : other, out ? other : node});
      }
      if (tell)
        for (const Relationship& one : gone_) deletions_.losing(root(), one);
      std::sort(gone_.begin(), gone_.end(),
                [](const Relationship& a, const Relationship& b) { return a.id < b.id; });
      remove_all(type, gone_);
    }
  }
  // All relationships of the lists of nodes_.
  void detach_all(Direction direction) {
    ListsOfMany lists(nodes_, direction);
    while (lists.next(root(), rows_at_once(), gone_)) remove_gone();
  }
  // Those of gone_, which are one type after another.
  void remove_gone() {
    for (std::size_t at = 0, end = 0; at < gone_.size(); at = end) {
      while (end < gone_.size() && gone_[end].type == gone_[at].type) ++end;
      remove_all(gone_[at].type, std::span(gone_).subspan(at, end - at));
    }
  }
  // Of one type, ascending; they exist.
  void remove_all(TypeId type, std::span<const Relationship> gone) {
    const bool tells = !enforcer_.idle() && enforcer_.counts(type);
    for (std::size_t i = 0; i < gone.size() && tells; ++i) enforcer_.relationship_deleted(gone[i]);
    for (std::size_t at = 0; at < gone.size(); at += rows_at_once())
      write_removals(type, gone.subspan(at, std::min(gone.size() - at, rows_at_once())));
    counters_.relationships_deleted += gone.size();
  }

  void take_labels(std::span<const LabelId> labels) {
    labels_.assign(labels.begin(), labels.end());
    std::sort(labels_.begin(), labels_.end());
    labels_.erase(std::unique(labels_.begin(), labels_.end()), labels_.end());
  }

  template <class I>
  void demand_all(std::span<const I> ids) const {
    const std::size_t missing = first_missing(root(), ids);
    if (missing < ids.size()) demand(ids[missing]);
  }

  void count_properties(std::span<const Cell> values) {
    for (const Cell& value : values) {
      if (value.is_null()) continue;
      check_storable(value);
      ++counters_.properties_set;
    }
  }

  // One record, so that all values are used before a fold lets go of what they may lie in.
  template <class I>
  void set_rows(std::span<const I> ids, std::span<const KeyId> keys, std::span<const Cell> values) {
    KITH_ASSERT(values.size() == ids.size() * keys.size());
    demand_all(ids);
    const std::uint64_t set = counters_.properties_set;
    count_properties(values);
    counters_.properties_set += removals(root(), ids, keys, values);
    if (counters_.properties_set == set) return;
    write(record_of(ids, keys, values));
    if (enforcer_.idle()) return;
    for (const KeyId key : keys)
      for (const I id : ids) enforcer_.property_set(id, key);
  }

  // The properties to store, in properties_.
  void take_properties(std::span<const Property> properties) {
    properties_.clear();
    for (const Property& property : properties) {
      if (property.value.is_null()) continue;
      check_storable(property.value);
      properties_.push_back(property);
    }
  }

  template <class I>
  bool needless(I id, KeyId key, const Cell& value) {
    if (!value.is_null()) {
      check_storable(value);
      return false;
    }
    scratch_.reset();
    return property(root(), id, key, scratch_).is_null();
  }

  std::shared_ptr<Committer> committer_;  // shared: a store may be closed before its transactions
  Committer::Begun begun_;
  std::uint64_t delta_before_;  // bytes of others' changes
  Reservation memory_;
  RecordBuffer records_;
  std::optional<Statement> statement_;
  std::unique_ptr<Fold> fold_;  // ends before begun_: the lock is held as long
  bool folded_ = false;
  Counters counters_;
  std::vector<NodeId> deleted_;  // by this statement, without DETACH
  Deletions deletions_;          // by this statement, if a constraint follows them
  Enforcer enforcer_;
  std::vector<NodeId> nodes_;  // that a call is about
  std::vector<Neighbour> edges_;
  std::vector<RelationshipId> wanted_;
  std::vector<Relationship> gone_;
  std::vector<LabelId> labels_;
  std::vector<TypeId> types_;
  std::vector<Property> properties_;
  Arena scratch_;
};

}  // namespace

std::unique_ptr<Transaction> begin_transaction(std::shared_ptr<Committer> committer,
                                               const Root* seen) {
  Committer::Begun begun = committer->begin(seen);
  KITH_ASSERT(begun.hold && begun.root);
  return std::make_unique<WriteTransaction>(std::move(committer), std::move(begun));
}

}  // namespace kith::storage
