// cypher/exec/ordered_states.hpp: the states of an aggregate over one group, by where rows came
// from.
#pragma once

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "cypher/exec/accumulator.hpp"
#include "cypher/functions/function.hpp"

namespace kith::exec {

// Parts of a state, one for each morsel that had rows, in no order until they are joined.
class OrderedStates {
 public:
  // Adds a row; returns the memory that this took.
  std::uint64_t add(FunctionContext& context, const AggregateDef& function, std::uint64_t sequence,
                    std::span<const Cell> arguments, std::uint64_t weight) {
    return add_to_part(function, sequence,
                       [&](AggregateState& state) { state.add(context, arguments, weight); });
  }
  template <class T>
  std::uint64_t add_all(FunctionContext& context, const AggregateDef& function,
                        std::uint64_t sequence, std::span<const T> numbers,
                        std::span<const Cell> others) {
    return add_to_part(function, sequence,
                       [&](AggregateState& state) { state.add_all(context, numbers, others); });
  }
  // Returns the memory of what it took.
  std::uint64_t take(OrderedStates& other) {
    std::uint64_t bytes = 0;
    for (const Part& part : other.parts_) bytes += sizeof(Part) + part.state->bytes();
    std::move(other.parts_.begin(), other.parts_.end(), std::back_inserter(parts_));
    other.parts_.clear();
    return bytes;
  }
  bool empty() const { return parts_.empty(); }

  void save(std::string& out) const {
    put_varint(out, parts_.size());
    for (const Part& part : parts_) {
      put_varint(out, part.sequence);
      part.state->save(out);
    }
  }
  // Returns the memory of what was loaded.
  std::uint64_t load(const AggregateDef& function, ByteReader& in) {
    std::uint64_t bytes = 0;
    for (std::uint64_t left = in.varint(); left > 0; --left) {
      parts_.push_back({in.varint(), function.make()});
      parts_.back().state->load(in);
      bytes += sizeof(Part) + parts_.back().state->bytes();
    }
    return bytes;
  }

  Cell finish(const AggregateDef& function, Arena& arena) {
    if (parts_.empty()) return function.make()->finish(arena);
    std::stable_sort(parts_.begin(), parts_.end(),
                     [](const Part& a, const Part& b) { return a.sequence < b.sequence; });
    for (std::size_t i = 1; i < parts_.size(); ++i) parts_[0].state->merge(*parts_[i].state);
    parts_.resize(1);
    return parts_[0].state->finish(arena);
  }

 private:
  struct Part {
    std::uint64_t sequence;
    std::unique_ptr<AggregateState> state;
  };

  template <class Add>
  std::uint64_t add_to_part(const AggregateDef& function, std::uint64_t sequence, Add add) {
    std::uint64_t before = 0;
    if (parts_.empty() || parts_.back().sequence != sequence) {
      parts_.push_back({sequence, function.make()});
    } else {
      before = parts_.back().state->bytes() + sizeof(Part);
    }
    AggregateState& state = *parts_.back().state;
    add(state);
    return state.bytes() + sizeof(Part) - before;
  }

  std::vector<Part> parts_;
};

}  // namespace kith::exec
