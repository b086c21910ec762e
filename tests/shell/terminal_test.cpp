// tests/shell/terminal_test.cpp: the shell on a terminal: prompts, editing, Ctrl-C.
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <cstdlib>
#include <optional>

#include "tests/shell/program.hpp"

using kith::test::Folder;

namespace {

// `kith shell :memory:` on a pseudo terminal.
class Terminal {
 public:
  Terminal() {
    winsize size{40, 100, 0, 0};
    child_ = forkpty(&end_, nullptr, nullptr, &size);
    if (child_ != 0) return;
    setenv("HOME", home_.path.c_str(), 1);
    setenv("TERM", "xterm", 1);
    execl(KITH_PROGRAM, "kith", "shell", ":memory:", nullptr);
    _exit(127);
  }
  ~Terminal() {
    if (child_ > 0) {
      kill(child_, SIGKILL);
      waitpid(child_, nullptr, 0);
    }
    close(end_);
  }
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;

  void type(const std::string& keys) {
    seen_.clear();
    REQUIRE(write(end_, keys.data(), keys.size()) == static_cast<ssize_t>(keys.size()));
  }

  // Waits until the terminal shows this, at most half a minute.
  bool shows(const std::string& text) {
    const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (seen_.find(text) == std::string::npos) {
      if (std::chrono::steady_clock::now() > limit || !read_some()) return false;
    }
    return true;
  }
  const std::string& seen() const { return seen_; }

  // Ctrl-U and Ctrl-D, again and again: what comes before the editor has the terminal in its own
  // mode is lost, or stands in the line. The exit status; -1 if the program does not end.
  int leave() {
    for (int i = 0; i < 300; ++i) {
      if (write(end_, "\x15\x04", 2) == 2) {
        while (read_some(100)) {
        }
      }
      usleep(100000);
      if (const auto status = ended()) return *status;
    }
    return -1;
  }

  // The exit status; -1 if the program does not end.
  int wait_for_end() {
    while (read_some()) {
    }
    for (int i = 0; i < 100; ++i) {
      if (const auto status = ended()) return *status;
      usleep(100000);
    }
    return -1;
  }

 private:
  std::optional<int> ended() {
    int status = 0;
    if (waitpid(child_, &status, WNOHANG) == 0) return std::nullopt;
    child_ = 0;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }

  bool read_some(int milliseconds = 30000) {
    pollfd wanted{end_, POLLIN, 0};
    if (poll(&wanted, 1, milliseconds) <= 0) return false;
    char bytes[4096];
    const auto got = read(end_, bytes, sizeof bytes);
    if (got <= 0) return false;
    seen_.append(bytes, static_cast<std::size_t>(got));
    return true;
  }

  Folder home_;
  int end_ = -1;
  pid_t child_ = -1;
  std::string seen_;
};

}  // namespace

TEST_CASE("a terminal gets a prompt and tables, and keeps a history") {
  Terminal terminal;
  REQUIRE(terminal.shows("kith> "));
  terminal.type("RETURN 6 * 7 AS answer;\n");
  CHECK(terminal.shows("| 42"));
  REQUIRE(terminal.shows("kith> "));
  terminal.type("RETURN\n");
  REQUIRE(terminal.shows("  ... "));
  terminal.type("'two' + 'lines' AS x;\n");
  CHECK(terminal.shows("'twolines'"));
  REQUIRE(terminal.shows("kith> "));
  terminal.type("RETURN nope;\n");
  CHECK(terminal.shows("SyntaxError"));
  REQUIRE(terminal.shows("kith> "));
  terminal.type("\x10\x10\x10\n");  // three up: the first statement again
  CHECK(terminal.shows("| 42"));
  REQUIRE(terminal.shows("kith> "));
  terminal.type(":begin\n");
  CHECK(terminal.shows("kith# "));
  terminal.type(":exit\n");
  CHECK(terminal.wait_for_end() == 0);
}

TEST_CASE("Ctrl-C cancels the query, not the shell; Ctrl-D leaves") {
  Terminal terminal;
  REQUIRE(terminal.shows("kith> "));
  terminal.type(
      "UNWIND range(1, 1000000) AS a UNWIND range(1, 1000000) AS b RETURN sum(a * b % 7) AS s;\n");
  REQUIRE(terminal.shows("AS s;"));
  usleep(300000);  // the statement runs for hours
  terminal.type("\x03");
  CHECK(terminal.shows("Interrupted"));
  REQUIRE(terminal.shows("kith> "));
  terminal.type("RETURN 40 + 2 AS still_here;\n");
  CHECK(terminal.shows("| 42"));
  REQUIRE(terminal.shows("kith> "));
  CHECK(terminal.leave() == 0);
}
