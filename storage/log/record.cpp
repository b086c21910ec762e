// storage/log/record.cpp: records as bytes.
#include "storage/log/record.hpp"

#include <fmt/format.h>

#include "core/assert.hpp"
#include "kith/error.hpp"
#include "storage/log/record_columns.hpp"

namespace kith::storage {

namespace {

constexpr std::uint8_t kFirstKind = 1;

// One overload for each type of field.
struct Put {
  std::string& out;

  void operator()(std::uint64_t value) { put_varint(out, value); }
  void operator()(std::uint32_t value) { put_varint(out, value); }
  void operator()(std::int64_t value) { put_signed(out, value); }
  void operator()(std::string_view value) { put_text(out, value); }
  void operator()(NameKind value) { put_varint(out, static_cast<std::uint64_t>(value)); }
  void operator()(ElementKind value) { put_varint(out, static_cast<std::uint64_t>(value)); }
  void operator()(ConstraintKind value) { put_varint(out, static_cast<std::uint64_t>(value)); }
  template <class Tag, class Number>
  void operator()(Id<Tag, Number> id) {
    put_varint(out, id.value);
  }
  void operator()(Existence value) { put_varint(out, static_cast<std::uint64_t>(value)); }
  void operator()(const ListChange& change) {
    put_varint(out, change.relationship);
    put_varint(out, change.neighbour);
    put_varint(out, change.type.value);
    put_varint(out, change.added ? 1 : 0);
  }
  void operator()(const Cell& value) { encode(out, value); }
  void operator()(const Property& value) {
    KITH_ASSERT(value.key.value != UINT32_MAX);
    put_varint(out, value.key.value);
    encode(out, value.value);
  }
  template <class Item>
  void operator()(std::span<const Item> items) {
    put_varint(out, items.size());
    for (const Item& item : items) (*this)(item);
  }
  void operator()(std::span<const Cell> values) {
    put_varint(out, values.size());
    encode(out, values);
  }
  template <class I>
  void operator()(const IdRuns<I>& runs) {
    static_assert(sizeof(I) == sizeof(std::uint64_t));
    const auto* words = reinterpret_cast<const std::uint64_t*>(runs.ids.data());
    put_runs(out, {words, runs.ids.size()});
  }
  void operator()(const ValueColumns& columns) { put_columns(out, columns); }
};

[[noreturn]] void corrupt(const std::string& what) {
  throw StorageError("CorruptLog", "a record of the log cannot be read: " + what);
}

[[noreturn]] void newer(const std::string& what) {
  throw StorageError("NewerVersion",
                     fmt::format("the log holds {}, which this version of kith does not know; open "
                                 "the database with the version that wrote it",
                                 what));
}

struct Take {
  ByteReader& in;
  Arena& arena;

  void operator()(std::uint64_t& value) { value = in.varint(); }
  void operator()(std::uint32_t& value) {
    const std::uint64_t wide = in.varint();
    if (wide > UINT32_MAX) corrupt(fmt::format("a 32-bit number is {}", wide));
    value = static_cast<std::uint32_t>(wide);
  }
  void operator()(std::int64_t& value) { value = in.signed_varint(); }
  void operator()(std::string_view& value) { value = in.text(); }
  void operator()(NameKind& value) {
    const std::uint64_t number = in.varint();
    if (number < static_cast<std::uint64_t>(NameKind::Label) ||
        number > static_cast<std::uint64_t>(NameKind::Key))
      corrupt(fmt::format("there is no kind of name {}", number));
    value = static_cast<NameKind>(number);
  }
  void operator()(ElementKind& value) {
    const std::uint64_t number = in.varint();
    if (number > static_cast<std::uint64_t>(ElementKind::Relationship))
      corrupt(fmt::format("there is no kind of element {}", number));
    value = static_cast<ElementKind>(number);
  }
  void operator()(ConstraintKind& value) {
    const std::uint64_t number = in.varint();
    if (number == 0) corrupt("there is no kind of constraint 0");
    if (number > kConstraintKinds) newer(fmt::format("constraints of kind {}", number));
    value = static_cast<ConstraintKind>(number);
  }
  void operator()(Existence& value) {
    const std::uint64_t number = in.varint();
    if (number > static_cast<std::uint64_t>(Existence::Deleted))
      corrupt(fmt::format("there is no existence {}", number));
    value = static_cast<Existence>(number);
  }
  void operator()(ListChange& change) {
    (*this)(change.relationship);
    (*this)(change.neighbour);
    (*this)(change.type);
    const std::uint64_t added = in.varint();
    if (added > 1) corrupt("a list changes neither by more nor by less");
    change.added = added == 1;
  }
  template <class Tag, class Number>
  void operator()(Id<Tag, Number>& id) {
    (*this)(id.value);
  }
  void operator()(Cell& value) { value = decode(in, arena); }
  void operator()(Property& value) {
    (*this)(value.key);
    (*this)(value.value);
  }
  // A count that the bytes left cannot hold is damage, not a reason to ask for memory.
  template <class Item>
  void operator()(std::span<const Item>& items) {
    const std::uint64_t count = in.varint();
    if (count > in.left()) corrupt(fmt::format("{} items in {} bytes", count, in.left()));
    const auto made = arena.make_array<Item>(static_cast<std::size_t>(count));
    for (Item& item : made) {
      item = Item{};
      (*this)(item);
    }
    items = made;
  }
  template <class I>
  void operator()(IdRuns<I>& runs) {
    const std::span<const std::uint64_t> words = take_runs(in, arena);
    runs.ids = {reinterpret_cast<const I*>(words.data()), words.size()};
  }
  void operator()(ValueColumns& columns) { columns = take_columns(in, arena); }
};

template <std::size_t kIndex = 0>
Record take_kind(std::size_t index, Take& take) {
  if constexpr (kIndex < std::variant_size_v<Record>) {
    if (index != kIndex) return take_kind<kIndex + 1>(index, take);
    using Kind = std::variant_alternative_t<kIndex, Record>;
    Kind made;
    Kind::fields(made, [&](std::string_view, auto& field) { take(field); });
    return made;
  } else {
    newer(fmt::format("records of kind {}", index + kFirstKind));
  }
}

}  // namespace

void encode(std::string& out, const Record& record) {
  out.push_back('\0');  // the length, if it fits
  const std::size_t begin = out.size();
  out.push_back(static_cast<char>(record.index() + kFirstKind));
  Put put{out};
  std::visit(
      [&](const auto& kind) {
        kind.fields(kind, [&](std::string_view, const auto& field) { put(field); });
      },
      record);
  KITH_ASSERT(out.size() > begin);
  std::string length;  // at most ten bytes: never on the heap
  put_varint(length, out.size() - begin);
  out[begin - 1] = length.front();
  if (length.size() > 1) out.insert(begin, length, 1);
}

Record decode_record(ByteReader& in, Arena& arena) {
  const std::uint64_t length = in.varint();
  if (length == 0 || length > in.left())
    corrupt(fmt::format("{} bytes announced, {} there", length, in.left()));
  ByteReader body(in.bytes(static_cast<std::size_t>(length)));
  const std::uint8_t kind = body.byte();
  if (kind < kFirstKind) corrupt("its kind is 0");
  Take take{body, arena};
  Record made = take_kind(static_cast<std::size_t>(kind - kFirstKind), take);
  if (!body.at_end()) corrupt(fmt::format("{} bytes too many", body.left()));
  KITH_ASSERT(made.index() == static_cast<std::size_t>(kind - kFirstKind));
  return made;
}

}  // namespace kith::storage
