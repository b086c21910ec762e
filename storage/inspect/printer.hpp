// storage/inspect/printer.hpp: lines of text, and what cannot be read as lines too.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <functional>
#include <string_view>
#include <utility>

#include "kith/error.hpp"
#include "storage/page/format.hpp"

namespace kith::storage::inspect {

class Printer {
 public:
  explicit Printer(const std::function<void(std::string_view)>& line) : line_(line) {}

  template <class... Args>
  void line(fmt::format_string<Args...> text, Args&&... args) {
    line_(fmt::format(text, std::forward<Args>(args)...));
  }
  template <class Look>
  void attempt(Look&& look) {
    try {
      look();
    } catch (const StorageError& error) {
      ++failures_;
      line("unreadable: {}", error.what());
    }
  }
  std::uint64_t failures() const { return failures_; }

 private:
  const std::function<void(std::string_view)>& line_;
  std::uint64_t failures_ = 0;
};

// "page 17, 4080 bytes, checksum 0123456789abcdef", or "none".
inline std::string to_text(BlockPtr ptr) {
  if (!ptr.is_set()) return "none";
  return fmt::format("page {}, {} bytes, checksum {:016x}", ptr.page, ptr.bytes, ptr.checksum);
}

}  // namespace kith::storage::inspect
