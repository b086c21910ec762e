// tests/unit/core/csv_test.cpp: rows, quotes and places of CSV text.
#include "core/csv.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <random>

#include "core/environment.hpp"
#include "kith/error.hpp"

namespace kith {
namespace {

std::unique_ptr<File> file_of(const Environment& environment, std::string_view text) {
  auto file = environment.files->open("test.csv", OpenMode::CreateNew);
  file->write(0, std::as_bytes(std::span(text)));
  return file;
}

std::vector<std::vector<std::string>> rows_of(std::string_view text, CsvOptions options = {}) {
  const auto environment = memory_environment();
  CsvReader reader(file_of(environment, text), "test.csv", options);
  std::vector<std::vector<std::string>> rows;
  while (const auto* fields = reader.next()) {
    auto& row = rows.emplace_back();
    for (const auto& field : *fields) row.emplace_back(field.text);
  }
  return rows;
}

std::string failure_of(std::string_view text, CsvOptions options = {}) {
  try {
    rows_of(text, options);
  } catch (const ImportError& e) {
    return e.what();
  }
  return "no error";
}

using Rows = std::vector<std::vector<std::string>>;

TEST_CASE("rows end at LF, CRLF and the end of the file; empty lines are no rows") {
  CHECK(rows_of("a,b\r\n1,2\n\n3,4") == Rows{{"a", "b"}, {"1", "2"}, {"3", "4"}});
  CHECK(rows_of("").empty());
  CHECK(rows_of("\xEF\xBB\xBF"
                "a\n") == Rows{{"a"}});
  CHECK(rows_of("a,\n,b\n") == Rows{{"a", ""}, {"", "b"}});
}

TEST_CASE("quoted fields hold delimiters and doubled quotes") {
  CHECK(rows_of("\"a,b\",\"say \"\"hi\"\"\",c\"d\n") == Rows{{"a,b", "say \"hi\"", "c\"d"}});
  CHECK(rows_of("\"\"\n\"\",\"\"\n") == Rows{{""}, {"", ""}});
}

TEST_CASE("a backslash inside quotes makes a quote or a backslash plain, where that is asked for") {
  const CsvOptions escapes{.multiline_fields = true, .backslash_escapes = true};
  CHECK(rows_of("\"a\\\"b\",\"c\\\\\",\"C:\\new\",d\\e\n", escapes) ==
        Rows{{"a\"b", "c\\", "C:\\new", "d\\e"}});
  CHECK(rows_of("\"a\\\"\nb\",\"c\"\"d\"\ne\n", escapes) == Rows{{"a\"\nb", "c\"d"}, {"e"}});
  CHECK(rows_of("\"a\\\",b\n") == Rows{{"a\\", "b"}});
  CHECK(failure_of("\"a\\\"\n", escapes).starts_with("test.csv:1:1: this quote is not closed"));
}

TEST_CASE("a field spans lines only where that is allowed") {
  CHECK(rows_of("\"a\nb\",c\nd,e\n", {.multiline_fields = true}) ==
        Rows{{"a\nb", "c"}, {"d", "e"}});
  CHECK(failure_of("x\n\"a\nb\",c\n").starts_with("test.csv:2:1: this quote is not closed"));
  CHECK(failure_of("x\n\"a", {.multiline_fields = true})
            .starts_with("test.csv:2:1: this quote is not closed"));
}

TEST_CASE("damage is named with its place") {
  CHECK(failure_of("a,\"b\"c\n") == "test.csv:1:6: text behind the closing quote of a field");
  CHECK(failure_of("a\nb,\xFF\n") == "test.csv:2:3: bytes that are not UTF-8");
}

TEST_CASE("rows longer than the read buffer come whole") {
  const std::string longest(3'000'000, 'x');
  const auto rows = rows_of("a," + longest + "\nb,c\n");
  REQUIRE(rows.size() == 2);
  CHECK(rows[0][1] == longest);
  CHECK(rows[1] == std::vector<std::string>{"b", "c"});
}

// The rows of a file that is cut into blocks of so many bytes.
Rows rows_in_blocks(std::string_view text, const CsvOptions& options, std::size_t block_bytes) {
  const auto environment = memory_environment();
  CsvBlocks blocks(file_of(environment, text), "test.csv", options, block_bytes);
  TextBuffer block;
  Rows rows;
  std::uint64_t lines = 0;
  while (blocks.next(block)) {
    CHECK(block.view().size() > 0);
    CsvRows in(block.text(), options);
    while (const auto* fields = in.next()) {
      auto& row = rows.emplace_back();
      for (const auto& field : *fields) row.emplace_back(field.text);
    }
    lines += in.lines();
  }
  const auto ends = static_cast<std::uint64_t>(std::count(text.begin(), text.end(), '\n'));
  CHECK(lines == ends + (text.empty() || text.ends_with('\n') ? 0 : 1));
  return rows;
}

class RandomCsv {
 public:
  explicit RandomCsv(unsigned seed) : random_(seed) {
    options.multiline_fields = below(3) > 0;
    options.backslash_escapes = below(3) == 0;
    if (below(4) == 0) options.delimiter = CsvMark(U'\u20ac');
    for (unsigned row = 0, count = below(30); row < count; ++row) add_row();
  }

