// tests/unit/storage/pack_test.cpp: packed payloads come back to the bit, and damaged ones are
// errors.
#include <bit>
#include <catch2/catch.hpp>
#include <cstring>
#include <limits>

#include "kith/error.hpp"
#include "storage/inspect.hpp"
#include "storage/pack/bits.hpp"
#include "storage/pack/section.hpp"
#include "tests/unit/storage/disk_fixture.hpp"

namespace kith::storage {

namespace {

using Bytes = std::vector<std::byte>;

template <class T>
Bytes bytes_of(const std::vector<T>& values) {
  Bytes bytes(values.size() * sizeof(T));
  if (!bytes.empty()) std::memcpy(bytes.data(), values.data(), bytes.size());
  return bytes;
}

std::span<const std::byte> span_of(const std::string& packed) {
  return std::as_bytes(std::span(packed.data(), packed.size()));
}

// What a payload of one section takes packed, without the headers; 0: it did not come back.
std::size_t packed_size(const Bytes& payload, SectionForm form, std::uint8_t width) {
  Sections sections;
  sections.end_at(payload.size(), form, width);
  const std::string packed = pack_payload(payload, sections);
  Bytes back(payload.size(), std::byte{0xcc});
  unpack_payload(span_of(packed), back);
  if (back != payload) return 0;
  return packed.size() - sizeof(PackHeader) - (payload.empty() ? 0 : sizeof(SectionHeader));
}

Bytes bit_stream(const std::vector<std::uint64_t>& values, std::uint32_t width) {
  Bytes bytes(packed_bytes(values.size(), width));
  pack(
      values.size(), width, [&](std::size_t i) { return values[i] & low_bits(width); },
      bytes.data());
  return bytes;
}

// Numbers of at most `bits` bits, as one kind of data or another has them.
std::vector<std::uint64_t> numbers(Random& random, std::size_t count, unsigned bits) {
  std::vector<std::uint64_t> values(count);
  const std::uint64_t mask = bits == 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << bits) - 1;
  const std::uint64_t shape = random.below(5), base = random.word() & mask;
  const std::uint64_t step = 1 + random.below(1000), odd = 2 + random.below(60);
  std::uint64_t run = 0;
  for (std::size_t i = 0; i < count; ++i) {
    if (shape == 0) values[i] = random.word();  // anything
    if (shape == 1) values[i] = base;           // all equal
    if (shape == 2) values[i] = random.one_in(odd) ? random.word() : random.below(8);
    if (shape == 3) values[i] = run = random.one_in(odd) ? 0 : run + random.below(step);
    if (shape == 4) values[i] = random.one_in(2) ? 0 : ~std::uint64_t{0};  // extremes
    values[i] &= mask;
  }
  return values;
}

std::string detail_of(std::span<const std::byte> packed, Bytes& payload) {
  try {
    unpack_payload(packed, payload);
  } catch (const StorageError& error) {
    return error.detail();
  }
  return "";
}

}  // namespace

TEST_CASE("Numbers of every width come back") {
  Random random;
  INFO(random.note());
  for (unsigned bits = 0; bits <= 64; ++bits) {
    for (const std::size_t count : {1u, 2u, 3u, 4u, 5u, 127u, 128u, 129u, 1000u}) {
      INFO(bits << " bits, " << count << " numbers");
      const auto values = numbers(random, count, bits);
      CHECK(packed_size(bytes_of(values), SectionForm::Words, 8) > 0);
      const std::vector<std::uint32_t> words(values.begin(), values.end());
      CHECK(packed_size(bytes_of(words), SectionForm::Words, 4) > 0);
      const std::vector<std::uint16_t> shorts(values.begin(), values.end());
      CHECK(packed_size(bytes_of(shorts), SectionForm::Words, 2) > 0);
      if (bits >= 1 && bits <= kMostPackedBits)
        CHECK(packed_size(bit_stream(values, bits), SectionForm::Bits,
                          static_cast<std::uint8_t>(bits)) > 0);
    }
  }
}

