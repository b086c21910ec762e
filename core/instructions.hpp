// core/instructions.hpp: how wide this processor computes, asked when the program runs: one binary
// runs on any x86-64 and on arm64.
//
// Loops that gain by wider registers are written once for each kind of instructions; which one runs
// is chosen here. The environment variable KITH_INSTRUCTIONS (portable, avx2, avx512) is the widest
// that may be chosen, for tests and to find out whether a fault is one of such a loop.
#pragma once

#include <cstdint>
#include <initializer_list>

namespace kith {

enum class Instructions : std::uint8_t {
  Portable,  // what every processor has that this was compiled for
  Avx2,      // and POPCNT, LZCNT
  Avx512,    // F and VPOPCNTDQ, and what Avx2 has
};

// Whether the processor has them, and they may be chosen.
bool has_instructions(Instructions instructions);

// What `find` has for the widest instructions that there are. find(instructions): a pointer, null
// where the processor lacks them or nothing is written for them; never null for Portable.
template <class Find>
auto widest(const Find& find) {
  for (const Instructions wanted : {Instructions::Avx512, Instructions::Avx2}) {
    if (!has_instructions(wanted)) continue;
    if (const auto found = find(wanted)) return found;
  }
  return find(Instructions::Portable);
}

}  // namespace kith
