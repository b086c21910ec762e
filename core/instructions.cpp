// core/instructions.cpp: what the processor says of itself.
#include "core/instructions.hpp"

#include <cstdlib>
#include <string_view>

#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace kith {

namespace {

#if defined(__x86_64__)
// Not every compiler lets __builtin_cpu_supports() ask for it. A processor without takes it for
// another instruction.
bool has_lzcnt() {
  unsigned a = 0, b = 0, c = 0, d = 0;
  return __get_cpuid(0x80000001, &a, &b, &c, &d) != 0 && (c & bit_LZCNT) != 0;
}
#endif

Instructions widest_of_processor() {
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("popcnt") || !has_lzcnt()) {
    return Instructions::Portable;
  }
  const bool has_avx512 =
      __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vpopcntdq");
  return has_avx512 ? Instructions::Avx512 : Instructions::Avx2;
#else
  return Instructions::Portable;
#endif
}

Instructions widest_allowed() {
  const char* written = std::getenv("KITH_INSTRUCTIONS");
  const std::string_view name = written != nullptr ? written : "";
  if (name == "portable") return Instructions::Portable;
  return name == "avx2" ? Instructions::Avx2 : Instructions::Avx512;
}

}  // namespace

bool has_instructions(Instructions instructions) {
  static const Instructions processor = widest_of_processor();
  static const Instructions allowed = widest_allowed();
  return instructions <= processor && instructions <= allowed;
}

}  // namespace kith
