// cypher/parse/build_expressions.cpp: precedence, prefixes and suffixes.
//
// From loosest to tightest: OR, XOR, AND, NOT, comparison, predicates (IN, STARTS WITH, IS NULL …),
// sums, products, powers, sign, and what follows an atom. Operators of one level group to the left;
// chains of OR, XOR and AND become balanced trees, so that thousands of alternatives stay shallow.
#include <algorithm>
#include <cctype>

#include "core/assert.hpp"
#include "cypher/parse/ast_walk.hpp"
#include "cypher/parse/builder.hpp"
#include "cypher/words.hpp"

namespace kith::cypher {

namespace {

enum Level { kOr = 1, kXor, kAnd, kNot, kComparison, kPredicate, kSum, kProduct, kPower, kSign };

struct Infix {
  ast::BinaryOp op;
  int level;
};

Infix infix_of(Token token) {
  using ast::BinaryOp;
  switch (token) {
    case Token::K_OR:
      return {BinaryOp::Or, kOr};
    case Token::K_XOR:
      return {BinaryOp::Xor, kXor};
    case Token::K_AND:
      return {BinaryOp::And, kAnd};
    case Token::EQUAL:
      return {BinaryOp::Equal, kComparison};
    case Token::NOT_EQUAL:
      return {BinaryOp::NotEqual, kComparison};
    case Token::LESS:
      return {BinaryOp::Less, kComparison};
    case Token::LESS_EQUAL:
      return {BinaryOp::LessEqual, kComparison};
    case Token::GREATER:
      return {BinaryOp::Greater, kComparison};
    case Token::GREATER_EQUAL:
      return {BinaryOp::GreaterEqual, kComparison};
    case Token::K_IN:
      return {BinaryOp::In, kPredicate};
    case Token::K_STARTS:
      return {BinaryOp::StartsWith, kPredicate};
    case Token::K_ENDS:
      return {BinaryOp::EndsWith, kPredicate};
    case Token::K_CONTAINS:
      return {BinaryOp::Contains, kPredicate};
    case Token::MATCHES:
      return {BinaryOp::Matches, kPredicate};
    case Token::PLUS:
      return {BinaryOp::Add, kSum};
    case Token::MINUS:
      return {BinaryOp::Subtract, kSum};
    case Token::DOUBLE_BAR:
      return {BinaryOp::Concat, kSum};
    case Token::STAR:
      return {BinaryOp::Multiply, kProduct};
    case Token::SLASH:
      return {BinaryOp::Divide, kProduct};
    case Token::PERCENT:
      return {BinaryOp::Modulo, kProduct};
    case Token::CARET:
      return {BinaryOp::Power, kPower};
    default:
      KITH_ASSERT(false);
      return {BinaryOp::Equal, kComparison};
  }
}

}  // namespace

// Climbs over the flat list of operands and operators.
class Builder::Operators {
 public:
  Operators(Builder& builder, std::span<const Syntax> nodes) : builder_(builder) {
    items_.reserve(nodes.size() + 2);
    for (const Syntax& node : nodes) {
      if (node.is(Rule::Operand)) {
        flatten(node);
      } else if (node.is(Rule::Infix)) {
        items_.push_back({Item::Infix, &node, node.children[0].token});
      } else {
        items_.push_back({Item::Is, &node, Token::K_IS});
      }
    }
  }

  Built build() {
    Built result = logic(kOr);
    if (next_ < items_.size()) {  // a IS NULL * b
      builder_.unexpected(*items_[next_].node, "put what stands before it in parentheses");
    }
    return result;
  }

 private:
  struct Item {
    enum Kind { Prefix, Operand, Infix, Is } kind;
    const Syntax* node;
    Token token = Token::None;
    std::size_t atom = 0;   // Operand: the child that is the atom
    bool negative = false;  // Operand: a number with its sign
  };

  void flatten(const Syntax& operand) {
    const auto children = operand.children;
    std::size_t atom = 0;
    while (!children[atom].is(Rule::Atom)) ++atom;
    const bool negative = atom > 0 && builder_.folds_minus(operand);
    for (std::size_t i = 0; i + (negative ? 1 : 0) < atom; ++i) {
      items_.push_back({Item::Prefix, &children[i], children[i].token});
    }
    items_.push_back({Item::Operand, &operand, Token::None, atom, negative});
  }

