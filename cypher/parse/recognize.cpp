// cypher/parse/recognize.cpp: the one file that knows ANTLR.
//
// SLL with bail-out first: it accepts everything the grammar does in practice, and is fast. What it
// rejects is parsed again with LL and a strategy that remembers what could have stood where, and
// throws at the first error. ANTLR's caches are shared between parses and not thread-safe: one
// mutex.
#include <antlr4-runtime.h>
#include <fmt/format.h>

#include <mutex>
#include <typeinfo>

#include "CypherLexer.h"
#include "CypherParser.h"
#include "core/assert.hpp"
#include "core/text.hpp"
#include "cypher/parse/server_commands.hpp"
#include "cypher/parse/source.hpp"
#include "cypher/parse/syntax.hpp"
#include "cypher/parse/token_scan.hpp"
#include "cypher/words.hpp"

namespace kith::cypher {

namespace {

using grammar::CypherLexer;
using grammar::CypherParser;

std::size_t number(Token token) { return static_cast<std::size_t>(token); }

// "'('", "MATCH", "a name".
std::string describe(const CypherParser& parser, Token token) {
  switch (token) {
    case Token::IDENTIFIER:
      return "a name";
    case Token::INTEGER:
      return "a number";
    case Token::STRING:
      return "a string";
    case Token::PATTERN_OPEN:
      return "'('";
    case Token::PATTERN_DASH:
      return "'-'";
    case Token::PATTERN_LESS:
      return "'<'";
    case Token::LABEL_BAR:
      return "'|'";
    default:
      break;
  }
  const std::string name = parser.getVocabulary().getDisplayName(number(token));
  return name.starts_with("K_") ? name.substr(2) : name;
}

// A few words for what may be a hundred tokens.
class Expectation {
 public:
  Expectation(const CypherParser& parser, const antlr4::misc::IntervalSet& expected)
      : parser_(parser) {
    for (const ssize_t token : expected.toList()) {
      if (token > 0) {
        tokens_.insert(static_cast<Token>(token));
      } else {
        end_ = true;
      }
    }
  }

  // " (did you mean `MATCH`?)", if `word` is nearly a keyword that could stand here.
  std::string suggestion(std::string_view word) const {
    constexpr std::size_t kShortest = 3;
    if (word.size() < kShortest) return {};
    std::vector<std::string> keywords;
    for (const Token token : tokens_) {
      const std::string name = describe(parser_, token);
      const bool is_word = std::isalpha(static_cast<unsigned char>(name.front())) != 0;
      if (is_word && name.find(' ') == std::string::npos) keywords.push_back(name);
    }
    return did_you_mean(word, keywords);
  }

  std::string text() {
    const bool name = take_names();
    const bool clause = has(Token::K_MATCH) && has(Token::K_RETURN) && has(Token::K_CREATE);
    const bool value = has(Token::DOLLAR) && has(Token::INTEGER) && has(Token::K_NULL);
    if (value)
      say("an expression", {Token::OPEN, Token::PATTERN_OPEN, Token::LIST_OPEN, Token::MAP_OPEN,
                            Token::PLUS, Token::MINUS, Token::DOLLAR});
    if (value) drop_values();
    if (name && !value) say("a name", {});
    if (has(Token::CARET) && has(Token::K_XOR)) drop_operators();
    if (clause) say("a clause such as MATCH or RETURN", {});
    if (clause || name) drop_keywords();
    for (const Token token : tokens_) {
      const std::string word = describe(parser_, token);
      if (std::find(words_.begin(), words_.end(), word) == words_.end()) words_.push_back(word);
    }
    if (end_) words_.emplace_back("the end of the query");
    return join();
  }

