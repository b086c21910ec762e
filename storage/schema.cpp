// storage/schema.cpp: looking up, changing and encoding a schema.
#include "storage/schema.hpp"

#include <algorithm>

#include "core/assert.hpp"
#include "core/encode.hpp"
#include "core/hash.hpp"
#include "kith/error.hpp"

namespace kith::storage {

namespace {

[[noreturn]] void corrupt(const char* what) {
  throw StorageError("CorruptSchema", std::string("the schema contradicts itself: ") + what);
}

template <class Def>
const Def* find_by_name(std::span<const Def> all, std::string_view name) {
  for (const Def& def : all)
    if (def.name == name) return &def;
  return nullptr;
}

template <class Def>
const Def* find_by_id(std::span<const Def> all, std::uint32_t id) {
  const auto at = std::lower_bound(
      all.begin(), all.end(), id, [](const Def& def, std::uint32_t want) { return def.id < want; });
  return at != all.end() && at->id == id ? &*at : nullptr;
}

template <class Map>
auto list_under(const Map& map, const typename Map::key_type& key) {
  using Item = typename Map::mapped_type::value_type;
  const auto found = map.find(key);
  return found == map.end() ? std::span<const Item>() : std::span<const Item>(found->second);
}

bool same_keys(const std::vector<KeyId>& a, std::span<const KeyId> b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end());
}

std::uint32_t take_number(ByteReader& in) {
  const std::uint64_t wide = in.varint();
  if (wide > UINT32_MAX) corrupt("a number is too large");
  return static_cast<std::uint32_t>(wide);
}

void put_place(std::string& out, SchemaToken token, const std::vector<KeyId>& keys) {
  put_varint(out, static_cast<std::uint64_t>(token.on));
  put_varint(out, token.id);
  put_varint(out, keys.size());
  for (const KeyId key : keys) put_varint(out, key.value);
}
void take_place(ByteReader& in, SchemaToken& token, std::vector<KeyId>& keys) {
  const std::uint64_t on = in.varint();
  if (on > static_cast<std::uint64_t>(ElementKind::Relationship)) corrupt("a kind of element");
  token = {static_cast<ElementKind>(on), take_number(in)};
  const std::uint64_t count = in.varint();
  if (count > in.left()) corrupt("a number of keys");
  for (std::uint64_t i = 0; i < count; ++i) keys.push_back(KeyId{take_number(in)});
}

void put(std::string& out, const IndexDef& index) {
  put_varint(out, index.id);
  put_text(out, index.name);
  put_place(out, index.token, index.keys);
  put_varint(out, index.constraint);
}
IndexDef take_index(ByteReader& in) {
  IndexDef index;
  index.id = take_number(in);
  index.name = in.text();
  take_place(in, index.token, index.keys);
  index.constraint = take_number(in);
  if (index.keys.empty()) corrupt("an index without keys");
  return index;
}

void put(std::string& out, const ConstraintDef& constraint) {
  put_varint(out, constraint.id);
  put_text(out, constraint.name);
  put_varint(out, static_cast<std::uint64_t>(constraint.kind));
  put_place(out, constraint.token, constraint.keys);
  put_varint(out, constraint.index);
  put_text(out, encode_details(constraint));
}
ConstraintDef take_constraint(ByteReader& in) {
  ConstraintDef constraint;
  constraint.id = take_number(in);
  constraint.name = in.text();
  const std::uint64_t kind = in.varint();
  if (kind == 0 || kind > kConstraintKinds)
    throw StorageError("NewerVersion",
                       "the schema has a kind of constraint that this version of kith does not "
                       "know; open the database with the version that wrote it");
  constraint.kind = static_cast<ConstraintKind>(kind);
  take_place(in, constraint.token, constraint.keys);
  constraint.index = take_number(in);
  decode_details(in.text(), constraint);
  return constraint;
}

}  // namespace

std::shared_ptr<const Schema> Schema::empty() { return std::shared_ptr<Schema>(new Schema()); }

const IndexDef* Schema::find_index(std::string_view name) const {
  return find_by_name(indexes(), name);
}
const IndexDef* Schema::find_index(std::uint32_t id) const { return find_by_id(indexes(), id); }
const IndexDef* Schema::find_index(SchemaToken token, std::span<const KeyId> keys) const {
  for (const IndexDef* index : indexes_on(token))
    if (same_keys(index->keys, keys)) return index;
  return nullptr;
}
const ConstraintDef* Schema::find_constraint(std::string_view name) const {
  return find_by_name(constraints(), name);
}
const ConstraintDef* Schema::find_constraint(std::uint32_t id) const {
  return find_by_id(constraints(), id);
}
const ConstraintDef* Schema::find_constraint(ConstraintKind kind, SchemaToken token,
                                             std::span<const KeyId> keys) const {
  for (const ConstraintDef* constraint : constraints_on(token))
    if (constraint->kind == kind && same_keys(constraint->keys, keys)) return constraint;
  return nullptr;
}

std::span<const IndexDef* const> Schema::indexes_on(SchemaToken token) const {
  return list_under(indexes_on_, token);
}
std::span<const ConstraintDef* const> Schema::constraints_on(SchemaToken token) const {
  return list_under(constraints_on_, token);
}
std::span<const IndexDef* const> Schema::indexes_with(ElementKind on, KeyId key) const {
  return list_under(indexes_with_, {on, key});
}

