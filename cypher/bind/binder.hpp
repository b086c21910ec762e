// cypher/bind/binder.hpp: from a query as written to a bound query. Private to cypher/bind.
//
// One Binder binds one statement. Its functions lie by subject in binder.cpp (queries and
// subqueries), clauses.cpp, subqueries.cpp, procedures.cpp, projection.cpp, aggregation.cpp,
// updates.cpp, create.cpp, patterns.cpp, expressions.cpp, operations.cpp and calls.cpp.
#pragma once

#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "cypher/bind/bound.hpp"
#include "cypher/bind/lifting.hpp"
#include "cypher/bind/messages.hpp"
#include "cypher/bind/scope.hpp"
#include "cypher/prepare.hpp"

namespace kith::cypher {

using bound::ExpressionPtr;
using bound::TypeSet;

// Where aggregate functions go while the items of a projection are bound: an aggregate becomes a
// variable, and the same call made twice is computed once.
struct AggregateSink {
  std::vector<bound::AggregateCall> calls;
  std::vector<Position> positions;  // of calls
  bool used = false;                // since it was last cleared
};

class Binder {
 public:
  explicit Binder(const BindContext& context)
      : procedures_(context.procedures),
        graph_name_(context.graph_name),
        lifting_(context.lifting),
        fail_(context.text) {}

  bound::Query bind_statement(const ast::Query& query);

 private:
  // What a query is part of.
  enum class Use : std::uint8_t { Statement, Exists, Count, Collect, Call };
  // What may happen to a name in a pattern that nothing has bound before.
  enum class NewNames : std::uint8_t { Declared, Forbidden };

  struct BoundPart {
    bound::Part part;
    std::vector<std::string> names;  // of its outputs
    std::vector<std::optional<std::uint32_t>> names_at;
  };
  // How a part of a subquery begins: names that a leading WITH imports, and whether that is all
  // this WITH does.
  struct Start {
    std::vector<NamedSlot> names;
    bool skips_with = false;
  };
  using Clauses = std::vector<bound::Clause>;

  // ---- binder.cpp
  // `starts`: of CALL { WITH x … }: what each part imports.
  bound::Query bind_query(const ast::Query& query, Use use, std::span<const Start> starts = {});
  BoundPart bind_part(const ast::SingleQuery& single, Use use, const Start& start);
  void check_composition(const ast::SingleQuery& single, Use use) const;
  void check_end(const ast::Clause& last, Use use) const;
  void join_parts(bound::Query& query, std::vector<BoundPart>& parts, const ast::Query& from);
  void bind_clause(const ast::Clause& clause, Clauses& into);
  void note_write(Position at);
  ExpressionPtr bind_subquery(const ast::Subquery& node, Position at);

  // ---- clauses.cpp
  void bind(const ast::Match& clause, Position at, Clauses& into);
  void bind(const ast::Unwind& clause, Position at, Clauses& into);
  void bind(const ast::With& clause, Position at, Clauses& into);
  void bind(const ast::Return& clause, Position at, Clauses& into);
  void bind(const ast::Foreach& clause, Position at, Clauses& into);
  void bind(const ast::LoadCsv& clause, Position at, Clauses& into);
  void bind(const ast::Use& clause, Position at, Clauses& into);
  void bind(const ast::Finish& clause, Position at, Clauses& into);
  std::vector<bound::Hint> bind_hints(const ast::Match& clause, const bound::Pattern& pattern);
  Slot declare_new(const ast::Name& name, TypeSet types);

  // ---- subqueries.cpp
  void bind(const ast::CallSubquery& clause, Position at, Clauses& into);
  bound::InTransactions bind_transactions(const ast::InTransactions& how);
  std::vector<NamedSlot> all_imports();
  std::vector<NamedSlot> named_imports(const std::vector<ast::Name>& names);
  Start start_of(const ast::SingleQuery& single);
  void check_returned(const ast::Query& query) const;
  void check_transactions(const bound::Query& query) const;

