// storage/log/replay.cpp: decoding a transaction's records and applying them in order.
#include "storage/log/replay.hpp"

#include <fmt/format.h>

#include "core/assert.hpp"
#include "kith/error.hpp"
#include "storage/log/apply.hpp"

namespace kith::storage {

namespace {

template <class Visit>
void each_record(std::string_view bytes, Visit&& visit) {
  ByteReader in(std::as_bytes(std::span(bytes)));
  Arena arena;
  while (!in.at_end()) {
    visit(decode_record(in, arena));
    if (arena.bytes() > kMiB) arena.reset();
  }
}

}  // namespace

Replay::Replay(std::shared_ptr<Root> root, Owner owner)
    : root_(std::move(root)), first_(root_->position()), editor_(*root_, owner) {}

void Replay::carry(std::string_view bytes) {
  each_record(bytes, [&](const Record& record) { apply(record, editor_); });
}

void Replay::transaction(std::string_view bytes) {
  const std::uint64_t position = position_of(bytes);
  if (position <= root_->position()) return;
  if (position != root_->position() + 1)
    throw StorageError("CorruptLog", fmt::format("commit {} follows commit {} in the log", position,
                                                 root_->position()));
  each_record(bytes, [&](const Record& record) {
    if (root_->position() == position)
      throw StorageError("CorruptLog", "records follow a commit in the log");
    apply(record, editor_);
  });
  KITH_ASSERT(root_->position() == position);
}

std::uint64_t position_of(std::string_view transaction) {
  ByteReader in(std::as_bytes(std::span(transaction)));
  std::string_view last;
  while (!in.at_end()) last = in.text();  // a record is its length and its bytes
  std::string framed;
  put_text(framed, last);
  ByteReader again(std::as_bytes(std::span(framed)));
  Arena arena;
  const Record record = decode_record(again, arena);
  const auto* commit = std::get_if<record::Commit>(&record);
  if (!commit) throw StorageError("CorruptLog", "a transaction of the log has no commit");
  return commit->position;
}

}  // namespace kith::storage
