// tests/fuzz/main.cpp: random statements on random graphs, against oracles. docs/fuzzing.md.
//
//   fuzz_queries [--seed N] [--count N] [--seconds N] [--oracle NAME] [--failures N] [--no-reduce]
//   [--errors] [--floors]
//
// A round is one graph and some sixty questions about it; its seed is --seed plus its number, so
// `--seed N --count 1` repeats the round that said N. Each runs in a process of its own: a crash or
// a hang is a failure like another.
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <new>
#include <optional>
#include <stdexcept>

#include "tests/fuzz/damage.hpp"
#include "tests/fuzz/generator.hpp"
#include "tests/fuzz/progress.hpp"
#include "tests/fuzz/reducer.hpp"

namespace kith::fuzz {
namespace {

constexpr int kQuestions = 60;
constexpr unsigned kHangSeconds = 300;

struct Options {
  std::uint64_t seed = 1, count = 0, seconds = 0, failures = 20;
  std::optional<Oracle> oracle;
  bool reduce = true, floors = false, errors = false;
};

std::string make_folder() {
  std::string folder = (std::filesystem::temp_directory_path() / "kith-fuzz-XXXXXX").string();
  if (mkdtemp(folder.data()) == nullptr) throw std::runtime_error("cannot make a temporary folder");
  return folder;
}

std::vector<Case> questions_of(Random& random) {
  std::vector<Case> out;
  Generator generator(random, random.chance(15));
  const auto ask = [&](const std::string& query, std::initializer_list<Oracle> oracles) {
    for (const auto oracle : oracles) out.push_back({.oracle = oracle, .query = query});
  };
  const auto kind = random.below(100);
  if (kind < 62) {
    const auto query = kind < 32   ? generator.read_query()
                       : kind < 42 ? generator.counting_query()
                       : kind < 51 ? generator.path_query()
                                   : generator.seek_query();
    ask(query, {Oracle::RoundTrip, Oracle::Optimiser, Oracle::Rewrite, Oracle::Index});
  } else if (kind < 77) {
    const auto made = generator.partition_case();
    out.push_back({.oracle = Oracle::Partition, .query = made.query, .condition = made.condition});
  } else if (kind < 93) {
    ask(generator.write_statement(), {Oracle::RoundTrip, Oracle::Write});
    const auto then =
        generator.partition_case().query;  // which has no ORDER BY uid: new ones lack it
    if (then.find(" LIMIT ") == std::string::npos && then.find(" SKIP ") == std::string::npos)
      out.back().condition = then;
  } else {
    const auto text = random.chance(60) ? generator.read_query() : generator.write_statement();
    for (int i = 0; i < 4; ++i) ask(damaged(random, text), {Oracle::Text});
  }
  return out;
}

// In this process; a lab for each graph it is asked about, the last one kept.
class Bench {
 public:
  // Rows, counters, an error of a type on one side …
  static std::string kind_of(const std::string& difference) {
    const auto fails = difference.find(" alone fails: ");
    if (fails != std::string::npos) return difference.substr(0, difference.find(':', fails + 15));
    return difference.find(" rows") != std::string::npos ? "rows" : difference.substr(0, 12);
  }

  Bench() : folder_(make_folder()) {}
  ~Bench() {
    lab_.reset();
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }
  Verdict ask(const Case& question) {
    const auto script = script_of(question.graph);
    if (!lab_ || script != script_) {
      lab_.reset();
      graph_ = question.graph;
      script_ = script;
      lab_.emplace(graph_, folder_);
    }
    return judge(*lab_, question);
  }
  // In the way that `difference` says.
  bool is_broken(const Case& question, const std::string& difference = {}) {
    try {
      const auto verdict = ask(question);
      return verdict.broken && (difference.empty() || kind_of(verdict.difference) == difference);
    } catch (const Error&) {  // the graph cannot be built like that
      lab_.reset();
      return false;
    }
  }

 private:
  static std::string script_of(const Graph& graph) {
    std::string out = graph.reopen ? "reopen " : "";
    for (const auto& step : build_steps(graph, true))
      out += step.text + std::to_string(static_cast<int>(step.kind)) + ";";
    return out;
  }

