// core/text_source_packed.cpp: gzip, zstd, and zip archives of one file.
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <vector>

#include "core/assert.hpp"
#include "core/text_source.hpp"
#include "kith/error.hpp"

namespace kith {
namespace {

constexpr std::size_t kReadBytes = 256 * 1024;
constexpr std::string_view kGzipBegin = "\x1f\x8b";
constexpr std::string_view kZstdBegin = "\x28\xb5\x2f\xfd";
constexpr std::string_view kZipBegin = "PK\x03\x04";

[[noreturn]] void fail(const std::string& name, const std::string& what) {
  throw ImportError("BadCompression", name + ": " + what);
}

// What both decompressors share: bytes of the file, a buffer at a time.
class Packed : public TextSource {
 public:
  Packed(FileBytes bytes, std::string name)
      : bytes_(std::move(bytes)), name_(std::move(name)), buffer_(kReadBytes) {}
  std::uint64_t bytes_read() const override { return bytes_.bytes_read(); }

 protected:
  std::span<char> more() { return std::span(buffer_).first(bytes_.read(buffer_)); }
  [[noreturn]] void fail(const std::string& what) const { kith::fail(name_, what); }

 private:
  FileBytes bytes_;
  std::string name_;
  std::vector<char> buffer_;
};

// Deflate in a gzip file (of one or more members), or bare as in a zip archive.
class Inflated final : public Packed {
 public:
  struct Bare {  // what the archive says of the file
    std::uint64_t size;
    std::uint32_t checksum;
  };
  Inflated(FileBytes bytes, std::string name, std::optional<Bare> bare)
      : Packed(std::move(bytes), std::move(name)), bare_(bare) {
    constexpr int kGzip = 16;
    const int window = bare_ ? -MAX_WBITS : MAX_WBITS + kGzip;
    if (inflateInit2(&stream_, window) != Z_OK) fail("no memory to unpack it");
  }
  ~Inflated() override { inflateEnd(&stream_); }
  Inflated(const Inflated&) = delete;
  Inflated& operator=(const Inflated&) = delete;

  std::size_t read(std::span<char> out) override {
    std::size_t given = 0;
    while (given < out.size() && !done_) {
      if (stream_.avail_in == 0 && !refill()) break;
      given += inflate_into(out.subspan(given));
    }
    if (bare_) check(out.first(given));
    return given;
  }

 private:
  std::size_t inflate_into(std::span<char> out) {
    const std::size_t wanted = std::min<std::size_t>(out.size(), UINT32_MAX / 2);
    stream_.next_out = static_cast<Bytef*>(static_cast<void*>(out.data()));
    stream_.avail_out = static_cast<uInt>(wanted);
    const int result = inflate(&stream_, Z_NO_FLUSH);
    in_member_ = true;
    if (result == Z_STREAM_END) {
      in_member_ = false;
      if (bare_) {
        done_ = true;
      } else if (inflateReset(&stream_) != Z_OK) {
        fail("the gzip file is damaged");
      }
    } else if (result != Z_OK && result != Z_BUF_ERROR) {
      fail(std::string("the compressed file is damaged") +
           (stream_.msg != nullptr ? std::string(" (") + stream_.msg + ")" : ""));
    }
    return wanted - stream_.avail_out;
  }

  // False at the end of the file.
  bool refill() {
    const auto bytes = more();
    if (bytes.empty()) {
      if (in_member_ || bare_) fail("the compressed file ends before its end");
      done_ = true;
      return false;
    }
    stream_.next_in = static_cast<Bytef*>(static_cast<void*>(bytes.data()));
    stream_.avail_in = static_cast<uInt>(bytes.size());
    return true;
  }

  void check(std::span<const char> out) {
    checksum_ = crc32_z(checksum_, static_cast<const Bytef*>(static_cast<const void*>(out.data())),
                        out.size());
    size_ += out.size();
    if (done_ && !checked_ && (size_ != bare_->size || checksum_ != bare_->checksum))
      fail("the file in the zip archive is damaged (its checksum is wrong)");
    checked_ = done_;
  }

