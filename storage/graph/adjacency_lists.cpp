// storage/graph/adjacency_lists.cpp: the lists of many slots at once.
//
// A loop for each form and each width of offsets, without branches on what is read; others where
// the slots follow one another. Ranks count bits, for which most processors have an instruction;
// whether this one has it is asked once.
#include <bit>

#include "core/assert.hpp"
#include "core/bits.hpp"
#include "core/instructions.hpp"
#include "storage/graph/adjacency.hpp"
#include "storage/graph/adjacency_layout.hpp"

namespace kith::storage {

namespace {

// Where the lists begin (null: not wanted), and how long they are.
struct Found {
  std::uint64_t* firsts;
  std::uint64_t* sizes;
};
// False: the chunk contradicts itself.
template <class Offset>
bool put(const DegreeIndex& index, std::uint32_t list, bool has, std::size_t i,
         const Found& found) {
  const std::uint64_t first = list_offset<Offset>(index.offsets, list),
                      end = list_offset<Offset>(index.offsets, list + 1);
  if (found.firsts != nullptr) found.firsts[i] = first;
  found.sizes[i] = has ? end - first : 0;
  return (first <= end) & (end <= index.edges);
}

std::uint32_t slot_at(std::span<const std::uint64_t> nodes, std::size_t i) {
  return static_cast<std::uint32_t>(nodes[i] & (kSegmentSlots - 1));
}

template <class Offset>
bool dense(const DegreeIndex& index, std::span<const std::uint64_t> nodes, const Found& found) {
  bool good = true;
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    const std::uint32_t slot = slot_at(nodes, i);
    const bool has = slot < index.slot_limit;
    good &= put<Offset>(index, has ? slot : 0, has, i, found);
  }
  return good;
}

template <class Offset>
[[gnu::always_inline]] inline bool ranked(const DegreeIndex& index,
                                          std::span<const std::uint64_t> nodes,
                                          const Found& found) {
  bool good = true;
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    const std::uint32_t slot = slot_at(nodes, i);
    const auto word = load_at<std::uint64_t>(index.slots, slot / 64);
    const bool has = slot < index.slot_limit && (word >> slot % 64 & 1) != 0;
    const std::uint64_t below = word & ((std::uint64_t{1} << slot % 64) - 1);
    const std::uint32_t rank =
        load_at<std::uint16_t>(index.slots + kRankedBitmapBytes, slot / 64) + count_bits(below);
    good &= put<Offset>(index, std::min(rank, index.lists - 1), has, i, found);
  }
  return good;
}

// ---- slots one after the other

template <class Offset>
bool dense_run(const DegreeIndex& index, std::uint32_t slot, std::size_t count,
               const Found& found) {
  const std::size_t in_use = slot < index.slot_limit ? index.slot_limit - slot : 0;
  const std::size_t some = std::min(count, in_use);
  std::fill(found.sizes + some, found.sizes + count, 0);
  if (some == 0) return true;
  std::uint64_t differences = 0;  // the highest bit: one of them is negative
  for (std::size_t i = 0; i < some; ++i) {
    const auto list = slot + static_cast<std::uint32_t>(i);
    found.sizes[i] =
        list_offset<Offset>(index.offsets, list + 1) - list_offset<Offset>(index.offsets, list);
    differences |= found.sizes[i];
  }
  if (found.firsts != nullptr) {
    for (std::size_t i = 0; i < some; ++i) {
      found.firsts[i] = list_offset<Offset>(index.offsets, slot + static_cast<std::uint32_t>(i));
    }
  }
  const std::uint64_t end =
      list_offset<Offset>(index.offsets, slot + static_cast<std::uint32_t>(some));
  return differences >> 63 == 0 && end <= index.edges;
}