  std::string folder_, script_;
  Graph graph_;
  std::optional<Lab> lab_;
};

void report(std::uint64_t seed, const Case& question, const Verdict& verdict) {
  std::printf("\n==== seed %llu\n%s", static_cast<unsigned long long>(seed),
              transcript_of(question, verdict).c_str());
  std::fflush(stdout);
}

void round(std::uint64_t seed, const Options& options, Progress& progress) {
  Random random(seed * 0x2545F4914F6CDD1D + 1);
  const auto graph = random_graph(random);
  Bench bench;
  for (int asked = 0; asked < kQuestions;) {
    for (auto& question : questions_of(random)) {
      ++asked;
      if (options.oracle && *options.oracle != question.oracle) continue;
      question.graph = graph;
      progress.begin(question);
      const auto verdict = bench.ask(question);
      progress.end(question, verdict);
      if (options.errors && verdict.answer.failed() && question.oracle != Oracle::Text)
        std::printf("%s\n  %s\n", question.query.c_str(), verdict.answer.error.c_str());
      if (!verdict.broken) continue;
      ++progress.failures;
      if (!options.reduce) {
        report(seed, question, verdict);
        continue;
      }
      const auto kind = Bench::kind_of(verdict.difference);
      const auto small = reduced(
          question, [&](const Case& candidate) { return bench.is_broken(candidate, kind); });
      report(seed, small, bench.ask(small));
      if (progress.failures >= options.failures) return;
    }
  }
}

// Runs it in a process of its own; 0, or the signal that ended it.
template <class Work>
int apart(Work&& work, unsigned seconds) {
  std::fflush(stdout);
  const auto child = fork();
  if (child < 0) throw std::runtime_error("cannot fork");
  if (child == 0) {
    alarm(4 * seconds);  // of the clock: the machine may be busy
    const rlimit processor{.rlim_cur = seconds, .rlim_max = seconds + 5};
    setrlimit(RLIMIT_CPU, &processor);
    int status = 0;
    try {
      status = work() ? 0 : 1;
    } catch (const std::exception& e) {
      std::printf("\nfuzz_queries: %s\n", e.what());
      status = 3;
    }
    std::fflush(stdout);
    _exit(status);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status) == 3 ? -1 : 0;
}

Graph graph_of(std::uint64_t seed) {
  Random random(seed * 0x2545F4914F6CDD1D + 1);
  return random_graph(random);
}

void report_crash(std::uint64_t seed, int signal, const Options& options,
                  const Progress& progress) {
  Case question{.oracle = progress.oracle,
                .graph = graph_of(seed),
                .query = progress.query.data(),
                .condition = progress.condition.data()};
  const unsigned limit = signal == SIGABRT || signal == SIGSEGV ? 60 : 30;
  const auto crashes = [&](const Case& candidate) {
    return apart(
               [&] {
                 if (std::freopen("/dev/null", "w", stderr) == nullptr) return false;
                 Bench bench;
                 bench.is_broken(candidate);
                 return true;
               },
               limit) > 0;
  };
  std::printf("\n==== seed %llu ends with signal %d%s\n", static_cast<unsigned long long>(seed),
              signal, signal == SIGALRM || signal == SIGXCPU ? " (too long)" : "");
  if (options.reduce && signal != SIGALRM && signal != SIGXCPU && crashes(question))
    question = reduced(question, crashes, 1500);
  Verdict verdict{.difference = "it crashes"};
  std::printf("%s", transcript_of(question, verdict).c_str());
  std::fflush(stdout);
}

void print_statistics(const Progress& progress) {
  const auto number = [](std::uint64_t n) { return static_cast<unsigned long long>(n); };
  std::printf("\n%llu rounds, %llu failures, %llu given up\n", number(progress.rounds),
              number(progress.failures), number(progress.gave_up));
  std::printf("%-12s %10s %10s %10s\n", "oracle", "asked", "compared", "with rows");
  for (std::size_t i = 0; i < kOracles; ++i) {
    const auto& count = progress.oracles[i];
    std::printf("%-12s %10llu %10llu %10llu\n",
                std::string(oracle_name(static_cast<Oracle>(i))).c_str(), number(count.asked),
                number(count.applied), number(count.with_rows));
  }
  std::printf("errors:");
  for (const auto& error : progress.errors)
    if (error.count > 0) std::printf(" %s %llu", error.name.data(), number(error.count));
  std::printf("\nfeatures in queries with rows:");
  for (std::size_t i = 0; i < kFeatures.size(); ++i)
    std::printf("%s %s %llu", i > 0 ? "," : "", kFeatures[i].name, number(progress.features[i]));
  std::printf("\n");
}

// A generator that only makes errors or empty answers finds nothing.
bool reaches_floors(const Progress& progress) {
  bool out = true;
  const auto need = [&](bool holds, const char* what) {
    if (!holds) std::printf("too little: %s\n", what);
    out = out && holds;
  };
  for (std::size_t i = 0; i < kOracles; ++i) {
    const auto& count = progress.oracles[i];
    need(count.applied * 2 > count.asked, std::string(oracle_name(static_cast<Oracle>(i))).c_str());
  }
  const auto& reads = progress.oracles[static_cast<std::size_t>(Oracle::Optimiser)];
  need(reads.with_rows * 3 > reads.asked, "answers with rows");
  // Which they are may depend on the order in which a compiler evaluates operands.
  const auto missing = std::count(progress.features.begin(), progress.features.end(), 0u);
  need(missing <= 2, "kinds of queries");
  return out;
}

Options read_options(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string arg = argv[i];
    const auto value = [&] { return std::string(i + 1 < argc ? argv[++i] : "0"); };
    if (arg == "--seed")
      options.seed = std::stoull(value());
    else if (arg == "--count")
      options.count = std::stoull(value());
    else if (arg == "--seconds")
      options.seconds = std::stoull(value());
    else if (arg == "--failures")
      options.failures = std::stoull(value());
    else if (arg == "--no-reduce")
      options.reduce = false;
    else if (arg == "--errors")
      options.errors = true;
    else if (arg == "--floors")
      options.floors = true;
    else if (arg == "--oracle") {
      const auto name = value();
      for (std::size_t k = 0; k < kOracles; ++k)
        if (oracle_name(static_cast<Oracle>(k)) == name) options.oracle = static_cast<Oracle>(k);
      if (!options.oracle) throw std::runtime_error("no oracle " + name);
    } else {
      throw std::runtime_error("fuzz_queries: unknown option " + arg);
    }
  }
  if (options.count == 0 && options.seconds == 0) options.count = 20;
  return options;
}

int run(const Options& options) {
  void* shared =
      mmap(nullptr, sizeof(Progress), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (shared == MAP_FAILED) throw std::runtime_error("no shared memory");
  auto& progress = *new (shared) Progress();
  const auto start = std::chrono::steady_clock::now();
  for (std::uint64_t i = 0; options.count == 0 || i < options.count; ++i) {
    const auto spent = std::chrono::steady_clock::now() - start;
    if (options.seconds > 0 && spent > std::chrono::seconds(options.seconds)) break;
    const auto seed = options.seed + i;
    const auto ended = apart(
        [&] {
          round(seed, options, progress);
          return true;
        },
        kHangSeconds);
    ++progress.rounds;
    if (ended != 0) ++progress.failures;
    if (ended > 0) report_crash(seed, ended, options, progress);
    if (ended < 0)
      std::printf("==== seed %llu, asked: %s\n", static_cast<unsigned long long>(seed),
                  progress.query.data());
    if (progress.failures >= options.failures) break;
  }
  print_statistics(progress);
  const bool enough = !options.floors || reaches_floors(progress);
  return progress.failures == 0 && enough ? 0 : 1;
}

}  // namespace
}  // namespace kith::fuzz

int main(int argc, char** argv) {
  try {
    return kith::fuzz::run(kith::fuzz::read_options(argc, argv));
  } catch (const std::exception& e) {
    std::fprintf(stderr, "%s\n", e.what());
    return 2;
  }
}
