// tests/bench/write_amplification.cpp: how many bytes are written for a byte that changes.
//
// bench_write_amplification DIRECTORY [NODES]: makes a graph of NODES nodes with four properties in
// a new file in DIRECTORY, then runs each case on it: scattered property SETs, one commit each or
// many together, brought into the file by a close (which carries), by checkpoint() (which merges
// all), or by the log's limit. Prints bytes of the logs and of the data file for each.
#include <fmt/format.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <optional>
#include <random>
#include <string>

#include "kith/error.hpp"
#include "storage/store.hpp"
#include "storage/writer.hpp"

namespace kith::storage {
namespace {

struct Written {
  std::atomic<std::uint64_t> data{0}, logs{0}, syncs{0};
};

class CountingFile final : public File {
 public:
  CountingFile(std::unique_ptr<File> file, bool log, Written& written)
      : file_(std::move(file)), log_(log), written_(written) {}
  void read(std::uint64_t offset, std::span<std::byte> buffer) override {
    file_->read(offset, buffer);
  }
  void write(std::uint64_t offset, std::span<const std::byte> bytes) override {
    (log_ ? written_.logs : written_.data) += bytes.size();
    file_->write(offset, bytes);
  }
  void sync() override {
    ++written_.syncs;
    file_->sync();
  }
  std::uint64_t size() override { return file_->size(); }
  void truncate(std::uint64_t bytes) override { file_->truncate(bytes); }
  bool try_lock(std::uint64_t offset, std::uint64_t bytes, bool exclusive) override {
    return file_->try_lock(offset, bytes, exclusive);
  }
  void unlock(std::uint64_t offset, std::uint64_t bytes) override { file_->unlock(offset, bytes); }
  std::optional<std::uint64_t> first_lock(std::uint64_t offset, std::uint64_t bytes,
                                          bool exclusive) override {
    return file_->first_lock(offset, bytes, exclusive);
  }

 private:
  std::unique_ptr<File> file_;
  bool log_;
  Written& written_;
};

class CountingFiles final : public FileSystem {
 public:
  explicit CountingFiles(std::shared_ptr<FileSystem> files) : files_(std::move(files)) {}
  std::unique_ptr<File> open(const std::string& path, OpenMode mode) override {
    const bool log = path.find("-wal.") != std::string::npos;
    return std::make_unique<CountingFile>(files_->open(path, mode), log, written);
  }
  bool exists(const std::string& path) override { return files_->exists(path); }
  void remove(const std::string& path) override { files_->remove(path); }
  void rename_no_replace(const std::string& from, const std::string& to) override {
    files_->rename_no_replace(from, to);
  }
  void rename_over(const std::string& from, const std::string& to) override {
    files_->rename_over(from, to);
  }
  void sync_directory(const std::string& directory) override { files_->sync_directory(directory); }
  std::vector<std::string> list(const std::string& directory) override {
    return files_->list(directory);
  }

  Written written;

 private:
  std::shared_ptr<FileSystem> files_;  // shared: as in Environment
};

template <class Work>
void write(Store& store, Work&& work) {
  const auto tx = store.begin();
  tx->begin_statement();
  work(*tx);
  tx->end_statement();
  tx->commit();
}

class Bench {
 public:
  Bench(const std::string& path, std::uint64_t nodes) : path_(path), nodes_(nodes) {
    options_.environment = posix_environment();
    files_ = std::make_shared<CountingFiles>(options_.environment.files);
    options_.environment.files = files_;
    options_.sync = false;  // bytes are counted, not time
  }

