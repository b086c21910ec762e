// tests/cypher/decoy.cpp: finding literals the simple way.
#include "tests/cypher/decoy.hpp"

#include <algorithm>
#include <cctype>

namespace kith::test {

namespace {

bool is_digit(char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; }
bool is_name(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '$' ||
         static_cast<unsigned char>(c) >= 0x80;
}

// From `at`, a quote, to behind the one that closes it.
std::size_t end_of_quoted(std::string_view text, std::size_t at) {
  const char quote = text[at++];
  while (at < text.size() && text[at] != quote) at += text[at] == '\\' && quote != '`' ? 2 : 1;
  return std::min(at + 1, text.size());
}

std::size_t end_of_comment(std::string_view text, std::size_t at) {
  const bool is_line = text.substr(at).starts_with("//");
  const std::size_t end = is_line ? text.find('\n', at) : text.find("*/", at + 2);
  if (end == std::string_view::npos) return text.size();
  return is_line ? end : end + 2;
}

}  // namespace

std::string with_other_literals(std::string_view statement) {
  std::string out;
  for (std::size_t i = 0; i < statement.size();) {
    const std::string_view rest = statement.substr(i);
    std::size_t end = i + 1;
    if (rest[0] == '\'' || rest[0] == '"' || rest[0] == '`') {
      end = end_of_quoted(statement, i);
      const bool is_string = rest[0] != '`' && end - i >= 2;
      out += statement.substr(i, end - i - (is_string ? 1 : 0));
      if (is_string) out += {'q', statement[end - 1]};
    } else if (rest.starts_with("//") || rest.starts_with("/*")) {
      end = end_of_comment(statement, i);
      out += statement.substr(i, end - i);
    } else if (is_name(rest[0]) && !is_digit(rest[0])) {
      while (end < statement.size() && is_name(statement[end])) ++end;
      out += statement.substr(i, end - i);
    } else if (is_digit(rest[0])) {
      while (end < statement.size() && is_digit(statement[end])) ++end;
      const std::string digits(statement.substr(i, end - i));
      const bool plain = digits.size() < 16 && (digits.size() == 1 || digits[0] != '0');
      out += plain ? std::to_string(std::stoll(digits) + 1) : digits;
    } else {
      out += rest[0];
    }
    i = end;
  }
  return out;
}

void run_decoy(Connection& connection, std::string_view statement, const Parameters& parameters) {
  try {
    PreparedStatement decoy = connection.prepare(with_other_literals(statement));
    if (decoy.type() == StatementType::Read) decoy.execute(parameters).fetch_all();
  } catch (const Error&) {  // one that is no statement, or fails
  }
}

}  // namespace kith::test