template <class Offset>
bool ranked_run(const DegreeIndex& index, std::uint32_t slot, std::size_t count,
                const Found& found) {
  std::fill(found.sizes, found.sizes + count, 0);
  const auto end =
      static_cast<std::uint32_t>(std::min<std::size_t>(slot + count, index.slot_limit));
  bool good = true;
  for (std::uint32_t first = slot / 64 * 64; first < end; first += 64) {
    const auto word = load_at<std::uint64_t>(index.slots, first / 64);
    std::uint64_t left = word;
    std::uint32_t list = load_at<std::uint16_t>(index.slots + kRankedBitmapBytes, first / 64);
    if (first < slot) {
      const std::uint64_t below = word & ((std::uint64_t{1} << slot % 64) - 1);
      list += count_bits(below);
      left ^= below;
    }
    if (end - first < 64) left &= (std::uint64_t{1} << end % 64) - 1;
    for (; left != 0; left &= left - 1, ++list) {
      const auto at = first + static_cast<std::uint32_t>(std::countr_zero(left)) - slot;
      good &= put<Offset>(index, std::min(list, index.lists - 1), true, at, found);
    }
  }
  return good;
}

// ---- choosing

using Loop = bool (*)(const DegreeIndex&, std::span<const std::uint64_t>, const Found&);

template <class Offset>
bool ranked_portable(const DegreeIndex& index, std::span<const std::uint64_t> nodes,
                     const Found& found) {
  return ranked<Offset>(index, nodes, found);
}
#if defined(__x86_64__)
template <class Offset>
__attribute__((target("popcnt"))) bool ranked_popcnt(const DegreeIndex& index,
                                                     std::span<const std::uint64_t> nodes,
                                                     const Found& found) {
  return ranked<Offset>(index, nodes, found);
}
#endif

template <class Offset>
Loop ranked_loop() {
#if defined(__x86_64__)
  if (has_instructions(Instructions::Avx2)) return ranked_popcnt<Offset>;
#endif
  return ranked_portable<Offset>;
}

}  // namespace

// Calls read(the index, what tells the kind of offsets), which says whether all is well.
template <class Read>
void AdjacencyReader::read_index(Read&& read) const {
  const DegreeIndex index = this->index();
  KITH_ASSERT(index.lists > 0 && index.form != ListForm::Listed);
  bool good = false;
  switch (index.offset_width) {
    case 2:
      good = read(index, std::uint16_t{});
      break;
    case 4:
      good = read(index, std::uint32_t{});
      break;
    case 8:
      good = read(index, std::uint64_t{});
      break;
    default:
      good = read(index, ImplicitOffset{});
      break;
  }
  if (!good) corrupt();
}

void AdjacencyReader::lists_of(std::span<const std::uint64_t> nodes, std::uint64_t* firsts,
                               std::uint64_t* sizes) const {
  const ListForm form = chunk_->header.form;
  if (form == ListForm::Listed) {
    for (std::size_t i = 0; i < nodes.size(); ++i) {
      const List found = list(slot_at(nodes, i));
      if (firsts != nullptr) firsts[i] = found.first;
      sizes[i] = found.size();
    }
    return;
  }
  read_index([&](const DegreeIndex& index, auto kind) {
    using Offset = decltype(kind);
    const Loop loop = form == ListForm::Dense ? &dense<Offset> : ranked_loop<Offset>();
    return loop(index, nodes, {firsts, sizes});
  });
}

std::uint64_t AdjacencyReader::multiply_degrees(std::uint32_t slot, std::size_t count,
                                                DegreeFactor factor,
                                                std::uint64_t* products) const {
  KITH_ASSERT(has_products());
  std::uint64_t all = 0;
  if (!storage::multiply_degrees(index(), slot, count, factor, products, all)) corrupt();
  return all;
}

void AdjacencyReader::lists_from(std::uint32_t slot, std::size_t count, std::uint64_t* firsts,
                                 std::uint64_t* sizes) const {
  KITH_ASSERT(slot + count <= kSegmentSlots);
  const ListForm form = chunk_->header.form;
  if (form == ListForm::Listed) {
    std::fill(sizes, sizes + count, 0);
    const auto end = slot + static_cast<std::uint32_t>(count);
    for (std::uint32_t at = next_list(slot); at < end; at = next_list(at + 1)) {
      const List found = list(at);
      if (firsts != nullptr) firsts[at - slot] = found.first;
      sizes[at - slot] = found.size();
    }
    return;
  }
  read_index([&](const DegreeIndex& index, auto kind) {
    using Offset = decltype(kind);
    const auto loop = form == ListForm::Dense ? &dense_run<Offset> : &ranked_run<Offset>;
    return loop(index, slot, count, {firsts, sizes});
  });
}

}  // namespace kith::storage
