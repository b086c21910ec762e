// storage/cursor_facts.hpp: what holds for all that a kind of relationship leads to.
#pragma once

#include <span>

#include "core/id.hpp"
#include "storage/view.hpp"

namespace kith::storage {

// True: whatever relationships of these types (empty: any) lead to, in this direction, has the
// label. Asks segments, not nodes: false does not mean that some node has not.
bool ends_have_label(const View& view, std::span<const TypeId> types, Direction direction,
                     LabelId label);

}  // namespace kith::storage
