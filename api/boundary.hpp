// api/boundary.hpp: the one place where failures of every kind become kith::Error.
//
// Nothing a library throws (ANTLR, TBB, std::bad_alloc) crosses the API as itself.
#pragma once

#include <exception>
#include <new>
#include <utility>

#include "kith/error.hpp"

namespace kith::api {

// Rethrows the exception in flight as a kith::Error.
[[noreturn]] void rethrow_as_error();

template <class Body>
decltype(auto) guarded(Body&& body) {
  try {
    return std::forward<Body>(body)();
  } catch (...) {
    rethrow_as_error();
  }
}

}  // namespace kith::api
