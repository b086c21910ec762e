// tests/bench/commit_rate.cpp: durable commits of one row a second, as a share of what the disk can
// sync in the same run.
//
//   commit_rate [FOLDER] [SECONDS]      on the file system of FOLDER (.), so long for each line (3)
//
// The measure is a loop that writes 4 KiB over the same place of a file and calls fdatasync. It
// runs before and after the commits, because disks are not steady.
#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <kith/kith.hpp>
#include <string>
#include <thread>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

struct Folder {
  std::string path;
  explicit Folder(const std::string& in) : path(in + "/kith-commit-rate-XXXXXX") {
    if (::mkdtemp(path.data()) == nullptr) {
      std::perror(path.c_str());
      std::exit(2);
    }
  }
  Folder(const Folder&) = delete;
  ~Folder() { std::filesystem::remove_all(path); }
};

// Syncs a second.
double sync_rate(const std::string& folder, double seconds) {
  const std::string path = folder + "/measure";
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  std::vector<char> page(4096, 'x');
  if (file < 0 || ::pwrite(file, page.data(), page.size(), 0) != 4096 || ::fsync(file) != 0) {
    std::perror(path.c_str());
    std::exit(2);
  }
  std::uint64_t syncs = 0;
  const auto start = Clock::now();
  for (; seconds_since(start) < seconds; ++syncs) {
    page[syncs % page.size()] = static_cast<char>('a' + syncs % 26);
    if (::pwrite(file, page.data(), page.size(), 0) != 4096 || ::fdatasync(file) != 0) std::abort();
  }
  const double rate = static_cast<double>(syncs) / seconds_since(start);
  ::close(file);
  return rate;
}

struct Rates {
  double syncs = 0, commits = 0;
};

Rates commit_rate(const std::string& folder, unsigned threads, double seconds) {
  const double before = sync_rate(folder, seconds / 2);
  const std::string path = folder + "/graph.kith";
  std::atomic<std::uint64_t> commits{0};
  std::atomic<bool> stop{false};
  double spent = 0;
  {
    kith::Database database = kith::Database::open(path, {.threads = 1, .busy_timeout_ms = 60000});
    database.connect().execute("CREATE (:Row {id: -1})");
    std::vector<std::thread> workers;
    const auto start = Clock::now();
    for (unsigned worker = 0; worker < threads; ++worker)
      workers.emplace_back([&, worker] {
        kith::Connection connection = database.connect();
        auto create = connection.prepare("CREATE (:Row {id: $id})");
        for (std::int64_t id = worker; !stop; id += threads) {
          create.execute({{"id", id}});
          ++commits;
        }
      });
    std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
    stop = true;
    for (std::thread& worker : workers) worker.join();
    spent = seconds_since(start);
  }
  std::filesystem::remove(path);
  return {(before + sync_rate(folder, seconds / 2)) / 2, static_cast<double>(commits) / spent};
}

}  // namespace

int main(int argc, char** argv) {
  const Folder folder(argc > 1 ? argv[1] : ".");
  const double seconds = argc > 2 ? std::atof(argv[2]) : 3;
  std::printf("%8s %14s %14s %9s\n", "threads", "commits/s", "fdatasyncs/s", "share");
  for (const unsigned threads : {1u, 2u, 8u, 16u}) {
    const Rates rates = commit_rate(folder.path, threads, seconds);
    std::printf("%8u %14.0f %14.0f %8.0f%%\n", threads, rates.commits, rates.syncs,
                100 * rates.commits / rates.syncs);
  }
  return 0;
}