  CsvOptions options;
  std::string text;
  Rows rows;

 private:
  unsigned below(unsigned n) { return static_cast<unsigned>(random_() % n); }

  void add_row() {
    rows.emplace_back();
    const unsigned columns = 1 + below(4);
    for (unsigned column = 0; column < columns; ++column) {
      if (column > 0) text += options.delimiter.text();
      add_field(columns > 1);
    }
    text += below(3) == 0 ? "\r\n" : "\n";
    if (below(10) == 0) text += "\n";
  }
  void add_field(bool may_be_plain) {
    std::string value;
    const unsigned size = below(8) == 0 ? below(150) : below(12);
    for (unsigned i = 0; i < size; ++i) value += "ab\",;\n\\'\r x"[below(12)];
    if (!options.multiline_fields) std::replace(value.begin(), value.end(), '\n', 'n');
    rows.back().push_back(value);
    const bool plain = may_be_plain && below(2) == 0 && !value.starts_with('"') &&
                       value.find_first_of(",\n\r") == std::string::npos;
    plain ? void(text += value) : add_quoted(value);
  }
  void add_quoted(const std::string& value) {
    text += '"';
    for (const char c : value) {
      if (c == '"') text += options.backslash_escapes && below(2) == 0 ? '\\' : '"';
      if (c == '\\' && options.backslash_escapes) text += '\\';
      text += c;
    }
    text += '"';
  }

  std::mt19937 random_;
};

TEST_CASE("blocks are cut between rows, wherever quotes and line ends lie: random text") {
  const unsigned seed = std::random_device{}();
  for (unsigned round = 0; round < 300; ++round) {
    INFO("seed " << seed << " + " << round);
    const RandomCsv csv(seed + round);
    INFO(csv.text);
    for (const std::size_t block : {1, 2, 3, 5, 8, 13, 100, 100000})
      REQUIRE(rows_in_blocks(csv.text, csv.options, block) == csv.rows);
  }
}

TEST_CASE("line ends are counted in text of any length") {
  std::string text;
  for (std::uint64_t i = 0; i < 5000; ++i) {
    CHECK(count_line_ends(text) ==
          static_cast<std::uint64_t>(std::count(text.begin(), text.end(), '\n')));
    text += i % 3 == 0 ? '\n' : static_cast<char>('\n' + (i % 2 == 0 ? 1 : -128));
  }
}

TEST_CASE(
    "quotes inside an unquoted field are text; a backslash escapes only where it is asked to") {
  CHECK(rows_of("a\"b,c\"\n") == Rows{{"a\"b", "c\""}});
  CHECK(rows_of("\"a\\\",b\n") == Rows{{"a\\", "b"}});
  CHECK(rows_of("\"a\\\",b\"\n", {.backslash_escapes = true}) == Rows{{"a\",b"}});
}

TEST_CASE("a row that is longer than it may be is an error and not a full memory") {
  CHECK(failure_of("a,\"" + std::string(2'000'000, 'x') + "\n",
                   {.multiline_fields = true, .longest_row = 100'000})
            .find("longer than 100000 bytes") != std::string::npos);
}

}  // namespace
}  // namespace kith