  void load() {
    const auto store = Store::open(path_, options_);
    std::mt19937_64 random(1);
    for (std::uint64_t done = 0; done < nodes_;)
      write(*store, [&](Transaction& tx) {
        const LabelId label = tx.intern_label("Person");
        const KeyId id = tx.intern_key("id"), name = tx.intern_key("name");
        const KeyId age = tx.intern_key("age"), score = tx.intern_key("score");
        for (int i = 0; i < 20000 && done < nodes_; ++i, ++done) {
          const std::string text = fmt::format("Person number {}", random() % 1000000);
          const Property properties[] = {
              {id, Cell::of(static_cast<std::int64_t>(done))},
              {name, Cell::of(std::string_view(text))},
              {age, Cell::of(static_cast<std::int64_t>(random() % 90))},
              {score, Cell::of(static_cast<double>(random() % 1000000) / 7)}};
          tx.create_node(std::span(&label, 1), properties);
        }
      });
    store->checkpoint();
    store->close();
    fmt::print("{} nodes in {} segments\n", nodes_, (nodes_ + kSegmentSlots - 1) / kSegmentSlots);
  }

  enum class End { Close, Checkpoint };
  // `sets` SETs of an integer, `each` in a commit; every one in another segment if `spread`.
  void run(std::string_view name, std::uint64_t sets, std::uint64_t each, bool spread, End end) {
    auto store = Store::open(path_, options_);
    reset();
    const auto begin = std::chrono::steady_clock::now();
    for (std::uint64_t done = 0; done < sets;)
      write(*store, [&](Transaction& tx) {
        const KeyId age = tx.intern_key("age");
        for (std::uint64_t i = 0; i < each && done < sets; ++i, ++done) {
          const std::uint64_t node = spread ? done * kSegmentSlots % nodes_ : random_() % nodes_;
          tx.set_property(NodeId{node}, age, Cell::of(static_cast<std::int64_t>(random_() % 90)));
        }
      });
    end == End::Close ? store->close() : store->checkpoint();
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
    const std::uint64_t data = files_->written.data, logs = files_->written.logs;
    fmt::print(
        "{:44} {:7} sets  logs {:6.0f} B/set  data {:8.0f} B/set  x{:.0f} of 8 B  {:.2f} s\n", name,
        sets, per(logs, sets), per(data, sets), per(data + logs, sets * 8), took.count());
    if (end == End::Checkpoint) store->close();
    reset();
    const auto before = std::chrono::steady_clock::now();
    store = Store::open(path_, options_);
    const std::chrono::duration<double> opening = std::chrono::steady_clock::now() - before;
    store->close();
    fmt::print("{:44} opened in {:.1f} ms\n", "", opening.count() * 1000);
  }

 private:
  static double per(std::uint64_t bytes, std::uint64_t of) {
    return static_cast<double>(bytes) / static_cast<double>(of);
  }
  void reset() {
    files_->written.data = 0;
    files_->written.logs = 0;
  }

  std::string path_;
  std::uint64_t nodes_;
  StoreOptions options_;
  std::shared_ptr<CountingFiles> files_;  // shared: with the environment
  std::mt19937_64 random_{2};
};

void run(const std::string& directory, std::uint64_t nodes) {
  Bench bench(directory + "/write_amplification.kith", nodes);
  bench.load();
  using End = Bench::End;
  const std::uint64_t segments = (nodes + kSegmentSlots - 1) / kSegmentSlots;
  bench.run("10,000 random, 1 a commit, close", 10000, 1, false, End::Close);
  bench.run("10,000 random, 100 a commit, close", 10000, 100, false, End::Close);
  bench.run("10,000 random, all in one, close", 10000, 10000, false, End::Close);
  bench.run("10,000 random, all in one, checkpoint", 10000, 10000, false, End::Checkpoint);
  bench.run("one in each segment, close", segments, segments, true, End::Close);
  bench.run("one in each segment, checkpoint", segments, segments, true, End::Checkpoint);
  bench.run("200,000 random, 1,000 a commit, close", 200000, 1000, false, End::Close);
}

}  // namespace
}  // namespace kith::storage

int main(int count, char** arguments) {
  if (count < 2) {
    fmt::print("usage: bench_write_amplification DIRECTORY [NODES]\n");
    return 2;
  }
  try {
    kith::storage::run(arguments[1],
                       count > 2 ? std::strtoull(arguments[2], nullptr, 10) : 2000000);
  } catch (const kith::Error& error) {
    fmt::print("{}\n", error.what());
    return 1;
  }
  return 0;
}
