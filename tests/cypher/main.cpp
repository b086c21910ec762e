// tests/cypher/main.cpp: runs transcripts in one mode; KITH_UPDATE=1 rewrites the answers.
//
//   transcripts FOLDER [--threads N] [--batch N] [--no-optimiser] [--fold] [--no-fold] [--reopen]
//   [--memory BYTES] [--spill BYTES] [--no-plan-cache] [--decoys] [--only TEXT] [--skip TEXT]
//
// LOAD CSV reads the files beneath FOLDER/load_csv/files.
//
// --decoys prepares (and, if it only reads, runs) each statement with other literals first, and
// runs what only reads twice.
// --reopen closes and opens the database (a file) between statements. Answers are the same in all
// modes.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <sstream>
#include <stdexcept>

#include "kith/kith.hpp"
#include "tests/cypher/decoy.hpp"
#include "tests/cypher/transcript.hpp"

namespace {

namespace fs = std::filesystem;
using kith::test::Block;
using kith::test::Transcript;

struct Options {
  std::string folder, only, skip, scratch;
  kith::DatabaseOptions database;
  bool reopen = false, update = false, decoys = false;
};

class Session {
 public:
  explicit Session(const Options& options) : options_(options) { reset(); }

  void reset() {
    close();
    if (options_.reopen)
      for (const auto& entry : fs::directory_iterator(options_.scratch)) fs::remove(entry.path());
    open();
    parameters_.clear();
  }

  std::vector<std::string> answer(const Block& block) {
    if (options_.reopen) {
      close();
      open();
    }
    if (options_.decoys) kith::test::run_decoy(*connection_, block.statement, parameters_);
    reads_ = false;
    auto lines = answer_once(block);
    return options_.decoys && reads_ ? answer_once(block) : lines;
  }

  std::vector<std::string> answer_once(const Block& block) {
    try {
      auto result = connection_->execute(block.statement, parameters_);
      reads_ = result.summary().type == kith::StatementType::Read;
      return to_lines(result, block.sorted);
    } catch (const kith::Error& e) {
      auto text = e.type() + " (" + std::string(e.phase_name()) + ") " + e.detail();
      if (e.line() != 0)
        text += " at " + std::to_string(e.line()) + ":" + std::to_string(e.column());
      return {text};
    }
  }

  void command(const std::string& line) {
    if (line == ":reset") return reset();
    if (!line.starts_with(":param ")) throw std::runtime_error("not understood: " + line);
    auto result = connection_->execute("RETURN " + line.substr(7) + " AS map");
    for (const auto& [key, value] : result.next()->values()[0].as_map()) parameters_[key] = value;
  }

 private:
  void open() {
    database_.emplace(kith::Database::open(
        options_.reopen ? options_.scratch + "/test.kith" : ":memory:", options_.database));
    connection_.emplace(database_->connect());
  }
  void close() {
    connection_.reset();
    if (database_) database_->close();
    database_.reset();
  }

  static std::string joined(const std::vector<kith::Value>& row) {
    std::ostringstream out;
    for (std::size_t i = 0; i < row.size(); ++i) out << (i > 0 ? " | " : "") << row[i];
    return out.str();
  }

  static std::vector<std::string> to_lines(kith::Result& result, bool sorted) {
    std::vector<std::string> lines;
    for (const auto& row : result.fetch_all()) lines.push_back(joined(row));
    if (sorted) std::sort(lines.begin(), lines.end());
    if (!result.columns().empty()) {
      std::string header;
      for (const auto& column : result.columns()) header += (header.empty() ? "" : " | ") + column;
      lines.insert(lines.begin(), header);
    }
    if (const auto changes = counters_line(result.summary().counters); !changes.empty())
      lines.push_back(changes);
    return lines;
  }

  static std::string counters_line(const kith::Counters& c) {
    const std::pair<const char*, std::uint64_t> all[] = {
        {"nodes_created", c.nodes_created},
        {"nodes_deleted", c.nodes_deleted},
        {"relationships_created", c.relationships_created},
        {"relationships_deleted", c.relationships_deleted},
        {"properties_set", c.properties_set},
        {"labels_added", c.labels_added},
        {"labels_removed", c.labels_removed},
        {"indexes_added", c.indexes_added},
        {"indexes_removed", c.indexes_removed},
        {"constraints_added", c.constraints_added},
        {"constraints_removed", c.constraints_removed}};
    std::string line;
    for (const auto& [name, count] : all)
      if (count > 0)
        line += (line.empty() ? "-- " : ", ") + std::string(name) + " " + std::to_string(count);
    return line;
  }

