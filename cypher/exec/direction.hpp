// cypher/exec/direction.hpp: a step seen from its other end.
#pragma once

#include "core/id.hpp"

namespace kith::exec {

inline Direction turned(Direction direction) {
  switch (direction) {
    case Direction::Out:
      return Direction::In;
    case Direction::In:
      return Direction::Out;
    case Direction::Both:
      break;
  }
  return direction;
}

}  // namespace kith::exec