 private:
  bool has(Token token) const { return tokens_.contains(token); }
  void say(std::string word, std::initializer_list<Token> instead_of) {
    words_.push_back(std::move(word));
    for (const Token token : instead_of) tokens_.erase(token);
  }
  bool take_names() { return tokens_.erase(Token::IDENTIFIER) + tokens_.erase(Token::QUOTED_NAME); }
  void drop_values() {
    for (const Token token :
         {Token::INTEGER, Token::HEX_INTEGER, Token::OCTAL_INTEGER, Token::FLOAT, Token::STRING,
          Token::K_NULL, Token::K_TRUE, Token::K_FALSE}) {
      tokens_.erase(token);
    }
  }
  void drop_operators() {
    words_.emplace_back("an operator");
    for (const Token token :
         {Token::EQUAL,         Token::NOT_EQUAL, Token::LESS,  Token::LESS_EQUAL, Token::GREATER,
          Token::GREATER_EQUAL, Token::MATCHES,   Token::PLUS,  Token::MINUS,      Token::STAR,
          Token::SLASH,         Token::PERCENT,   Token::CARET, Token::DOUBLE_BAR, Token::K_OR,
          Token::K_XOR,         Token::K_AND,     Token::K_IN,  Token::K_CONTAINS, Token::K_STARTS,
          Token::K_ENDS,        Token::K_IS,      Token::DOT,   Token::LIST_OPEN,  Token::OPEN,
          Token::MAP_OPEN,      Token::COLON}) {
      tokens_.erase(token);
    }
  }
  void drop_keywords() {
    std::erase_if(tokens_, [](Token t) { return t >= Token::K_AND && t <= Token::K_YIELD; });
  }
  std::string join() const {
    constexpr std::size_t kMost = 7;
    const std::size_t count = std::min(words_.size(), kMost);
    std::string out;
    for (std::size_t i = 0; i < count; ++i) {
      const bool last = i + 1 == count && words_.size() <= kMost;
      out += i == 0 ? "" : last ? " or " : ", ";
      out += words_[i];
    }
    return words_.size() > kMost ? out + " …" : out;
  }

  const CypherParser& parser_;
  std::set<Token> tokens_;
  bool end_ = false;
  std::vector<std::string> words_;
};

// Remembers what could have stood at the furthest token, and throws our error at the first
// mismatch.
class FirstError final : public antlr4::DefaultErrorStrategy {
 public:
  explicit FirstError(std::string_view text) : text_(text) {}

  void sync(antlr4::Parser* parser) override { remember(*parser); }
  void recover(antlr4::Parser* parser, std::exception_ptr cause) override {
    const antlr4::Token* token = parser->getCurrentToken();
    try {
      std::rethrow_exception(cause);
    } catch (const antlr4::RecognitionException& e) {
      if (e.getOffendingToken() != nullptr) token = e.getOffendingToken();
    }
    fail(*parser, *token);
  }
  antlr4::Token* recoverInline(antlr4::Parser* parser) override {
    fail(*parser, *parser->getCurrentToken());
  }
  void reportError(antlr4::Parser*, const antlr4::RecognitionException&) override {}

 private:
  void remember(antlr4::Parser& parser) {
    const std::size_t index = parser.getCurrentToken()->getTokenIndex();
    if (index != index_) expected_.clear();
    index_ = index;
    expected_.addAll(parser.getExpectedTokens());
  }

