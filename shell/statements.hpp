// shell/statements.hpp: cutting input into statements and shell commands.
//
// A statement ends at a `;` outside quotes and comments. A line that begins with `:` or `.` where
// no statement is open is a shell command.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace kith::shell {

class StatementReader {
 public:
  struct Input {
    bool is_command = false;
    std::string text;  // a command's line, or a statement without its semicolon
  };

  void add_line(std::string_view line);
  // The next complete input, if there is one.
  std::optional<Input> next();
  // At the end of the input: a last statement without semicolon, if there is one.
  std::optional<Input> rest();
  // A statement has begun and not ended.
  bool open() const;
  void clear();

 private:
  enum class State { Plain, Single, Double, Backtick, LineComment, BlockComment };
  void skip_blank();

  std::string text_;
  std::size_t scanned_ = 0;  // text_ up to here holds no end of a statement
  State state_ = State::Plain;
};

}  // namespace kith::shell
