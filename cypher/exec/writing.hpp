// cypher/exec/writing.hpp: what operators that change the graph have in common.
//
//   W1  All of a clause's writes take place when its operator is opened, in the order of its rows,
//       on one thread, whatever is read of it afterwards.
//   W2  All of its input has been read before the first write, unless the input cannot see the
//       graph: no cursor is open while the graph changes.
//   W3  What was read from the graph before a change is read again after it (Execution::changes()).
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "cypher/exec/evaluate.hpp"
#include "cypher/exec/kept_rows.hpp"
#include "cypher/exec/lower.hpp"
#include "storage/writer.hpp"

namespace kith::exec {

// True if the plan has an operator that changes the graph.
bool writes(const plan::Node& node);
// True if rows of this plan cannot depend on the graph: they are made of constants, parameters and
// files, in which there are no nodes.
bool is_blind(const plan::Node& node);

constexpr TypeSet kMayHoldElements = TypeSet::of(Kind::Node) | TypeSet::of(Kind::Relationship) |
                                     TypeSet::of(Kind::Path) | TypeSet::of(Kind::List) |
                                     TypeSet::of(Kind::Map);
// True if the expression may see a change of one of these properties, or of labels.
bool reads_changes(const bound::Expression& expression, const std::set<std::string>& keys,
                   bool any_key);

// What writes many rows at once is not worth the preparation for fewer.
inline constexpr std::uint32_t kFewRows = 4;

class WritingOperator : public Operator {
 public:
  WritingOperator(const plan::Node& node, const Lowering& lowering);

  void open() final;
  bool next(Batch& out) final { return rows_.next(out); }

 protected:
  // Before the first row.
  virtual void begin() {}
  // Writes for all rows of `in`; `out` gets the rows that go on, with at least the live slots.
  virtual void write(const Batch& in, Batch& out) = 0;
  // When write() has had all rows: what it has put off.
  virtual void finish() {}

  // Rows that go on without a call's return; for operators that give other rows than they get.
  void keep(const Batch& rows) { rows_.add(rows); }
  Worker& worker() const { return worker_; }
  Execution& execution() const { return worker_.execution(); }
  storage::Transaction& transaction() const { return *worker_.execution().transaction; }

 private:
  OperatorPtr input_;
  Worker& worker_;
  KeptRows rows_;
};

// Values of more bytes go one by one, so that the memory limit is looked at in between.
inline constexpr std::size_t kMostBytesAtOnce = std::size_t{1} << 20;

// The properties of new elements: a map, or nothing.
class NewProperties {
 public:
  NewProperties(const bound::ExpressionPtr& expression, Worker& worker);

  void evaluate(const Batch& batch);
  // Of a row of that batch; null ones are left out. TypeError for what cannot be stored.
  std::span<const storage::Property> of(std::uint32_t row);
  bool has_null(std::uint32_t row) const;

  // --- for many rows at once: nothing but a map that is written out
  bool is_written_out() const { return map_ == nullptr; }
  struct Entry;
  // A key, and the first row of that batch that needs it.
  struct FirstUse {
    std::uint32_t row;
    Entry* entry;
  };
  void first_uses(std::uint32_t rows, std::vector<FirstUse>& out);
  // When the keys in use have their ids: these, ascending, and the values row by row. False if one
  // of them cannot be stored; of() says which.
  bool all(std::uint32_t rows, std::vector<KeyId>& keys, std::vector<Cell>& values);

  struct Entry {
    std::string key;
    EvaluatorPtr value;
    Position at;
    Column column;
    std::optional<KeyId> id = {};  // of the key, while one batch is written
  };

 private:
  void add(KeyId key, const Cell& value, Position at);

  Worker& worker_;
  Position at_;
  std::vector<Entry> entries_;  // of a map that is written out
  EvaluatorPtr map_;            // of any other
  Column maps_;
  std::vector<storage::Property> properties_;
};

// Relationships of one type that are made together, with those of other batches; see
// storage::RelationshipRows. No value has anything elsewhere.
struct RelationshipsToCome {
  TypeId type;
  std::vector<NodeId> starts, ends;
  std::vector<KeyId> keys;
  std::vector<Cell> values;
};

// Makes the nodes and relationships of a CREATE or MERGE.
class PatternCreator {
 public:
  PatternCreator(const plan::Create& op, Worker& worker);

  // For all rows of `in`. `out` has the columns of `in`, and those of the new elements.
  void create(const Batch& in, Batch& out);
  // From now on relationships may be made later than create() is called, at the latest by
  // create_gathered(), if that makes no difference: `live` are the slots that somebody reads.
  void gather(const std::vector<Slot>& live);
  void create_gathered();
  // For MERGE, of a batch of one row: a property that is null could never be matched, and a type
  // must be one.
  void refuse_unmatchable(const Batch& row);
  // Of a pattern of one element, what tells it from others: a relationship's ends (`either_way`: in
  // the order of their ids), and its properties. For all rows of `in` one after another, if all can
  // be made and no property is null, else nullptr. Valid until the next call.
  const std::vector<Cell>* values_of_one(const Batch& in, bool either_way);
  // Properties read what the same clause makes: then create() takes one row at a time.
  static bool refers_to_itself(const plan::Create& op);

