// tests/unit/storage/hook.hpp: what a disk of a test calls before it does something.
#pragma once

#include <functional>
#include <mutex>
#include <shared_mutex>
#include <utility>

namespace kith::storage::test {

// Nothing, until a function is given to it; nullptr takes it away. Threads of the store may call it
// meanwhile: afterwards none is in the one before.
template <class... Arguments>
class Hook {
 public:
  Hook& operator=(std::function<void(Arguments...)> function) {
    const std::unique_lock lock(mutex_);
    function_ = std::move(function);
    return *this;
  }
  void operator()(Arguments... arguments) const {
    const std::shared_lock lock(mutex_);
    if (function_) function_(arguments...);
  }

 private:
  mutable std::shared_mutex mutex_;
  std::function<void(Arguments...)> function_;
};

}  // namespace kith::storage::test
