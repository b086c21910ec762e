// shell/heap.hpp: what the program's heap gives back to the system.
#pragma once

#include <cstdint>

namespace kith::shell {

// Large arrays (sort buffers, hash tables) have pages of their own, which go back to the system at
// once: the process is as large as its memory limit says, not as it was at its largest. Of any
// subcommand, before it starts.
void set_up_heap();

// What a query needs the next one needs, too, and new pages cost up to half of its time. A share of
// the memory limit (0: the usual one) is not worth giving back.
void keep_in_heap(std::uint64_t memory_limit);

}  // namespace kith::shell
