// core/text_source.hpp: a file as UTF-8 text, whatever it is packed and encoded in.
//
// Gzip, zstd and a zip archive of one file are known by their first bytes, not by their names. A
// byte-order mark at the beginning is left out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/environment.hpp"

namespace kith {

// Utf16: by its byte-order mark, big-endian where there is none.
enum class TextEncoding : std::uint8_t { Utf8, Utf16, Utf16LittleEndian, Utf16BigEndian, Latin1 };

// "UTF-8", "utf16", "ISO-8859-1", "latin1", "US-ASCII", …; nothing for what is not known.
std::optional<TextEncoding> encoding_named(std::string_view name);

// Bytes in order. Not thread-safe.
class TextSource {
 public:
  virtual ~TextSource() = default;
  // The next bytes; fewer than asked for only at the end. ImportError("BadCompression") or
  // ("BadEncoding") where the file is damaged or not what it says it is.
  virtual std::size_t read(std::span<char> out) = 0;
  virtual std::uint64_t bytes_read() const = 0;  // of the file
};

// `name` is the file as errors call it. UTF-8 is not checked here.
std::unique_ptr<TextSource> open_text(std::unique_ptr<File> file, const std::string& name,
                                      TextEncoding encoding);

// --- the parts (text_source_packed.cpp, text_source_encoded.cpp)

// A range of a file.
class FileBytes final : public TextSource {
 public:
  FileBytes(std::unique_ptr<File> file, std::uint64_t begin, std::uint64_t end)
      : file_(std::move(file)), at_(begin), end_(end) {}
  std::size_t read(std::span<char> out) override;
  std::uint64_t bytes_read() const override { return at_; }

 private:
  std::unique_ptr<File> file_;
  std::uint64_t at_, end_;
};

// What the file holds, unpacked if its first bytes say that it is packed.
std::unique_ptr<TextSource> open_packed(std::unique_ptr<File> file, const std::string& name);
// Any other encoding as UTF-8.
std::unique_ptr<TextSource> decode_text(std::unique_ptr<TextSource> bytes, const std::string& name,
                                        TextEncoding encoding);

}  // namespace kith