  [[noreturn]] void fail(antlr4::Parser& parser, const antlr4::Token& token) {
    remember(parser);
    const Position at = place_of(parser, token);
    const bool end = token.getType() == antlr4::Token::EOF;
    refuse_server_command(text_);
    std::string what = end ? std::string("the query ends too early")
                           : fmt::format("unexpected '{}'", shortened(token.getText()));
    if (token.getTokenIndex() == index_) {
      Expectation expectation(static_cast<CypherParser&>(parser), expected_);
      const std::string meant = end ? std::string() : expectation.suggestion(token.getText());
      what += fmt::format("{}, expected {}", meant, expectation.text());
    }
    const std::size_t rule = parser.getRuleContext()->getRuleIndex();
    const bool relationship = rule == static_cast<std::size_t>(Rule::HopRange) ||
                              rule == static_cast<std::size_t>(Rule::RelationshipDetail);
    throw_syntax_error(text_, relationship ? "InvalidRelationshipPattern" : "UnexpectedSyntax",
                       what, at);
  }
  // The end of a query is behind its last token, whatever white space follows.
  Position place_of(antlr4::Parser& parser, const antlr4::Token& token) const {
    if (token.getType() == antlr4::Token::EOF && token.getTokenIndex() > 0) {
      const antlr4::Token* last = parser.getTokenStream()->get(token.getTokenIndex() - 1);
      return position_of(text_, byte_of(text_, last->getStopIndex() + 1));
    }
    return {static_cast<std::uint32_t>(token.getLine()),
            static_cast<std::uint32_t>(token.getCharPositionInLine() + 1)};
  }
  static std::size_t byte_of(std::string_view text, std::size_t code_point) {
    return code_points(text, 0, code_point).size();
  }
  static std::string shortened(const std::string& word) {
    constexpr std::size_t kMost = 40;
    if (count_code_points(word) <= kMost) return word;
    return std::string(code_points(word, 0, kMost)) + "…";
  }

  std::string_view text_;
  std::size_t index_ = static_cast<std::size_t>(-1);
  antlr4::misc::IntervalSet expected_;
};

// ANTLR counts code points, we count bytes.
std::vector<ScannedToken> positions(std::string_view text,
                                    const std::vector<antlr4::Token*>& tokens) {
  std::vector<ScannedToken> result;
  result.reserve(tokens.size());
  std::size_t byte = 0, code_point = 0;
  const auto advance = [&](std::size_t to) {
    for (; code_point < to && byte < text.size(); ++code_point) {
      byte += first_code_point(text.substr(byte)).bytes;
    }
    return static_cast<std::uint32_t>(byte);
  };
  for (const antlr4::Token* token : tokens) {
    const bool end = token->getType() == antlr4::Token::EOF;
    const auto begin =
        end ? static_cast<std::uint32_t>(text.size()) : advance(token->getStartIndex());
    result.push_back({end ? Token::None : static_cast<Token>(token->getType()),
                      {static_cast<std::uint32_t>(token->getLine()),
                       static_cast<std::uint32_t>(token->getCharPositionInLine() + 1)},
                      begin,
                      end ? begin : advance(token->getStopIndex() + 1)});
  }
  return result;
}

// ANTLR's tree as ours: children side by side in the arena.
class Converter {
 public:
  Converter(Arena& arena, const std::vector<ScannedToken>& tokens)
      : arena_(arena), tokens_(tokens) {}

  void convert(antlr4::tree::ParseTree& from, Syntax& to) {
    if (typeid(from) == typeid(antlr4::tree::TerminalNodeImpl)) {
      auto& node = static_cast<antlr4::tree::TerminalNode&>(from);
      const ScannedToken& token = tokens_[node.getSymbol()->getTokenIndex()];
      to = {Rule::Script, token.token, token.at, token.begin, token.end, {}};
      return;
    }
    auto& context = static_cast<antlr4::ParserRuleContext&>(from);
    const ScannedToken& first = tokens_[context.getStart()->getTokenIndex()];
    to = {static_cast<Rule>(context.getRuleIndex()),
          Token::None,
          first.at,
          first.begin,
          first.begin,
          {}};
    const std::span<Syntax> children = arena_.make_array<Syntax>(from.children.size());
    for (std::size_t i = 0; i < children.size(); ++i) {
      new (&children[i]) Syntax();
      convert(*from.children[i], children[i]);
    }
    if (!children.empty()) to.end = children.back().end;
    to.children = children;
  }

