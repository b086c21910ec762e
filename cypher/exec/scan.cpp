// cypher/exec/scan.cpp: all nodes with some labels, all relationships of a type, in order of id.
//
// A scan reads morsel after morsel. Shared, the workers take them from one queue; their number and
// bounds do not depend on how many workers there are. Segments whose nodes cannot pass what is
// asked of them further up are skipped (zones.hpp).
#include <algorithm>
#include <atomic>
#include <optional>

#include "cypher/exec/operators.hpp"
#include "cypher/exec/readers.hpp"
#include "storage/cursor.hpp"

namespace kith::exec {

namespace {

struct MorselQueue {
  explicit MorselQueue(std::vector<storage::IdRange> ranges) : morsels(std::move(ranges)) {}
  const std::vector<storage::IdRange> morsels;
  std::atomic<std::size_t> taken{0};
};

// What both scans do: take morsels, give batches.
class MorselScan : public Operator {
 public:
  MorselScan(const plan::Node& node, const Lowering& lowering)
      : execution_(lowering.execution()), id_(node.id), shared_(lowering.shared) {}

  void open() final {
    const auto make = [this] { return std::make_shared<MorselQueue>(cut()); };
    queue_ = shared_ ? execution_.shared<MorselQueue>(id_, make) : make();
    in_morsel_ = false;
    prepare();
  }

  std::size_t morsels() const final { return queue_->morsels.size(); }
  void pause_after(Time time) final { pause_.after(time); }
  bool is_paused() const final { return pause_.is_paused(); }

  bool next(Batch& out) final {
    while (true) {
      execution_.poll();
      if (!in_morsel_ && !begin_morsel()) return false;
      out.columns.assign(execution_.slot_count, Column{});
      if (const std::size_t rows = read(out); rows != 0) {
        out.rows = static_cast<std::uint32_t>(rows);
        out.sequence = morsel_;
        return true;
      }
      in_morsel_ = false;
    }
  }

 protected:
  virtual std::vector<storage::IdRange> cut() = 0;
  virtual void prepare() = 0;
  virtual void begin(storage::IdRange range) = 0;
  virtual std::size_t read(Batch& out) = 0;  // 0: the morsel is at its end

  Execution& execution_;

 private:
  bool begin_morsel() {
    if (pause_.is_due()) return false;
    morsel_ = queue_->taken.fetch_add(1, std::memory_order_relaxed);
    if (morsel_ >= queue_->morsels.size()) return false;
    begin(queue_->morsels[morsel_]);
    in_morsel_ = true;
    return true;
  }

  std::uint32_t id_;
  bool shared_;
  std::shared_ptr<MorselQueue> queue_;  // shared: by all workers' instances
  std::size_t morsel_ = 0;
  bool in_morsel_ = false;
  Pause pause_;
};

class NodeScanOperator final : public MorselScan {
 public:
  NodeScanOperator(const plan::Node& node, const plan::NodeScan& op, const Lowering& lowering)
      : MorselScan(node, lowering),
        op_(op),
        fan_(lowering.fan),
        worker_(*lowering.worker),
        zones_(lowering.zones, op.node) {}

 private:
  std::vector<storage::IdRange> cut() override {
    const auto& view = execution_.view;
    const auto labels = find_labels(view, op_.labels);
    if (!labels) return {};
    storage::MorselOptions options;
    options.target = execution_.morsel_work();
    for (const LabelId label : *labels) {  // the rarest one
      if (!options.label || view.node_count(label) < view.node_count(*options.label)) {
        options.label = label;
      }
    }
    if (fan_.types != nullptr && fan_.from == op_.node) {
      if (auto types = find_types(view, *fan_.types)) {
        options.weigh = true;
        options.direction = fan_.direction;
        options.types = std::move(*types);
      }
    }
    return storage::node_morsels(view, options);
  }

