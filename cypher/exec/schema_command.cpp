// cypher/exec/schema_command.cpp: CREATE and DROP of indexes and constraints.
//
// Names become ids here; whether the change may be made is the transaction's to say. It gives no
// rows.
#include "cypher/exec/evaluate.hpp"
#include "cypher/exec/operators.hpp"
#include "storage/writer.hpp"

namespace kith::exec {

namespace {

using storage::ConstraintDef;
using storage::IndexDef;
using storage::SchemaToken;

class SchemaCommandOperator final : public Operator {
 public:
  SchemaCommandOperator(const plan::SchemaCommand& op, const Lowering& lowering)
      : op_(op), execution_(lowering.execution()) {
    KITH_ASSERT(execution_.transaction != nullptr);
  }

  void open() override {
    std::visit([this](const auto& command) { run(command); }, op_.node);
    execution_.changed();
  }
  bool next(Batch&) override { return false; }

 private:
  storage::Transaction& transaction() const { return *execution_.transaction; }
  // The schema as this transaction has left it.
  storage::View view() const { return transaction().view(); }

  std::string name_of(const bound::SchemaName& name) const {
    if (!name.is_parameter) return name.text;
    const auto found = execution_.parameters.find(name.text);
    if (found == execution_.parameters.end()) missing_parameter(name.text, name.at);
    const Cell& value = found->second;
    if (value.kind != Kind::String || value.string().empty()) {
      throw TypeError("InvalidArgumentType",
                      "the name of an index or a constraint is a STRING that is not empty, not " +
                          std::string(value.kind == Kind::String ? "''" : kind_name(value.kind)),
                      name.at);
    }
    return std::string(value.string());
  }

  SchemaToken intern_token(const bound::SchemaTarget& target) const {
    return target.on == bound::ElementKind::Node
               ? SchemaToken::of(transaction().intern_label(target.token))
               : SchemaToken::of(transaction().intern_type(target.token));
  }
  std::vector<KeyId> intern_keys(const bound::SchemaTarget& target) const {
    std::vector<KeyId> keys;
    for (const auto& key : target.keys) keys.push_back(transaction().intern_key(key));
    return keys;
  }

  bool is_taken(const std::string& name) const {
    if (name.empty()) return false;
    const storage::View now = view();
    return now.schema().find_index(name) != nullptr ||
           now.schema().find_constraint(name) != nullptr;
  }

  void run(const bound::CreateIndex& command) const {
    IndexDef index;
    index.name = name_of(command.name);
    if (command.if_not_exists && is_taken(index.name)) return;
    index.token = intern_token(command.target);
    index.keys = intern_keys(command.target);
    const storage::View now = view();
    if (command.if_not_exists && now.schema().find_index(index.token, index.keys) != nullptr) {
      return;
    }
    at_position(place(command.name), [&] { transaction().create_index(std::move(index)); });
  }

  void run(const bound::DropIndex& command) const {
    std::string name = name_of(command.name);
    const storage::View now = view();
    if (name.empty()) {
      const IndexDef* index = find(now, command.target);
      if (index == nullptr) {
        throw QueryError("SchemaError", "IndexNotFound",
                         "there is no index on :" + command.target.token + " and these properties",
                         op_.at);
      }
      name = index->name;
    }
    if (command.if_exists && now.schema().find_index(name) == nullptr) return;
    at_position(place(command.name), [&] { transaction().drop_index(name); });
  }

  static const IndexDef* find(const storage::View& view, const bound::SchemaTarget& target) {
    const auto label = view.catalog().find_label(target.token);
    if (!label) return nullptr;
    std::vector<KeyId> keys;
    for (const auto& name : target.keys) {
      const auto key = view.catalog().find_key(name);
      if (!key) return nullptr;
      keys.push_back(*key);
    }
    return view.schema().find_index(SchemaToken::of(*label), keys);
  }

  void run(const bound::CreateConstraint& command) const {
    ConstraintDef constraint;
    constraint.kind = command.kind;
    constraint.types = command.types;
    constraint.name = name_of(command.name);
    if (command.if_not_exists && is_taken(constraint.name)) return;
    constraint.token = intern_token(command.target);
    constraint.keys = intern_keys(command.target);
    const storage::View now = view();
    intern_reference(command, constraint);
    if (command.if_not_exists && says_the_same(now.schema(), constraint)) return;
    at_position(place(command.name),
                [&] { transaction().create_constraint(std::move(constraint)); });
  }

  static bool says_the_same(const storage::Schema& schema, const ConstraintDef& constraint) {
    const std::string details = encode_details(constraint);
    const auto on = schema.constraints_on(constraint.token);
    return std::any_of(on.begin(), on.end(), [&](const ConstraintDef* old) {
      return old->kind == constraint.kind && old->keys == constraint.keys &&
             encode_details(*old) == details;
    });
  }

  // What a constraint says of relationships.
  void intern_reference(const bound::CreateConstraint& command, ConstraintDef& constraint) const {
    const auto labels = [&](const std::vector<std::string>& names) {
      std::vector<LabelId> ids;
      for (const auto& name : names) ids.push_back(transaction().intern_label(name));
      return ids;
    };
    for (const auto& pair : command.ends)
      constraint.ends.push_back({labels(pair.starts), labels(pair.ends)});
    constraint.step.direction = command.step.direction;
    constraint.step.others = labels(command.step.others);
    for (const auto& name : command.step.types)
      constraint.step.types.push_back(transaction().intern_type(name));
    constraint.least = command.least;
    constraint.most = command.most;
    constraint.cascades = command.cascades;
  }

  void run(const bound::DropConstraint& command) const {
    const std::string name = name_of(command.name);
    const storage::View now = view();
    if (command.if_exists && now.schema().find_constraint(name) == nullptr) return;
    at_position(place(command.name), [&] { transaction().drop_constraint(name); });
  }

  // Errors stand at the name, or else at the command.
  Position place(const bound::SchemaName& name) const {
    return name.at.line != 0 ? name.at : op_.at;
  }

  const plan::SchemaCommand& op_;
  Execution& execution_;
};

}  // namespace

OperatorPtr make_schema_command(const plan::SchemaCommand& op, const Lowering& lowering) {
  return std::make_unique<SchemaCommandOperator>(op, lowering);
}

}  // namespace kith::exec