 private:
  Arena& arena_;
  const std::vector<ScannedToken>& tokens_;
};

CypherParser::ScriptContext* parse_tokens(CypherParser& parser, antlr4::CommonTokenStream& stream,
                                          std::string_view text) {
  auto* simulator = parser.getInterpreter<antlr4::atn::ParserATNSimulator>();
  simulator->setPredictionMode(antlr4::atn::PredictionMode::SLL);
  parser.setErrorHandler(std::make_shared<antlr4::BailErrorStrategy>());  // ANTLR's API shares it
  try {
    return parser.script();
  } catch (const antlr4::ParseCancellationException&) {
    stream.seek(0);
    parser.reset();
  }
  simulator->setPredictionMode(antlr4::atn::PredictionMode::LL);
  parser.setErrorHandler(std::make_shared<FirstError>(text));  // ANTLR's API shares it
  return parser.script();
}

std::mutex& antlr_mutex() {
  static std::mutex mutex;  // guards what ANTLR itself keeps in statics
  return mutex;
}

// Lexer, scanned tokens and parser of one text; lives inside the mutex.
struct Session {
  explicit Session(std::string_view text)
      : input(std::string(text)), lexer(&input), stream(&lexer), parser(&stream) {
    lexer.removeErrorListeners();
    parser.removeErrorListeners();
    stream.fill();
    const std::vector<antlr4::Token*> tokens = stream.getTokens();
    scanned = positions(text, tokens);
    scan_tokens(text, scanned);
    for (std::size_t i = 0; i < tokens.size(); ++i) {
      if (scanned[i].token == Token::None) continue;
      static_cast<antlr4::CommonToken*>(tokens[i])->setType(number(scanned[i].token));
    }
    stream.seek(0);
  }

  antlr4::ANTLRInputStream input;
  CypherLexer lexer;
  antlr4::CommonTokenStream stream;
  CypherParser parser;
  std::vector<ScannedToken> scanned;
};

class Conflicts final : public antlr4::BaseErrorListener {
 public:
  explicit Conflicts(std::vector<std::string>& out) : out_(out) {}
  void reportAmbiguity(antlr4::Parser* parser, const antlr4::dfa::DFA& dfa, std::size_t begin,
                       std::size_t end, bool, const antlrcpp::BitSet&,
                       antlr4::atn::ATNConfigSet*) override {
    add("ambiguous", *parser, dfa, begin, end);
  }
  void reportAttemptingFullContext(antlr4::Parser* parser, const antlr4::dfa::DFA& dfa,
                                   std::size_t begin, std::size_t end, const antlrcpp::BitSet&,
                                   antlr4::atn::ATNConfigSet*) override {
    add("needs context", *parser, dfa, begin, end);
  }

 private:
  void add(std::string_view what, antlr4::Parser& parser, const antlr4::dfa::DFA& dfa,
           std::size_t begin, std::size_t end) {
    const std::size_t rule = dfa.atnStartState->ruleIndex;
    out_.push_back(
        fmt::format("{} in {}: {}", what, parser.getRuleNames()[rule],
                    parser.getTokenStream()->getText(antlr4::misc::Interval(begin, end))));
  }
  std::vector<std::string>& out_;
};

}  // namespace

SyntaxTree recognize(std::string_view text) {
  const std::lock_guard lock(antlr_mutex());
  Session session(text);
  CypherParser::ScriptContext* script = parse_tokens(session.parser, session.stream, text);
  SyntaxTree tree;
  auto* root = new (tree.arena.allocate(sizeof(Syntax))) Syntax();
  Converter(tree.arena, session.scanned).convert(*script, *root);
  KITH_ASSERT(root->is(Rule::Script));
  tree.root = root;
  return tree;
}

std::vector<std::string> grammar_conflicts(std::string_view text) {
  const std::lock_guard lock(antlr_mutex());
  Session session(text);
  std::vector<std::string> conflicts;
  Conflicts listener(conflicts);
  session.parser.addErrorListener(&listener);
  session.parser.getInterpreter<antlr4::atn::ParserATNSimulator>()->setPredictionMode(
      antlr4::atn::PredictionMode::LL_EXACT_AMBIG_DETECTION);
  session.parser.setErrorHandler(std::make_shared<FirstError>(text));  // ANTLR's API shares it
  session.parser.script();
  return conflicts;
}

}  // namespace kith::cypher
