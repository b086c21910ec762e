// tests/unit/cypher/function_fixture.hpp: calls of functions written as Cypher, without an engine.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/arena.hpp"
#include "cypher/functions/function.hpp"
#include "cypher/parse/ast.hpp"

namespace kith::test {

// Clocks stand still, chance is a fixed sequence; a graph is there if one is given.
class Context final : public FunctionContext {
 public:
  explicit Context(const storage::View* view = nullptr) : view_(view) {}
  Arena& arena() override { return arena_; }
  const storage::View& view() override;
  std::int64_t statement_time() override { return 1'000'000'000'000; }
  std::int64_t transaction_time() override { return 1'000'000'000'000; }
  std::int64_t real_time() override { return 1'000'000'000'000; }
  double random() override;

 private:
  const storage::View* view_;
  Arena arena_;
  std::uint64_t state_ = 42;
};

// Literals, lists, maps, properties, function calls, - / < and =; `x` is `variable`. An aggregate
// runs over one row.
Cell evaluate(const ast::Expression& expression, Context& context, const Cell& variable);

// The value of an expression as Cypher text, or "Type/Detail" of the error.
std::string value_of(const std::string& expression);
std::string value_of(const std::string& expression, Context& context, const Cell& variable = {});

}  // namespace kith::test
