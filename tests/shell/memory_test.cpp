// tests/shell/memory_test.cpp: a database several times larger than the memory limit is imported,
// read and updated, and the process keeps to the limit.
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <random>

#include "tests/shell/program.hpp"

using kith::test::Folder;

namespace {

constexpr std::uint64_t kMiB = 1024 * 1024;
constexpr std::uint64_t kLimit = 32 * kMiB;
const std::string kLimitText = std::to_string(kLimit);

struct Measured {
  int status = -1;
  std::uint64_t peak_bytes = 0;  // resident
  std::string out;
};

// Runs kith as a child, and asks the system how large it became.
Measured measure(const Folder& folder, std::vector<std::string> arguments) {
  const std::string out = folder / "out";
  arguments.insert(arguments.begin(), KITH_PROGRAM);
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  const pid_t child = ::fork();
  if (child == 0) {
    if (std::freopen(out.c_str(), "w", stdout) == nullptr) ::_exit(126);
    ::execv(argv[0], argv.data());
    ::_exit(127);
  }
  int status = 0;
  struct rusage usage {};
  REQUIRE(::wait4(child, &status, 0, &usage) == child);
  Measured measured;
  measured.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  measured.peak_bytes = static_cast<std::uint64_t>(usage.ru_maxrss) * 1024;
  measured.out = kith::test::read_file(out);
  return measured;
}

constexpr int kNodes = 400'000;

// Nine letters out of those from '0' to '~', none of which CSV would read otherwise.
void append_letters(std::string& text, std::uint64_t word) {
  constexpr std::uint64_t kLetters = '~' - '/';
  for (int i = 0; i < 9; ++i, word /= kLetters)
    text.push_back(static_cast<char>('0' + word % kLetters));
}

// Texts that no encoding makes much smaller.
void write_files(const Folder& folder) {
  std::mt19937_64 random(7);
  std::ofstream nodes(folder / "n.csv"), relationships(folder / "r.csv");
  nodes << "id:ID,i:int,text\n";
  relationships << ":START_ID,:END_ID,w:int\n";
  std::string text;
  for (int i = 0; i < kNodes; ++i) {
    text.clear();
    for (int j = 0; j < 58; ++j) append_letters(text, random());
    nodes << 'n' << i << ',' << i << ',' << text << '\n';
    for (int j = 0; j < 2; ++j)
      relationships << 'n' << i << ",n" << random() % kNodes << ',' << i % 1000 << '\n';
  }
}

}  // namespace

TEST_CASE("a database larger than the memory limit comes in, answers, and takes updates") {
  const Folder folder;
  write_files(folder);
  const std::string file = folder / "x.kith";
  const auto shell = [&](const std::string& path, const std::string& statements) {
    return measure(folder, {"shell", path, "--memory-limit", kLimitText, "--threads", "2",
                            "--format", "csv", "-c", ".headers off\n" + statements});
  };
  const std::uint64_t most = kLimit + kLimit / 4;
  const auto within = [&](const char* what, const Measured& measured) {
    std::cerr << "memory: " << what << ": peak " << measured.peak_bytes / kMiB << " MiB, limit "
              << kLimit / kMiB << " MiB\n";
    CHECK(measured.status == 0);
    CHECK(measured.peak_bytes <= most);
  };

  const auto import =
      measure(folder, {"import", file, "--nodes", "N=" + folder / "n.csv", "--relationships",
                       "R=" + folder / "r.csv", "--memory-limit", kLimitText, "--threads", "2"});
  within("import", import);
  CHECK(import.out.find("sorted on disk") != std::string::npos);
  CHECK(std::filesystem::file_size(file) > 5 * kLimit);

  const auto read = shell(file,
                          "MATCH (n:N) RETURN count(n), sum(n.i), sum(size(n.text)) > 0;"
                          "MATCH (a)-[r:R]->(b) RETURN count(*), sum(r.w), sum(a.i);"
                          "MATCH (n:N) RETURN n.i ORDER BY n.i DESC LIMIT 2;"
                          "MATCH (a {i: 77})-[:R]->()-[:R]->(c) RETURN count(*);"
                          "MATCH (a)<-[:R]-(b) WHERE a.i < 100 RETURN count(*) > 0;");
  within("reading", read);
  CHECK(read.out ==
        "400000,79999800000,true\n800000,399600000,159999600000\n399999\n399998\n4\n"
        "true\n");

  const auto update =
      shell(file,
            "MATCH (n:N) WHERE n.i % 40 = 0 SET n.mark = n.i;"
            "MATCH (n:N) WHERE n.i % 400 = 1 CREATE (n)-[:S {w: 1}]->(:M {of: n.i});"
            "MATCH (n) WHERE n.mark IS NOT NULL RETURN count(*), sum(n.mark);"
            "MATCH (:N)-[s:S]->(m:M) RETURN count(*), sum(s.w), sum(m.of);");
  within("updating", update);
  CHECK(update.out == "10000,1999800000\n1000,1000,199801000\n");
}
