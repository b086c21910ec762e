// tests/tidy/source_file.cpp: enough of a scanner to see code, includes and function bodies.
#include "tests/tidy/source_file.hpp"

#include <algorithm>
#include <fstream>
#include <stdexcept>

namespace kith::tidy {
namespace {

// Blanks comments and literals; remembers an open /* or raw string between lines.
class Stripper {
 public:
  std::string strip(const std::string& line) {
    std::string out;
    for (std::size_t i = 0; i < line.size(); ++i) {
      if (in_raw_) {
        const auto end = line.find(raw_end_, i);
        if (end == std::string::npos) return out;
        i = end + raw_end_.size() - 1;
        in_raw_ = false;
      } else if (in_comment_) {
        const auto end = line.find("*/", i);
        if (end == std::string::npos) return out;
        i = end + 1;
        in_comment_ = false;
      } else if (line.compare(i, 2, "//") == 0) {
        return out;
      } else if (line.compare(i, 2, "/*") == 0) {
        in_comment_ = true;
        ++i;
      } else if (line.compare(i, 2, "R\"") == 0) {
        const auto open = line.find('(', i);
        raw_end_ = ")" + line.substr(i + 2, open - i - 2) + "\"";
        in_raw_ = true;
        i = open;
      } else if (line[i] == '"' || (line[i] == '\'' && !is_digit_separator(line, i))) {
        i = skip_literal(line, i);
        out += '0';
      } else {
        out += line[i];
      }
    }
    return out;
  }

 private:
  static bool is_digit_separator(const std::string& line, std::size_t i) {
    return i > 0 && i + 1 < line.size() && std::isxdigit(static_cast<unsigned char>(line[i - 1])) &&
           std::isxdigit(static_cast<unsigned char>(line[i + 1]));
  }
  static std::size_t skip_literal(const std::string& line, std::size_t i) {
    const char quote = line[i];
    for (++i; i < line.size() && line[i] != quote; ++i)
      if (line[i] == '\\') ++i;
    return i;
  }
  bool in_comment_ = false, in_raw_ = false;
  std::string raw_end_;
};

// What stands before an opening brace tells what the brace opens.
enum class Block { Scope, Function, Other };

bool has_word(const std::string& text, const std::string& word) {
  for (auto at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) {
    const bool begins =
        at == 0 || !(std::isalnum(static_cast<unsigned char>(text[at - 1])) || text[at - 1] == '_');
    const auto end = at + word.size();
    const bool ends = end >= text.size() ||
                      !(std::isalnum(static_cast<unsigned char>(text[end])) || text[end] == '_');
    if (begins && ends) return true;
  }
  return false;
}

Block block_kind(const std::string& before) {
  if (has_word(before, "namespace") || has_word(before, "extern")) return Block::Scope;
  const auto paren = before.find('(');
  if (paren == std::string::npos) {
    for (const char* word : {"struct", "class", "union"})
      if (has_word(before, word)) return Block::Scope;
    return Block::Other;
  }
  const auto equals = before.find('=');
  if (equals != std::string::npos && equals < paren && before.find("operator") == std::string::npos)
    return Block::Other;
  return Block::Function;
}

class FunctionFinder {
 public:
  explicit FunctionFinder(SourceFile& file) : file_(file) {}

  void find() {
    for (std::size_t i = 0; i < file_.lines.size(); ++i) {
      const auto& code = file_.lines[i].code;
      if (!code.empty() && code[0] == '#') continue;
      for (const char c : code) see(c, i + 1);
      before_ += ' ';
    }
  }

 private:
  void see(char c, std::size_t line) {
    if (c == '{') {
      open(line);
    } else if (c == '}') {
      close(line);
    } else if (c == ';') {
      before_.clear();
    } else {
      before_ += c;
    }
  }
  // A brace that opens statements, not a list of values.
  bool opens_block() const {
    const auto last = before_.find_last_not_of(" \t");
    if (last == std::string::npos) return true;
    const auto text = before_.substr(0, last + 1);
    for (const char* word :
         {")", "else", "do", "try", "const", "noexcept", "override", "mutable", ":"})
      if (text.ends_with(word)) return true;
    return text.rfind("->") != std::string::npos && text.rfind("->") > text.rfind(')');
  }
  void open(std::size_t line) {
    if (inside_ > 0) {
      counted_.push_back(opens_block());
      before_.clear();
      ++inside_;
      if (counted_.back()) ++blocks_;
      function_.depth = std::max(function_.depth, blocks_);
      return;
    }
    const auto kind = block_kind(before_);
    before_.clear();
    if (kind == Block::Function) {
      function_ = {line, line, 0};
      inside_ = 1;
    }
  }
  void close(std::size_t line) {
    before_.clear();
    if (inside_ == 0) return;
    if (!counted_.empty()) {
      if (counted_.back()) --blocks_;
      counted_.pop_back();
    }
    if (--inside_ == 0) {
      function_.last_line = line;
      file_.functions.push_back(function_);
    }
  }

  SourceFile& file_;
  std::string before_;
  std::size_t inside_ = 0;     // open braces since the function's own
  std::vector<bool> counted_;  // of those inside it: which open statements
  std::size_t blocks_ = 0;     // how many of them
  Function function_;
};

}  // namespace

SourceFile read_source(const std::string& root, const std::string& path) {
  std::ifstream in(root + "/" + path);
  if (!in) throw std::runtime_error("cannot read " + path);
  SourceFile file;
  file.path = path;
  file.layer = path.substr(0, path.find('/'));
  Stripper stripper;
  for (std::string text; std::getline(in, text);) {
    auto code = stripper.strip(text);
    if (text.starts_with("#include \"")) {
      const auto name = text.substr(10, text.find('"', 10) - 10);
      file.includes.push_back(name.starts_with("kith/") ? "include/" + name : name);
    }
    if (code.find_first_not_of(" \t") != std::string::npos) ++file.code_lines;
    for (const char* word : {"KITH_ASSERT(", "static_assert("})
      for (auto at = code.find(word); at != std::string::npos; at = code.find(word, at + 1))
        ++file.assertions;
    file.lines.push_back({std::move(text), std::move(code)});
  }
  FunctionFinder(file).find();
  return file;
}

}  // namespace kith::tidy
