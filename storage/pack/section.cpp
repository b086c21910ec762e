// storage/pack/section.cpp: the table of forms; a payload as packed sections.
#include "storage/pack/section.hpp"

#include <array>
#include <cstring>
#include <numeric>

#include "kith/error.hpp"

namespace kith::storage {

namespace {

const SectionFormDef* find_form(SectionForm form) {
  const auto index = static_cast<std::size_t>(form);
  if (index >= kSectionFormCount) return nullptr;
  const SectionFormDef& def = section_form_defs()[index];
  KITH_ASSERT(def.form == form);
  return &def;
}

const char* characters(std::span<const std::byte> bytes) {
  return static_cast<const char*>(static_cast<const void*>(bytes.data()));
}

// Packs one section to the end of `out`.
SectionHeader pack_section(const Section& section, std::span<const std::byte> bytes,
                           std::string& out) {
  KITH_ASSERT(bytes.size() == section.bytes);
  const std::size_t before = out.size();
  const SectionFormDef* def = find_form(section.form);
  KITH_ASSERT(def != nullptr);
  if (def->pack(section.width, bytes, out) &&
      out.size() - before <= bytes.size() - bytes.size() / def->least_saved)
    return {section.form, section.width, 0, section.bytes,
            static_cast<std::uint32_t>(out.size() - before)};
  out.resize(before);
  out.append(characters(bytes), bytes.size());
  return {SectionForm::Bytes, 0, 0, section.bytes, section.bytes};
}

bool pack_bytes(std::uint8_t, std::span<const std::byte> bytes, std::string& out) {
  out.append(characters(bytes), bytes.size());
  return true;
}

void unpack_bytes(std::uint8_t, std::span<const std::byte> packed, std::span<std::byte> bytes) {
  if (packed.size() != bytes.size()) corrupt_pack("plain bytes of another length");
  if (!bytes.empty()) std::memcpy(bytes.data(), packed.data(), bytes.size());
}

}  // namespace

const SectionFormDef kBytesForm = {SectionForm::Bytes, "bytes", 1, pack_bytes, unpack_bytes};

std::span<const SectionFormDef> section_form_defs() {
  static const std::array<SectionFormDef, kSectionFormCount> kTable = {
      kBytesForm, kWordsForm, kBitsForm, kDecimalsForm, kTextForm, kRowsForm};
  return kTable;
}

void corrupt_pack(const char* what) {
  throw StorageError("CorruptBlock", std::string("a packed block contradicts itself: ") + what);
}

std::string pack_payload(std::span<const std::byte> payload, const Sections& sections) {
  std::string out;
  pack_payload(payload, sections, out);
  return out;
}

void pack_payload(std::span<const std::byte> payload, const Sections& sections, std::string& out) {
  KITH_ASSERT(sections.end() <= payload.size());
  std::vector<Section> list(sections.list().begin(), sections.list().end());
  if (sections.end() < payload.size())
    list.push_back(
        {SectionForm::Bytes, 0, static_cast<std::uint32_t>(payload.size() - sections.end())});
  const PackHeader header{static_cast<std::uint32_t>(list.size()), 0};
  std::vector<SectionHeader> headers(list.size());
  const std::size_t body = sizeof header + headers.size() * sizeof(SectionHeader);
  out.assign(body, '\0');
  for (std::size_t i = 0; i < list.size(); ++i) {
    headers[i] = pack_section(list[i], payload.first(list[i].bytes), out);
    payload = payload.subspan(list[i].bytes);
  }
  std::memcpy(out.data(), &header, sizeof header);
  if (!headers.empty())
    std::memcpy(out.data() + sizeof header, headers.data(), body - sizeof header);
}

std::vector<SectionHeader> packed_sections(std::span<const std::byte> packed) {
  PackReader in(packed);
  PackHeader header;
  std::memcpy(&header, in.take(sizeof header).data(), sizeof header);
  if (header.reserved != 0 || header.sections > packed.size() / sizeof(SectionHeader))
    corrupt_pack("a wrong number of sections");
  std::vector<SectionHeader> headers(header.sections);
  const auto bytes = in.take(headers.size() * sizeof(SectionHeader));
  if (!headers.empty()) std::memcpy(headers.data(), bytes.data(), bytes.size());
  return headers;
}

void unpack_payload(std::span<const std::byte> packed, std::span<std::byte> payload) {
  const std::vector<SectionHeader> headers = packed_sections(packed);
  PackReader in(packed);
  in.take(sizeof(PackHeader) + headers.size() * sizeof(SectionHeader));
  for (const SectionHeader& header : headers) {
    const SectionFormDef* def = find_form(header.form);
    if (!def || header.reserved != 0) corrupt_pack("a section of no known form");
    if (header.bytes > payload.size()) corrupt_pack("its sections are too long");
    def->unpack(header.width, in.take(header.packed), payload.first(header.bytes));
    payload = payload.subspan(header.bytes);
  }
  in.expect_end();
  if (!payload.empty()) corrupt_pack("its sections are too short");
}

}  // namespace kith::storage
