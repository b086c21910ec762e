// shell/line_editor.hpp: lines from a terminal, with editing and history (libedit).
#pragma once

#include <memory>
#include <optional>
#include <string>

namespace kith::shell {

class LineEditor {
 public:
  // `history_file` may be empty: nothing is kept then.
  explicit LineEditor(std::string history_file);
  ~LineEditor();

  enum class End { None, EndOfInput, Cancelled /* Ctrl-C */ };
  // One line without its line end. `end` says why there is none.
  std::optional<std::string> read(const std::string& prompt, End& end);
  void remember(const std::string& statement);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace kith::shell
