// shell/line_reader.hpp: the lines of a file or a pipe.
//
// A program that sends a statement through a pipe and waits for the answer sends the next one
// soon, and to be woken takes longer than most statements. So, while inputs come soon one after
// another, a reader looks for the next one for a moment before it sleeps. Where others want the
// processor it does not: who sleeps is served first when he wakes.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace kith::shell {

class LineReader {
 public:
  explicit LineReader(int file);  // stays the caller's

  // The next line without its end, valid until the next call; nothing at the end of the input.
  // QueryError("ArgumentError", "CannotRead") if it cannot be read.
  std::optional<std::string_view> next();

 private:
  std::string_view take(std::size_t end, std::size_t more);
  bool fill();  // false at the end of the input
  void look_for_input();

  int file_;
  bool is_pipe_;
  bool soon_ = true;          // the last input from a pipe came soon
  std::uint32_t sleeps_ = 0;  // inputs to be waited for asleep, since looking was of no use
  std::vector<char> buffer_;  // of which the first end_ bytes were read
  std::size_t begin_ = 0;     // what is before was given out
  std::size_t scanned_ = 0;   // no end of a line between begin_ and here
  std::size_t end_ = 0;
};

}  // namespace kith::shell
