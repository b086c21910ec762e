// tests/unit/core/text_source_test.cpp: packed and encoded files as text.
#include "core/text_source.hpp"

#include <catch2/catch.hpp>

#include "core/environment.hpp"
#include "kith/error.hpp"

namespace kith {
namespace {

constexpr std::string_view kText = "id:ID,name\n1,Ada\n2,Alan\n";
// kText, made with gzip (two members), zip (deflated behind a folder, stored), zstd.
constexpr char kGzip[] =
    "\037\213\010\000\000\000\000\000\002\003\313\114\261\362\164\321\311\113\314\115\345"
    "\062\324\161\114\111\344\002\000\037\346\006\204\021\000\000\000\037\213\010\000\000"
    "\000\000\000\002\003\063\322\161\314\111\314\343\002\000\052\231\043\224\007\000\000"
    "\000";
constexpr char kZip[] =
    "\120\113\003\004\024\000\000\000\010\000\000\000\041\120\000\000\000\000\002\000\000"
    "\000\000\000\000\000\002\000\000\000\144\057\003\000\120\113\003\004\024\000\000\000"
    "\010\000\000\000\041\120\136\131\323\050\032\000\000\000\030\000\000\000\007\000\000"
    "\000\144\057\156\056\143\163\166\313\114\261\362\164\321\311\113\314\115\345\062\324"
    "\161\114\111\344\062\322\161\314\111\314\343\002\000\120\113\001\002\024\003\024\000"
    "\000\000\010\000\000\000\041\120\000\000\000\000\002\000\000\000\000\000\000\000\002"
    "\000\000\000\000\000\000\000\000\000\000\000\200\001\000\000\000\000\144\057\120\113"
    "\001\002\024\003\024\000\000\000\010\000\000\000\041\120\136\131\323\050\032\000\000"
    "\000\030\000\000\000\007\000\000\000\000\000\000\000\000\000\000\000\200\001\042\000"
    "\000\000\144\057\156\056\143\163\166\120\113\005\006\000\000\000\000\002\000\002\000"
    "\145\000\000\000\141\000\000\000\000\000";
constexpr char kStored[] =
    "\120\113\003\004\024\000\000\000\000\000\000\000\041\120\136\131\323\050\030\000\000"
    "\000\030\000\000\000\005\000\000\000\156\056\143\163\166\151\144\072\111\104\054\156"
    "\141\155\145\012\061\054\101\144\141\012\062\054\101\154\141\156\012\120\113\001\002"
    "\024\003\024\000\000\000\000\000\000\000\041\120\136\131\323\050\030\000\000\000\030"
    "\000\000\000\005\000\000\000\000\000\000\000\000\000\000\000\200\001\000\000\000\000"
    "\156\056\143\163\166\120\113\005\006\000\000\000\000\001\000\001\000\063\000\000\000"
    "\073\000\000\000\000\000";
constexpr char kTwoFiles[] =
    "\120\113\003\004\024\000\000\000\000\000\000\000\041\120\136\131\323\050\030\000\000"
    "\000\030\000\000\000\005\000\000\000\156\056\143\163\166\151\144\072\111\104\054\156"
    "\141\155\145\012\061\054\101\144\141\012\062\054\101\154\141\156\012\120\113\003\004"
    "\024\000\000\000\000\000\000\000\041\120\136\131\323\050\030\000\000\000\030\000\000"
    "\000\005\000\000\000\155\056\143\163\166\151\144\072\111\104\054\156\141\155\145\012"
    "\061\054\101\144\141\012\062\054\101\154\141\156\012\120\113\001\002\024\003\024\000"
    "\000\000\000\000\000\000\041\120\136\131\323\050\030\000\000\000\030\000\000\000\005"
    "\000\000\000\000\000\000\000\000\000\000\000\200\001\000\000\000\000\156\056\143\163"
    "\166\120\113\001\002\024\003\024\000\000\000\000\000\000\000\041\120\136\131\323\050"
    "\030\000\000\000\030\000\000\000\005\000\000\000\000\000\000\000\000\000\000\000\200"
    "\001\073\000\000\000\155\056\143\163\166\120\113\005\006\000\000\000\000\002\000\002"
    "\000\146\000\000\000\166\000\000\000\000\000";
constexpr char kZstd[] =
    "\050\265\057\375\004\130\301\000\000\151\144\072\111\104\054\156\141\155\145\012\061"
    "\054\101\144\141\012\062\054\101\154\141\156\012\330\063\260\124";

template <std::size_t n>
std::string bytes_of(const char (&literal)[n]) {
  return std::string(literal, n - 1);
}

std::string text_of(const std::string& bytes, TextEncoding encoding = TextEncoding::Utf8,
                    std::size_t step = 7) {
  const auto environment = memory_environment();
  auto file = environment.files->open("t", OpenMode::CreateNew);
  file->write(0, std::as_bytes(std::span(bytes)));
  const auto source = open_text(std::move(file), "t", encoding);
  std::string out;
  std::string part(step, '\0');
  while (const std::size_t n = source->read(part)) {
    out.append(part, 0, n);
    if (n < step) CHECK(source->read(part) == 0);
  }
  CHECK(source->bytes_read() <= bytes.size());
  return out;
}

std::string failure_of(const std::string& bytes, TextEncoding encoding = TextEncoding::Utf8) {
  try {
    text_of(bytes, encoding);
  } catch (const ImportError& e) {
    return e.what();
  }
  return "no error";
}

std::string utf16(std::u16string_view text, bool little) {
  std::string out;
  for (const char16_t unit : text) {
    const char low = static_cast<char>(unit & 0xff), high = static_cast<char>(unit >> 8);
    out += little ? low : high;
    out += little ? high : low;
  }
  return out;
}

}  // namespace

TEST_CASE("text that is packed comes out, in steps of any size") {
  for (const std::size_t step : {1, 7, 100000}) {
    INFO(step);
    for (const auto& packed :
         {bytes_of(kGzip), bytes_of(kZip), bytes_of(kStored), bytes_of(kZstd), std::string(kText)})
      CHECK(text_of(packed, TextEncoding::Utf8, step) == kText);
  }
  CHECK(text_of("").empty());
  CHECK(text_of("x") == "x");
}

TEST_CASE("what is packed and damaged, or cut off, or too much is an error that names the file") {
  for (const auto& packed : {bytes_of(kGzip), bytes_of(kZip), bytes_of(kZstd)}) {
    const auto half = packed.substr(0, packed.size() / 2);
    CHECK(failure_of(half).starts_with("t: "));
    // Each byte in turn: an error or, where the byte says nothing, the text.
    for (std::size_t i = 0; i < packed.size(); ++i) {
      auto damaged = packed;
      damaged[i] = static_cast<char>(damaged[i] ^ 0x55);
      CHECK_NOTHROW(failure_of(damaged));
    }
    for (std::size_t size = 4; size < packed.size(); ++size)
      CHECK_NOTHROW(failure_of(packed.substr(0, size)));
  }
  CHECK(failure_of(bytes_of(kTwoFiles)).find("several files") != std::string::npos);
  auto wrong = bytes_of(kZip);  // the checksum in the directory, 16 bytes behind its mark
  wrong[wrong.rfind("PK\x01\x02") + 16] ^= 1;
  CHECK(failure_of(wrong).find("checksum") != std::string::npos);
  auto encrypted = bytes_of(kStored);
  encrypted[encrypted.rfind("PK\x01\x02") + 8] |= 1;
  CHECK(failure_of(encrypted).find("encrypted") != std::string::npos);
}

TEST_CASE("other encodings become UTF-8") {
  const std::u16string_view text = u"a\u00e9\u20ac\U0001F600\n";
  const std::string expected = "a\u00e9\u20ac\U0001F600\n";
  CHECK(text_of(utf16(text, true), TextEncoding::Utf16LittleEndian) == expected);
  CHECK(text_of(utf16(text, false), TextEncoding::Utf16BigEndian) == expected);
  CHECK(text_of(utf16(text, false), TextEncoding::Utf16) == expected);
  CHECK(text_of("\xff\xfe" + utf16(text, true), TextEncoding::Utf16) == expected);
  CHECK(text_of("\xfe\xff" + utf16(text, false), TextEncoding::Utf16) == expected);
  CHECK(text_of("a\xe9\xff", TextEncoding::Latin1) == "a\u00e9\u00ff");
  CHECK(text_of("\xEF\xBB\xBFx") == "x");
  CHECK(text_of("\xEF\xBB", TextEncoding::Utf8, 1) == "\xEF\xBB");
  CHECK(failure_of(utf16(u"a", true) + "x", TextEncoding::Utf16LittleEndian).find("odd") !=
        std::string::npos);
  const char16_t half[] = {0xd83d};
  CHECK(failure_of(utf16({half, 1}, true), TextEncoding::Utf16LittleEndian).find("surrogate") !=
        std::string::npos);
}

TEST_CASE("the names of encodings") {
  CHECK(encoding_named("utf-8") == TextEncoding::Utf8);
  CHECK(encoding_named("UTF-16LE") == TextEncoding::Utf16LittleEndian);
  CHECK(encoding_named("ISO-8859-1") == TextEncoding::Latin1);
  CHECK_FALSE(encoding_named("EBCDIC"));
}

}  // namespace kith