  void prepare() override {
    scan_.get(execution_, [&] {
      auto labels = find_labels(execution_.view, op_.labels);
      return labels ? std::make_unique<storage::NodeScan>(execution_.view, std::move(*labels))
                    : nullptr;
    });
    zones_.prepare(worker_);
  }
  storage::NodeScan& scan() {
    return *scan_.get(execution_, []() -> std::unique_ptr<storage::NodeScan> { return nullptr; });
  }
  void begin(storage::IdRange range) override {
    rest_ = range;
    scan().begin({});
  }
  // The next part of the morsel: all of it, or a segment that may have rows.
  bool begin_part() {
    while (rest_.begin < rest_.end) {
      storage::IdRange part = rest_;
      const std::uint64_t segment = part.begin >> kSegmentBits;
      if (!zones_.empty()) part.end = std::min(part.end, (segment + 1) << kSegmentBits);
      rest_.begin = part.end;
      if (!zones_.empty() && zones_.exclude(execution_.view, segment)) continue;
      scan().begin(part);
      return true;
    }
    return false;
  }
  std::size_t read(Batch& out) override {
    ids_.reset(VectorType::Node, execution_.batch_rows);
    std::size_t rows = 0;
    do {
      rows = scan().next({ids_.data<std::uint64_t>(), execution_.batch_rows});
    } while (rows == 0 && begin_part());
    ids_.truncate(static_cast<std::uint32_t>(rows));
    out.set(op_.node, ids_);
    return rows;
  }

  const plan::NodeScan& op_;
  Fan fan_;
  Worker& worker_;
  ZoneTests zones_;
  storage::IdRange rest_;  // of the morsel
  PerState<storage::NodeScan> scan_;
  Vector ids_;
};

class RelationshipScanOperator final : public MorselScan {
 public:
  RelationshipScanOperator(const plan::Node& node, const plan::RelationshipScan& op,
                           const Lowering& lowering)
      : MorselScan(node, lowering), op_(op) {
    for (const Slot slot : node.live) {
      starts_live_ |= slot == op.start;
      ends_live_ |= slot == op.end;
    }
  }

 private:
  // The type, if one is asked for; `exists` is false if there is none of that name.
  std::optional<TypeId> type(bool& exists) const {
    exists = true;
    if (!op_.type) return std::nullopt;
    const auto type = execution_.view.catalog().find_type(*op_.type);
    exists = type.has_value();
    return type;
  }

  std::vector<storage::IdRange> cut() override {
    bool exists = false;
    const auto of = type(exists);
    if (!exists) return {};
    return storage::relationship_morsels(execution_.view, of, execution_.morsel_work());
  }
  void prepare() override {
    scan_.get(execution_, [&] {
      bool exists = false;
      const auto of = type(exists);
      return exists ? std::make_unique<storage::RelationshipScan>(execution_.view, of) : nullptr;
    });
  }
  storage::RelationshipScan& scan() {
    return *scan_.get(execution_,
                      []() -> std::unique_ptr<storage::RelationshipScan> { return nullptr; });
  }
  void begin(storage::IdRange range) override { scan().begin(range); }
  std::size_t read(Batch& out) override {
    const std::uint32_t capacity = execution_.batch_rows;
    ids_.reset(VectorType::Relationship, capacity);
    const auto nodes = [&](Vector& vector, bool live) {
      if (!live) return std::span<std::uint64_t>();
      vector.reset(VectorType::Node, capacity);
      return std::span(vector.data<std::uint64_t>(), capacity);
    };
    const std::size_t rows = scan().next({ids_.data<std::uint64_t>(), capacity},
                                         nodes(starts_, starts_live_), nodes(ends_, ends_live_));
    const auto show = [&](Slot slot, Vector& vector) {
      vector.truncate(static_cast<std::uint32_t>(rows));
      out.set(slot, vector);
    };
    show(op_.relationship, ids_);
    if (starts_live_) show(op_.start, starts_);
    if (ends_live_) show(op_.end, ends_);
    return rows;
  }

  const plan::RelationshipScan& op_;
  bool starts_live_ = false, ends_live_ = false;
  PerState<storage::RelationshipScan> scan_;
  Vector ids_, starts_, ends_;
};

}  // namespace

OperatorPtr make_scan(const plan::Node& node, const plan::NodeScan& op, const Lowering& lowering) {
  return std::make_unique<NodeScanOperator>(node, op, lowering);
}

OperatorPtr make_scan(const plan::Node& node, const plan::RelationshipScan& op,
                      const Lowering& lowering) {
  return std::make_unique<RelationshipScanOperator>(node, op, lowering);
}

}  // namespace kith::exec
