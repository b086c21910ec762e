// core/in_order.hpp: items that are made and used in order, with work on all threads in between.
#pragma once

#include <cstdint>
#include <functional>

#include "core/scheduler.hpp"

namespace kith {

// `make` gives one item after the other (nullptr: no more), `work` may run on any thread, `take`
// gets the items in the order in which they were made. One make and one take run at a time.
//
// What `take` does is what more threads cannot do faster. It may leave a part of it to whoever has
// nothing else to do: `help` (if there is one) does a piece of that, or says that there is none.
// Any number of threads call it at the same time. Pieces may be left when the run ends.
struct InOrder {
  std::function<void*()> make;
  std::function<void(void*)> work, take;
  std::function<bool()> help = {};
};

// At most `in_flight` items are on their way. After the first exception nothing more is made or
// taken; it is thrown here once all threads have ended. The stages may use the scheduler.
void run_in_order(Scheduler& scheduler, std::uint32_t in_flight, const InOrder& stages);

}  // namespace kith
