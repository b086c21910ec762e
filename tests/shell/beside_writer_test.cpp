// tests/shell/beside_writer_test.cpp: check, backup, dump and inspect while another process goes on
// committing and making checkpoints.
#include <algorithm>
#include <atomic>
#include <catch2/catch.hpp>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <memory>
#include <thread>
#include <utility>

#include "tests/shell/program.hpp"

using kith::test::ask;
using kith::test::Folder;
using kith::test::lines_of;
using kith::test::Ran;
using kith::test::run_kith;

namespace {

// Each is a transaction. In every state between them what kIsWhole asks is so.
std::string statement() {
  return "MATCH (c:Counter) SET c.up = c.up + 1, c.down = c.down - 1 "
         "CREATE (c)<-[:OF]-(:N {i: c.up, text: '" +
         std::string(1000, 'x') + "'});\n";
}
const std::string kIsWhole =
    "MATCH (c:Counter) MATCH (n:N) WITH c, count(n) AS n, sum(n.i) AS sum "
    "RETURN c.up + c.down = 0, n = c.up, sum * 2 = n * (n + 1), COUNT { (c)<-[:OF]-(:N) } = n;";
const std::string kCount = "MATCH (c:Counter) RETURN c.up;";

// A shell in a process of its own that gets such statements as fast as it takes them.
class Committing {
 public:
  explicit Committing(const std::string& file) {
    std::signal(SIGPIPE, SIG_IGN);
    const std::string command = std::string("'") + KITH_PROGRAM + "' shell '" + file +
                                "' --memory-limit 16MB --threads 1 >/dev/null 2>&1";
    pipe_ = ::popen(command.c_str(), "w");
    REQUIRE(pipe_ != nullptr);
    feeder_ = std::thread([this] {
      const std::string next = statement();
      while (!stopped_ && std::fputs(next.c_str(), pipe_) >= 0 && std::fflush(pipe_) == 0) {
      }
    });
  }
  ~Committing() {
    if (pipe_ != nullptr) stop();
  }
  // Its exit status: 0 if no statement failed.
  int stop() {
    stopped_ = true;
    feeder_.join();
    return ::pclose(std::exchange(pipe_, nullptr));
  }

 private:
  std::FILE* pipe_ = nullptr;
  std::atomic<bool> stopped_{false};
  std::thread feeder_;
};

long number(const std::string& file, const std::string& query) {
  const std::string text = ask(file, query);
  INFO(text);
  REQUIRE(!text.empty());
  return std::stol(text);
}

class Beside {
 public:
  Beside() {
    const auto made = run_kith({"shell", file, "-c",
                                "CREATE (:Counter {up: 0, down: 0}); CREATE INDEX FOR (n:N) ON "
                                "(n.i);"});
    REQUIRE(made.status == 0);
    writer = std::make_unique<Committing>(file);
    wait_for(1);
  }
  // Until so many commits are there, a minute at most.
  void wait_for(long commits) const {
    const auto end = std::chrono::steady_clock::now() + std::chrono::minutes(1);
    while (number(file, kCount) < commits) REQUIRE(std::chrono::steady_clock::now() < end);
  }
  // Runs `work` again until the writer has committed and made checkpoints while it ran, too; some
  // minutes at most, because a slow disk makes few commits.
  template <class Work>
  void while_it_commits(Work&& work) const {
    const auto checkpoint = [&] {
      return number(file,
                    "CALL db.stats() YIELD name, value WITH * WHERE name = 'checkpoint' "
                    "RETURN value;");
    };
    const long commits = number(file, kCount), checkpoints = checkpoint();
    const auto end = std::chrono::steady_clock::now() + std::chrono::minutes(3);
    do {
      work();
    } while (std::chrono::steady_clock::now() < end &&
             (number(file, kCount) < commits + 200 || checkpoint() == checkpoints));
    CHECK(number(file, kCount) > commits);
    CHECK(checkpoint() > checkpoints);
  }
  void end() {
    CHECK(writer->stop() == 0);
    CHECK(ask(file, kIsWhole) == "true,true,true,true\n");
    CHECK(run_kith({"check", "-q", file}).out == file + " is sound\n");
  }

  const Folder folder;
  const std::string file = folder / "x.kith";
  std::unique_ptr<Committing> writer;
};

}  // namespace

TEST_CASE("check beside a process that keeps committing") {
  Beside beside;
  beside.while_it_commits([&] {
    const Ran ran = run_kith({"check", beside.file});
    INFO(ran.out);
    CHECK(ran.status == 0);
    CHECK(ran.err == "");
  });
  beside.end();
}

TEST_CASE(
    "backup beside a process that keeps committing is of one state, no older than asked for") {
  Beside beside;
  int copies = 0;
  beside.while_it_commits([&] {
    const std::string copy = beside.folder / ("copy" + std::to_string(copies++) + ".kith");
    const long before = number(beside.file, kCount);
    const Ran ran = run_kith({"backup", beside.file, copy});
    CHECK(ran.status == 0);
    CHECK(ran.err == "");
    CHECK(number(copy, kCount) >= before);
    CHECK(ask(copy, kIsWhole) == "true,true,true,true\n");
    CHECK(run_kith({"check", "-q", copy}).out == copy + " is sound\n");
  });
  beside.end();
}

TEST_CASE("dump beside a process that keeps committing is of one state") {
  Beside beside;
  int copies = 0;
  beside.while_it_commits([&] {
    const std::string name = "dump" + std::to_string(copies++);
    const std::string script = beside.folder / (name + ".cypher");
    const std::string copy = beside.folder / (name + ".kith");
    const long before = number(beside.file, kCount);
    const Ran ran = run_kith({"dump", beside.file, "-o", script});
    CHECK(ran.status == 0);
    CHECK(ran.err == "");
    CHECK(run_kith({"shell", copy, "-f", script}).status == 0);
    CHECK(number(copy, kCount) >= before);
    CHECK(ask(copy, kIsWhole) == "true,true,true,true\n");
  });
  beside.end();
}

TEST_CASE("inspect beside a process that keeps committing") {
  Beside beside;
  beside.while_it_commits([&] {
    for (const char* part :
         {"", "meta", "root", "names", "schema", "segments", "free", "carry", "log"}) {
      CAPTURE(part);
      std::vector<std::string> arguments{"inspect", beside.file};
      if (*part != 0) arguments.push_back(part);
      const Ran ran = run_kith(arguments);
      CHECK(ran.status == 0);
      CHECK(ran.err == "");
      CHECK(ran.out.find("unreadable") == std::string::npos);
    }
  });
  beside.end();
}
