// tests/shell/program.hpp: running the built kith program.
#pragma once

#include <string>
#include <vector>

namespace kith::test {

struct Ran {
  int status = -1;  // the exit status; 128 + n if signal n ended it
  std::string out, err;
};

// Runs kith with these arguments and this standard input.
Ran run_kith(const std::vector<std::string>& arguments, const std::string& input = "");
// `kith shell :memory:` on these lines, in this format.
Ran run_shell(const std::string& input, const std::string& format = "jsonl");

// A folder that is gone with the object.
class Folder {
 public:
  Folder();
  ~Folder();
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  std::string operator/(const std::string& name) const { return path_ + "/" + name; }
  const std::string& path() const { return path_; }
  // Writes a file and gives its path.
  std::string write(const std::string& name, const std::string& text) const;
  std::vector<std::string> names() const;  // of what is in it, sorted

 private:
  std::string path_;
};

std::string read_file(const std::string& path);
std::vector<std::string> lines_of(const std::string& text);
// jsonl with what differs from run to run set to 0: elapsed_us.
std::vector<std::string> steady_lines(const std::string& jsonl);

}  // namespace kith::test