std::shared_ptr<Schema> Schema::copy() const {
  std::shared_ptr<Schema> made(new Schema());
  made->version_ = version_;
  made->next_id_ = next_id_;
  made->indexes_ = indexes_;
  made->constraints_ = constraints_;
  return made;
}

void Schema::link() {
  for (const IndexDef& index : indexes_) {
    KITH_ASSERT(index.id < next_id_ && !index.keys.empty());
    indexes_on_[index.token].push_back(&index);
    for (const KeyId key : index.keys) {
      std::vector<const IndexDef*>& list = indexes_with_[{index.token.on, key}];
      if (list.empty() || list.back() != &index) list.push_back(&index);
    }
  }
  for (const ConstraintDef& constraint : constraints_) {
    KITH_ASSERT(constraint.id < next_id_);
    constraints_on_[constraint.token].push_back(&constraint);
  }
}

// The version that follows from what is done to a schema (H1).
static std::uint64_t next_version(std::uint64_t version, std::string_view change) {
  const std::uint64_t next = combine_hashes(version, hash_text(change));
  return next == 0 ? 1 : next;  // 0 is the version of no schema at all
}

std::shared_ptr<const Schema> Schema::with(IndexDef index) const {
  KITH_ASSERT(index.id == next_id_ && !index.keys.empty());              // H2
  KITH_ASSERT(!find_index(index.name) && !find_constraint(index.name));  // H3
  KITH_ASSERT(!find_index(index.token, index.keys));                     // H5
  std::string change = "+i";
  put(change, index);
  const auto made = copy();
  made->next_id_ = index.id + 1;
  made->indexes_.push_back(std::move(index));
  made->version_ = next_version(version_, change);
  made->link();
  return made;
}

std::shared_ptr<const Schema> Schema::with(ConstraintDef constraint) const {
  KITH_ASSERT(constraint.id == next_id_);                                          // H2
  KITH_ASSERT(!find_index(constraint.name) && !find_constraint(constraint.name));  // H3
  KITH_ASSERT(constraint.owns_index() == (constraint.index != 0));                 // H4
  std::string change = "+c";
  put(change, constraint);
  const auto made = copy();
  made->next_id_ = constraint.id + 1;
  if (constraint.owns_index()) {
    KITH_ASSERT(constraint.index == constraint.id + 1);
    KITH_ASSERT(!find_index(constraint.token, constraint.keys));  // H5
    made->next_id_ = constraint.index + 1;
    made->indexes_.push_back(
        {constraint.index, constraint.name, constraint.token, constraint.keys, constraint.id});
  }
  made->constraints_.push_back(std::move(constraint));
  made->version_ = next_version(version_, change);
  made->link();
  return made;
}

std::shared_ptr<const Schema> Schema::without_index(std::uint32_t id) const {
  KITH_ASSERT(find_index(id) && find_index(id)->constraint == 0);  // H4
  const auto made = copy();
  std::erase_if(made->indexes_, [&](const IndexDef& index) { return index.id == id; });
  std::string change = "-i";
  put_varint(change, id);
  made->version_ = next_version(version_, change);
  made->link();
  return made;
}

std::shared_ptr<const Schema> Schema::without_constraint(std::uint32_t id) const {
  KITH_ASSERT(find_constraint(id));
  const auto made = copy();
  std::erase_if(made->indexes_, [&](const IndexDef& index) { return index.constraint == id; });
  std::erase_if(made->constraints_, [&](const ConstraintDef& old) { return old.id == id; });
  std::string change = "-c";
  put_varint(change, id);
  made->version_ = next_version(version_, change);
  made->link();
  return made;
}

std::string Schema::encode() const {
  std::string out;
  put_varint(out, version_);
  put_varint(out, next_id_);
  put_varint(out, indexes_.size());
  for (const IndexDef& index : indexes_) put(out, index);
  put_varint(out, constraints_.size());
  for (const ConstraintDef& constraint : constraints_) put(out, constraint);
  return out;
}

std::shared_ptr<const Schema> Schema::decode(std::span<const std::byte> bytes) {
  std::shared_ptr<Schema> made(new Schema());
  ByteReader in(bytes);
  made->version_ = in.varint();
  made->next_id_ = take_number(in);
  for (std::uint64_t left = in.varint(); left > 0; --left) {
    IndexDef index = take_index(in);
    const std::uint32_t last = made->indexes_.empty() ? 0 : made->indexes_.back().id;
    if (index.id <= last || index.id >= made->next_id_) corrupt("the ids of indexes");
    made->indexes_.push_back(std::move(index));
  }
  for (std::uint64_t left = in.varint(); left > 0; --left) {
    ConstraintDef constraint = take_constraint(in);
    const std::uint32_t last = made->constraints_.empty() ? 0 : made->constraints_.back().id;
    if (constraint.id <= last || constraint.id >= made->next_id_) corrupt("ids of constraints");
    const IndexDef* owned = made->find_index(constraint.index);
    const bool sound = constraint.owns_index() ? owned && owned->constraint == constraint.id
                                               : constraint.index == 0;
    if (!sound) corrupt("a constraint and its index");
    made->constraints_.push_back(std::move(constraint));
  }
  if (!in.at_end()) corrupt("bytes left over");
  made->link();
  return made;
}

}  // namespace kith::storage
