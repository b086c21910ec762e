// cypher/exec/join_side.cpp: building the kept side of a join.
#include "cypher/exec/join_side.hpp"

#include <algorithm>

#include "cypher/exec/group_table.hpp"

namespace kith::exec {

namespace {

std::vector<plan::SortKey> as_keys(const std::vector<bound::ExpressionPtr>& expressions) {
  std::vector<plan::SortKey> keys;
  for (const auto& expression : expressions) keys.push_back({expression, true});
  return keys;
}

std::vector<Slot> common(const std::vector<Slot>& a, const std::vector<Slot>& b) {
  std::vector<Slot> result;
  for (const Slot slot : a) {
    if (std::find(b.begin(), b.end(), slot) != b.end()) result.push_back(slot);
  }
  return result;
}

// Null and NaN are equal to nothing.
bool matches_nothing(const Cell& cell) {
  return cell.is_null() || (cell.kind == Kind::Float && cell.real != cell.real);
}

}  // namespace

JoinSide::JoinSide(const plan::Node& node, const std::vector<bound::ExpressionPtr>& keys,
                   const Lowering& lowering, std::string_view who)
    : input_(*node.children.at(1)),
      keys_(as_keys(keys)),
      slots_(common(input_.live, node.live)),
      id_(node.id),
      shared_(lowering.shared),
      depends_on_argument_(reads_argument(input_)),
      execution_(lowering.execution()),
      who_(who),
      pipelines_(input_, [&] {
        Lowering inner = lowering_of_inputs(node, lowering);
        inner.carried.clear();
        return inner;
      }()) {}

void JoinSide::open() {
  const auto make = [] { return std::make_shared<KeptSide>(); };
  if (!kept_) kept_ = shared_ ? execution_.shared<KeptSide>(id_, make) : make();
  if (kept_->is_built) {
    if (shared_) return;
    if (!depends_on_argument_ && kept_->built_at == execution_.changes()) return;
    kept_ = make();
  }
  build();
  if (!keys_.empty()) index();
  kept_->is_built = true;
  kept_->built_at = execution_.changes();
}

void JoinSide::build() {
  KeptSide& kept = *kept_;
  pipelines_.open();
  std::vector<SortInput> inputs;
  for (std::uint32_t i = 0; i < pipelines_.workers(); ++i) {
    inputs.emplace_back(keys_, slots_, pipelines_.worker(i));
    kept.owners.push_back(
        std::make_unique<RowBuffer>(inputs[i].columns(), execution_.budget, who_));
  }
  pipelines_.drain([&](std::uint32_t worker, const Batch& batch) {
    const auto keys = inputs[worker].keys_of(batch);
    std::vector<std::uint32_t> rows;
    for (std::uint32_t i = 0; i < batch.rows; ++i) {
      const bool hopeless = std::any_of(keys.begin(), keys.end(), [&](const Column& key) {
        return matches_nothing(key.cell(i));
      });
      if (!hopeless) rows.push_back(i);
    }
    if (!rows.empty()) inputs[worker].append(batch, rows, *kept.owners[worker]);
  });
  for (const auto& owner : kept.owners) {
    kept.rows.insert(kept.rows.end(), owner->rows().begin(), owner->rows().end());
  }
  if (kept.owners.size() > 1) SortOrder({}, inputs[0].columns()).sort(kept.rows, execution_);
  kept.reserved =
      Reservation(execution_.budget, who_,
                  kept.rows.size() * (slots_.size() * sizeof(Cell) + 2 * sizeof(KeptSide::Entry)));
  kept.columns = Batch(execution_.slot_count);
  const auto emitted = SortInput::emitted(keys_.size(), slots_);
  kept.emitter.emit(kept.rows, emitted, kept.columns);
}

void JoinSide::index() {
  KeptSide& kept = *kept_;
  const std::size_t rows = kept.rows.size();
  KITH_ASSERT(rows < UINT32_MAX);
  kept.plain = rows != 0 && keys_.size() == 1 ? kept.rows[0][0].kind : Kind::Null;
  if (kept.plain != Kind::Integer && kept.plain != Kind::Node && kept.plain != Kind::Relationship) {
    kept.plain = Kind::Null;
  }
  std::size_t buckets = 16;
  while (buckets < rows) buckets *= 2;
  std::vector<std::uint64_t> hashes(rows);
  kept.begins.assign(buckets + 1, 0);
  for (std::size_t i = 0; i < rows; ++i) {
    hashes[i] = hash_key({kept.rows[i], keys_.size()});
    ++kept.begins[kept.bucket_of(hashes[i]) + 1];
    if (kept.rows[i][0].kind != kept.plain) kept.plain = Kind::Null;
  }
  for (std::size_t b = 1; b <= buckets; ++b) kept.begins[b] += kept.begins[b - 1];
  std::vector<std::uint32_t> at(kept.begins.begin(), kept.begins.end() - 1);
  kept.entries.resize(rows);
  for (std::size_t i = 0; i < rows; ++i) {
    const std::uint64_t word = kept.plain == Kind::Null ? hashes[i] : kept.rows[i][0].word;
    kept.entries[at[kept.bucket_of(hashes[i])]++] = {word, static_cast<std::uint32_t>(i)};
  }
}

void JoinSide::give(std::span<const std::uint32_t> rows, Batch& out) const {
  for (const Slot slot : slots_) {
    out.columns[slot] = {kept_->columns[slot].vector, rows.data(), false};
  }
}

}  // namespace kith::exec
