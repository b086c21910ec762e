// core/assert.hpp: KITH_ASSERT, what we believe about our own code.
//
// On in debug and test builds. Corrupt input is never an assertion but an error.
#pragma once

namespace kith {
[[noreturn]] void assertion_failed(const char* claim, const char* file, int line) noexcept;
}

#if defined(KITH_ASSERTIONS)
#define KITH_ASSERT(claim) ((claim) ? void() : ::kith::assertion_failed(#claim, __FILE__, __LINE__))
#else
#define KITH_ASSERT(claim) (static_cast<void>(sizeof((claim) ? 1 : 0)))
#endif
