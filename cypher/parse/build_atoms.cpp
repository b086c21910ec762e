// cypher/parse/build_atoms.cpp: literals, lists, maps, calls and the other things that stand alone.
#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "core/assert.hpp"
#include "core/number.hpp"
#include "core/text.hpp"
#include "cypher/parse/builder.hpp"
#include "cypher/parse/literal_scan.hpp"
#include "cypher/words.hpp"

namespace kith::cypher {

namespace {

std::optional<ast::QuantifierKind> quantifier_kind(std::string_view name) {
  using ast::QuantifierKind;
  if (name == "all") return QuantifierKind::All;
  if (name == "any") return QuantifierKind::Any;
  if (name == "none") return QuantifierKind::None;
  if (name == "single") return QuantifierKind::Single;
  return std::nullopt;
}

// A number of exactly `count` hexadecimal digits at the front, or nothing.
std::optional<char32_t> hex_digits(std::string_view text, std::size_t count) {
  if (text.size() < count) return std::nullopt;
  char32_t value = 0;
  for (const char c : text.substr(0, count)) {
    if (std::isxdigit(static_cast<unsigned char>(c)) == 0) return std::nullopt;
    const int digit = std::isdigit(static_cast<unsigned char>(c)) != 0 ? c - '0' : (c | 0x20) - 87;
    value = value * 16 + static_cast<char32_t>(digit);
  }
  return value;
}

struct Escape {
  char32_t value;
  std::size_t length;  // of the text after the backslash; 0: not a code point
};

// \uXXXX (two of them for a surrogate pair) and \UXXXXXXXX. `text` begins after the backslash.
Escape unicode_escape(std::string_view text) {
  KITH_ASSERT(text.starts_with('u') || text.starts_with('U'));
  const std::size_t digits = text[0] == 'u' ? 4 : 8;
  const auto first = hex_digits(text.substr(1), digits);
  if (!first) return {0, 0};
  const bool high = *first >= 0xD800 && *first < 0xDC00;
  if (high && text.substr(1 + digits).starts_with("\\u")) {
    const auto second = hex_digits(text.substr(3 + digits), 4);
    if (second && *second >= 0xDC00 && *second < 0xE000) {
      return {0x10000 + ((*first - 0xD800) << 10) + (*second - 0xDC00), 11};
    }
  }
  const bool surrogate = *first >= 0xD800 && *first < 0xE000;
  if (surrogate || *first > 0x10FFFF) return {0, 0};
  return {*first, 1 + digits};
}

}  // namespace

Builder::Built Builder::atom(const Syntax& node, bool negative) {
  const Syntax& what = node.children[0];
  switch (what.rule) {
    case Rule::Literal:
      return literal(what, negative);
    case Rule::Parameter:
      return make(what.at, 0, ast::Parameter{name(what.children[1]).text});
    case Rule::Name:
      return make(what.at, 0, ast::Variable{name(what).text});
    case Rule::Parenthesized:
      return expression(what.children[1]);
    case Rule::List:
      return list(what);
    case Rule::MapLiteral:
      return map(what);
    case Rule::CaseExpression:
      return case_expression(what);
    case Rule::Subquery:
      return subquery(what);
    default:
      break;
  }
  KITH_ASSERT(what.is(Rule::PathPattern) || what.is(Rule::ShortestPath));
  ast::PatternPart pattern;
  const std::uint32_t height = height_within([&] {
    pattern =
        what.is(Rule::PathPattern) ? path_pattern(what) : shortest_path(what, Properties::MapOnly);
  });
  return pattern_value(std::move(pattern), height, what.at);
}

Builder::Built Builder::pattern_value(ast::PatternPart pattern, std::uint32_t height,
                                      Position at) const {
  return make(at, height,
              ast::PatternPredicate{std::make_unique<ast::PatternPart>(std::move(pattern))});
}

Builder::Built Builder::literal(const Syntax& node, bool negative) const {
  KITH_ASSERT(node.is(Rule::Literal));
  const Syntax& token = node.children[0];
  const std::string_view word = text(token);
  const auto made = [&](const Cell& cell) {
    return make(node.at, 0, ast::Literal{OwnedCell(cell)});
  };
  const auto check = [&](NumberFault fault, std::string_view overflow) {
    if (fault == NumberFault::None) return;
    const std::string number = fmt::format("{}{}", negative ? "-" : "", word);
    if (fault == NumberFault::Malformed) {
      fail(token, "InvalidNumberLiteral", fmt::format("'{}' is not a number", number));
    }
    const bool integer = overflow == "IntegerOverflow";
    fail(token, std::string(overflow),
         fmt::format("{} does not fit into {}", number,
                     integer ? "a 64-bit integer" : "a 64-bit float"));
  };
  switch (token.token) {
    case Token::K_NULL:
      return made(Cell::null());
    case Token::K_TRUE:
      return made(Cell::boolean(true));
    case Token::K_FALSE:
      return made(Cell::boolean(false));
    case Token::STRING:
      return made(Cell::of(std::string_view(unescaped(token))));
    case Token::FLOAT: {
      const FloatLiteral number = parse_float_literal(word);
      check(number.fault, "FloatingPointOverflow");
      return made(Cell::of(negative ? -number.value : number.value));
    }
    default: {
      const IntegerLiteral number = parse_integer_literal(word, negative);
      check(number.fault, "IntegerOverflow");
      return made(Cell::of(number.value));
    }
  }
}

bool Builder::is_normal_form(std::string_view word) {
  return word == "NFC" || word == "NFD" || word == "NFKC" || word == "NFKD";
}

// What a quoted string means.
std::string Builder::unescaped(const Syntax& token) const {
  KITH_ASSERT(token.is(Token::STRING) && token.end - token.begin >= 2);
  const std::string_view inside = source_.substr(token.begin + 1, token.end - token.begin - 2);
  std::string out;
  out.reserve(inside.size());
  for (std::size_t i = 0; i < inside.size(); ++i) {
    if (inside[i] != '\\') {
      out += inside[i];
      continue;
    }
    KITH_ASSERT(i + 1 < inside.size());  // the lexer paired them
    const std::string_view rest = inside.substr(i + 1);
    const auto refuse = [&](std::string detail, std::string_view what) {
      throw_syntax_error(source_, std::move(detail), what,
                         position_of(source_, token.begin + 1 + i));
    };
    if (rest[0] == 'u' || rest[0] == 'U') {
      const Escape escape = unicode_escape(rest);
      if (escape.length == 0) {
        refuse("InvalidUnicodeLiteral",
               rest[0] == 'u' ? "\\u takes four hexadecimal digits that make a character"
                              : "\\U takes eight hexadecimal digits that make a character");
      }
      append_code_point(out, escape.value);
      i += escape.length;
      continue;
    }
    const auto simple = simple_escape(rest[0]);
    if (!simple) {
      refuse("UnexpectedSyntax",
             fmt::format("'\\{}' is not an escape; a backslash itself is written '\\\\'",
                         rest.substr(0, first_code_point(rest).bytes)));
    }
    out += *simple;
    ++i;
  }
  return out;
}

// ---- lists and calls

Builder::Listed Builder::listed(const Syntax& node) {
  Listed parts;
  bool bar = false;
  for (const Syntax& child : node.children) {
    if (child.is(Token::STAR)) parts.star = true;
    if (child.is(Token::K_DISTINCT)) parts.distinct = true;
    if (child.is(Token::BAR)) bar = true;
    if (child.is(Rule::WhereClause)) parts.where = &child.children[1];
    if (child.is(Token::TRIM_SIDE)) parts.side = &child;
    if (child.is(Rule::TrimmedText)) parts.from = &child.children[1];
    if (!child.is(Rule::Expression)) continue;
    if (bar) {
      parts.mapped = &child;
    } else {
      parts.items.push_back(&child);
    }
  }
  return parts;
}

const Syntax* Builder::bare_name(const Syntax& operand) const {
  return bare_atom(operand, Rule::Name);
}

const Syntax* Builder::bare_atom(const Syntax& operand, Rule rule) const {
  if (!operand.is(Rule::Operand) || operand.children.size() != 1) return nullptr;
  const Syntax& what = operand.children[0].children[0];
  return what.is(rule) ? &what : nullptr;
}

const Syntax* Builder::name_before(const Syntax& expression, Token op) const {
  const auto children = expression.children;
  if (children.size() < 3 || !children[1].is(Rule::Infix)) return nullptr;
  return children[1].children[0].is(op) ? bare_name(children[0]) : nullptr;
}

Builder::Built Builder::after_operator(const Syntax& expression) {
  KITH_ASSERT(expression.children.size() >= 3);
  return operators(expression.children.subspan(2));
}

Builder::Built Builder::list(const Syntax& node) {
  const Listed parts = listed(node);
  if (parts.items.size() == 1) {
    const Syntax& only = *parts.items[0];
    if (const Syntax* variable = name_before(only, Token::K_IN)) {
      return list_comprehension(node.at, *variable, parts);
    }
    const auto operands = only.children;
    if (parts.mapped != nullptr && operands.size() == 1) {
      const Syntax* pattern = bare_atom(operands[0], Rule::PathPattern);
      if (pattern != nullptr) return pattern_comprehension(node.at, nullptr, *pattern, parts);
    }
    const Syntax* path = name_before(only, Token::EQUAL);
    if (parts.mapped != nullptr && path != nullptr && operands.size() == 3) {
      const Syntax* pattern = bare_atom(operands[2], Rule::PathPattern);
      if (pattern != nullptr) return pattern_comprehension(node.at, path, *pattern, parts);
    }
  }
  if (parts.where != nullptr || parts.mapped != nullptr) {
    fail(node, "UnexpectedSyntax",
         "a list with WHERE or | begins with 'variable IN list' or with a pattern");
  }
  ast::ListLiteral list;
  list.items.reserve(parts.items.size());
  std::uint32_t height = 0;
  for (const Syntax* item : parts.items) {
    Built built = expression(*item);
    height = std::max(height, built.height);
    list.items.push_back(std::move(built.expression));
  }
  return make(node.at, height, std::move(list));
}

Builder::Built Builder::list_comprehension(Position at, const Syntax& variable,
                                           const Listed& parts) {
  Built list = after_operator(*parts.items[0]);
  Built where = parts.where != nullptr ? expression(*parts.where) : Built{};
  Built mapped = parts.mapped != nullptr ? expression(*parts.mapped) : Built{};
  const std::uint32_t height = std::max(list.height, higher(where, mapped));
  return make(at, height,
              ast::ListComprehension{name(variable), std::move(list.expression),
                                     std::move(where.expression), std::move(mapped.expression)});
}

Builder::Built Builder::pattern_comprehension(Position at, const Syntax* path,
                                              const Syntax& pattern, const Listed& parts) {
  KITH_ASSERT(pattern.is(Rule::PathPattern) && parts.mapped != nullptr);
  ast::PatternPart part;
  const std::uint32_t inside = height_within([&] { part = path_pattern(pattern); });
  if (path != nullptr) part.variable = name(*path);
  Built where = parts.where != nullptr ? expression(*parts.where) : Built{};
  Built mapped = expression(*parts.mapped);
  const std::uint32_t height = std::max(inside, higher(where, mapped));
  return make(at, height,
              ast::PatternComprehension{std::make_unique<ast::PatternPart>(std::move(part)),
                                        std::move(where.expression), std::move(mapped.expression)});
}

Builder::Built Builder::call_expression(const Syntax& operand, std::size_t first,
                                        std::size_t call) {
  const Syntax& word = operand.children[first].children[0];
  ast::Name function = name(word);
  for (std::size_t i = first + 1; i < call; ++i) {
    function.text += "." + name(operand.children[i].children[1]).text;
  }
  const Syntax& arguments = operand.children[call].children[0];
  const Listed parts = listed(arguments);
  const std::string lower = lower_ascii(function.text);
  if (parts.items.size() == 1 && name_before(*parts.items[0], Token::K_IN) != nullptr) {
    const auto kind = quantifier_kind(lower);
    if (kind && parts.mapped == nullptr) return quantifier(*kind, word.at, parts);
  }
  if (lower == "reduce" && parts.mapped != nullptr) return reduce(arguments, word.at, parts);
  if (parts.where != nullptr || parts.mapped != nullptr) {
    const bool old = lower == "filter" || lower == "extract";  // of Neo4j 3
    fail(parts.where != nullptr ? *parts.where : *parts.mapped, "UnexpectedSyntax",
         old ? "filter() and extract() are written [variable IN list WHERE … | …]"
             : "only all, any, none and single take 'variable IN list WHERE …', only reduce takes "
               "'|'");
  }
  if (parts.from != nullptr) return trim_call(function, parts);
  if (lower == "exists" && parts.items.size() == 1 && parts.items[0]->children.size() == 1) {
    const Syntax* pattern = bare_atom(parts.items[0]->children[0], Rule::PathPattern);
    if (pattern != nullptr) return exists_pattern(*pattern, word.at);
  }
  return function_call(std::move(function), parts);
}

Builder::Built Builder::function_call(ast::Name function, const Listed& parts) {
  ast::FunctionCall call;
  call.name = std::move(function);
  call.distinct = parts.distinct;
  call.star = parts.star;
  std::uint32_t height = 0;
  for (const Syntax* item : parts.items) {
    Built argument = expression(*item);
    height = std::max(height, argument.height);
    call.arguments.push_back(std::move(argument.expression));
  }
  const Position at = call.name.at;
  if (call.arguments.size() == 2 && lower_ascii(call.name.text) == "normalize") {
    ast::Expression& form = *call.arguments[1];  // normalize(x, NFD): a word, not a variable
    const auto* word = std::get_if<ast::Variable>(&form.node);
    const std::string name = word == nullptr ? "" : upper_ascii(word->name);
    if (is_normal_form(name)) form.node = ast::Literal{OwnedCell(Cell::of(std::string_view(name)))};
  }
  return make(at, height, std::move(call));
}

// trim(LEADING x FROM y) is ltrim(y, x).
Builder::Built Builder::trim_call(const ast::Name& name, const Listed& parts) {
  KITH_ASSERT(parts.from != nullptr && parts.items.size() <= 1);
  if (lower_ascii(name.text) != "trim") unexpected(*parts.from, "only trim() takes FROM");
  const std::string side = parts.side == nullptr ? "both" : lower_ascii(text(*parts.side));
  ast::FunctionCall call;
  call.name = {side == "leading" ? "ltrim" : side == "trailing" ? "rtrim" : "btrim", name.at};
  Built trimmed = expression(*parts.from);
  std::uint32_t height = trimmed.height;
  call.arguments.push_back(std::move(trimmed.expression));
  if (!parts.items.empty()) {
    Built characters = expression(*parts.items[0]);
    height = std::max(height, characters.height);
    call.arguments.push_back(std::move(characters.expression));
  }
  return make(name.at, height, std::move(call));
}

// Without WHERE the elements themselves are the conditions.
Builder::Built Builder::quantifier(ast::QuantifierKind kind, Position at, const Listed& parts) {
  KITH_ASSERT(parts.items.size() == 1);
  const Syntax& in = *parts.items[0];
  const ast::Name variable = name(*name_before(in, Token::K_IN));
  Built list = after_operator(in);
  Built where = parts.where != nullptr ? expression(*parts.where)
                                       : make(variable.at, 0, ast::Variable{variable.text});
  const std::uint32_t height = higher(list, where);
  return make(
      at, height,
      ast::Quantifier{kind, variable, std::move(list.expression), std::move(where.expression)});
}

Builder::Built Builder::reduce(const Syntax& node, Position at, const Listed& parts) {
  const bool two = parts.items.size() == 2 && parts.where == nullptr && !parts.distinct;
  const Syntax* accumulator = two ? name_before(*parts.items[0], Token::EQUAL) : nullptr;
  const Syntax* variable = two ? name_before(*parts.items[1], Token::K_IN) : nullptr;
  if (accumulator == nullptr || variable == nullptr) {
    fail(node, "UnexpectedSyntax",
         "reduce is written reduce(total = start, variable IN list | expression)");
  }
  Built initial = after_operator(*parts.items[0]);
  Built list = after_operator(*parts.items[1]);
  Built step = expression(*parts.mapped);
  const std::uint32_t height = std::max(initial.height, higher(list, step));
  return make(at, height,
              ast::Reduce{name(*accumulator), std::move(initial.expression), name(*variable),
                          std::move(list.expression), std::move(step.expression)});
}

Builder::Built Builder::exists_pattern(const Syntax& pattern, Position at) {
  ast::Match match;
  const std::uint32_t height =
      height_within([&] { match.pattern.push_back(path_pattern(pattern)); });
  auto query = std::make_unique<ast::Query>();
  query->parts.emplace_back();
  query->parts[0].clauses.push_back({at, std::move(match)});
  return make(at, height, ast::Subquery{ast::Subquery::Kind::Exists, std::move(query)});
}

// ---- the others

Builder::Built Builder::map(const Syntax& node) {
  ast::MapLiteral map;
  std::uint32_t height = 0;
  for (const Syntax& entry : node.children) {
    if (!entry.is(Rule::MapEntry)) continue;
    Built value = expression(entry.children[2]);
    height = std::max(height, value.height);
    map.entries.push_back({unquoted(entry.children[0]), std::move(value.expression)});
  }
  return make(node.at, height, std::move(map));
}

Builder::Built Builder::subquery(const Syntax& node) {
  const Token word = node.children[0].token;
  const bool exists = word == Token::K_EXISTS, count = word == Token::K_COUNT;
  auto built = std::make_unique<ast::Query>();
  const std::uint32_t height = height_within([&] {
    const Syntax& body = node.children[2];
    if (body.is(Rule::Query)) {
      *built = query(body, exists  ? QueryKind::Exists
                           : count ? QueryKind::Count
                                   : QueryKind::Collect);
      return;
    }
    if (!exists && !count) fail(body, "UnexpectedSyntax", "COLLECT takes a query with RETURN");
    ast::Match match;
    match.pattern = patterns(body, Properties::MapOnly);
    match.where = where(node.find(Rule::WhereClause));
    built->parts.emplace_back();
    built->parts[0].clauses.push_back({body.at, std::move(match)});
  });
  using Kind = ast::Subquery::Kind;
  const Kind kind = exists ? Kind::Exists : count ? Kind::Count : Kind::Collect;
  return make(node.at, height, ast::Subquery{kind, std::move(built)});
}

}  // namespace kith::cypher