  std::optional<Bare> bare_;
  z_stream stream_{};
  bool done_ = false, in_member_ = false, checked_ = false;
  std::uint64_t size_ = 0;
  uLong checksum_ = 0;
};

class Unzstd final : public Packed {
 public:
  Unzstd(FileBytes bytes, std::string name)
      : Packed(std::move(bytes), std::move(name)), stream_(ZSTD_createDStream(), ZSTD_freeDStream) {
    if (!stream_) fail("no memory to unpack it");
  }

  std::size_t read(std::span<char> out) override {
    ZSTD_outBuffer to{out.data(), out.size(), 0};
    while (to.pos < to.size) {
      if (from_.pos == from_.size) {
        const auto bytes = more();
        from_ = {bytes.data(), bytes.size(), 0};
        if (bytes.empty()) {
          if (in_frame_) fail("the zstd file ends before its end");
          break;
        }
      }
      const std::size_t hint = ZSTD_decompressStream(stream_.get(), &to, &from_);
      if (ZSTD_isError(hint) != 0)
        fail(std::string("the zstd file is damaged (") + ZSTD_getErrorName(hint) + ")");
      in_frame_ = hint != 0;
    }
    return to.pos;
  }

 private:
  std::unique_ptr<ZSTD_DStream, decltype(&ZSTD_freeDStream)> stream_;
  ZSTD_inBuffer from_{nullptr, 0, 0};
  bool in_frame_ = false;
};

// The directory at the end of a zip archive, little-endian.
class ZipArchive {
 public:
  ZipArchive(File& file, const std::string& name) : file_(file), name_(name), size_(file.size()) {}

  struct Entry {
    std::string name;
    std::uint32_t method = 0, checksum = 0, flags = 0;
    std::uint64_t packed = 0, size = 0, header = 0;
    std::uint64_t begin = 0;  // of its bytes in the archive
  };
  // The one file in it; folders do not count.
  Entry only_file() {
    const auto [offset, count] = directory();
    std::optional<Entry> found;
    std::uint64_t at = offset;
    for (std::uint64_t i = 0; i < count; ++i) {
      Entry entry = entry_at(at);
      if (entry.name.ends_with('/')) continue;
      if (found)
        fail(name_, "the zip archive holds several files ('" + found->name + "', '" + entry.name +
                        "', …); it may hold one");
      found = std::move(entry);
    }
    if (!found) fail(name_, "the zip archive holds no file");
    constexpr std::uint32_t kEncrypted = 1, kStored = 0, kDeflated = 8;
    if ((found->flags & kEncrypted) != 0) fail(name_, "the file in the zip archive is encrypted");
    if (found->method != kStored && found->method != kDeflated)
      fail(name_, "the file in the zip archive is packed by method " +
                      std::to_string(found->method) + ", which is not supported");
    locate(*found);
    return *found;
  }

 private:
  static constexpr std::size_t kEndBytes = 22, kEntryBytes = 46, kHeaderBytes = 30;
  static constexpr std::uint64_t kInExtra = UINT32_MAX;

  [[noreturn]] void damaged() const { fail(name_, "the zip archive is damaged"); }

  std::string bytes(std::uint64_t at, std::uint64_t count) const {
    if (at > size_ || count > size_ - at) damaged();
    std::string out(static_cast<std::size_t>(count), '\0');
    if (count > 0) file_.read(at, std::as_writable_bytes(std::span(out)));
    return out;
  }
  std::uint64_t number(std::string_view text, std::size_t at, std::size_t size) const {
    if (at > text.size() || size > text.size() - at) damaged();
    std::uint64_t value = 0;
    for (std::size_t i = size; i-- > 0;)
      value = value << 8 | static_cast<unsigned char>(text[at + i]);
    return value;
  }

