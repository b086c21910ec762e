// tests/unit/core/csv_test.cpp: rows, quotes and places of CSV text.
#include "core/csv.hpp"

#include <catch2/catch.hpp>

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

}  // namespace
}  // namespace kith