TEST_CASE("Numbers take the room they need") {
  std::vector<std::uint32_t> ascending, lists, equal(12'800, 77), few_long;
  for (std::uint32_t i = 0; i < 12'800; ++i) {
    ascending.push_back(1'000'000 + i * 5);
    lists.push_back(i % 32 == 0 ? 7 : lists.back() + 100 + i % 2);  // a step down now and then
    few_long.push_back(i % 50 == 0 ? 0xdeadbeef : i % 16);
  }
  const auto bits_each = [](const std::vector<std::uint32_t>& values) {
    return static_cast<double>(packed_size(bytes_of(values), SectionForm::Words, 4)) * 8 / 12'800;
  };
  CHECK(bits_each(equal) < 0.5);
  CHECK(bits_each(ascending) < 0.5);
  CHECK(bits_each(lists) < 4);
  CHECK(bits_each(few_long) < 6);
}

TEST_CASE("Decimal fractions come back to the bit, and so does everything else") {
  Random random;
  INFO(random.note());
  const double infinity = std::numeric_limits<double>::infinity();
  for (int places = 0; places <= 16; ++places) {
    std::vector<double> values;
    for (int i = 0; i < 2000; ++i) {
      const auto whole = static_cast<double>(random.below(2'000'000)) - 1'000'000;
      values.push_back(whole / std::pow(10.0, places));
    }
    const std::size_t size = packed_size(bytes_of(values), SectionForm::Decimals, 0);
    INFO(places << " places");
    CHECK(size > 0);
    if (places <= 14) CHECK(size < 2000 * 3);
    for (const double odd : {-0.0, std::nan(""), infinity, -infinity, 1e300, 5e-324, 0.1 + 0.2})
      values[random.below(values.size())] = odd;
    CHECK(packed_size(bytes_of(values), SectionForm::Decimals, 0) > 0);
  }
  std::vector<double> noise;
  for (int i = 0; i < 1000; ++i) noise.push_back(std::bit_cast<double>(random.word()));
  CHECK(packed_size(bytes_of(noise), SectionForm::Decimals, 0) == 8000);
  CHECK(packed_size(bytes_of(std::vector<double>{0.5}), SectionForm::Decimals, 0) > 0);
}

TEST_CASE("Text comes back, and takes less room where it repeats itself") {
  Random random;
  INFO(random.note());
  for (const std::size_t size : {0u, 1u, 255u, 256u, 1000u, 262'128u}) {
    std::vector<char> words, noise;
    while (words.size() < size) {
      for (const char c : std::string_view("word ")) words.push_back(c);
      words.push_back(static_cast<char>('a' + random.below(26)));
    }
    words.resize(size);
    for (std::size_t i = 0; i < size; ++i) noise.push_back(static_cast<char>(random.below(256)));
    INFO(size << " bytes");
    const std::size_t packed = packed_size(bytes_of(words), SectionForm::Text, 0);
    CHECK((packed > 0) == (size > 0));
    if (size >= 1000) CHECK(packed < size / 2);
    CHECK(packed_size(bytes_of(noise), SectionForm::Text, 0) == size);
  }
}

TEST_CASE("Rows of every length come back") {
  Random random;
  INFO(random.note());
  for (const unsigned width : {1u, 2u, 7u, 13u, 64u, 255u}) {
    for (const std::size_t count : {1u, 2u, 127u, 128u, 129u, 600u}) {
      std::vector<unsigned char> rows;
      for (std::size_t i = 0; i < count; ++i)  // sorted, with noise at the end
        for (std::size_t at = 0; at < width; ++at)
          rows.push_back(static_cast<unsigned char>(at + 2 < width ? (at == 0 ? i / 100 : at)
                                                                   : random.below(256)));
      INFO(count << " rows of " << width);
      const std::size_t packed =
          packed_size(bytes_of(rows), SectionForm::Rows, static_cast<std::uint8_t>(width));
      CHECK(packed > 0);
      if (width >= 7 && count > 100) CHECK(packed < rows.size() / 2);
    }
  }
}

TEST_CASE("Rows whose bytes are of every kind come back") {
  Random random;
  INFO(random.note());
  for (unsigned width = 1; width <= 24; ++width) {
    for (const std::size_t count : {1u, 15u, 16u, 17u, 128u, 143u, 700u}) {
      INFO(count << " rows of " << width);
      Bytes rows(count * width);
      for (std::size_t at = 0; at < width; ++at) {
        const auto values = numbers(random, count, static_cast<unsigned>(random.below(9)));
        for (std::size_t i = 0; i < count; ++i)
          rows[i * width + at] = static_cast<std::byte>(values[i] & 0xff);
      }
      Sections sections;
      sections.end_at(rows.size(), SectionForm::Rows, static_cast<std::uint8_t>(width));
      const std::string packed = pack_payload(rows, sections);
      Bytes back(rows.size(), std::byte{0xcc});
      unpack_payload(span_of(packed), back);
      CHECK(back == rows);
    }
  }
}

TEST_CASE("Sections that do not get smaller stay as they are") {
  Random random;
  INFO(random.note());
  std::vector<std::uint64_t> noise;
  for (int i = 0; i < 100; ++i) noise.push_back(random.word());
  CHECK(packed_size(bytes_of(noise), SectionForm::Words, 8) == 800);
  CHECK(packed_size(Bytes(5), SectionForm::Bytes, 0) == 5);
  CHECK(packed_size(Bytes(7), SectionForm::Words, 4) == 7);  // half a number
  Bytes stream = bit_stream({1, 2, 3}, 5);
  stream.back() = std::byte{1};  // nothing belongs there
  CHECK(packed_size(stream, SectionForm::Bits, 5) == stream.size());
}

namespace {

// One section of each form, behind one another, and some bytes that are in none.
struct Mixed {
  Bytes payload;
  Sections sections;

  explicit Mixed(Random& random) {
    add(bytes_of(std::vector<std::uint16_t>(100, 9)), SectionForm::Words, 2);
    std::vector<std::uint32_t> ids;
    for (std::uint32_t i = 0; i < 500; ++i) ids.push_back(i % 40 == 0 ? 0xffffff00 + i % 7 : i * 3);
    add(bytes_of(ids), SectionForm::Words, 4);
    std::vector<std::uint64_t> wide, bits;
    for (std::uint64_t i = 0; i < 300; ++i) {
      wide.push_back((i << 36) + random.below(1000));
      bits.push_back(i / 3);
    }
    add(bytes_of(wide), SectionForm::Words, 8);
    add(bit_stream(bits, 11), SectionForm::Bits, 11);
    std::vector<double> prices(400, 2.25);
    prices[17] = std::nan("");
    add(bytes_of(prices), SectionForm::Decimals, 0);
    std::string text;
    for (int i = 0; i < 100; ++i) text += i % 3 == 0 ? "graph " : "graphs and paths ";
    add(bytes_of(std::vector<char>(text.begin(), text.end())), SectionForm::Text, 0);
    std::vector<std::uint64_t> rows;
    for (std::uint64_t i = 0; i < 50; ++i) rows.push_back(i << 40);
    add(bytes_of(rows), SectionForm::Rows, 8);
    payload.resize(payload.size() + 13, std::byte{3});
  }

  void add(const Bytes& bytes, SectionForm form, std::uint8_t width) {
    payload.insert(payload.end(), bytes.begin(), bytes.end());
    sections.end_at(payload.size(), form, width);
  }
};

}  // namespace

TEST_CASE(
    "A packed payload that was cut, changed or lies about its length is an error or other "
    "bytes") {
  Random random;
  INFO(random.note());
  const Mixed mixed(random);
  const std::string packed = pack_payload(mixed.payload, mixed.sections);
  CHECK(packed.size() < mixed.payload.size() / 2);
  Bytes back(mixed.payload.size());
  CHECK(detail_of(span_of(packed), back).empty());
  CHECK(back == mixed.payload);

  for (std::size_t size = 0; size < packed.size(); ++size) {
    const std::string cut = packed.substr(0, size);  // its own memory: sanitizers see its end
    REQUIRE(detail_of(span_of(cut), back) == "CorruptBlock");
  }
  for (const std::size_t length : {std::size_t{0}, back.size() - 1, back.size() + 1}) {
    Bytes other(length);
    CHECK(detail_of(span_of(packed), other) == "CorruptBlock");
  }
  for (std::size_t at = 0; at < packed.size(); ++at) {
    for (const unsigned flip : {1u, 16u, 128u, 255u}) {
      std::string bad = packed;
      bad[at] = static_cast<char>(bad[at] ^ static_cast<char>(flip));
      const std::string detail = detail_of(span_of(bad), back);  // no checksum here: may go through
      REQUIRE((detail.empty() || detail == "CorruptBlock"));
    }
  }
  for (int i = 0; i < 2000; ++i) {
    const std::string noise = random.text(200);
    detail_of(span_of(noise), back);
  }
}

namespace {

BlockRef write_words(Disk& disk, const Bytes& payload) {
  Sections sections;
  sections.end_at(payload.size(), SectionForm::Words, 4);
  BlockBuffer buffer = disk.out.take_buffer();
  buffer.put(0, payload.data(), payload.size());
  const auto bytes = static_cast<std::uint32_t>(payload.size());
  BlockRef block(disk.out.write(BlockKind::Adjacency, buffer, bytes, sections));
  disk.out.give_back(std::move(buffer));
  return block;
}

}  // namespace

TEST_CASE("The pool unpacks a block when it loads it, and counts what that takes") {
  Disk disk;
  const Bytes payload = bytes_of(std::vector<std::uint32_t>(20'000, 5));
  const BlockRef block = write_words(disk, payload);
  CHECK(pages_for(block.ptr.bytes) == 1);
  {
    const Pin pin = disk.pool.pin(block, BlockKind::Adjacency);
    CHECK(std::ranges::equal(pin.payload(), payload));
  }
  CHECK(disk.pool.bytes() == pages_for(80'000) * kPageBytes);
  disk.pool.set_limit(0);
  CHECK(disk.pool.bytes() == 0);

  // Packing that saves no page is not done.
  const BlockRef small = write_words(disk, Bytes(4000, std::byte{1}));
  CHECK(small.ptr.bytes == 4000);
}

TEST_CASE("A changed byte anywhere in a packed block is an error") {
  Disk disk;
  std::vector<std::uint32_t> ids;
  for (std::uint32_t i = 0; i < 3000; ++i) ids.push_back(i * i % 9973);
  const BlockRef block = write_words(disk, bytes_of(ids));
  REQUIRE(block.ptr.bytes < 3000 * 4);
  const std::uint64_t begin = block.ptr.page * kPageBytes;
  for (std::uint64_t at = begin; at < begin + sizeof(BlockHeader) + block.ptr.bytes; ++at) {
    std::byte sound;
    disk.file.file().read(at, {&sound, 1});
    const std::byte bad = sound ^ std::byte{1};
    disk.file.file().write(at, {&bad, 1});
    REQUIRE_THROWS_AS(disk.pool.pin(block, BlockKind::Adjacency), StorageError);
    disk.file.file().write(at, {&sound, 1});
  }
  CHECK(std::ranges::equal(disk.pool.pin(block, BlockKind::Adjacency).payload(), bytes_of(ids)));
}

TEST_CASE("inspect says what a packed block consists of") {
  Disk disk;
  const BlockRef block = write_words(disk, bytes_of(std::vector<std::uint32_t>(20'000, 5)));
  InspectOptions options;
  options.environment = disk.environment;
  options.topic = InspectTopic::Page;
  options.number = block.ptr.page;
  std::string text;
  const auto failures =
      inspect_database("data", options, [&](std::string_view line) { text.append(line) += '\n'; });
  CHECK(failures == 0);
  CHECK_THAT(text, Catch::Contains("packed: 80000 bytes of payload"));
  CHECK_THAT(text, Catch::Contains("words, width 4: 80000 bytes in"));
}

TEST_CASE("A packed block with a right checksum and wrong contents is an error that says where") {
  Disk disk;
  Sections sections;
  const Bytes payload = bytes_of(std::vector<std::uint32_t>(20'000, 5));
  sections.end_at(payload.size(), SectionForm::Words, 4);
  const std::string packed = pack_payload(payload, sections);
  BlockBuffer buffer;
  for (const std::uint32_t unpacked : {79'996u, 80'004u}) {
    buffer.put(0, packed.data(), packed.size());
    const BlockRef block(disk.file.write(10, BlockKind::Adjacency, buffer,
                                         static_cast<std::uint32_t>(packed.size()), unpacked));
    CHECK_THROWS_WITH(disk.pool.pin(block, BlockKind::Adjacency),
                      Catch::Matchers::Contains("the adjacency block at page 10") &&
                          Catch::Matchers::Contains("cannot be unpacked"));
    CHECK(disk.pool.bytes() == 0);
  }
}

}  // namespace kith::storage
