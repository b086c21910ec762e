// api/result.cpp: handing out rows.
#include "kith/result.hpp"

#include <algorithm>
#include <chrono>

#include "api/boundary.hpp"
#include "api/handles.hpp"
#include "core/assert.hpp"
#include "core/value_bytes.hpp"

namespace kith {

using api::guarded;

namespace {
constexpr std::size_t kFetchRows = 256;
}

Result::Impl::~Impl() {
  if (transaction != nullptr) transaction->unread = nullptr;
}

bool Result::Impl::fill(std::size_t limit) {
  if (at < buffer.size()) return true;
  if (exhausted) return false;
  KITH_ASSERT(run != nullptr && at == buffer.size());
  const auto start = std::chrono::steady_clock::now();
  buffer.clear();
  at = 0;
  exhausted = !run->fetch(buffer, limit);
  if (exhausted) {
    if (auto plan = run->plan()) summary.plan = api::to_plan(*plan);
    run.reset();  // lets go of the snapshot
  }
  const auto spent = std::chrono::steady_clock::now() - start;
  summary.elapsed_us += static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::microseconds>(spent).count());
  return !buffer.empty() || (!exhausted && fill(limit));
}

void Result::Impl::add_notifications() {
  if (std::exchange(notified, true)) return;
  try {
    const storage::View view =
        transaction != nullptr ? transaction->view() : connection->database->store->snapshot();
    summary.notifications = statement->notifications(view);
  } catch (const TransactionError&) {
    KITH_ASSERT(summary.notifications.empty());  // the database is closed
  }
}

bool Result::Impl::drain() {
  constexpr std::uint64_t kStep = 1 << 20;
  buffer.erase(buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(at));
  at = 0;
  std::vector<std::vector<Value>> all = std::move(buffer);
  buffer.clear();
  kept = Reservation(*connection->database->budget, "rows of a result that is not read");
  std::uint64_t bytes = 0;
  while (fill(kFetchRows)) {
    for (auto& values : buffer) {
      bytes += sizeof(values);
      for (const Value& value : values) bytes += value_bytes(value);
      all.push_back(std::move(values));
    }
    buffer.clear();
    if (bytes <= kept.bytes() || kept.try_resize(bytes + kStep) || kept.try_resize(bytes)) continue;
    buffer = std::move(all);
    return false;
  }
  buffer = std::move(all);
  KITH_ASSERT(exhausted);
  return true;
}

const Value& Row::operator[](std::string_view column) const {
  const auto found = std::find(columns_->begin(), columns_->end(), column);
  if (found == columns_->end())
    throw QueryError("ArgumentError", "NoSuchColumn",
                     "the result has no column '" + std::string(column) + "'");
  return (*values_)[static_cast<std::size_t>(found - columns_->begin())];
}

Result::Result(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Result::Result(Result&&) noexcept = default;
Result& Result::operator=(Result&&) noexcept = default;
Result::~Result() = default;

const std::vector<std::string>& Result::columns() const { return impl_->statement->columns(); }

const Row* Result::next() {
  return guarded([&]() -> const Row* {
    if (!impl_->fill(kFetchRows)) return nullptr;
    KITH_ASSERT(impl_->at < impl_->buffer.size());
    impl_->row.values_ = &impl_->buffer[impl_->at++];
    impl_->row.columns_ = &columns();
    ++impl_->summary.rows;
    return &impl_->row;
  });
}

std::vector<std::vector<Value>> Result::fetch(std::size_t limit) {
  return guarded([&] {
    std::vector<std::vector<Value>> rows;
    while (rows.size() < limit && impl_->fill(std::min(limit - rows.size(), kFetchRows))) {
      const auto take = std::min(limit - rows.size(), impl_->buffer.size() - impl_->at);
      const auto from = impl_->buffer.begin() + static_cast<std::ptrdiff_t>(impl_->at);
      std::move(from, from + static_cast<std::ptrdiff_t>(take), std::back_inserter(rows));
      impl_->at += take;
    }
    impl_->summary.rows += rows.size();
    return rows;
  });
}

std::vector<std::vector<Value>> Result::fetch_all() { return fetch(static_cast<std::size_t>(-1)); }

const Summary& Result::summary() {
  return guarded([&]() -> const Summary& {
    impl_->fill(kFetchRows);  // so that a plan is there when no rows are left
    impl_->add_notifications();
    return impl_->summary;
  });
}

std::string_view short_name(StatementType type) {
  switch (type) {
    case StatementType::Read:
      return "r";
    case StatementType::ReadWrite:
      return "rw";
    case StatementType::Write:
      return "w";
    case StatementType::Schema:
      return "s";
  }
  return "r";
}

namespace {
cypher::PlanDescription to_description(const Plan& plan) {
  cypher::PlanDescription out;
  out.name = plan.name;
  out.details = plan.details;
  out.estimated_rows = plan.estimated_rows;
  out.rows = plan.rows;
  out.elapsed_ns = plan.elapsed_ns;
  out.memory_bytes = plan.memory_bytes;
  for (const auto& child : plan.children) out.children.push_back(to_description(child));
  return out;
}
}  // namespace

std::string Plan::to_string() const { return cypher::to_text(to_description(*this)); }

namespace api {
Plan to_plan(const cypher::PlanDescription& description) {
  Plan plan;
  plan.name = description.name;
  plan.details = description.details;
  plan.estimated_rows = description.estimated_rows;
  plan.rows = description.rows;
  plan.elapsed_ns = description.elapsed_ns;
  plan.memory_bytes = description.memory_bytes;
  for (const auto& child : description.children) plan.children.push_back(to_plan(child));
  return plan;
}
}  // namespace api

}  // namespace kith