  bool at_prefix(Token token) const {
    return items_[next_].kind == Item::Prefix && items_[next_].token == token;
  }
  // The operator that comes next, if it is of this level.
  std::optional<ast::BinaryOp> take_infix(int level) {
    if (next_ == items_.size() || items_[next_].kind != Item::Infix) return std::nullopt;
    const Infix infix = infix_of(items_[next_].token);
    if (infix.level != level) return std::nullopt;
    ++next_;
    return infix.op;
  }

  Built logic(int level) {
    std::vector<Built> operands;
    ast::BinaryOp op{};
    do {
      operands.push_back(level == kAnd ? negation() : logic(level + 1));
      const auto infix = take_infix(level);
      if (!infix) break;
      op = *infix;
    } while (true);
    return balanced(op, operands);
  }

  Built balanced(ast::BinaryOp op, std::span<Built> operands) {
    KITH_ASSERT(!operands.empty());
    if (operands.size() == 1) return std::move(operands[0]);
    const std::size_t half = operands.size() / 2;
    return binary(op, balanced(op, operands.first(half)), balanced(op, operands.subspan(half)));
  }

  Built binary(ast::BinaryOp op, Built left, Built right) {
    const Position at = left.expression->at;
    const std::uint32_t height = higher(left, right);
    return builder_.make(at, height,
                         ast::Binary{op, std::move(left.expression), std::move(right.expression)});
  }

  Built unary(ast::UnaryOp op, Position at, Built operand) {
    const std::uint32_t height = operand.height;
    return builder_.make(at, height, ast::Unary{op, std::move(operand.expression)});
  }

  Built negation() {
    std::vector<Position> nots;
    for (; at_prefix(Token::K_NOT); ++next_) nots.push_back(items_[next_].node->at);
    Built result = comparison();
    for (auto at = nots.rbegin(); at != nots.rend(); ++at) {
      result = unary(ast::UnaryOp::Not, *at, std::move(result));
    }
    return result;
  }

  Built comparison() {
    Built first = grouped(kPredicate);
    const auto op = take_infix(kComparison);
    if (!op) return first;
    Built second = grouped(kPredicate);
    auto next = take_infix(kComparison);
    if (!next) return binary(*op, std::move(first), std::move(second));
    std::uint32_t height = higher(first, second);
    const Position at = first.expression->at;
    ast::ComparisonChain chain{std::move(first.expression), {}};
    chain.links.push_back({*op, std::move(second.expression)});
    for (; next; next = take_infix(kComparison)) {
      Built operand = grouped(kPredicate);
      height = std::max(height, operand.height);
      chain.links.push_back({*next, std::move(operand.expression)});
    }
    return builder_.make(at, height, std::move(chain));
  }

  // Predicates, sums, products and powers: to the left.
  Built grouped(int level) {
    const auto tighter = [&] { return level == kPower ? sign() : grouped(level + 1); };
    Built left = tighter();
    while (next_ < items_.size()) {
      if (level == kPredicate && items_[next_].kind == Item::Is) {
        left = builder_.is_predicate(std::move(left), *items_[next_++].node);
        continue;
      }
      const auto op = take_infix(level);
      if (!op) break;
      left = binary(*op, std::move(left), tighter());
    }
    return left;
  }

  Built sign() {
    KITH_ASSERT(next_ < items_.size());
    const Item& item = items_[next_];
    if (item.kind == Item::Operand) {
      ++next_;
      return builder_.primary(*item.node, item.atom, item.negative);
    }
    KITH_ASSERT(item.kind == Item::Prefix);
    if (item.token == Token::K_NOT) return negation();  // a = NOT b
    ++next_;
    const auto op = item.token == Token::MINUS ? ast::UnaryOp::Minus : ast::UnaryOp::Plus;
    return unary(op, item.node->at, sign());
  }

