// tests/unit/api/import_test.cpp: import_csv() from a program, and what it is made of.
#include "kith/import.hpp"

#include <catch2/catch.hpp>

#include <array>
#include <deque>
#include <filesystem>
#include <fstream>
#include <map>
#include <random>

#include "api/import/external_ids.hpp"
#include "api/import/path_pattern.hpp"
#include "kith/kith.hpp"

namespace kith::import {

TEST_CASE("names in natural order: digits count as numbers") {
  const std::vector<std::string> sorted = {"a1", "a2", "a02b", "a10", "a10b", "ab", "b"};
  for (std::size_t i = 0; i < sorted.size(); ++i)
    for (std::size_t j = 0; j < sorted.size(); ++j) {
      INFO(sorted[i] << " " << sorted[j]);
      CHECK(in_natural_order(sorted[i], sorted[j]) == (i < j));
    }
}

namespace {

// Ids in the order of their nodes, as files of relationships have them: with repeats, gaps, jumps
// back, and some that are not there.
template <class IdOf>
void check_in_order(std::mt19937_64& random, const ExternalIds& ids,
                    const std::map<std::uint64_t, std::uint64_t>& model, IdOf&& id_of) {
  std::vector<std::uint64_t> values(model.size());
  for (const auto& [value, node] : model) values[node] = value;
  std::vector<ExternalId> wanted;
  std::vector<std::uint64_t> expected;
  for (std::size_t at = 0; at < values.size(); at += random() % 3) {
    if (random() % 100 == 0) at = random() % values.size();
    if (random() % 300 == 0) at += random() % 40;
    if (at >= values.size() || wanted.size() > 4 * values.size()) break;
    const bool there = random() % 50 != 0;
    wanted.push_back(id_of(there ? values[at] : 100'000 + random() % 1000));
    expected.push_back(there ? at : ExternalIds::kNone);
  }
  std::vector<std::uint64_t> found(wanted.size());
  ids.find(wanted, found);
  CHECK((found == expected));
}

}  // namespace

TEST_CASE("external ids: every id is found, and only once new") {
  const unsigned seed = std::random_device{}();
  INFO("seed " << seed);
  std::mt19937_64 random(seed);
  // Integers; text of which a part is numbers, or is not quite written as one.
  for (const bool integers : {false, true}) {
    const auto id_of = [&](std::uint64_t value, const std::string& text) {
      return integers ? ExternalId::of_integer(static_cast<std::int64_t>(value), text)
                      : ExternalId::of_text(text);
    };
    const auto text_of = [](std::uint64_t value) {
      const std::string digits = std::to_string(value / 4);
      constexpr std::array<std::string_view, 4> kBefore = {"", "0", "person-", "+"};
      return std::string(kBefore[value % 4]) + digits;
    };
    ExternalIds ids;
    std::map<std::uint64_t, std::uint64_t> model;
    std::deque<std::string> texts;
    for (std::uint64_t batch = 0; batch < 50; ++batch) {
      ids.reserve({400, integers ? 0u : 400u});
      for (std::uint64_t i = 0; i < 400; ++i) {
        const std::uint64_t value = random() % 8000;
        texts.push_back(text_of(value));
        std::uint64_t* const place = ids.add(id_of(value, texts.back()));
        const auto [at, is_new] = model.try_emplace(value, model.size());
        REQUIRE((place != nullptr) == is_new);
        if (place == nullptr) continue;
        *place = at->second;
        ids.entered(id_of(value, texts.back()), at->second);
      }
      if (random() % 40 == 0) ids.forget_order();
      for (std::uint64_t value = 0; value < 8000; value += 7) {
        const std::string text = text_of(value);
        const ExternalId id = id_of(value, text);
        std::uint64_t found = 0;
        ids.find({&id, 1}, {&found, 1});
        CHECK(found == (model.contains(value) ? model.at(value) : ExternalIds::kNone));
      }
    }
    CHECK(ids.size() == model.size());
    check_in_order(random, ids, model, [&](std::uint64_t value) {
      texts.push_back(text_of(value));
      return id_of(value, texts.back());
    });
    std::uint64_t last = 0, count = 0;
    ids.drain([&](std::uint64_t hash, std::uint64_t node, std::string_view) {
      CHECK((count == 0 || hash > last));
      CHECK(node < model.size());
      last = hash;
      ++count;
    });
    CHECK(count == model.size());
    CHECK(ids.size() == 0);
  }
}

TEST_CASE("the same files give the same database, whatever the number of threads") {
  namespace fs = std::filesystem;
  const fs::path folder =
      fs::temp_directory_path() / ("kith-import-" + std::to_string(std::random_device{}()));
  fs::create_directories(folder);
  {
    std::ofstream nodes(folder / "n.csv"), relationships(folder / "r.csv");
    nodes << "id:ID,name,:LABEL\n";
    relationships << ":START_ID,:TYPE,:END_ID,w:int\n";
    for (int i = 0; i < 30000; ++i) {
      nodes << i << ",\"name of " << i << "\"," << (i % 7 == 0 ? "A;B" : "C") << "\n";
      relationships << i << (i % 3 == 0 ? ",R," : ",S,") << i * 31 % 30000 << "," << i << "\n";
    }
  }
  std::vector<std::string> answers;
  for (const std::uint32_t threads : {1, 2, 3}) {
    ImportOptions options;
    options.nodes = {{{}, {(folder / "n.csv").string()}}};
    options.relationships = {{{}, {(folder / "r.csv").string()}}};
    options.threads = threads;
    options.memory_limit = 16 << 20;  // blocks of 64 KiB
    double last = 0;
    options.progress = [&](const ImportProgress& progress) {
      CHECK(progress.fraction >= last);
      last = progress.fraction;
    };
    const auto path = (folder / ("g" + std::to_string(threads))).string();
    const auto report = import_csv(path, options);
    CHECK(report.nodes == 30000);
    CHECK(report.relationships == 30000);
    CHECK(last == 1.0);
    Database database = Database::open(path);
    Connection connection = database.connect();
    std::string answer;
    Result result = connection.execute(
        "MATCH (a)-[r]->(b) RETURN sum(id(a) * 7 + id(b) * 3), sum(id(r) * r.w), "
        "count(DISTINCT a.name), sum(size(labels(a)))");
    for (const Row& row : result)
      for (std::size_t i = 0; i < 4; ++i) answer += std::to_string(row[i].as_int()) + " ";
    answers.push_back(answer);
  }
  CHECK(answers[0] == answers[1]);
  CHECK(answers[0] == answers[2]);
  fs::remove_all(folder);
}

}  // namespace kith::import