  const Options& options_;
  std::optional<kith::Database> database_;
  std::optional<kith::Connection> connection_;
  bool reads_ = false;  // the last statement, if it did not fail
  kith::Parameters parameters_;
};

struct Tally {
  int statements = 0, failed = 0, files = 0;
};

void report(const Transcript& transcript, const Block& block, const std::vector<std::string>& got) {
  std::printf("FAILED %s:%zu\n  %s;\n  expected:\n", transcript.path.c_str(), block.line,
              block.statement.c_str());
  for (const auto& line : block.answer) std::printf("    %s\n", line.c_str());
  std::printf("  got:\n");
  for (const auto& line : got) std::printf("    %s\n", line.c_str());
}

void run_block(Session& session, Transcript& transcript, Block& block, const Options& options,
               Tally& tally) {
  if (block.statement[0] == ':') return session.command(block.statement);
  ++tally.statements;
  const auto got = session.answer(block);
  if (block.has_answer && options.update) {
    block.answer = got;
    return;
  }
  const bool setup_failed =
      !block.has_answer && got.size() == 1 && got[0].find("Error (") != std::string::npos;
  if (setup_failed || (block.has_answer && got != block.answer)) {
    ++tally.failed;
    report(transcript, block, got);
  }
}

int run(Options& options) {
  if (options.reopen) {
    std::string scratch = (fs::temp_directory_path() / "kith-transcripts-XXXXXX").string();
    if (mkdtemp(scratch.data()) == nullptr)
      throw std::runtime_error("cannot make a temporary folder");
    options.scratch = scratch;
  }
  std::vector<std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(options.folder))
    if (entry.path().extension() == ".test") files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  Tally tally;
  for (const auto& file : files) {
    if (!options.only.empty() && file.find(options.only) == std::string::npos) continue;
    if (!options.skip.empty() && file.find(options.skip) != std::string::npos) continue;
    ++tally.files;
    auto transcript = kith::test::read_transcript(file);
    Session session(options);
    for (auto& block : transcript.blocks) run_block(session, transcript, block, options, tally);
    if (options.update) kith::test::write_transcript(transcript);
  }
  if (options.reopen) fs::remove_all(options.scratch);
  std::printf("%d statements in %d files, %d failed\n", tally.statements, tally.files,
              tally.failed);
  return tally.failed == 0 && tally.statements > 0 ? 0 : 1;
}

Options read_options(int argc, char** argv) {
  if (argc < 2) throw std::runtime_error("usage: transcripts FOLDER [options]");
  Options options;
  options.folder = argv[1];
  options.database.import_directory = options.folder + "/load_csv/files";
  options.update = std::getenv("KITH_UPDATE") != nullptr;
  for (int i = 2; i < argc; ++i) {
    const std::string arg = argv[i];
    const auto value = [&] { return std::string(i + 1 < argc ? argv[++i] : "0"); };
    if (arg == "--threads")
      options.database.threads = static_cast<std::uint32_t>(std::stoul(value()));
    else if (arg == "--batch")
      options.database.batch_rows = static_cast<std::uint32_t>(std::stoul(value()));
    else if (arg == "--memory")
      options.database.memory_limit = std::stoull(value());
    else if (arg == "--spill")
      options.database.spill_bytes = std::stoull(value());
    else if (arg == "--no-optimiser")
      options.database.optimise = false;
    else if (arg == "--no-plan-cache")
      options.database.plan_cache = false;
    else if (arg == "--decoys")
      options.decoys = true;
    else if (arg == "--fold")
      options.database.folding = kith::Folding::always;
    else if (arg == "--no-fold")
      options.database.folding = kith::Folding::never;
    else if (arg == "--reopen")
      options.reopen = true;
    else if (arg == "--only")
      options.only = value();
    else if (arg == "--skip")
      options.skip = value();
    else
      throw std::runtime_error("transcripts: unknown option " + arg);
  }
  return options;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    auto options = read_options(argc, argv);
    return run(options);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "%s\n", e.what());
    return 2;
  }
}