  Builder& builder_;
  std::vector<Item> items_;
  std::size_t next_ = 0;
};

ast::ExpressionPtr Builder::root(const Syntax& node, Use use) {
  Built built = node.is(Rule::Operand) ? operand(node) : expression(node);
  check_use(*built.expression, use);
  return std::move(built.expression);
}

void Builder::check_use(const ast::Expression& expression, Use use) const {
  const auto* predicate = std::get_if<ast::PatternPredicate>(&expression.node);
  if (predicate != nullptr && use == Use::Value &&
      predicate->pattern->kind == ast::PatternPart::Kind::Plain) {
    throw_syntax_error(source_, "UnexpectedSyntax",
                       "a pattern is a condition, not a value: use EXISTS { … }, COUNT { … } or "
                       "[pattern | expression]",
                       expression.at);
  }
  ast::for_each_child(expression, [&](const ast::Expression& child, ast::Place place) {
    check_use(child, place == ast::Place::Condition ? Use::Condition : Use::Value);
  });
}

Builder::Built Builder::expression(const Syntax& node) {
  KITH_ASSERT(node.is(Rule::Expression));
  // A condition in parentheses is still a condition; so is one that stands alone.
  return operators(node.children);
}

Builder::Built Builder::operators(std::span<const Syntax> operands_and_operators) {
  Built built = Operators(*this, operands_and_operators).build();
  deepest_ = std::max(deepest_, built.height);
  return built;
}

Builder::Built Builder::operand(const Syntax& node) {
  KITH_ASSERT(node.is(Rule::Operand));
  return operators(std::span(&node, 1));
}

// The sign belongs to the number: -9223372036854775808 is one.
bool Builder::folds_minus(const Syntax& operand) const {
  const auto children = operand.children;
  const Syntax& last = children.back();
  if (!last.is(Rule::Atom) || !children[children.size() - 2].is(Token::MINUS)) return false;
  if (!last.children[0].is(Rule::Literal)) return false;
  switch (last.children[0].children[0].token) {
    case Token::INTEGER:
    case Token::HEX_INTEGER:
    case Token::OCTAL_INTEGER:
    case Token::FLOAT:
      return true;
    default:
      return false;
  }
}

Builder::Built Builder::primary(const Syntax& operand, std::size_t first, bool negative) {
  const auto children = operand.children;
  const bool named = children[first].children[0].is(Rule::Name);
  std::size_t next = first + 1;
  Built result;
  // name.name.name( … )
  std::size_t call = next;
  while (named && call < children.size() && children[call].is(Rule::Suffix) &&
         children[call].children[0].is(Token::DOT)) {
    ++call;
  }
  const auto suffix_is = [&](std::size_t i, auto kind) {
    return i < children.size() && children[i].is(Rule::Suffix) && children[i].children[0].is(kind);
  };
  if (named && suffix_is(call, Rule::CallArguments)) {
    result = call_expression(operand, first, call);
    next = call + 1;
  } else if (named && suffix_is(next, Token::MAP_OPEN)) {
    result = map_projection(children[first].children[0], children[next]);
    ++next;
  } else {
    result = atom(children[first], negative);
  }
  for (; next < children.size(); ++next) {
    const Syntax& child = children[next];
    result = child.is(Rule::HasLabels) ? has_labels(std::move(result), child)
                                       : suffix(std::move(result), child);
  }
  return result;
}

Builder::Built Builder::suffix(Built subject, const Syntax& suffix) {
  const Syntax& first = suffix.children[0];
  if (first.is(Token::LIST_OPEN)) return subscript(std::move(subject), suffix);
  if (first.is(Rule::CallArguments)) unexpected(first.children[0], "only a name can be called");
  if (first.is(Token::MAP_OPEN)) unexpected(first, "only a variable can be projected to a map");
  KITH_ASSERT(first.is(Token::DOT));
  const Position at = subject.expression->at;
  const std::uint32_t height = subject.height;
  return make(at, height,
              ast::Property{std::move(subject.expression), unquoted(suffix.children[1])});
}

Builder::Built Builder::subscript(Built subject, const Syntax& suffix) {
  const Position at = subject.expression->at;
  std::uint32_t height = subject.height;
  Built parts[2];
  std::size_t part = 0;
  bool slice = false;
  for (const Syntax& child : suffix.children) {
    if (child.is(Token::DOTDOT)) {
      slice = true;
      part = 1;
    } else if (child.is(Rule::Expression)) {
      parts[part] = expression(child);
      height = std::max(height, parts[part].height);
    }
  }
  if (!slice) {
    if (!parts[0].expression) unexpected(suffix.children.back(), "expected an expression");
    return make(at, height,
                ast::Index{std::move(subject.expression), std::move(parts[0].expression)});
  }
  return make(at, height,
              ast::Slice{std::move(subject.expression), std::move(parts[0].expression),
                         std::move(parts[1].expression)});
}

Builder::Built Builder::map_projection(const Syntax& variable, const Syntax& suffix) {
  KITH_ASSERT(variable.is(Rule::Name) && suffix.is(Rule::Suffix));
  ast::MapProjection projection{name(variable), {}};
  std::uint32_t height = 1;
  for (const Syntax& item : suffix.children) {
    if (!item.is(Rule::ProjectedItem)) continue;
    using Item = ast::MapProjection::Item;
    const auto children = item.children;
    if (children[0].is(Token::DOT)) {
      const bool all = children[1].is(Token::STAR);
      projection.items.push_back(all ? Item{Item::Kind::All, {"*", item.at}, nullptr}
                                     : Item{Item::Kind::Key, name(children[1]), nullptr});
    } else if (children.size() == 1) {
      projection.items.push_back({Item::Kind::Variable, name(children[0]), nullptr});
    } else {
      Built value = expression(children[2]);
      height = std::max(height, value.height);
      projection.items.push_back(
          {Item::Kind::Entry, name(children[0]), std::move(value.expression)});
    }
  }
  return make(variable.at, height, std::move(projection));
}

Builder::Built Builder::has_labels(Built subject, const Syntax& node) {
  const Position at = subject.expression->at;
  ast::LabelExpression tested;
  const std::uint32_t inside = height_within([&] { tested = labels(node.children.subspan(1)); });
  return make(at, std::max(subject.height, inside),
              ast::HasLabels{std::move(subject.expression), std::move(tested)});
}

Builder::Built Builder::is_predicate(Built subject, const Syntax& node) const {
  KITH_ASSERT(node.is(Rule::IsPredicate));
  const Position at = subject.expression->at;
  const std::uint32_t height = subject.height;
  const bool negated = node.has(Token::K_NOT);
  if (const Syntax* type = node.find(Rule::TypeName)) {
    return make(at, height,
                ast::TypePredicate{std::move(subject.expression), negated, type_name(*type)});
  }
  if (!node.has(Token::K_NULL)) return is_normalized(std::move(subject), node);
  const auto op = negated ? ast::UnaryOp::IsNotNull : ast::UnaryOp::IsNull;
  return make(at, height, ast::Unary{op, std::move(subject.expression)});
}

// x IS NOT NFC NORMALIZED: NOT isNormalized(x, 'NFC').
Builder::Built Builder::is_normalized(Built subject, const Syntax& node) const {
  const Position at = subject.expression->at;
  const Syntax& last = node.children.back();
  const Syntax& before = node.children[node.children.size() - 2];
  const bool has_form = before.is(Token::IDENTIFIER);
  const std::string form = has_form ? upper_ascii(text(before)) : "NFC";
  if (upper_ascii(text(last)) != "NORMALIZED") {
    unexpected(last,
               "IS is followed by [NOT] NULL, [NOT] :: a type, or [NOT] [NFC | NFD | NFKC | "
               "NFKD] NORMALIZED");
  }
  if (!is_normal_form(form)) unexpected(before, "there are NFC, NFD, NFKC and NFKD");
  Built name = make(before.at, 0, ast::Literal{OwnedCell(Cell::of(std::string_view(form)))});
  const std::uint32_t height = subject.height;
  ast::FunctionCall call;
  call.name = {"isNormalized", last.at};
  call.arguments.push_back(std::move(subject.expression));
  call.arguments.push_back(std::move(name.expression));
  Built made = make(at, height, std::move(call));
  if (!node.has(Token::K_NOT)) return made;
  return make(at, height + 1, ast::Unary{ast::UnaryOp::Not, std::move(made.expression)});
}

// "LIST<INTEGER NOT NULL> | STRING": in capitals, with single spaces.
std::string Builder::type_name(const Syntax& node) const {
  std::string out;
  for (const Syntax& child : node.children) {
    std::string word;
    if (child.token == Token::None) {
      word = type_name(child);
    } else if (child.is(Token::LABEL_BAR)) {
      word = "|";
    } else if (child.is(Token::BANG)) {
      word = "NOT NULL";
    } else {
      word = std::string(text(child));
      for (char& c : word) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    }
    const bool glued = out.empty() || word == "<" || word == ">" || out.ends_with('<');
    out += (glued ? "" : " ") + word;
  }
  return out;
}

}  // namespace kith::cypher
