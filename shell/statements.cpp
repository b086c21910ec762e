// shell/statements.cpp: see statements.hpp.
#include "shell/statements.hpp"

namespace kith::shell {

void StatementReader::add_line(std::string_view line) {
  text_.append(line);
  text_.push_back('\n');
}

void StatementReader::clear() {
  text_.clear();
  scanned_ = 0;
  state_ = State::Plain;
}

// Blank space between statements belongs to none of them, nor do comments that end their line.
void StatementReader::skip_blank() {
  if (scanned_ != 0) return;
  constexpr auto kNone = std::string::npos;
  for (;;) {
    const auto first = text_.find_first_not_of(" \t\r\n");
    text_.erase(0, first == kNone ? text_.size() : first);
    if (text_.starts_with("//")) {
      const auto end = text_.find('\n');
      if (end == kNone) return;
      text_.erase(0, end);
    } else if (text_.starts_with("/*")) {
      const auto end = text_.find("*/", 2);
      if (end == kNone) return;
      const auto behind = text_.find_first_not_of(" \t\r", end + 2);
      if (behind == kNone || text_[behind] != '\n') return;
      text_.erase(0, behind);
    } else {
      return;
    }
  }
}

std::optional<StatementReader::Input> StatementReader::next() {
  skip_blank();
  if (text_.empty()) return std::nullopt;
  if (scanned_ == 0 && (text_[0] == ':' || text_[0] == '.')) {
    const auto end = text_.find('\n');
    if (end == std::string::npos) return std::nullopt;
    Input input{true, text_.substr(0, end)};
    while (!input.text.empty() && (input.text.back() == ' ' || input.text.back() == '\r'))
      input.text.pop_back();
    text_.erase(0, end + 1);
    return input;
  }
  for (; scanned_ < text_.size(); ++scanned_) {
    const char c = text_[scanned_];
    const char next = scanned_ + 1 < text_.size() ? text_[scanned_ + 1] : '\0';
    switch (state_) {
      case State::Plain:
        if (c == ';') {
          Input input{false, text_.substr(0, scanned_)};
          text_.erase(0, scanned_ + 1);
          scanned_ = 0;
          return input;
        }
        if (c == '\'') state_ = State::Single;
        if (c == '"') state_ = State::Double;
        if (c == '`') state_ = State::Backtick;
        if (c == '/' && next == '/') state_ = State::LineComment;
        if (c == '/' && next == '*') {
          state_ = State::BlockComment;
          ++scanned_;
        }
        break;
      case State::Single:
      case State::Double:
        if (c == '\\')
          ++scanned_;
        else if (c == (state_ == State::Single ? '\'' : '"'))
          state_ = State::Plain;
        break;
      case State::Backtick:
        if (c == '`') state_ = State::Plain;
        break;
      case State::LineComment:
        if (c == '\n') state_ = State::Plain;
        break;
      case State::BlockComment:
        if (c == '*' && next == '/') {
          state_ = State::Plain;
          ++scanned_;
        }
        break;
    }
  }
  return std::nullopt;
}

bool StatementReader::open() const {
  return text_.find_first_not_of(" \t\r\n") != std::string::npos;
}

std::optional<StatementReader::Input> StatementReader::rest() {
  if (!open()) return std::nullopt;
  Input input{false, text_};
  // Nothing but comments is no statement.
  bool only_comments = true;
  State state = State::Plain;
  for (std::size_t i = 0; i < text_.size() && only_comments; ++i) {
    const bool two = i + 1 < text_.size();
    if (state == State::LineComment) {
      if (text_[i] == '\n') state = State::Plain;
    } else if (state == State::BlockComment) {
      if (two && text_.compare(i, 2, "*/") == 0) {
        state = State::Plain;
        ++i;
      }
    } else if (two && text_.compare(i, 2, "//") == 0) {
      state = State::LineComment;
    } else if (two && text_.compare(i, 2, "/*") == 0) {
      state = State::BlockComment;
    } else if (text_[i] != ' ' && text_[i] != '\n' && text_[i] != '\t' && text_[i] != '\r') {
      only_comments = false;
    }
  }
  clear();
  if (only_comments) return std::nullopt;
  return input;
}

}  // namespace kith::shell
