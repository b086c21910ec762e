// storage/page/bytes.hpp: directories and roots as bytes: plain structs and arrays one after
// another, each padded to a multiple of 8.
#pragma once

#include <cstddef>
#include <cstring>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

#include "kith/error.hpp"

namespace kith::storage {

class ByteSink {
 public:
  template <class T>
  void put(const T& value) {
    put_array(std::span(&value, 1));
  }
  template <class T>
  void put_array(std::span<const T> values) {
    static_assert(std::is_trivially_copyable_v<T>);
    bytes_.append(static_cast<const char*>(static_cast<const void*>(values.data())),
                  values.size_bytes());
    bytes_.resize((bytes_.size() + 7) / 8 * 8);
  }
  std::span<const std::byte> bytes() const {
    return std::as_bytes(std::span(bytes_.data(), bytes_.size()));
  }

 private:
  std::string bytes_;
};

// Reads forward; running past the end is StorageError("CorruptBlock").
class ByteSource {
 public:
  ByteSource(std::span<const std::byte> bytes, const char* what) : bytes_(bytes), what_(what) {}

  template <class T>
  T take() {
    T value;
    std::memcpy(&value, take_bytes(sizeof(T)), sizeof(T));
    return value;
  }
  template <class T>
  std::vector<T> take_array(std::size_t count) {
    static_assert(std::is_trivially_copyable_v<T>);
    if (count > bytes_.size() / sizeof(T)) corrupt();
    std::vector<T> values(count);
    const std::byte* from = take_bytes(count * sizeof(T));
    if (count > 0) std::memcpy(values.data(), from, count * sizeof(T));
    return values;
  }
  void expect(bool sound) const {
    if (!sound) corrupt();
  }
  void expect_end() const { expect(bytes_.empty()); }

 private:
  const std::byte* take_bytes(std::size_t count) {
    const std::size_t padded = (count + 7) / 8 * 8;
    if (padded > bytes_.size()) corrupt();
    const std::byte* at = bytes_.data();
    bytes_ = bytes_.subspan(padded);
    return at;
  }
  [[noreturn]] void corrupt() const {
    throw StorageError("CorruptBlock", std::string(what_) + " contradicts itself");
  }

  std::span<const std::byte> bytes_;
  const char* what_;
};

}  // namespace kith::storage
