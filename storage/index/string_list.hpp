// storage/index/string_list.hpp: the strings of a page that is being made, one behind another in
// one piece of memory.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/assert.hpp"

namespace kith::storage {

class StringList {
 public:
  std::size_t size() const { return ends_.size(); }
  bool empty() const { return ends_.empty(); }
  std::size_t bytes() const { return bytes_.size(); }  // of all
  std::string_view operator[](std::size_t i) const {
    KITH_ASSERT(i < ends_.size());
    const std::size_t begin = i == 0 ? 0 : ends_[i - 1];
    return std::string_view(bytes_).substr(begin, ends_[i] - begin);
  }
  std::string_view front() const { return (*this)[0]; }
  std::string_view back() const { return (*this)[size() - 1]; }

  void append(std::string_view string) {
    bytes_.append(string);
    KITH_ASSERT(bytes_.size() <= UINT32_MAX);
    ends_.push_back(static_cast<std::uint32_t>(bytes_.size()));
  }
  void append(const StringList& other, std::size_t from) {
    for (std::size_t i = from; i < other.size(); ++i) append(other[i]);
  }
  // Leaves the first `count`.
  void truncate(std::size_t count) {
    KITH_ASSERT(count <= size());
    ends_.resize(count);
    bytes_.resize(ends_.empty() ? 0 : ends_.back());
  }

 private:
  std::string bytes_;
  std::vector<std::uint32_t> ends_;
};

}  // namespace kith::storage
