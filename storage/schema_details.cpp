// storage/schema_details.cpp: what a kind of constraint has beyond token and keys, as bytes.
#include "core/assert.hpp"
#include "core/encode.hpp"
#include "kith/error.hpp"
#include "storage/schema.hpp"

namespace kith::storage {

namespace {

[[noreturn]] void corrupt(const char* what) {
  throw StorageError("CorruptSchema",
                     std::string("the details of a constraint cannot be read: ") + what);
}

std::uint32_t take_number(ByteReader& in) {
  const std::uint64_t wide = in.varint();
  if (wide > UINT32_MAX) corrupt("a number is too large");
  return static_cast<std::uint32_t>(wide);
}
bool take_flag(ByteReader& in) {
  const std::uint64_t flag = in.varint();
  if (flag > 1) corrupt("a flag is neither 0 nor 1");
  return flag == 1;
}

template <class I>
void put_ids(std::string& out, const std::vector<I>& ids) {
  put_varint(out, ids.size());
  for (const I id : ids) put_varint(out, id.value);
}
template <class I>
void take_ids(ByteReader& in, std::vector<I>& ids) {
  const std::uint64_t count = in.varint();
  if (count > in.left()) corrupt("a number of ids");
  ids.clear();
  for (std::uint64_t i = 0; i < count; ++i) ids.push_back(I{take_number(in)});
}

void put_step(std::string& out, const PatternStep& step) {
  put_varint(out, static_cast<std::uint64_t>(step.direction));
  put_ids(out, step.types);
  put_ids(out, step.others);
}
void take_step(ByteReader& in, PatternStep& step) {
  const std::uint64_t direction = in.varint();
  if (direction > static_cast<std::uint64_t>(Direction::Both)) corrupt("a direction");
  step.direction = static_cast<Direction>(direction);
  take_ids(in, step.types);
  take_ids(in, step.others);
}

void take_ends(ByteReader& in, std::vector<EndLabels>& ends) {
  const std::uint64_t count = in.varint();
  if (count == 0 || count > in.left()) corrupt("a number of patterns");
  ends.resize(count);
  for (EndLabels& pair : ends) {
    take_ids(in, pair.starts);
    take_ids(in, pair.ends);
  }
}

}  // namespace

std::string encode_details(const ConstraintDef& constraint) {
  std::string out;
  switch (constraint.kind) {
    case ConstraintKind::Unique:
    case ConstraintKind::Key:
    case ConstraintKind::Exists:
      break;
    case ConstraintKind::Type:
      put_varint(out, constraint.types.values.bits);
      put_varint(out, constraint.types.items.bits);
      put_varint(out, constraint.types.mixed ? 1 : 0);
      break;
    case ConstraintKind::Ends:
      KITH_ASSERT(!constraint.ends.empty());
      put_varint(out, constraint.ends.size());
      for (const EndLabels& pair : constraint.ends) {
        put_ids(out, pair.starts);
        put_ids(out, pair.ends);
      }
      break;
    case ConstraintKind::Count:
      KITH_ASSERT(constraint.least <= constraint.most);
      put_step(out, constraint.step);
      put_varint(out, constraint.least);
      put_varint(out, constraint.most);
      break;
    case ConstraintKind::OnDelete:
      put_step(out, constraint.step);
      put_varint(out, constraint.cascades ? 1 : 0);
      break;
  }
  return out;
}

void decode_details(std::string_view bytes, ConstraintDef& constraint) {
  ByteReader in(std::as_bytes(std::span(bytes.data(), bytes.size())));
  switch (constraint.kind) {
    case ConstraintKind::Unique:
    case ConstraintKind::Key:
    case ConstraintKind::Exists:
      break;
    case ConstraintKind::Type:
      constraint.types.values.bits = take_number(in);
      constraint.types.items.bits = take_number(in);
      constraint.types.mixed = take_flag(in);
      if (!constraint.types.values.is_only(single_property_kinds()) ||
          !constraint.types.items.is_only(single_property_kinds()))
        corrupt("types that no property has");
      break;
    case ConstraintKind::Ends:
      take_ends(in, constraint.ends);
      break;
    case ConstraintKind::Count:
      take_step(in, constraint.step);
      constraint.least = in.varint();
      constraint.most = in.varint();
      if (constraint.least != constraint.most && constraint.least != 0 &&
          constraint.most != kNoMost)
        corrupt("a count that no statement asks for");
      break;
    case ConstraintKind::OnDelete:
      take_step(in, constraint.step);
      constraint.cascades = take_flag(in);
      break;
  }
  const bool fits = constraint.is_reference()
                        ? constraint.keys.empty() && (constraint.token.on == ElementKind::Node) ==
                                                         (constraint.kind != ConstraintKind::Ends)
                        : !constraint.keys.empty();
  if (!fits) corrupt("what it is about");
  if (!in.at_end()) corrupt("bytes left over");
}

}  // namespace kith::storage
