// api/import/id_order.hpp: the ids of nodes that are numbers, in the order of the nodes.
//
// Files of relationships often name nodes in the order of the nodes' own files, or the same one
// many times. Then an id is found at or shortly behind the one before, in memory that is on its
// way already, and the table need not be asked, which costs a look at a place far away.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace kith::import {

class IdOrder {
 public:
  static constexpr std::uint64_t kNone = ~std::uint64_t{0};
  static constexpr std::ptrdiff_t kNear = 16;  // ids that are looked at

  // What is not one node behind the one before it may be left out.
  void add(std::uint64_t id, std::uint64_t node) {
    const std::uint64_t number = node / kPageNodes;
    if (number >= pages_.size()) pages_.resize(number + 1);
    auto& page = pages_[number];
    if (!page) page = std::make_unique<Page>(node);
    if (node != page->first + page->count) return;
    page->ids[page->count++] = id;
    ++size_;
  }
  // Looks ids up that come in order.
  class Reader {
   public:
    explicit Reader(const IdOrder& of) : of_(of) {}
    // The next id is looked for from this node on.
    void go_to(std::uint64_t node) {
      at_ = end_ = nullptr;
      const std::uint64_t number = node / kPageNodes;
      if (number >= of_.pages_.size() || !of_.pages_[number]) return;
      const Page& page = *of_.pages_[number];
      if (node < page.first || node >= page.first + page.count) return;
      at_ = page.ids.get() + (node - page.first);
      end_ = page.ids.get() + page.count;
      node_ = node;
    }
    // The node of the id, if it is that of the last one or one of those behind it; else kNone.
    std::uint64_t find(std::uint64_t id) {
      const std::uint64_t* const end = at_ + std::min<std::ptrdiff_t>(end_ - at_, kNear);
      const std::uint64_t* at = at_;
      while (at != end && *at != id) ++at;
      if (at == end) return kNone;
      node_ += static_cast<std::uint64_t>(at - at_);
      at_ = at;
      return node_;
    }

   private:
    const IdOrder& of_;
    const std::uint64_t *at_ = nullptr, *end_ = nullptr;  // of a page
    std::uint64_t node_ = 0;                              // whose id at_ is
  };
  std::uint64_t bytes() const {
    return pages_.capacity() * sizeof(pages_[0]) + size_ * sizeof(std::uint64_t);
  }

 private:
  static constexpr std::uint64_t kPageNodes = 1 << 14;
  struct Page {
    explicit Page(std::uint64_t node)
        : first(node),
          ids(std::make_unique_for_overwrite<std::uint64_t[]>(kPageNodes - node % kPageNodes)) {}

    std::uint64_t first, count = 0;  // nodes
    std::unique_ptr<std::uint64_t[]> ids;
  };
  std::vector<std::unique_ptr<Page>> pages_;
  std::uint64_t size_ = 0;
};

}  // namespace kith::import
