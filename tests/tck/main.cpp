// tests/tck/main.cpp: runs the openCypher TCK and compares with the list of expected failures,
// which may only shrink: a scenario that fails and is not on the list fails the test, and so does
// one that is on the list and passes.
//
//   tck FOLDER LIST [--threads N] [--batch N] [--spill BYTES] [--no-optimiser] [--fold]
//   [--no-plan-cache] [--decoys] [--reopen] [--only TEXT] [--verbose] [--update]
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <string>

#include "tests/tck/gherkin.hpp"
#include "tests/tck/scenario.hpp"

namespace {

namespace fs = std::filesystem;
using kith::tck::Scenario;

constexpr int kSkipped = 77;  // ctest shows it as skipped

struct Options {
  std::string tck, list, only;
  kith::tck::Mode mode;
  bool verbose = false, update = false;
};

Options read_options(int argc, char** argv) {
  Options options;
  if (argc < 3) throw std::runtime_error("usage: tck FOLDER LIST [options]");
  options.tck = argv[1];
  options.list = argv[2];
  for (int i = 3; i < argc; ++i) {
    const std::string arg = argv[i];
    const auto value = [&] { return i + 1 < argc ? argv[++i] : ""; };
    if (arg == "--threads")
      options.mode.threads = static_cast<std::uint32_t>(std::stoul(value()));
    else if (arg == "--batch")
      options.mode.batch_rows = static_cast<std::uint32_t>(std::stoul(value()));
    else if (arg == "--spill")
      options.mode.spill_bytes = std::stoull(value());
    else if (arg == "--no-optimiser")
      options.mode.optimise = false;
    else if (arg == "--no-plan-cache")
      options.mode.plan_cache = false;
    else if (arg == "--decoys")
      options.mode.decoys = true;
    else if (arg == "--fold")
      options.mode.folding = kith::Folding::always;
    else if (arg == "--reopen")
      options.mode.reopen = true;
    else if (arg == "--only")
      options.only = value();
    else if (arg == "--verbose")
      options.verbose = true;
    else if (arg == "--update")
      options.update = true;
    else
      throw std::runtime_error("tck: unknown option " + arg);
  }
  options.mode.graphs = options.tck + "/graphs";
  return options;
}

std::vector<Scenario> read_all(const std::string& features) {
  std::vector<std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(features))
    if (entry.path().extension() == ".feature") files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  std::vector<Scenario> all;
  for (const auto& file : files) {
    auto name = fs::relative(file, features).replace_extension().string();
    for (auto& scenario : kith::tck::read_feature(file, name)) all.push_back(std::move(scenario));
  }
  return all;
}

std::set<std::string> read_list(const std::string& path) {
  std::set<std::string> ids;
  std::ifstream in(path);
  for (std::string line; std::getline(in, line);)
    if (!line.empty() && line[0] != '#') ids.insert(line);
  return ids;
}

// In a process of its own, so that a crash is one failure and not the end of the run.
std::string run_isolated(const Scenario& scenario, const kith::tck::Mode& mode) {
  int ends[2];
  if (pipe(ends) != 0) throw std::runtime_error("cannot make a pipe");
  std::fflush(stdout);
  const pid_t child = fork();
  if (child == 0) {
    const auto why = kith::tck::run_scenario(scenario, mode);
    const auto written = write(ends[1], why.data(), std::min<std::size_t>(why.size(), 4096));
    std::_Exit(written < 0 ? 2 : 0);
  }
  close(ends[1]);
  std::string why(4096, '\0');
  std::size_t got = 0;
  for (ssize_t n = 1; n > 0 && got < why.size();) {
    n = read(ends[0], why.data() + got, why.size() - got);
    if (n > 0) got += static_cast<std::size_t>(n);
  }
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  why.resize(got);
  if (WIFSIGNALED(status)) why = "crashed: " + std::string(strsignal(WTERMSIG(status)));
  return why;
}

struct Tally {
  int passed = 0, failed = 0, skipped = 0;
};

bool is_ignored(const Scenario& scenario) {
  return std::find(scenario.tags.begin(), scenario.tags.end(), "@ignore") != scenario.tags.end();
}

void write_list(const std::string& path, const std::set<std::string>& failed) {
  std::ofstream out(path);
  out << "# Scenarios of the openCypher TCK that kith does not pass yet. The list may only "
         "shrink.\n";
  for (const auto& id : failed) out << id << '\n';
}

int run(const Options& options) {
  if (!fs::exists(options.tck + "/features")) {
    std::printf("skipped: no openCypher TCK at %s\n", options.tck.c_str());
    return kSkipped;
  }
  auto mode = options.mode;
  if (mode.reopen) {
    std::string scratch = (fs::temp_directory_path() / "kith-tck-XXXXXX").string();
    if (mkdtemp(scratch.data()) == nullptr)
      throw std::runtime_error("cannot make a temporary folder");
    mode.scratch = scratch;
  }
  const auto expected = read_list(options.list);
  std::map<std::string, Tally> folders;
  std::set<std::string> failed;
  int surprises = 0;
  for (const auto& scenario : read_all(options.tck + "/features")) {
    if (!options.only.empty() && scenario.id().find(options.only) == std::string::npos) continue;
    auto& tally = folders[fs::path(scenario.feature).parent_path()];
    if (is_ignored(scenario)) {
      ++tally.skipped;
      continue;
    }
    const auto why = run_isolated(scenario, mode);
    ++(why.empty() ? tally.passed : tally.failed);
    if (!why.empty()) failed.insert(scenario.id());
    const bool surprise = why.empty() == expected.contains(scenario.id());
    if (surprise && !options.update) ++surprises;
    if (surprise && why.empty() && !options.update)
      std::printf("PASSES, take it off the list: %s\n", scenario.id().c_str());
    else if (!why.empty() && (surprise || options.verbose))
      std::printf("FAILED %s\n       %s\n", scenario.id().c_str(), why.c_str());
  }
  if (mode.reopen) fs::remove_all(mode.scratch);

  Tally all;
  std::printf("\n%-44s %7s %7s %7s\n", "folder", "passed", "failed", "skipped");
  for (const auto& [folder, tally] : folders) {
    std::printf("%-44s %7d %7d %7d\n", folder.c_str(), tally.passed, tally.failed, tally.skipped);
    all.passed += tally.passed;
    all.failed += tally.failed;
    all.skipped += tally.skipped;
  }
  std::printf("%-44s %7d %7d %7d\n", "all", all.passed, all.failed, all.skipped);
  if (options.update) write_list(options.list, failed);
  if (surprises > 0)
    std::printf("\n%d scenarios differ from %s\n", surprises, options.list.c_str());
  return surprises == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(read_options(argc, argv));
  } catch (const std::exception& e) {
    std::fprintf(stderr, "%s\n", e.what());
    return 2;
  }
}
