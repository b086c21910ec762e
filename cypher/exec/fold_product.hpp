// cypher/exec/fold_product.hpp: what many nodes of one place of a fold's tree weigh.
#pragma once

#include <algorithm>
#include <optional>
#include <span>

#include "cypher/exec/fold_tree.hpp"
#include "storage/id_runs.hpp"

namespace kith::exec {

// Products of many nodes, a factor at a time: for all of them while most weigh something, then for
// those that are left.
class FoldEvaluator::Product {
 public:
  Product(Node& node, std::span<const std::uint64_t> ids, std::span<Matches> out)
      : node_(node), ids_(ids), out_(out) {}

  // Those for which passes() is false weigh nothing.
  template <class Passes>
  void restrict(Passes&& passes) {
    for (std::size_t i = 0; i < ids_.size(); ++i) out_[i] = passes(ids_[i]) ? 1 : 0;
    is_begun_ = true;
    narrow(ids_.size() / 4);
  }
  // read(nodes, factors of all of them). `is_cheap`: that costs less than to find those left.
  template <class Read>
  void multiply(bool is_cheap, Read&& read) {
    if (!is_begun_) {
      read(ids_, out_);
      is_begun_ = may_be_large_ = true;
      return;
    }
    if (!is_narrow_ && !is_cheap) narrow(ids_.size() - 1);
    node_.factors.resize(is_narrow_ ? node_.left.size() : ids_.size());
    if (node_.factors.empty()) return;
    read(is_narrow_ ? std::span<const std::uint64_t>(node_.left) : ids_, std::span(node_.factors));
    may_be_large_ = true;
    is_narrow_ ? multiply_left() : multiply_all();
  }
  // By what `factor` makes of the degree of each. False: not done; all nodes have to be there, one
  // after the other, and no product large.
  bool multiply_degrees(storage::NeighbourCursor& cursor, storage::DegreeFactor factor) {
    if (is_narrow_ || may_be_large_ || !is_run()) return false;
    begin();
    const std::uint64_t all = cursor.multiply_degrees(ids_[0], factor, out_);
    may_be_large_ = all >> 32 != 0;
    if (!may_be_large_) return true;
    for (Matches& product : out_) product = std::min(product, kTooMany);
    return true;
  }
  // Calls read(nodes, what they weigh) for those left.
  template <class Read>
  void finish(Read&& read) {
    begin();
    if (!is_narrow_) narrow(ids_.size());
    node_.factors.resize(node_.left.size());
    if (node_.factors.empty()) return;
    read(std::span<const std::uint64_t>(node_.left), std::span(node_.factors));
    multiply_left();
  }
  void begin() {
    if (!is_begun_) std::fill(out_.begin(), out_.end(), 1);
    is_begun_ = true;
  }

 private:
  // Each node is the next one.
  bool is_run() {
    if (!is_run_) is_run_ = storage::are_consecutive(ids_);
    return *is_run_;
  }
  // To those left, if they are no more than that.
  void narrow(std::size_t most) {
    const std::size_t size = ids_.size();
    std::size_t count = 0;
    for (std::size_t i = 0; i < size; ++i) count += out_[i] != 0 ? 1 : 0;
    if (count > most) return;
    is_narrow_ = true;
    node_.left.resize(size);
    node_.rows.resize(size);
    count = 0;
    for (std::size_t i = 0; i < size; ++i) {
      node_.left[count] = ids_[i];
      node_.rows[count] = static_cast<std::uint32_t>(i);
      count += out_[i] != 0 ? 1 : 0;
    }
    node_.left.resize(count);
    node_.rows.resize(count);
  }
  void multiply_all() {
    const Matches* const factors = node_.factors.data();
    Matches* const products = out_.data();
    const std::size_t size = out_.size();
    Matches all = 0;
    for (std::size_t i = 0; i < size; ++i) all |= factors[i] | products[i];
    if (all >> 31 == 0) {  // no product is too large
      for (std::size_t i = 0; i < size; ++i) {
        products[i] = Matches{static_cast<std::uint32_t>(products[i])} *
                      static_cast<std::uint32_t>(factors[i]);
      }
    } else {
      for (std::size_t i = 0; i < size; ++i) products[i] = product_of(products[i], factors[i]);
    }
  }
  void multiply_left() {
    std::uint64_t* const left = node_.left.data();
    std::uint32_t* const rows = node_.rows.data();
    const std::size_t size = node_.left.size();
    std::size_t kept = 0;
    for (std::size_t i = 0; i < size; ++i) {
      const std::uint32_t row = rows[i];
      const Matches product = product_of(out_[row], node_.factors[i]);
      out_[row] = product;
      left[kept] = left[i];
      rows[kept] = row;
      kept += product != 0 ? 1 : 0;
    }
    node_.left.resize(kept);
    node_.rows.resize(kept);
  }

  Node& node_;
  std::span<const std::uint64_t> ids_;
  std::span<Matches> out_;
  bool is_begun_ = false;      // out_ has products; otherwise all are 1
  bool may_be_large_ = false;  // some product may be 2^32 or more
  std::optional<bool> is_run_;
  bool is_narrow_ = false;  // left and rows of the node are about those left
};

}  // namespace kith::exec
