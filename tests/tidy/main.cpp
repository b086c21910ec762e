// tests/tidy/main.cpp: the house rules of docs/style.md, as a test.
//
//   tidy ROOT        prints every breach as path:line: rule; status 1 if there is one
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <map>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include "tests/tidy/moved_arguments.hpp"
#include "tests/tidy/source_file.hpp"

namespace {

namespace fs = std::filesystem;
using kith::tidy::SourceFile;

constexpr std::size_t kMaxLines = 600, kMaxFunctionLines = 60, kMaxDepth = 4, kMaxColumns = 100;
const std::vector<std::string> kLayers = {"include", "core", "storage", "cypher", "api", "shell"};
const std::set<std::string> kBadNames = {"util",   "utils", "helper", "helpers",
                                         "common", "misc",  "v2"};

class Rules {
 public:
  Rules(std::string root, std::vector<SourceFile> files)
      : root_(std::move(root)), files_(std::move(files)) {}

  int check() {
    for (const auto& file : files_) {
      check_shape(file);
      check_lines(file);
      check_includes(file);
      for (const std::size_t line : kith::tidy::moved_and_read(file))
        breach(file.path, line, "an argument that is moved, and read by another one of the call");
    }
    check_folder_cycles();
    check_rules_listed();
    check_assertion_density();
    std::printf("%zu files, %d breaches\n", files_.size(), breaches_);
    return breaches_ == 0 ? 0 : 1;
  }

 private:
  void breach(const std::string& path, std::size_t line, const std::string& rule) {
    ++breaches_;
    std::printf("%s:%zu: %s\n", path.c_str(), line, rule.c_str());
  }

  void check_shape(const SourceFile& file) {
    const auto& path = file.path;
    if (file.lines.empty() || !file.lines[0].text.starts_with("// " + path + ": "))
      breach(path, 1, "a file opens with `// " + path + ": purpose`");
    if (file.lines.size() > kMaxLines)
      breach(path, kMaxLines, "more than 600 lines: " + std::to_string(file.lines.size()));
    if (kBadNames.contains(fs::path(path).stem())) breach(path, 1, "a name that says nothing");
    for (const auto& function : file.functions) {
      const auto length = function.last_line - function.first_line + 1;
      if (length > kMaxFunctionLines)
        breach(path, function.first_line, "a function of " + std::to_string(length) + " lines");
      if (function.depth > kMaxDepth)
        breach(path, function.first_line, "more than four nested braces");
    }
  }

