// core/text_source.cpp: plain files, the names of encodings, the byte-order mark.
#include "core/text_source.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstring>

#include "core/assert.hpp"

namespace kith {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

struct EncodingName {
  std::string_view name;  // lower case, letters and digits alone
  TextEncoding encoding;
};
constexpr std::array kEncodings = {
    EncodingName{"utf8", TextEncoding::Utf8},
    EncodingName{"usascii", TextEncoding::Utf8},
    EncodingName{"ascii", TextEncoding::Utf8},
    EncodingName{"utf16", TextEncoding::Utf16},
    EncodingName{"utf16le", TextEncoding::Utf16LittleEndian},
    EncodingName{"utf16be", TextEncoding::Utf16BigEndian},
    EncodingName{"latin1", TextEncoding::Latin1},
    EncodingName{"iso88591", TextEncoding::Latin1},
};

// Leaves a byte-order mark out.
class WithoutMark final : public TextSource {
 public:
  explicit WithoutMark(std::unique_ptr<TextSource> text) : text_(std::move(text)) {}

  std::size_t read(std::span<char> out) override {
    std::size_t given = 0;
    if (first_) {
      first_ = false;
      std::array<char, kByteOrderMark.size()> begin{};
      left_.assign(begin.data(), text_->read(begin));
      if (left_ == kByteOrderMark) left_.clear();
    }
    if (!left_.empty()) {
      given = std::min(left_.size(), out.size());
      std::memcpy(out.data(), left_.data(), given);
      left_.erase(0, given);
      if (!left_.empty()) return given;
    }
    return given + text_->read(out.subspan(given));
  }
  std::uint64_t bytes_read() const override { return text_->bytes_read(); }

 private:
  std::unique_ptr<TextSource> text_;
  bool first_ = true;
  std::string left_;  // read to see whether it is a mark
};

}  // namespace

std::optional<TextEncoding> encoding_named(std::string_view name) {
  std::string plain;
  for (const char c : name)
    if (std::isalnum(static_cast<unsigned char>(c)) != 0)
      plain.push_back(static_cast<char>(std::tolower(static_cast<unsigned char>(c))));
  for (const EncodingName& known : kEncodings)
    if (known.name == plain) return known.encoding;
  return std::nullopt;
}

std::size_t FileBytes::read(std::span<char> out) {
  KITH_ASSERT(at_ <= end_);
  const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(out.size(), end_ - at_));
  if (size > 0) file_->read(at_, std::as_writable_bytes(out.first(size)));
  at_ += size;
  return size;
}

std::unique_ptr<TextSource> open_text(std::unique_ptr<File> file, const std::string& name,
                                      TextEncoding encoding) {
  KITH_ASSERT(file != nullptr);
  auto bytes = open_packed(std::move(file), name);
  if (encoding == TextEncoding::Utf8) return std::make_unique<WithoutMark>(std::move(bytes));
  return decode_text(std::move(bytes), name, encoding);
}

}  // namespace kith
