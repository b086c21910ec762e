// cypher/cache/shared_plan.hpp: a plan that serves all texts of a shape, and one text with it.
//
//   A1  A plan serves a text if the two have the same shape and the literals that the plan does not
//       leave open are spelled alike. Then the parser, the binder and the planner would say of this
//       text what they said of the one that was planned, but for the open literals' values.
//   A2  What is shown of a text (names of columns, positions of errors) is computed from that text.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cypher/engine.hpp"
#include "cypher/notices.hpp"
#include "cypher/parse/ast.hpp"
#include "cypher/parse/fingerprint.hpp"
#include "cypher/plan/logical.hpp"

namespace kith::cypher {

// What a graph was like when a statement was planned.
struct GraphState {
  std::uint64_t schema = 0;  // the version: with another a plan must not run
  std::uint64_t nodes = 0, relationships = 0;

  static GraphState of(const storage::View& view);
  // Another plan may be better by now.
  bool is_far_from(const GraphState& other) const;
};

// Immutable; shared by the cache, the statements and their runs.
class SharedPlan {
 public:
  struct Parts {
    std::shared_ptr<const Fingerprint> planned;  // shared: with the statement that was planned
    std::vector<bool> open;                      // of its candidates
    std::string open_literals;                   // as EXPLAIN and PROFILE name them, or empty
    ast::Query::Mode mode = ast::Query::Mode::Run;
    plan::Plan plan;
    std::vector<bound::Column> columns;
    std::vector<Notice> notices;
    GraphState state;
  };
  explicit SharedPlan(Parts parts);

  const Fingerprint& planned() const { return *parts_.planned; }
  const std::vector<bool>& open() const { return parts_.open; }
  ast::Query::Mode mode() const { return parts_.mode; }
  const std::string& open_literals() const { return parts_.open_literals; }
  const plan::Plan& plan() const { return parts_.plan; }
  const GraphState& state() const { return parts_.state; }
  const std::vector<Notice>& notices() const { return parts_.notices; }
  std::uint64_t bytes() const { return bytes_; }
  bool calls_procedures() const { return calls_procedures_; }
  bool may_run_again() const { return may_run_again_; }  // exec/rerun.hpp
  std::uint32_t cursors_kept() const { return cursors_kept_; }

  bool serves(const Fingerprint& text) const;  // A1
  // The schema is the same, and the data are about as they were. O(1).
  bool is_current(const storage::View& view) const;
  // Planned for such values.
  bool suits(const Fingerprint& text, const storage::View& view) const {
    return plan::hold_for_literals(plan().premises, view, text.values());
  }

  const std::vector<std::string>& names() const { return names_; }  // of the text that was planned
  bool names_vary() const { return names_vary_; }
  std::vector<std::string> names_in(const Fingerprint& text) const;

 private:
  Parts parts_;
  std::vector<std::string> names_;
  bool names_vary_ = false;  // an open literal is part of one
  bool calls_procedures_ = false, may_run_again_ = false;
  std::uint32_t cursors_kept_ = 0;
  std::uint64_t bytes_ = 0;
};

// A text with its plan.
class PreparedStatement final : public Statement {
 public:
  // shared: the plan with others of its shape; the text with the plan that it was planned for
  PreparedStatement(std::shared_ptr<const SharedPlan> plan,
                    std::shared_ptr<const Fingerprint> text);

  const std::vector<std::string>& columns() const override;
  StatementType type() const override;
  bool writes() const override { return plan().writes; }
  bool commits_itself() const override { return plan().in_transactions; }
  bool is_explain() const override { return plan_->mode() == ast::Query::Mode::Explain; }
  std::string describe(std::string_view stage) const override;
  std::vector<Notification> notifications(const storage::View& view) const override;

  bool is_profile() const { return plan_->mode() == ast::Query::Mode::Profile; }
  const std::string& text() const { return text_->text(); }
  const std::vector<Cell>& literals() const { return text_->values(); }
  const SharedPlan& shared() const { return *plan_; }
  const plan::Plan& plan() const { return plan_->plan(); }
  // Where this text has what is at that place of the one that was planned.
  Position here(Position planned) const;

 private:
  std::shared_ptr<const SharedPlan> plan_;
  std::shared_ptr<const Fingerprint> text_;
  std::vector<std::string> own_names_;  // if they are not the plan's
};

}  // namespace kith::cypher