  static std::size_t columns(const std::string& text) {
    return static_cast<std::size_t>(
        std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
  }

  void check_lines(const SourceFile& file) {
    const bool is_product = file.layer != "tests";
    for (std::size_t i = 0; i < file.lines.size(); ++i) {
      const auto& [text, code] = file.lines[i];
      const bool is_raw_text = code.empty() && text.find("//") == std::string::npos;
      if (columns(text) > kMaxColumns && !is_raw_text)
        breach(file.path, i + 1, "longer than 100 columns");
      if (code.find("dynamic_cast") != std::string::npos) breach(file.path, i + 1, "dynamic_cast");
      if (file.is_header() && code.find("using namespace") != std::string::npos)
        breach(file.path, i + 1, "using namespace in a header");
      if (is_product && code.starts_with("#define") && file.path != "core/assert.hpp")
        breach(file.path, i + 1, "#define");
      if (is_product && text.find("TO"
                                  "DO") != std::string::npos)
        breach(file.path, i + 1, "a to-do");
      if (is_product && has_acting_assertion(code))
        breach(file.path, i + 1, "an assertion that does something: without it, it is not done");
      if (is_product && file.is_header() && has_unexplained_shared_pointer(file, i))
        breach(file.path, i + 1, "shared_ptr without its reason");
    }
  }

  // What an assertion asks is not computed where assertions are off. Told by the names of what
  // changes something, on the assertion's first line.
  static bool has_acting_assertion(const std::string& code) {
    const auto at = code.find("KITH_ASSERT(");
    if (at == std::string::npos || code.starts_with("#")) return false;
    static const std::regex acting(
        R"(\+\+|--|[^=!<>]=[^=]|\b(finish|take|pop|pop_back|push|push_back|insert|erase|emplace|)"
        R"(exchange|fetch_\w+|release|reset|clear|remove|write|commit|try_\w+)\()");
    return std::regex_search(code.substr(at), acting);
  }

  // A member of that type needs its reason: beside it, in the three lines above, or in the note
  // that opens the file.
  static bool has_unexplained_shared_pointer(const SourceFile& file, std::size_t i) {
    const auto& code = file.lines[i].code;
    const auto at = code.find("std::shared_ptr<");
    if (at == std::string::npos || code.find('(') != std::string::npos || !code.ends_with(';'))
      return false;
    for (std::size_t j = i >= 3 ? i - 3 : 0; j <= i; ++j)
      if (file.lines[j].text.find("//") != std::string::npos) return false;
    for (std::size_t j = 0; j < file.lines.size() && file.lines[j].text.starts_with("//"); ++j)
      if (file.lines[j].text.find("shared") != std::string::npos) return false;
    return true;
  }

  static int rank(const std::string& layer) {
    const auto found = std::find(kLayers.begin(), kLayers.end(), layer);
    return found == kLayers.end() ? -1 : static_cast<int>(found - kLayers.begin());
  }

  void check_includes(const SourceFile& file) {
    for (const auto& name : file.includes) {
      if (!fs::exists(root_ + "/" + name)) {
        if (name.find('/') != std::string::npos)
          breach(file.path, 1, "includes " + name + ", which does not exist");
        continue;
      }
      if (rank(file.layer) < 0) continue;  // tests may look inside
      const auto other = name.substr(0, name.find('/'));
      if (rank(other) > rank(file.layer)) breach(file.path, 1, "includes upward: " + name);
      const bool is_face = std::count(name.begin(), name.end(), '/') == 1 || other == "include";
      if (other != file.layer && !is_face)
        breach(file.path, 1, "reaches inside another layer: " + name);
      if (file.layer == "shell" && other != "shell" && other != "include")
        breach(file.path, 1, "the shell uses include/kith alone: " + name);
    }
  }

  // Folders of one layer may not include one another in a circle (the layer's root is its face).
  void check_folder_cycles() {
    std::map<std::string, std::set<std::string>> uses;
    for (const auto& file : files_) {
      if (rank(file.layer) < 0 || file.folder() == file.layer) continue;
      for (const auto& name : file.includes) {
        const auto folder = name.substr(0, name.rfind('/'));
        if (name.starts_with(file.layer + "/") && folder != file.layer && folder != file.folder())
          uses[file.folder()].insert(folder);
      }
    }
    for (const auto& [folder, ignored] : uses) {
      std::set<std::string> seen;
      if (reaches(uses, folder, folder, seen))
        breach(folder, 1, "its folder is part of an include circle");
    }
  }

  static bool reaches(const std::map<std::string, std::set<std::string>>& uses,
                      const std::string& from, const std::string& to, std::set<std::string>& seen) {
    const auto found = uses.find(from);
    if (found == uses.end()) return false;
    for (const auto& next : found->second) {
      if (next == to) return true;
      if (seen.insert(next).second && reaches(uses, next, to, seen)) return true;
    }
    return false;
  }

  void check_rules_listed() {
    const auto list = std::find_if(files_.begin(), files_.end(), [](const auto& f) {
      return f.path == "cypher/plan/rewrite.cpp";
    });
    if (list == files_.end()) return;
    for (const auto& file : files_) {
      if (!file.path.starts_with("cypher/plan/rules/") || file.is_header()) continue;
      const auto rule = fs::path(file.path).stem().string();
      const bool listed =
          std::any_of(list->lines.begin(), list->lines.end(),
                      [&](const auto& line) { return line.text.find(rule) != std::string::npos; });
      if (!listed) breach(file.path, 1, "a rule that cypher/plan/rewrite.cpp does not list");
    }
  }

  void check_assertion_density() {
    std::map<std::string, std::pair<std::size_t, std::size_t>> layers;  // assertions, lines
    for (const auto& file : files_) {
      layers[file.layer].first += file.assertions;
      layers[file.layer].second += file.code_lines;
    }
    for (const auto* layer : {"core", "storage", "cypher", "api"}) {
      const auto [assertions, lines] = layers[layer];
      const std::size_t wanted = std::string_view(layer) == "storage" ? 15 : 8;
      const auto density = static_cast<double>(assertions) * 1000.0 /
                           static_cast<double>(std::max<std::size_t>(lines, 1));
      std::printf("%s: %.1f assertions per 1,000 lines of code\n", layer, density);
      if (density < static_cast<double>(wanted))
        breach(layer, 1, "fewer than " + std::to_string(wanted) + " assertions per 1,000 lines");
    }
  }

  std::string root_;
  std::vector<SourceFile> files_;
  int breaches_ = 0;
};

std::vector<SourceFile> read_all(const std::string& root) {
  std::vector<std::string> paths;
  for (const auto* folder : {"include", "core", "storage", "cypher", "api", "shell", "tests"}) {
    if (!fs::exists(root + "/" + folder)) continue;
    for (const auto& entry : fs::recursive_directory_iterator(root + "/" + folder)) {
      const auto extension = entry.path().extension();
      if (extension == ".hpp" || extension == ".cpp")
        paths.push_back(fs::relative(entry.path(), root));
    }
  }
  std::sort(paths.begin(), paths.end());
  std::vector<SourceFile> files;
  for (const auto& path : paths) files.push_back(kith::tidy::read_source(root, path));
  return files;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    if (argc != 2) throw std::runtime_error("usage: tidy ROOT");
    return Rules(argv[1], read_all(argv[1])).check();
  } catch (const std::exception& e) {
    std::fprintf(stderr, "%s\n", e.what());
    return 2;
  }
}