 private:
  struct NewNode {
    const plan::CreateNode* op;
    NewProperties properties;
    std::vector<EvaluatorPtr> names;  // of further labels
    std::vector<Column> named;
    std::vector<LabelId> labels;
    Vector ids;
    // Of a batch that is made at once.
    std::vector<KeyId> keys = {};
    std::vector<Cell> values = {};
  };
  struct NewRelationship {
    const plan::CreateRelationship* op;
    NewProperties properties;
    EvaluatorPtr name;  // of the type; null if that is known
    Column named;
    TypeId type;
    Vector ids;
    std::vector<KeyId> keys = {};  // likewise
    std::vector<Cell> values = {};
    std::vector<NodeId> starts = {}, ends = {};
  };

  void prepare(const Batch& in, Batch& out);
  static void evaluate(NewNode& node, const Batch& batch);
  static void evaluate(NewRelationship& relationship, const Batch& batch);
  std::span<const LabelId> labels_of(NewNode& node, std::uint32_t row);
  TypeId type_of(const NewRelationship& relationship, std::uint32_t row) const;
  bool create_at_once(const Batch& out);
  bool can_take_ends(const Batch& out) const;
  bool is_made(Slot slot) const;
  void create_relationships(const Batch& out);
  void intern_keys(std::uint32_t rows);
  template <class Made>
  bool take_values(Made& made, const Batch& in);
  void create_row(const Batch& out, std::uint32_t row);
  void create_relationships(const Batch& out, std::uint32_t row);
  bool gather_rows(const Batch& out);
  NodeId end_of(const Batch& batch, Slot slot, std::uint32_t row) const;

  Worker& worker_;
  std::vector<NewNode> nodes_;
  std::vector<NewRelationship> relationships_;
  bool by_row_;         // refers_to_itself()
  bool at_once_;        // nodes of a batch get the ids that they would get row by row
  bool edges_at_once_;  // relationships, too
  bool gathers_ = false;
  RelationshipsToCome to_come_;
  std::vector<LabelId> row_labels_;
  std::vector<NewProperties::FirstUse> first_uses_;
  std::vector<Cell> with_ends_;  // values_of_one() of a relationship
};

// The items of SET and REMOVE, for one or many rows.
class ItemSetter {
 public:
  ItemSetter(const std::vector<plan::SetItem>& items, Worker& worker);
  void set(const Batch& batch);
  // From now on what set() is asked for may be written later, at the latest by set_gathered(),
  // where that makes no difference: many rows in the order of their elements are written in less
  // time.
  void gather() { gathers_ = one_each_ && !by_row_; }
  void set_gathered();

 private:
  struct Item {
    const plan::SetItem* op;
    EvaluatorPtr subject, value, key;  // value and key may be null
    std::vector<EvaluatorPtr> names;   // of labels
    Column subjects, values, keys;
    std::vector<Column> named;
    std::optional<KeyId> id = {};  // of a key that is written out, while one batch is written
  };
  void evaluate(Item& item, const Batch& batch);
  void apply(Item& item, std::uint32_t row);
  KeyId key_of(Item& item, std::uint32_t row);
  bool set_at_once(const Batch& batch);
  bool label_at_once(std::uint32_t rows);
  bool merge_at_once(const Batch& batch);
  bool take_map(const Cell& map, std::size_t& bytes);
  bool take_subjects(const Column& subjects, std::uint32_t rows);
  bool take_values(const Batch& batch, std::size_t& bytes, bool& removes);
  void set_elements(Kind kind, bool may_wait);
  bool put_off();
  template <class I>
  void remove_others();
  template <class I>
  void set_rows(std::span<const std::uint64_t> elements, std::span<const KeyId> keys,
                std::span<const Cell> values);
  void sort_rows();
  void set_property(const Cell& element, KeyId key, const Cell& value);
  void replace(const Item& item, const Cell& element, const Cell& value, bool keep_others);
  void change_labels(const Item& item, const Cell& element, std::uint32_t row, bool add);
  void change_label(NodeId node, std::string_view name, bool add);

  Worker& worker_;
  std::vector<Item> items_;
  bool by_row_;    // what a row sets may be what a later one reads
  bool one_each_;  // properties of one variable, under different keys
  bool labels_;    // nothing but labels that are written out
  // What a row sets only rows of the same element read, if these variables are maps.
  std::optional<std::vector<Slot>> maps_read_;
  // The same of one item `n += map` or `n = map`, whatever map it is.
  std::optional<std::vector<Slot>> maps_merged_;
  bool merge_reads_ = false;  // the map is made of what it sets, too
  // Of a batch that is written at once: rows that have an element, keys, values row by row.
  std::vector<std::uint64_t> elements_;
  std::vector<KeyId> row_keys_;
  std::vector<std::string_view> map_keys_;  // of the maps, before there are ids
  std::vector<Cell> row_values_;
  std::vector<std::uint32_t> with_element_;  // rows, if not all have one
  Kind kind_ = Kind::Null;                   // of the elements
  // Of batches that are written together: likewise, of row_keys_. No value has anything elsewhere.
  bool gathers_ = false;
  std::vector<std::uint64_t> later_elements_;
  std::vector<Cell> later_values_;
  Kind later_kind_ = Kind::Null;
  Batch row_;
  std::vector<std::uint32_t> picked_;
  RowPicker picker_;
};

}  // namespace kith::exec
