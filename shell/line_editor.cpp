// shell/line_editor.cpp: see line_editor.hpp.
#include "shell/line_editor.hpp"

#include <histedit.h>

#include <cerrno>

namespace kith::shell {
namespace {
constexpr int kHistorySize = 2000;
}

struct LineEditor::State {
  EditLine* editor = nullptr;
  History* history = nullptr;
  std::string file, prompt;
};

LineEditor::LineEditor(std::string history_file) : state_(std::make_unique<State>()) {
  state_->file = std::move(history_file);
  state_->history = history_init();
  HistEvent event{};
  history(state_->history, &event, H_SETSIZE, kHistorySize);
  history(state_->history, &event, H_SETUNIQUE, 1);
  if (!state_->file.empty()) history(state_->history, &event, H_LOAD, state_->file.c_str());

  state_->editor = el_init("kith", stdin, stdout, stderr);
  el_set(state_->editor, EL_CLIENTDATA, state_.get());
  el_set(
      state_->editor, EL_PROMPT, +[](EditLine* editor) -> char* {
        State* state = nullptr;
        el_get(editor, EL_CLIENTDATA, &state);
        return state->prompt.data();
      });
  el_set(state_->editor, EL_EDITOR, "emacs");
  el_set(state_->editor, EL_SIGNAL, 0);
  el_set(state_->editor, EL_HIST, ::history, state_->history);
  el_source(state_->editor, nullptr);
}

LineEditor::~LineEditor() {
  HistEvent event{};
  if (!state_->file.empty()) history(state_->history, &event, H_SAVE, state_->file.c_str());
  el_end(state_->editor);
  history_end(state_->history);
}

std::optional<std::string> LineEditor::read(const std::string& prompt, End& end) {
  state_->prompt = prompt;
  int count = 0;
  errno = 0;
  const char* line = el_gets(state_->editor, &count);
  if (line == nullptr || count <= 0) {
    end = errno == EINTR ? End::Cancelled : End::EndOfInput;
    return std::nullopt;
  }
  end = End::None;
  std::string text(line, static_cast<std::size_t>(count));
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
  return text;
}

void LineEditor::remember(const std::string& statement) {
  HistEvent event{};
  std::string one_line = statement;
  for (char& c : one_line)
    if (c == '\n') c = ' ';
  history(state_->history, &event, H_ENTER, one_line.c_str());
}

}  // namespace kith::shell
