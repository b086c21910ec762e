// api/table_procedure.cpp: see table_procedure.hpp.
#include "api/table_procedure.hpp"

#include <algorithm>
#include <string>

#include "core/compare.hpp"
#include "core/value_cell.hpp"
#include "kith/error.hpp"

namespace kith::api {
namespace {

TypeSet types_named(std::string_view type) {
  if (type == "BOOLEAN") return TypeSet::of(Kind::Boolean);
  if (type == "INTEGER") return TypeSet::of(Kind::Integer);
  if (type == "STRING") return TypeSet::of(Kind::String);
  // An integer is a number, and goes where a float is asked for.
  if (type == "FLOAT" || type == "NUMBER")
    return TypeSet::of(Kind::Integer) | TypeSet::of(Kind::Float);
  return TypeSet::any();
}

// Reads one signature from left to right.
class SignatureReader {
 public:
  explicit SignatureReader(std::string_view text) : whole_(text), left_(text) {}

  ProcedureDef read() {
    ProcedureDef out;
    out.name = std::string(until("("));
    out.inputs = fields();
    expect("::");
    expect("(");
    out.outputs = fields();
    skip_spaces();
    if (out.name.empty() || !left_.empty()) fail();
    return out;
  }

 private:
  [[noreturn]] void fail() const {
    throw SyntaxError("InvalidProcedureSignature",
                      "a procedure's signature reads like test.my.proc(name :: STRING?) :: "
                      "(city :: STRING?), not '" +
                          std::string(whole_) + "'");
  }
  void skip_spaces() {
    while (!left_.empty() && left_.front() == ' ') left_.remove_prefix(1);
  }
  void expect(std::string_view token) {
    skip_spaces();
    if (!left_.starts_with(token)) fail();
    left_.remove_prefix(token.size());
  }
  static std::string_view trimmed(std::string_view text) {
    while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
    while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
    return text;
  }
  std::string_view until(std::string_view token) {
    const auto at = left_.find(token);
    if (at == std::string_view::npos) fail();
    const auto text = trimmed(left_.substr(0, at));
    left_.remove_prefix(at + token.size());
    return text;
  }
  // After the opening parenthesis; consumes the closing one.
  std::vector<ProcedureField> fields() {
    std::vector<ProcedureField> out;
    auto list = until(")");
    while (!list.empty()) {
      const auto comma = std::min(list.find(','), list.size());
      out.push_back(field(list.substr(0, comma)));
      list.remove_prefix(std::min(comma + 1, list.size()));
    }
    return out;
  }
  ProcedureField field(std::string_view text) const {
    const auto colons = text.find("::");
    if (colons == std::string_view::npos) fail();
    ProcedureField out;
    out.name = std::string(trimmed(text.substr(0, colons)));
    auto type = trimmed(text.substr(colons + 2));
    out.type = std::string(type);
    out.nullable = type.ends_with('?');
    if (out.nullable) type.remove_suffix(1);
    out.types = types_named(type);
    if (out.name.empty() || type.empty()) fail();
    return out;
  }

  std::string_view whole_, left_;
};

ProcedureRow row_of(const Map& values, const std::vector<ProcedureField>& fields) {
  Arena arena;
  ProcedureRow row;
  for (const auto& field : fields) {
    const auto found = values.find(field.name);
    row.emplace_back(found == values.end() ? Cell::null() : to_cell(found->second, arena));
  }
  return row;
}

bool matches(const ProcedureRow& inputs, std::span<const Cell> arguments) {
  KITH_ASSERT(inputs.size() == arguments.size());
  for (std::size_t i = 0; i < inputs.size(); ++i)
    if (!equivalent(inputs[i].cell(), arguments[i])) return false;
  return true;
}

}  // namespace

ProcedureDef table_procedure(std::string_view signature, const std::vector<Map>& rows) {
  auto out = SignatureReader(signature).read();
  std::vector<std::pair<ProcedureRow, ProcedureRow>> table;
  for (const auto& row : rows)
    table.emplace_back(row_of(row, out.inputs), row_of(row, out.outputs));
  out.run = [table = std::move(table)](FunctionContext&, std::span<const Cell> arguments) {
    std::vector<ProcedureRow> answer;
    for (const auto& [inputs, outputs] : table)
      if (matches(inputs, arguments)) answer.push_back(outputs);
    return answer;
  };
  return out;
}

}  // namespace kith::api