  // Where the directory lies and how many entries it has.
  std::pair<std::uint64_t, std::uint64_t> directory() const {
    constexpr std::uint64_t kLongestComment = UINT16_MAX;
    if (size_ < kEndBytes) damaged();
    const std::uint64_t tail_bytes = std::min(size_, kLongestComment + kEndBytes);
    const std::string tail = bytes(size_ - tail_bytes, tail_bytes);
    const std::size_t end = tail.rfind(std::string_view("PK\x05\x06", 4));
    if (end == std::string::npos) damaged();
    const std::uint64_t count = number(tail, end + 10, 2), offset = number(tail, end + 16, 4);
    if (count != UINT16_MAX && offset != kInExtra) return {offset, count};
    // The larger record, whose place is in front of this one.
    constexpr std::uint64_t kLocatorBytes = 20, kLargeBytes = 56;
    const std::uint64_t end_at = size_ - tail_bytes + end;
    if (end_at < kLocatorBytes) damaged();
    const std::string locator = bytes(end_at - kLocatorBytes, kLocatorBytes);
    if (!locator.starts_with(std::string_view("PK\x06\x07", 4))) damaged();
    const std::string large = bytes(number(locator, 8, 8), kLargeBytes);
    if (!large.starts_with(std::string_view("PK\x06\x06", 4))) damaged();
    return {number(large, 48, 8), number(large, 32, 8)};
  }

  // Moves `at` behind the entry.
  Entry entry_at(std::uint64_t& at) const {
    const std::string fixed = bytes(at, kEntryBytes);
    if (!fixed.starts_with(std::string_view("PK\x01\x02", 4))) damaged();
    Entry entry;
    entry.flags = static_cast<std::uint32_t>(number(fixed, 8, 2));
    entry.method = static_cast<std::uint32_t>(number(fixed, 10, 2));
    entry.checksum = static_cast<std::uint32_t>(number(fixed, 16, 4));
    entry.packed = number(fixed, 20, 4);
    entry.size = number(fixed, 24, 4);
    entry.header = number(fixed, 42, 4);
    const std::uint64_t name = number(fixed, 28, 2), extra = number(fixed, 30, 2);
    entry.name = bytes(at + kEntryBytes, name);
    read_large_sizes(entry, bytes(at + kEntryBytes + name, extra));
    at += kEntryBytes + name + extra + number(fixed, 32, 2);
    return entry;
  }

  void read_large_sizes(Entry& entry, std::string_view extra) const {
    constexpr std::uint64_t kLarge = 1;
    for (std::size_t at = 0; at + 4 <= extra.size();) {
      const std::uint64_t id = number(extra, at, 2), size = number(extra, at + 2, 2);
      std::size_t field = at + 4;
      at = field + static_cast<std::size_t>(size);
      if (id != kLarge) continue;
      for (std::uint64_t* value : {&entry.size, &entry.packed, &entry.header}) {
        if (*value != kInExtra) continue;
        *value = number(extra, field, 8);
        field += 8;
      }
    }
  }

  void locate(Entry& entry) const {
    const std::string header = bytes(entry.header, kHeaderBytes);
    if (!header.starts_with(kZipBegin)) damaged();
    entry.begin = entry.header + kHeaderBytes + number(header, 26, 2) + number(header, 28, 2);
    if (entry.begin > size_ || entry.packed > size_ - entry.begin) damaged();
  }

  File& file_;
  const std::string& name_;
  std::uint64_t size_;
};

std::unique_ptr<TextSource> open_zip(std::unique_ptr<File> file, const std::string& name) {
  const ZipArchive::Entry entry = ZipArchive(*file, name).only_file();
  FileBytes bytes(std::move(file), entry.begin, entry.begin + entry.packed);
  if (entry.method == 0) return std::make_unique<FileBytes>(std::move(bytes));
  return std::make_unique<Inflated>(std::move(bytes), name,
                                    Inflated::Bare{entry.size, entry.checksum});
}

}  // namespace

std::unique_ptr<TextSource> open_packed(std::unique_ptr<File> file, const std::string& name) {
  const std::uint64_t size = file->size();
  std::array<char, 4> begin{};
  const auto known = static_cast<std::size_t>(std::min<std::uint64_t>(size, begin.size()));
  if (known > 0) file->read(0, std::as_writable_bytes(std::span(begin).first(known)));
  const std::string_view magic(begin.data(), known);
  if (magic.starts_with(kZipBegin)) return open_zip(std::move(file), name);
  FileBytes bytes(std::move(file), 0, size);
  if (magic.starts_with(kGzipBegin))
    return std::make_unique<Inflated>(std::move(bytes), name, std::nullopt);
  if (magic == kZstdBegin) return std::make_unique<Unzstd>(std::move(bytes), name);
  return std::make_unique<FileBytes>(std::move(bytes));
}

}  // namespace kith