  // ---- schema.cpp
  void bind(const ast::SchemaCommand& clause, Position at, Clauses& into);
  bound::CreateIndex bind_command(const ast::CreateIndex& command);
  bound::DropIndex bind_command(const ast::DropIndex& command);
  bound::CreateConstraint bind_command(const ast::CreateConstraint& command);
  bound::DropConstraint bind_command(const ast::DropConstraint& command);
  void bind_rule(const ast::PropertyRule& rule, const ast::CreateConstraint& command,
                 bound::CreateConstraint& into) const;
  void bind_rule(const ast::EndsRule& rule, const ast::CreateConstraint& command,
                 bound::CreateConstraint& into) const;
  void bind_rule(const ast::CountRule& rule, const ast::CreateConstraint& command,
                 bound::CreateConstraint& into) const;
  void bind_rule(const ast::DeleteRule& rule, const ast::CreateConstraint& command,
                 bound::CreateConstraint& into) const;
  bound::SchemaName bind_schema_name(const std::optional<ast::SchemaName>& name);
  bound::SchemaTarget schema_target(const ast::SchemaPattern& pattern,
                                    const std::vector<ast::SchemaProperty>& properties) const;

  // ---- procedures.cpp
  void bind(const ast::Call& clause, Position at, Clauses& into);
  std::vector<ExpressionPtr> bind_procedure_arguments(const ast::Call& clause,
                                                      const ProcedureDef& procedure);
  std::vector<bound::ProcedureCall::Yield> bind_yields(const ast::Call& clause,
                                                       const ProcedureDef& procedure);

  // ---- projection.cpp
  struct Item {
    std::string name;
    Position at;
    bool aliased = false;
    ExpressionPtr written;  // over the incoming rows and aggregate slots
    bool has_aggregate = false;
    Slot slot = 0;
    std::optional<std::uint32_t> name_at = {};  // as of bound::NewItem
  };
  // One WITH or RETURN while it is bound.
  struct Projecting {
    std::vector<Item> items;
    AggregateSink sink;
    bound::Projection result;
    std::vector<NamedSlot> incoming;
    std::vector<NamedSlot> outgoing;
    bool narrow() const { return result.aggregating || result.distinct; }
  };
  bound::Projection bind_projection(const ast::Projection& body, const ast::Expression* where,
                                    bool is_with, Position at);
  void bind_items(const ast::Projection& body, bool is_with, Position at, Projecting& projecting);
  void finish_items(Projecting& projecting);
  void keep_csv_place(bound::Projection& body) const;
  void check_shadowing(const Projecting& projecting) const;
  ExpressionPtr bind_over_items(const ast::Expression& value, bool is_condition,
                                Projecting& projecting);
  std::optional<ExpressionPtr> whole_item(const ast::Expression& value, Projecting& projecting);
  ExpressionPtr bind_row_count(const ast::Expression& value, std::string_view clause);

  // ---- aggregation.cpp
  ExpressionPtr bind_aggregate(const AggregateDef& function, const ast::FunctionCall& call,
                               Position at);
  void split_aggregation(Projecting& projecting);
  ExpressionPtr over_groups(const ExpressionPtr& value, const Projecting& projecting) const;
  ExpressionPtr over_items(const ExpressionPtr& value, const Projecting& projecting,
                           bool has_aggregate, bool is_whole) const;
  void check_new_aggregates(Projecting& projecting, std::size_t known) const;
  void check_visible(Slot slot, Position at, const Projecting& projecting) const;

  // ---- updates.cpp
  void bind(const ast::Set& clause, Position at, Clauses& into);
  void bind(const ast::Remove& clause, Position at, Clauses& into);
  void bind(const ast::Delete& clause, Position at, Clauses& into);
  bound::SetItem bind_set_item(const ast::SetItem& item);
  bound::SetItem bind_property_target(const ast::Expression& target, bound::SetItem::Kind kind);

  // ---- create.cpp: patterns to be made
  struct NewElements;
  // Labels of a new node, or the one type of a new relationship.
  struct MadeNames {
    std::vector<std::string> names;
    std::vector<ExpressionPtr> dynamic;
  };
  using Entries = std::vector<std::pair<std::string, ExpressionPtr>>;
  void bind(const ast::Create& clause, Position at, Clauses& into);
  void bind(const ast::Merge& clause, Position at, Clauses& into);
  void create_part(const ast::PatternPart& part, NewElements& made);
  Slot create_node(const ast::NodePattern& node, bool alone, NewElements& made);
  Slot create_relationship(const ast::RelationshipPattern& relationship, Slot left, Slot right,
                           NewElements& made);
  ExpressionPtr created_properties(const ast::Expression* properties, NewElements& made);
  MadeNames new_labels(const ast::NodePattern& node);
  MadeNames new_type(const ast::RelationshipPattern& relationship);
  bool add_names(const ast::LabelExpression& labels, MadeNames& into);
  void add_name_conjuncts(const ExpressionPtr& subject, const MadeNames& names, Position at,
                          std::vector<ExpressionPtr>& into) const;
  void merge_part(const ast::PatternPart& part, bound::Merge& merge);
  struct MergedElement {
    Entries properties;
    MadeNames names;
  };
  Slot merge_node(const ast::NodePattern& node, bool alone, MergedElement element,
                  bound::Merge& merge);
  Slot merge_relationship(const ast::RelationshipPattern& relationship, Slot left, Slot right,
                          MergedElement element, bound::Merge& merge);
  Entries merged_properties(const ast::Expression* properties);
  void add_entry_conjuncts(const ExpressionPtr& subject, const Entries& entries,
                           std::vector<ExpressionPtr>& into) const;
  void check_new_type(const ast::RelationshipPattern& relationship) const;
  std::optional<Slot> existing_node(const ast::NodePattern& node, bool alone);
  Slot declare_element(const std::optional<ast::Name>& name, TypeSet types);
  void check_new_part(const ast::PatternPart& part, std::string_view clause) const;
  void check_new_relationship(const ast::RelationshipPattern& relationship, bool directed) const;
  Slot declare_path(const ast::Name& name);

