// core/instructions.cpp: what the processor says of itself.
#include "core/instructions.hpp"

#include <cstdlib>
#include <string_view>

namespace kith {

namespace {

Instructions widest_of_processor() {
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("popcnt")) {
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
