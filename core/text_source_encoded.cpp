// core/text_source_encoded.cpp: UTF-16 and Latin-1 as UTF-8.
#include <array>
#include <cstring>

#include "core/assert.hpp"
#include "core/text.hpp"
#include "core/text_source.hpp"
#include "kith/error.hpp"

namespace kith {
namespace {

constexpr std::size_t kReadBytes = 64 * 1024;

class Decoded final : public TextSource {
 public:
  Decoded(std::unique_ptr<TextSource> bytes, std::string name, TextEncoding encoding)
      : bytes_(std::move(bytes)), name_(std::move(name)), encoding_(encoding) {
    KITH_ASSERT(encoding_ != TextEncoding::Utf8);
  }

  std::size_t read(std::span<char> out) override {
    std::size_t given = 0;
    while (given < out.size()) {
      if (at_ == text_.size() && !fill()) break;
      const std::size_t n = std::min(text_.size() - at_, out.size() - given);
      std::memcpy(out.data() + given, text_.data() + at_, n);
      at_ += n;
      given += n;
    }
    return given;
  }
  std::uint64_t bytes_read() const override { return bytes_->bytes_read(); }

 private:
  // More text; false at the end.
  bool fill() {
    text_.clear();
    at_ = 0;
    while (text_.empty()) {
      const std::size_t n = bytes_->read(buffer_);
      if (n == 0) {
        if (high_ != 0) fail("half a surrogate pair at the end");
        return false;
      }
      const auto got = std::span<const char>(buffer_).first(n);
      encoding_ == TextEncoding::Latin1 ? take_latin1(got) : take_utf16(got);
    }
    return true;
  }

  void take_latin1(std::span<const char> bytes) {
    for (const char c : bytes) append_code_point(text_, static_cast<unsigned char>(c));
  }

  void take_utf16(std::span<const char> bytes) {
    if (bytes.size() % 2 != 0) fail("an odd number of bytes");  // only at the end are there fewer
    for (std::size_t i = 0; i < bytes.size(); i += 2) {
      const auto first = static_cast<unsigned char>(bytes[i]);
      const auto second = static_cast<unsigned char>(bytes[i + 1]);
      const bool little = encoding_ == TextEncoding::Utf16LittleEndian;
      const auto unit = static_cast<char32_t>(little ? second << 8 | first : first << 8 | second);
      if (std::exchange(at_begin_, false) && is_mark(unit)) continue;
      take_unit(unit);
    }
  }

  // A byte-order mark; it decides the order where none was asked for.
  bool is_mark(char32_t unit) {
    if (unit == 0xfffe && encoding_ == TextEncoding::Utf16) {
      encoding_ = TextEncoding::Utf16LittleEndian;
      return true;
    }
    return unit == 0xfeff;
  }

  void take_unit(char32_t unit) {
    const bool is_high = unit >= 0xd800 && unit < 0xdc00;
    const bool is_low = unit >= 0xdc00 && unit < 0xe000;
    if (is_low != (high_ != 0)) fail("half a surrogate pair");
    if (is_low) {
      append_code_point(text_, 0x10000 + ((high_ - 0xd800) << 10) + (unit - 0xdc00));
      high_ = 0;
    } else if (is_high) {
      high_ = unit;
    } else {
      append_code_point(text_, unit);
    }
  }

  [[noreturn]] void fail(const std::string& what) const {
    throw ImportError("BadEncoding", name_ + ": the file is not UTF-16: " + what);
  }

  std::unique_ptr<TextSource> bytes_;
  std::string name_;
  TextEncoding encoding_;
  bool at_begin_ = true;
  char32_t high_ = 0;  // the first half of a pair
  std::array<char, kReadBytes> buffer_{};
  std::string text_;
  std::size_t at_ = 0;
};

}  // namespace

std::unique_ptr<TextSource> decode_text(std::unique_ptr<TextSource> bytes, const std::string& name,
                                        TextEncoding encoding) {
  return std::make_unique<Decoded>(std::move(bytes), name, encoding);
}

}  // namespace kith
