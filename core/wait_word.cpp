// core/wait_word.cpp: by the system's call where there is one.
#include "core/wait_word.hpp"

#if defined(__linux__)
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <climits>
#endif

namespace kith {

#if defined(__linux__)

namespace {

static_assert(sizeof(std::atomic<std::uint32_t>) == sizeof(std::uint32_t) &&
              std::atomic<std::uint32_t>::is_always_lock_free);

void futex(std::atomic<std::uint32_t>& word, int operation, std::uint32_t value) {
  ::syscall(SYS_futex, &word, operation | FUTEX_PRIVATE_FLAG, value, nullptr, nullptr, 0);
}

}  // namespace

void WaitWord::wait(std::uint32_t seen) {
  // Interrupted, or changed before it slept: looked at again.
  while (load() == seen) futex(word_, FUTEX_WAIT, seen);
}
void WaitWord::wake() { futex(word_, FUTEX_WAKE, INT_MAX); }

#else

void WaitWord::wait(std::uint32_t seen) { word_.wait(seen, std::memory_order_acquire); }
void WaitWord::wake() { word_.notify_all(); }

#endif

}  // namespace kith