  // ---- patterns.cpp
  struct Condition;
  struct Shaping;
  // `once` gets the volatile values of property maps, to be computed before the pattern is matched.
  bound::Pattern bind_pattern(std::span<const ast::PatternPart> parts, const ast::Expression* where,
                              NewNames new_names, ast::Match::Mode mode = ast::Match::Mode::Unsaid,
                              std::vector<bound::NewItem>* once = nullptr);
  void shape_part(const ast::PatternPart& part, Shaping& shaping);
  Slot shape_node(const ast::NodePattern& node, Shaping& shaping);
  void shape_single(const ast::RelationshipPattern& relationship, bound::PatternRelationship& made,
                    Shaping& shaping);
  void shape_trail(const ast::RelationshipPattern& relationship, bound::PatternRelationship& made,
                   Shaping& shaping);
  void add_conditions(Shaping& shaping);
  void compute_once(std::span<ExpressionPtr> conjuncts, Shaping& shaping);
  void add_label_conjuncts(const ExpressionPtr& subject, const ast::LabelExpression& labels,
                           std::vector<ExpressionPtr>& into);
  void add_property_conjuncts(const ExpressionPtr& subject, const ast::Expression& properties,
                              std::vector<ExpressionPtr>& into);
  void bind_each(const ast::RelationshipPattern& relationship,
                 std::span<const ast::ExpressionPtr> wheres, bound::PatternRelationship& made);
  ExpressionPtr bind_pattern_predicate(const ast::PatternPart& part, Position at);
  // path_patterns.cpp: what is quantified, and what has a selector
  struct Inside;
  void check_parts(std::span<const ast::PatternPart> parts, ast::Match::Mode mode) const;
  void shape_quantified(const ast::RelationshipPattern& relationship, const ast::Range& times,
                        bound::PatternRelationship& made, Shaping& shaping);
  void shape_repeated(const ast::RelationshipPattern& written, bound::PatternRelationship& made,
                      Shaping& shaping);
  void shape_selective(const ast::PatternPart& part, Shaping& shaping);
  bound::PathStretch shape_stretch(const ast::RelationshipPattern& written, Inside& inside,
                                   Shaping& shaping);
  Slot inside_node(const ast::NodePattern& node, bound::PathStretch& stretch, Inside& inside);
  bound::PathStep inside_relationship(const ast::RelationshipPattern& relationship,
                                      bound::PathStretch& stretch, Inside& inside,
                                      const Shaping& shaping);
  Slot interior_node(const ast::NodePattern& node, Inside& whole, const Shaping& shaping);
  bound::PathStep interior_relationship(const ast::RelationshipPattern& relationship, Inside& whole,
                                        Shaping& shaping);
  bound::PathSelector bind_selector(const ast::PathSelector& selector);
  Slot declare_group(const ast::Name& name, TypeSet elements);
  void bind_inside(const Inside& inside, Shaping& shaping);
  void check_reach(const bound::Expression& condition, const std::vector<Slot>& own,
                   const Shaping& shaping) const;
  void check_interior(const Shaping& shaping) const;
  ExpressionPtr bind_shortest_value(const ast::PatternPart& part, Position at);
  ExpressionPtr bind_comprehension(const ast::PatternComprehension& node, Position at);

