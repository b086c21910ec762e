// tests/unit/core/vector_test.cpp: vectors, columns and the picking of rows.
#include "core/vector.hpp"

#include <catch2/catch.hpp>

#include "core/compare.hpp"
#include "tests/unit/core/random_cells.hpp"

using namespace kith;

namespace {

constexpr std::pair<VectorType, Kind> kTyped[] = {
    {VectorType::Boolean, Kind::Boolean}, {VectorType::Integer, Kind::Integer},
    {VectorType::Float, Kind::Float},     {VectorType::String, Kind::String},
    {VectorType::Node, Kind::Node},       {VectorType::Relationship, Kind::Relationship}};

Vector integers(std::initializer_list<std::int64_t> values) {
  Vector vector;
  vector.reset(VectorType::Integer, static_cast<std::uint32_t>(values.size()));
  std::copy(values.begin(), values.end(), vector.data<std::int64_t>());
  return vector;
}

std::vector<std::int64_t> read(const Batch& batch, Slot slot) {
  std::vector<std::int64_t> out;
  for (std::uint32_t row = 0; row < batch.rows; ++row) {
    out.push_back(batch[slot].cell(row).integer);
  }
  return out;
}

}  // namespace

TEST_CASE("a vector gives back the cells it was given, nulls included") {
  const std::uint64_t seed = test::fresh_seed();
  CAPTURE(seed);
  Arena arena;
  test::RandomCells random(seed, arena);
  Vector vector;
  for (int round = 0; round < 60; ++round) {
    const auto& [type, kind] = kTyped[random.below(std::size(kTyped))];
    const bool any = random.below(3) == 0;
    const auto rows = static_cast<std::uint32_t>(random.below(100));
    vector.reset(any ? VectorType::Any : type, rows);
    CHECK_FALSE(vector.may_have_nulls());
    std::vector<Cell> given(rows);
    for (std::uint32_t row = 0; row < rows; ++row) {
      const bool null = random.below(5) == 0;
      given[row] = null ? Cell::null() : any ? random.any() : random.of_kind(kind);
      vector.set(row, given[row]);
    }
    for (std::uint32_t row = 0; row < rows; ++row) {
      CHECK(vector.valid(row) == !given[row].is_null());
      CHECK(vector.cell(row).kind == given[row].kind);
      CHECK(equivalent(vector.cell(row), given[row]));
    }
  }
}

TEST_CASE("a value set over a null is valid again, and reset forgets nulls") {
  Vector vector;
  vector.reset(VectorType::Integer, 3);
  vector.set_null(1);
  CHECK_FALSE(vector.valid(1));
  CHECK(vector.valid(2));
  vector.set(1, Cell::of(std::int64_t{5}));
  CHECK(vector.valid(1));
  vector.set_null(2);
  vector.reset(VectorType::Integer, 3);
  CHECK(vector.valid(2));
}

TEST_CASE("cells of a fresh vector are never wild") {
  Vector vector;
  vector.reset(VectorType::Integer, 64);
  std::fill_n(vector.data<std::uint64_t>(), 64, ~std::uint64_t{0});
  vector.reset(VectorType::Any, 4);
  CHECK(vector.cell(3).is_null());
  vector.reset(VectorType::String, 4);
  CHECK(vector.cell(3).string().empty());
}

TEST_CASE("picked rows are those of flat, constant and indexed columns alike") {
  const Vector values = integers({10, 11, 12, 13}), one = integers({7});
  const std::uint32_t index[] = {3, 3, 0, 1};
  Batch batch(5);
  batch.rows = 4;
  batch.sequence = 9;
  batch.set(0, values);
  batch.set_constant(1, one);
  batch.columns[2] = {&values, index, false};
  batch.columns[3] = {&values, index, false};

  const std::uint32_t picked[] = {2, 0, 0};
  const Slot live[] = {0, 1, 2, 3};
  Batch out;
  RowPicker picker;
  picker.pick(batch, picked, live, out);
  CHECK(out.rows == 3);
  CHECK(out.sequence == 9);
  CHECK(read(out, 0) == std::vector<std::int64_t>{12, 10, 10});
  CHECK(read(out, 1) == std::vector<std::int64_t>{7, 7, 7});
  CHECK(read(out, 2) == std::vector<std::int64_t>{10, 13, 13});
  CHECK(out.columns[2].index == out.columns[3].index);  // composed once
  CHECK_FALSE(out.columns[4].is_set());

  SECTION("slots that are not live are unset") {
    const Slot only[] = {2};
    picker.pick(batch, picked, only, out);
    CHECK_FALSE(out.columns[0].is_set());
    CHECK(read(out, 2) == std::vector<std::int64_t>{10, 13, 13});
  }
  SECTION("picks compose through pickers") {
    const std::uint32_t again[] = {1};
    RowPicker second;
    Batch last;
    second.pick(out, again, live, last);
    CHECK(read(last, 0) == std::vector<std::int64_t>{10});
    CHECK(read(last, 2) == std::vector<std::int64_t>{13});
  }
}
