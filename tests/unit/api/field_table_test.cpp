// tests/unit/api/field_table_test.cpp: fields found all at once are those found one by one.
#include "api/import/field_table.hpp"

#include <catch2/catch.hpp>

#include <random>
#include <string>

namespace kith::import {
namespace {

struct Field {
  std::string text;
  bool quoted = false;
  std::uint32_t column = 0;
  friend bool operator==(const Field&, const Field&) = default;
};

// What a block says, and where it stops.
struct Content {
  std::vector<std::vector<Field>> rows;
  std::vector<std::uint64_t> lines;
  std::uint64_t line_count = 0;
  std::string fault;

  void add(CsvRow row, std::uint64_t line) {
    auto& fields = rows.emplace_back();
    for (const CsvField& field : row)
      fields.push_back({std::string(field.text), field.quoted, field.column});
    lines.push_back(line);
  }
  void stop(const CsvFault& found, std::uint64_t line) {
    fault = std::to_string(found.line == 0 ? line : found.line) + ":" +
            std::to_string(found.column) + " " + found.detail;
  }
  friend bool operator==(const Content&, const Content&) = default;
};

// Row by row, as CsvRows gives them.
Content one_by_one(std::string block, const CsvOptions& options, std::size_t width, bool ignores) {
  Content content;
  CsvRows in(block, options);
  try {
    while (const CsvRow* row = in.next()) {
      if (row->size() < width) throw CsvFault{"BadRow", "", 0, row->back().column};
      if (row->size() > width && !ignores) throw CsvFault{"BadRow", "", 0, (*row)[width].column};
      content.add(row->first(width), in.line());
    }
  } catch (const CsvFault& fault) {
    content.stop(fault, in.line());
  }
  content.line_count = in.lines();
  return content;
}

Content as_table(std::string block, const CsvOptions& options, std::size_t width, bool ignores,
                 FieldTable& table) {
  table.read(block, options, width, ignores);
  Content content;
  std::vector<CsvField> row(width);
  for (std::uint32_t i = 0; i < table.rows(); ++i) {
    for (std::size_t column = 0; column < width; ++column) {
      row[column] = table.field(i, column);
      CHECK(table.text(i, column) == row[column].text);
    }
    content.add(row, table.line(i));
  }
  if (table.fault()) content.stop(*table.fault(), 0);
  content.line_count = table.lines();
  return content;
}

class RandomBlock {
 public:
  explicit RandomBlock(unsigned seed) : random_(seed) {
    options.multiline_fields = below(4) == 0;
    options.backslash_escapes = below(8) == 0;
    if (below(8) == 0) options.delimiter = CsvMark(U'\u20ac');
    width = 1 + below(4);
    quotes_ = below(3);
    oddities_ = below(3) == 0 ? 20 : 0;
    const bool crlf = below(4) == 0;
    for (unsigned row = 0, count = below(60); row < count; ++row) {
      const std::size_t fields = odd() ? 1 + below(5) : width;
      for (std::size_t i = 0; i < fields; ++i) {
        if (i > 0) text += options.delimiter.text();
        add_field();
      }
      if (row + 1 < count || below(2) == 0) text += crlf ? "\r\n" : "\n";
      if (odd()) text += crlf ? "\r\n" : "\n";
    }
  }

  CsvOptions options;
  std::size_t width = 1;
  std::string text;

 private:
  unsigned below(unsigned limit) { return static_cast<unsigned>(random_() % limit); }
  bool odd() { return oddities_ > 0 && below(oddities_) == 0; }
  void add_field() {
    const bool quoted = quotes_ > 0 && below(2) == 0;
    if (quoted) text += '"';
    for (unsigned i = 0, count = below(12); i < count; ++i) {
      const unsigned kind = below(12);
      if (quoted && kind == 0) {
        text += options.delimiter.text();
      } else if (quoted && kind == 1 && quotes_ > 1) {
        text += "\"\"";
      } else if (odd()) {
        constexpr std::string_view kOdd[] = {"\"", "\n", "\r", "\\", "\xff", "\\\"", "\"\""};
        text += kOdd[below(std::size(kOdd))];
      } else {
        text += kind == 2 ? std::string("\u00e9") : std::string(1, static_cast<char>('0' + kind));
      }
    }
    if (quoted) text += '"';
  }

  std::mt19937 random_;
  unsigned quotes_ = 0;    // 0: none, 1: around fields, 2: doubled, too
  unsigned oddities_ = 0;  // one of so many is not as it should be
};

}  // namespace

TEST_CASE("the fields of a block are those that are found row by row") {
  const unsigned seed = std::random_device{}();
  INFO("seed " << seed);
  FieldTable table;
  std::size_t rows = 0, faults = 0, quoted = 0;
  for (unsigned i = 0; i < 4000; ++i) {
    const RandomBlock block(seed + i);
    INFO("block " << i << " of width " << block.width << ":\n" << block.text);
    const bool ignores = i % 5 == 0;
    const Content wanted = one_by_one(block.text, block.options, block.width, ignores);
    const Content found = as_table(block.text, block.options, block.width, ignores, table);
    REQUIRE(found.rows == wanted.rows);
    REQUIRE(found.lines == wanted.lines);
    REQUIRE(found.line_count == wanted.line_count);
    REQUIRE(found.fault == wanted.fault);
    rows += wanted.rows.size();
    faults += wanted.fault.empty() ? 0 : 1;
    for (const auto& row : wanted.rows) quoted += row.front().quoted ? 1 : 0;
  }
  CHECK(rows > 10'000);
  CHECK(faults > 100);
  CHECK(quoted > 1000);
}

TEST_CASE("a row that is left out takes its line with it") {
  std::string block = "a,b\n1,\"2,\"\"3\"\n4,5";
  FieldTable table;
  table.read(block, {}, 2, false);
  table.drop_first_row();
  REQUIRE(table.rows() == 2);
  CHECK(table.text(0, 1) == "2,\"3");
  CHECK(table.field(0, 1).column == 3);
  CHECK(table.line(1) == 3);
  CHECK(table.text(1, 1) == "5");
  CHECK(table.lines() == 3);
}

}  // namespace kith::import
