// storage/log/record_rows.cpp: by the bytes of texts and lists.
#include "storage/log/record_rows.hpp"

#include <algorithm>

#include "core/assert.hpp"

namespace kith::storage {

namespace {

// Bytes of values after which rows go to another record.
constexpr std::size_t kRecordBytes = std::size_t{1} << 20;

std::size_t text_bytes(const Cell& value) {
  if (value.kind == Kind::String) return value.aux;
  if (value.kind != Kind::List) return 0;
  std::size_t bytes = 0;
  for (const Cell& item : value.items()) bytes += sizeof(Cell) + text_bytes(item);
  return bytes;
}

}  // namespace

std::size_t record_rows(std::span<const Cell> values, std::size_t count, std::size_t begin,
                        std::size_t most) {
  KITH_ASSERT(begin < count);
  const std::size_t end = begin + std::min(count - begin, most), keys = values.size() / count;
  std::size_t bytes = 0;
  for (std::size_t at = begin; at < end; ++at) {
    for (const Cell& value : values.subspan(at * keys, keys)) bytes += text_bytes(value);
    if (bytes >= kRecordBytes) return at + 1 - begin;
  }
  return end - begin;
}

std::size_t create_rows(RootEditor& editor, const RelationshipRows& rows,
                        std::span<std::uint64_t> ids, std::size_t begin, std::size_t end,
                        const std::function<void(const Record&)>& put) {
  KITH_ASSERT(begin < end && end <= rows.starts.size());
  const std::size_t keys = rows.keys.size();
  std::size_t at = begin;
  for (bool more = true; more && at < end;) {
    const RelationshipId first = editor.root().relationship_ids().next(rows.type);
    const std::size_t most = std::min<std::size_t>(kSegmentSlots - slot_of(first), end - at);
    const std::size_t count = record_rows(rows.values, rows.starts.size(), at, most);
    more = count == most;
    const auto starts = rows.starts.subspan(at, count), ends = rows.ends.subspan(at, count);
    const auto values = rows.values.subspan(at * keys, count * keys);
    put(record::CreateRelationships{first, rows.type, starts, ends, rows.keys, values});
    editor.make_relationships({first, rows.type, starts, ends, rows.keys, values});
    for (std::size_t i = 0; i < count; ++i) ids[at + i] = first.value + i;
    at += count;
  }
  const auto part = [&](auto all) { return all.subspan(begin, at - begin); };
  editor.link_relationships(rows.type, part(ids), part(rows.starts), part(rows.ends));
  return at;
}

namespace {

template <class Columns, class Rows, class I>
Record columns_of(std::span<const I> ids, std::span<const KeyId> keys,
                  std::span<const Cell> values) {
  if (std::max(ids.size(), values.size()) > kMostInColumns) return Rows{ids, keys, values};
  return Columns{{ids}, keys, {keys.size(), values}};
}

}  // namespace

Record record_of(std::span<const NodeId> nodes, std::span<const KeyId> keys,
                 std::span<const Cell> values) {
  return columns_of<record::SetNodeColumns, record::SetNodeProperties>(nodes, keys, values);
}
Record record_of(std::span<const RelationshipId> relationships, std::span<const KeyId> keys,
                 std::span<const Cell> values) {
  return columns_of<record::SetRelationshipColumns, record::SetRelationshipProperties>(
      relationships, keys, values);
}
Record record_of(LabelId label, std::span<const NodeId> nodes, bool present) {
  if (nodes.size() > kMostInColumns) {
    if (present) return record::AddLabels{label, nodes};
    return record::RemoveLabels{label, nodes};
  }
  if (present) return record::AddLabelRuns{label, {nodes}};
  return record::RemoveLabelRuns{label, {nodes}};
}

}  // namespace kith::storage
