// core/arena.cpp: blocks of an arena grow from 1 KiB to 1 MiB; those of a large arena to 8 MiB, of
// which the system may make large pages. A larger wish gets a block of its own size.
#include "core/arena.hpp"

#include <algorithm>
#include <cstring>
#include <iterator>

#include "core/memory_budget.hpp"
#include "core/page_memory.hpp"

namespace kith {

namespace {
constexpr std::size_t kFirstBlockBytes = 1024;
constexpr std::size_t kLargestBlockBytes = 1024 * 1024;
constexpr std::size_t kLargestOfLarge = 8 * kLargestBlockBytes, kShareOfLarge = 4;
constexpr std::size_t kUncharged = 64 * 1024;
}  // namespace

void Arena::charge(std::size_t bytes) {
  if (bytes <= charged_) return;
  budget_->reserve(bytes - charged_, "a value of an expression");
  charged_ = bytes;
}

void Arena::uncharge(std::size_t left) noexcept {
  KITH_ASSERT(left <= charged_);
  budget_->release(charged_ - left);
  charged_ = left;
}

void* Arena::allocate_in_new_block(std::size_t bytes) {
  const std::size_t grown = std::max(
      std::clamp(bytes_, kFirstBlockBytes, kLargestBlockBytes),
      std::min(bytes_ / kShareOfLarge / kLargestBlockBytes * kLargestBlockBytes, kLargestOfLarge));
  const std::size_t size = std::max(grown, bytes);
  if (budget_ != nullptr && bytes_ + size > kUncharged) charge(bytes_ + size);
  Block block{std::make_unique_for_overwrite<std::byte[]>(size), size};
  std::byte* result = block.memory.get();
  prefer_large_pages(result, size);
  KITH_ASSERT(reinterpret_cast<std::uintptr_t>(result) % 16 == 0);
  blocks_.push_back(std::move(block));
  bytes_ += size;
  // A block made for one large wish leaves the rest of the current block in use.
  const std::size_t rest = size - bytes;
  if (at_ == nullptr || rest >= static_cast<std::size_t>(end_ - at_)) {
    at_ = result + bytes;
    end_ = result + size;
  }
  return result;
}

std::string_view Arena::copy(std::string_view text) {
  if (text.empty()) return "";
  auto* to = static_cast<char*>(allocate(text.size(), 1));
  std::memcpy(to, text.data(), text.size());
  return {to, text.size()};
}

void Arena::adopt(Arena&& other) {
  KITH_ASSERT(&other != this && budget_ == nullptr && other.budget_ == nullptr);
  std::move(other.blocks_.begin(), other.blocks_.end(), std::back_inserter(blocks_));
  bytes_ += other.bytes_;
  other.blocks_.clear();
  other.at_ = other.end_ = nullptr;
  other.bytes_ = 0;
}

void Arena::reset() {
  if (blocks_.empty()) return;
  // The largest block of ordinary size stays: a batch loop soon allocates nothing, and one huge
  // value is not held for ever.
  auto keep = std::max_element(blocks_.begin(), blocks_.end(), [](const Block& a, const Block& b) {
    const auto rank = [](const Block& x) { return x.size <= kLargestBlockBytes ? x.size : 0; };
    return rank(a) < rank(b);
  });
  Block kept = std::move(*keep);
  blocks_.clear();
  if (kept.size > kLargestBlockBytes) kept = {};
  at_ = kept.memory.get();
  end_ = at_ == nullptr ? nullptr : at_ + kept.size;
  bytes_ = kept.size;
  if (at_ != nullptr) blocks_.push_back(std::move(kept));
  if (charged_ > bytes_) uncharge(bytes_ > kUncharged ? bytes_ : 0);
}

}  // namespace kith
