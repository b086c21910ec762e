// storage/pack/section.hpp: payloads of blocks in less room, for as long as they lie in the file.
//
// Whoever writes a block says of what sections its payload consists; each is packed in the way of
// its form. The buffer pool unpacks a block once, when it loads it, so readers see plain arrays.
//
//   X1  Unpacking gives back what was packed, to the bit, or throws.
//   X2  Unpacking trusts nothing: whatever the bytes say, it stays within them and within the
//       payload that it fills.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/assert.hpp"

namespace kith::storage {

enum class SectionForm : std::uint8_t {
  Bytes,     // as they are
  Words,     // numbers of 2, 4 or 8 bytes
  Bits,      // numbers of so many bits (bits.hpp)
  Decimals,  // doubles, most of which have few decimal places
  Text,      // strings, one behind another
  Rows,      // records of one length
};
inline constexpr std::uint8_t kSectionFormCount = 6;

// On disk: how many sections there are, a header for each, then what each is packed to.
struct PackHeader {        // offset
  std::uint32_t sections;  //  0
  std::uint32_t reserved;  //  4      0
};                         //  8
struct SectionHeader {     // offset
  SectionForm form;        //  0
  std::uint8_t width;      //  1      Words, Rows: bytes of one; Bits: bits of one; else 0
  std::uint16_t reserved;  //  2      0
  std::uint32_t bytes;     //  4      of the payload
  std::uint32_t packed;    //  8      bytes here
};                         // 12
static_assert(sizeof(PackHeader) == 8 && sizeof(SectionHeader) == 12);

struct Section {
  SectionForm form = SectionForm::Bytes;
  std::uint8_t width = 0;
  std::uint32_t bytes = 0;
};

// The sections of a payload, one after another from its beginning. What they leave is bytes.
class Sections {
 public:
  // The next section ends at byte `end` of the payload; nothing, if that is where the last ended.
  void end_at(std::size_t end, SectionForm form, std::uint8_t width = 0) {
    KITH_ASSERT(end >= end_ && end <= UINT32_MAX);
    if (end == end_) return;
    list_.push_back({form, width, static_cast<std::uint32_t>(end - end_)});
    end_ = end;
  }
  std::span<const Section> list() const { return list_; }
  std::size_t end() const { return end_; }

 private:
  std::vector<Section> list_;
  std::size_t end_ = 0;
};

// How one form is packed: one file, and one row in section.cpp.
struct SectionFormDef {
  SectionForm form;
  std::string_view name;
  std::uint32_t least_saved;  // one part in so many; what saves less is not worth unpacking
  // Appends `bytes` packed. False, whatever was appended, if they are not of this form.
  bool (*pack)(std::uint8_t width, std::span<const std::byte> bytes, std::string& out);
  // Fills all of `bytes`; throws corrupt_pack().
  void (*unpack)(std::uint8_t width, std::span<const std::byte> packed, std::span<std::byte> bytes);
};
std::span<const SectionFormDef> section_form_defs();
extern const SectionFormDef kBytesForm, kWordsForm, kBitsForm, kDecimalsForm, kTextForm, kRowsForm;

// `payload` as PackHeader, headers and packed sections; sections that get hardly smaller stay as
// they are.
std::string pack_payload(std::span<const std::byte> payload, const Sections& sections);
// The same into `out`, whose memory is used again.
void pack_payload(std::span<const std::byte> payload, const Sections& sections, std::string& out);
// Fills all of `payload`. StorageError("CorruptBlock").
void unpack_payload(std::span<const std::byte> packed, std::span<std::byte> payload);
// What `packed` consists of.
std::vector<SectionHeader> packed_sections(std::span<const std::byte> packed);

[[noreturn]] void corrupt_pack(const char* what);

// Reads packed bytes forward; running past the end is corrupt_pack().
class PackReader {
 public:
  explicit PackReader(std::span<const std::byte> bytes) : bytes_(bytes) {}
  std::span<const std::byte> take(std::size_t count) {
    if (count > bytes_.size()) corrupt_pack("it is too short");
    const auto taken = bytes_.first(count);
    bytes_ = bytes_.subspan(count);
    return taken;
  }
  std::span<const std::byte> rest() const { return bytes_; }
  void expect_end() const {
    if (!bytes_.empty()) corrupt_pack("it is too long");
  }

 private:
  std::span<const std::byte> bytes_;
};

}  // namespace kith::storage
