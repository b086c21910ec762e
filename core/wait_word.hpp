// core/wait_word.hpp: a word that threads sleep by until it changes.
//
// std::atomic::wait(), but it sleeps at once: the standard library's gives its processor away some
// times first, which costs as much as sleeping where it is known that the change is far away.
#pragma once

#include <atomic>
#include <cstdint>

namespace kith {

class WaitWord {
 public:
  std::uint32_t load() const { return word_.load(std::memory_order_acquire); }
  // Who sleeps goes on sleeping until wake().
  void change() { word_.fetch_add(1, std::memory_order_release); }
  void wake();
  // Returns when the word is not `seen` any more. What was written before the change is seen then.
  void wait(std::uint32_t seen);

 private:
  std::atomic<std::uint32_t> word_{0};
};

}  // namespace kith