  // ---- expressions.cpp
  ExpressionPtr bind_expression(const ast::Expression& expression);
  // Where a condition stands: patterns may be one, and the type must be boolean.
  ExpressionPtr bind_condition(const ast::Expression& expression);
  void bind_conjuncts(const ast::Expression& expression, std::vector<ExpressionPtr>& into);
  ExpressionPtr bind_variable(const std::string& name, Position at);
  [[noreturn]] void undefined(const std::string& name, Position at) const;
  TypeSet elements_of(const bound::Expression& expression) const;
  void require(const ExpressionPtr& value, TypeSet wanted, std::string_view what) const;

  ExpressionPtr left_open(const Cell& value, Position at);
  ExpressionPtr bind_node(const ast::Literal& node, Position at);
  ExpressionPtr bind_node(const ast::Parameter& node, Position at);
  ExpressionPtr bind_node(const ast::Variable& node, Position at);
  ExpressionPtr bind_node(const ast::Property& node, Position at);
  ExpressionPtr bind_node(const ast::Index& node, Position at);
  ExpressionPtr bind_node(const ast::Slice& node, Position at);
  ExpressionPtr bind_node(const ast::ListLiteral& node, Position at);
  ExpressionPtr bind_node(const ast::MapLiteral& node, Position at);
  ExpressionPtr bind_node(const ast::MapProjection& node, Position at);
  ExpressionPtr bind_node(const ast::TypePredicate& node, Position at);
  // cases.cpp
  ExpressionPtr bind_node(const ast::CaseSubject& node, Position at);
  ExpressionPtr bind_node(const ast::Case& node, Position at);
  ExpressionPtr bind_tests(const ast::Case::When& when, const ExpressionPtr& subject);
  // labels.cpp
  ExpressionPtr bind_node(const ast::HasLabels& node, Position at);
  bound::LabelExpression bind_labels(const ast::LabelExpression& labels);
  ExpressionPtr bind_name(const ast::DynamicLabel& label);
  std::optional<std::string> constant_name(const ExpressionPtr& value) const;
  void take_dynamic_labels(const std::vector<ast::DynamicLabel>& labels, bound::SetItem& into);
  ExpressionPtr bind_node(const ast::ListComprehension& node, Position at);
  ExpressionPtr bind_node(const ast::Quantifier& node, Position at);
  ExpressionPtr bind_node(const ast::Reduce& node, Position at);
  // operations.cpp
  ExpressionPtr bind_node(const ast::Unary& node, Position at);
  ExpressionPtr bind_node(const ast::Binary& node, Position at);
  ExpressionPtr bind_node(const ast::ComparisonChain& node, Position at);
  ExpressionPtr bind_logical(const ast::Binary& node, Position at);
  ExpressionPtr operation(bound::Operator op, std::vector<ExpressionPtr> operands,
                          Position at) const;
  // calls.cpp
  ExpressionPtr bind_node(const ast::FunctionCall& node, Position at);
  ExpressionPtr bind_exists_function(const ast::FunctionCall& node, Position at);
  void check_argument_count(const ast::FunctionCall& node, std::size_t given, std::size_t least,
                            std::size_t most) const;
  [[noreturn]] void unknown_function(const ast::Name& name) const;
  TypeSet elements_of_call(const bound::Call& call) const;

  // Aggregates are allowed nowhere until it ends.
  class WithoutAggregates {
   public:
    explicit WithoutAggregates(Binder& binder) : binder_(binder), sink_(binder.sink_) {
      binder.sink_ = nullptr;
    }
    ~WithoutAggregates() { binder_.sink_ = sink_; }
    WithoutAggregates(const WithoutAggregates&) = delete;
    WithoutAggregates& operator=(const WithoutAggregates&) = delete;

   private:
    Binder& binder_;
    AggregateSink* sink_;
  };

  const ProcedureRegistry& procedures_;
  std::string_view graph_name_;
  Lifting* lifting_;  // null: all literals are constants
  Messages fail_;
  Names names_;
  std::set<std::string> parameters_;
  AggregateSink* sink_ = nullptr;  // not null: aggregates are allowed here
  bool in_aggregate_ = false;      // inside the arguments of one
  bool checks_types_ = true;
  bool may_lift_ = true;                 // false: what literals are here is decided now
  bool may_write_ = true;                // false inside EXISTS, COUNT, COLLECT
  bool reads_ = false, writes_ = false;  // of the query being bound
  bool changes_schema_ = false;
  std::size_t nesting_ = 0;               // queries around the clause being bound
  std::optional<Position> transactions_;  // of a CALL { … } IN TRANSACTIONS
  ExpressionPtr case_subject_;            // what CaseSubject means here
  std::size_t depth_ = 0;
};

}  // namespace kith::cypher
