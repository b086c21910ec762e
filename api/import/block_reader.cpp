// api/import/block_reader.cpp: see block_reader.hpp.
#include "api/import/block_reader.hpp"

#include <algorithm>

#include "core/assert.hpp"

namespace kith::import {

RowBlock* BlockReader::take() {
  const std::lock_guard lock(mutex_);
  if (free_.empty()) {
    blocks_.push_back(std::make_unique<RowBlock>());
    return blocks_.back().get();
  }
  RowBlock* block = free_.back();
  free_.pop_back();
  return block;
}

void BlockReader::give_back(RowBlock* block) {
  const std::lock_guard lock(mutex_);
  free_.push_back(block);
}

std::uint64_t BlockReader::blocks() {
  const std::lock_guard lock(mutex_);
  return blocks_.size();
}

RowBlock* BlockReader::next() {
  if (ended_) return nullptr;
  RowBlock* block = take();
  block->failure = nullptr;
  try {
    if (fill(*block)) return block;
    ended_ = true;
    give_back(block);
    return nullptr;
  } catch (...) {
    ended_ = true;
    block->failure = std::current_exception();
    return block;
  }
}

bool BlockReader::fill(RowBlock& block) {
  for (;;) {
    if (!open_ && !open_next_file()) return false;
    block.path = &plans_[group_].group.files[file_ - 1].path;
    block.begins_file = begins_file_;
    if (open_->next(block.text)) break;
    open_.reset();
    bytes_before_ += file_bytes_;
  }
  const RowPlan& plan = plans_[group_];
  const std::size_t number = file_ - 1;
  KITH_ASSERT(number < plan.group.files.size());
  block.plan = &plan;
  block.group_number = group_;
  block.multiline = plan.group.files[number].multiline;
  begins_file_ = false;
  block.begins_group = block.begins_file && number == 0;
  block.bytes_read = bytes_before_ + open_->bytes_read();
  block.bytes_left = file_bytes_ - std::min(file_bytes_, open_->bytes_read());
  return true;
}

bool BlockReader::open_next_file() {
  while (group_ < plans_.size() && file_ == plans_[group_].group.files.size()) {
    ++group_;
    file_ = 0;
  }
  if (group_ == plans_.size()) return false;
  const RowPlan& plan = plans_[group_];
  const FileOfGroup& of = plan.group.files[file_++];
  auto file = files_.open(of.path, OpenMode::ReadOnly);
  file_bytes_ = file->size();
  open_ = std::make_unique<CsvBlocks>(std::move(file), of.path,
                                      csv_options(plan.options, of.multiline), block_bytes_);
  begins_file_ = true;
  return true;
}

}  // namespace kith::import
