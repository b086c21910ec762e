// cypher/exec/evaluate_epoch.cpp: datetime({epochMillis: x}), datetime({epochSeconds: x}) and
// datetime.fromEpochMillis(x) of a column of integers, without a map or a call for each row.
#include <optional>

#include "core/temporal.hpp"
#include "cypher/exec/evaluate.hpp"

namespace kith::exec {

namespace {

// A count of units since the epoch.
struct Epoch {
  const bound::ExpressionPtr* count;
  std::int64_t in_second;
};

std::optional<Epoch> as_epoch(const bound::Call& node) {
  if (node.function->name == "datetime.fromEpochMillis") return Epoch{&node.arguments[0], 1000};
  if (node.function->name != "datetime" || node.arguments.size() != 1) return std::nullopt;
  const auto* map = std::get_if<bound::Map>(&node.arguments[0]->node);
  if (map == nullptr || map->entries.size() != 1) return std::nullopt;
  const auto& [key, value] = map->entries[0];
  if (key == "epochMillis") return Epoch{&value, 1000};
  if (key == "epochSeconds") return Epoch{&value, 1};
  return std::nullopt;
}

class EpochEvaluator final : public Evaluator {
 public:
  // `call`: for all other values.
  EpochEvaluator(const Epoch& epoch, EvaluatorPtr call, Worker& worker)
      : count_(compile(**epoch.count, worker)),
        in_second_(epoch.in_second),
        call_(std::move(call)),
        arena_(worker) {}

  Column evaluate(const Batch& batch) override {
    const Column counts = count_->evaluate(batch);
    const std::uint32_t rows = counts.constant ? 1 : batch.rows;
    const Vector& vector = *counts.vector;
    const bool plain = vector.type() == VectorType::Integer && !vector.may_have_nulls();
    const bool fits = plain && (in_second_ == 1 ? fill<1>(counts, rows) : fill<1000>(counts, rows));
    if (!fits) return call_->evaluate(batch);
    return {&out_, nullptr, counts.constant};
  }

 private:
  // False if one is out of range.
  template <std::int64_t InSecond>
  bool fill(const Column& counts, std::uint32_t rows) {
    constexpr std::int64_t kMostSeconds = kMaxDay * kSecondsPerDay;
    const auto* values = counts.vector->data<std::int64_t>();
    arena_.reset();
    const auto moments = static_cast<Arena&>(arena_).make_array<DateTimeData>(rows);
    out_.reset(VectorType::Any, rows);
    auto* out = out_.data<Cell>();
    bool fits = true;
    for (std::uint32_t i = 0; i < rows; ++i) {
      const std::int64_t value = values[counts.at(i)];
      const std::int64_t seconds = floor_divide(value, InSecond);
      fits = fits && seconds > -kMostSeconds && seconds < kMostSeconds;
      const std::int64_t rest = (value - seconds * InSecond) * (kNanosecondsPerSecond / InSecond);
      moments[i] = {seconds, static_cast<std::uint32_t>(rest), 0, {}};
      out[i] = Cell::of(static_cast<const DateTimeData*>(&moments[i]));
    }
    return fits;
  }

  EvaluatorPtr count_;
  std::int64_t in_second_;
  EvaluatorPtr call_;
  ValueArena arena_;
  Vector out_;
};

}  // namespace

EvaluatorPtr with_epoch(const bound::Call& node, EvaluatorPtr call, Worker& worker) {
  const auto epoch = as_epoch(node);
  if (!epoch) return call;
  return std::make_unique<EpochEvaluator>(*epoch, std::move(call), worker);
}

}  // namespace kith::exec
