// storage/delta/index_delta.hpp: what changed in an index since its tree was written: a persistent,
// ordered map from entries to present or absent.
//
//   N1  An entry here overrides the tree, which may or may not have it: what is said is how it is,
//       not what was done (D1 of root.hpp).
//   N2  Copies share nodes; a node is changed in place by its owner alone (T1 to T3 of
//       tree.hpp).
//
// A B+-tree in memory. Copying is one reference. Not thread-safe while edited; otherwise any number
// of readers.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/assert.hpp"
#include "storage/delta/ref.hpp"

namespace kith::storage {

class IndexDelta {
 public:
  bool empty() const { return size_ == 0; }
  std::uint64_t size() const { return size_; }
  // Entries said to be present, less those said to be absent.
  std::int64_t balance() const {
    return 2 * static_cast<std::int64_t>(present_) - static_cast<std::int64_t>(size_);
  }

  void set(std::string_view entry, bool present, Owner owner);
  // The same for many, ascending.
  void set_all(std::span<const std::string_view> entries, bool present, Owner owner);
  // About the memory that an entry of so many bytes takes.
  static std::uint64_t memory_of(std::size_t bytes);
  // Nothing: the tree alone knows.
  std::optional<bool> find(std::string_view entry) const;
  // Entries below `bound`.
  std::uint64_t rank(std::string_view bound) const;

  // What is here but not, or otherwise, in `frozen`: what is left once `frozen` is in the tree.
  IndexDelta without(const IndexDelta& frozen, Owner owner) const;

  class Cursor;

 private:
  class Entry;
  struct Node;
  struct Split;
  static constexpr std::size_t kFan = 48;

  static Node& own(Ref<Node>& link, Owner owner);
  std::size_t append(std::span<const std::string_view> entries, bool present, Owner owner);
  void insert(Ref<Node>& link, std::string_view entry, bool present, Owner owner, Split& split);
  void insert_in_leaf(Node& leaf, std::string_view entry, bool present);
  static void split_node(Node& node, std::size_t kept, Owner owner, Split& split);

  Ref<Node> top_;
  std::uint64_t size_ = 0, present_ = 0;
};

// Bytes, and whether they are present. Short ones, such as a number with its id, are in place.
class IndexDelta::Entry {
 public:
  Entry(std::string_view bytes, bool present)
      : size_(static_cast<std::uint32_t>(bytes.size())), present_(present) {
    char* to = place_.data();
    if (size_ > kInPlace) {
      to = new char[size_];
      std::memcpy(place_.data(), &to, sizeof to);
    }
    std::memcpy(to, bytes.data(), size_);
  }
  Entry(const Entry& from) : Entry(from.bytes(), from.present_) {}
  Entry(Entry&& from) noexcept
      : size_(std::exchange(from.size_, 0)), present_(from.present_), place_(from.place_) {}
  Entry& operator=(Entry from) noexcept {
    std::swap(size_, from.size_);
    std::swap(present_, from.present_);
    std::swap(place_, from.place_);
    return *this;
  }
  ~Entry() {
    if (size_ > kInPlace) delete[] elsewhere();
  }

  std::string_view bytes() const { return {size_ > kInPlace ? elsewhere() : place_.data(), size_}; }
  bool present() const { return present_; }
  void set_present(bool present) { present_ = present; }
  // About what one of so many bytes takes, with its share of a node.
  static std::uint64_t memory_of(std::size_t bytes) {
    return sizeof(Entry) + sizeof(Entry) / 2 + (bytes > kInPlace ? bytes + 16 : 0);
  }

 private:
  static constexpr std::size_t kInPlace = 27;
  char* elsewhere() const {
    char* memory = nullptr;
    std::memcpy(&memory, place_.data(), sizeof memory);
    return memory;
  }
  std::uint32_t size_;
  bool present_;
  std::array<char, kInPlace> place_;
};

struct IndexDelta::Node : Shared {
  explicit Node(Owner owner) : Shared(owner) {}
  Node(const Node& from, Owner owner)
      : Shared(owner),
        entries(from.entries),
        lows(from.lows),
        children(from.children),
        size(from.size) {}
  static void destroy(const Node* node) noexcept { delete node; }
  bool is_leaf() const { return children.empty(); }
  std::size_t count() const { return is_leaf() ? entries.size() : children.size(); }
  // The child that has, or would have, the entry.
  std::size_t child_for(std::string_view entry) const;
  // The first entry of a leaf that is not below.
  std::size_t place_of(std::string_view entry) const;

  std::vector<Entry> entries;     // of a leaf, ascending
  std::vector<std::string> lows;  // of an inner node: no entry of child i is below; [0] is ""
  std::vector<Ref<Node>> children;
  std::uint64_t size = 0;  // entries below
};

inline std::uint64_t IndexDelta::memory_of(std::size_t bytes) { return Entry::memory_of(bytes); }

// Reads a delta that nobody edits meanwhile, in both directions. What it gives out is valid until
// it moves.
class IndexDelta::Cursor {
 public:
  Cursor() = default;
  explicit Cursor(const IndexDelta& delta) : top_(delta.top_.get()) {}

  void seek(std::string_view bound);         // the first entry that is not below
  void seek_before(std::string_view bound);  // the last entry below
  void seek_first();
  void seek_last();
  bool valid() const { return depth_ > 0; }
  std::string_view entry() const { return at().bytes(); }
  bool present() const { return at().present(); }
  void next();
  void previous();

 private:
  friend class IndexDelta;
  const Node* leaf() const { return path_[depth_ - 1].node; }
  void skip_leaf() {
    path_[depth_ - 1].place = leaf()->count() - 1;
    next();
  }
  struct Step {
    const Node* node = nullptr;
    std::size_t place = 0;
  };
  const Entry& at() const {
    KITH_ASSERT(valid());
    const Step& leaf = path_[depth_ - 1];
    return leaf.node->entries[leaf.place];
  }
  void push(const Node* node, std::size_t place) {
    KITH_ASSERT(depth_ < path_.size());
    path_[depth_++] = {node, place};
  }
  void descend(const Node* node, bool first);

  const Node* top_ = nullptr;
  std::array<Step, 16> path_;
  std::size_t depth_ = 0;  // 0: no entry
};

}  // namespace kith::storage
