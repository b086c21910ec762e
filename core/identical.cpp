// core/identical.cpp: where equivalent() would see through types.
#include "core/identical.hpp"

#include <algorithm>

#include "core/compare.hpp"

namespace kith {

bool identical(const Cell& a, const Cell& b) {
  if (a.kind != b.kind) return false;
  if (a.kind == Kind::List) {
    return std::equal(a.items().begin(), a.items().end(), b.items().begin(), b.items().end(),
                      identical);
  }
  if (a.kind == Kind::Map) {
    return std::equal(a.entries().begin(), a.entries().end(), b.entries().begin(),
                      b.entries().end(), [](const MapEntry& x, const MapEntry& y) {
                        return x.key == y.key && identical(x.value, y.value);
                      });
  }
  if (a.kind == Kind::Float) return a.word == b.word;  // 0.0 is not -0.0
  return equivalent(a, b);
}

}  // namespace kith
