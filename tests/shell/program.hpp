// tests/shell/program.hpp: running the built kith program.
#pragma once

#include <string>
#include <vector>

#include "tests/folder.hpp"

namespace kith::test {

struct Ran {
  int status = -1;  // the exit status; 128 + n if signal n ended it
  std::string out, err;
};

// Runs kith with these arguments and this standard input.
Ran run_kith(const std::vector<std::string>& arguments, const std::string& input = "");
// `kith shell :memory:` on these lines, in this format.
Ran run_shell(const std::string& input, const std::string& format = "jsonl");

// The rows of a statement as csv, read-only; it must not fail.
std::string ask(const std::string& file, const std::string& query);
// The same for statements that write.
std::string change(const std::string& file, const std::string& statements);

std::string read_file(const std::string& path);
std::vector<std::string> lines_of(const std::string& text);
// jsonl with what differs from run to run set to 0: elapsed_us.
std::vector<std::string> steady_lines(const std::string& jsonl);

}  // namespace kith::test
