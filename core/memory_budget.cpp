// core/memory_budget.cpp: reserving memory, and what the machine and its control groups allow.
#include "core/memory_budget.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <sstream>

#include "core/assert.hpp"
#include "core/id.hpp"
#include "kith/error.hpp"

namespace kith {

namespace {

constexpr std::uint64_t kUnlimited = UINT64_MAX;
constexpr std::uint64_t kSmallestDefault = 16 * kMiB;
constexpr std::uint64_t kSmallestStep = 64 * 1024;
// Resident in a shell that has answered one statement.
constexpr std::uint64_t kProgram = 12 * kMiB;

std::string in_words(std::uint64_t bytes) {
  const auto value = static_cast<double>(bytes);
  if (bytes < 10 * 1024) return fmt::format("{} bytes", bytes);
  if (bytes < 10 * kMiB) return fmt::format("{:.1f} KiB", value / 1024);
  if (bytes < 10 * 1024 * kMiB) return fmt::format("{:.1f} MiB", value / kMiB);
  return fmt::format("{:.1f} GiB", value / (1024.0 * kMiB));
}

std::string text_of(const std::string& path) {
  std::ifstream file(path);
  if (!file) return {};
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// The number a limit file begins with; "max", nothing and nonsense are no limit.
std::uint64_t limit_in(const std::string& text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end != text.data() ? value : kUnlimited;
}

// The smallest limit of a group and its ancestors. In a container the path may be another
// namespace's; the root that is mounted there is then the container's own group.
std::uint64_t smallest_limit(const std::string& mount, std::string group, const char* file,
                             const std::function<std::string(const std::string&)>& read_file) {
  std::uint64_t smallest = kUnlimited;
  while (true) {
    if (group == "/") group.clear();
    smallest = std::min(smallest, limit_in(read_file(mount + group + "/" + file)));
    const std::size_t slash = group.rfind('/');
    if (slash == std::string::npos) return smallest;
    group.resize(slash);
  }
}

bool names_memory(std::string_view controllers) {
  while (!controllers.empty()) {
    const std::size_t comma = std::min(controllers.find(','), controllers.size());
    if (controllers.substr(0, comma) == "memory") return true;
    controllers.remove_prefix(std::min(comma + 1, controllers.size()));
  }
  return false;
}

}  // namespace

MemoryBudget::~MemoryBudget() { KITH_ASSERT(used() == 0); }

bool MemoryBudget::try_reserve_now(std::uint64_t bytes) {
  std::uint64_t before = used_.load(std::memory_order_relaxed);
  do {
    if (bytes > limit_ || before > limit_ - bytes) return false;
  } while (!used_.compare_exchange_weak(before, before + bytes, std::memory_order_relaxed));
  if (parent_ != nullptr && !parent_->try_reserve_now(bytes)) {
    used_.fetch_sub(bytes, std::memory_order_relaxed);  // M2
    return false;
  }
  note_peak(before + bytes);
  return true;
}

void MemoryBudget::note_peak(std::uint64_t now) noexcept {
  std::uint64_t peak = peak_.load(std::memory_order_relaxed);
  while (peak < now && !peak_.compare_exchange_weak(peak, now, std::memory_order_relaxed)) {
  }
}

void MemoryBudget::reserve_anyway(std::uint64_t bytes) noexcept {
  note_peak(used_.fetch_add(bytes, std::memory_order_relaxed) + bytes);
  if (parent_ != nullptr) parent_->reserve_anyway(bytes);
}

MemoryBudget::Ticket MemoryBudget::add_reclaimer(Reclaimer reclaimer) {
  KITH_ASSERT(reclaimer);
  const std::lock_guard lock(reclaiming_);
  reclaimers_.emplace_back(++last_ticket_, std::move(reclaimer));
  return last_ticket_;
}

void MemoryBudget::remove_reclaimer(Ticket ticket) noexcept {
  const std::lock_guard lock(reclaiming_);
  const auto gone = std::erase_if(reclaimers_, [&](const auto& r) { return r.first == ticket; });
  KITH_ASSERT(gone == 1);
  static_cast<void>(gone);
}

std::uint64_t MemoryBudget::reclaim(std::uint64_t bytes) {
  std::uint64_t freed = 0;
  {
    const std::lock_guard lock(reclaiming_);
    for (const auto& [ticket, reclaimer] : reclaimers_)
      if (freed < bytes) freed += reclaimer(bytes - freed);
  }
  if (freed < bytes && parent_ != nullptr) freed += parent_->reclaim(bytes - freed);
  return freed;
}

bool MemoryBudget::try_reserve(std::uint64_t bytes) {
  // Others may take what was freed for us: again, as long as there is something to free.
  constexpr int kAttempts = 16;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    if (bytes == 0 || try_reserve_now(bytes)) return true;
    if (bytes > limit_ || reclaim(bytes) == 0) break;
  }
  return try_reserve_now(bytes);
}

const MemoryBudget& MemoryBudget::tightest(std::uint64_t bytes) const {
  const std::uint64_t taken = used();
  const bool fits_here = bytes <= limit_ && taken <= limit_ - bytes;
  return fits_here && parent_ != nullptr ? parent_->tightest(bytes) : *this;
}

void MemoryBudget::reserve(std::uint64_t bytes, std::string_view who) {
  if (try_reserve(bytes)) return;
  const MemoryBudget& full = tightest(bytes);
  throw ResourceError("OutOfMemory", fmt::format("{} wanted {} more, but {} of the limit of {} are "
                                                 "in use",
                                                 who, in_words(bytes), in_words(full.used()),
                                                 in_words(full.limit())));
}

void MemoryBudget::release(std::uint64_t bytes) noexcept {
  const std::uint64_t before = used_.fetch_sub(bytes, std::memory_order_relaxed);
  KITH_ASSERT(before >= bytes);
  static_cast<void>(before);
  if (parent_ != nullptr) parent_->release(bytes);
}

Reservation::Reservation(MemoryBudget& budget, std::string_view who, std::uint64_t bytes)
    : budget_(&budget), who_(who) {
  resize(bytes);
}

Reservation::Reservation(Reservation&& from) noexcept
    : budget_(std::exchange(from.budget_, nullptr)),
      who_(from.who_),
      bytes_(std::exchange(from.bytes_, 0)) {}

Reservation& Reservation::operator=(Reservation&& from) noexcept {
  if (this == &from) return *this;
  clear();
  budget_ = std::exchange(from.budget_, nullptr);
  who_ = from.who_;
  bytes_ = std::exchange(from.bytes_, 0);
  return *this;
}

void Reservation::grow_to(std::uint64_t bytes) {
  if (bytes <= bytes_) return;
  // Room for the next wishes too, if there is any; else exactly what is needed.
  const std::uint64_t generous = std::max(bytes, bytes_ + std::max(bytes_ / 8, kSmallestStep));
  if (!try_resize(generous)) resize(bytes);
}

void Reservation::resize(std::uint64_t bytes) {
  KITH_ASSERT(budget_ != nullptr || bytes == 0);
  if (bytes > bytes_) budget_->reserve(bytes - bytes_, who_);
  if (bytes < bytes_) budget_->release(bytes_ - bytes);
  bytes_ = bytes;
}

bool Reservation::try_resize(std::uint64_t bytes) {
  KITH_ASSERT(budget_ != nullptr);
  if (bytes > bytes_ && !budget_->try_reserve(bytes - bytes_)) return false;
  if (bytes < bytes_) budget_->release(bytes_ - bytes);
  bytes_ = bytes;
  return true;
}

void Reservation::resize_anyway(std::uint64_t bytes) noexcept {
  KITH_ASSERT(budget_ != nullptr);
  if (bytes > bytes_) budget_->reserve_anyway(bytes - bytes_);
  if (bytes < bytes_) budget_->release(bytes_ - bytes);
  bytes_ = bytes;
}

void Reservation::absorb(Reservation&& from) noexcept {
  KITH_ASSERT(from.bytes_ == 0 || from.budget_ == budget_);
  bytes_ += std::exchange(from.bytes_, 0);
}

void Reservation::clear() noexcept {
  if (bytes_ != 0) budget_->release(std::exchange(bytes_, 0));
}

std::uint64_t control_group_limit(
    std::string_view memberships,
    const std::function<std::string(const std::string& path)>& read_file) {
  std::uint64_t smallest = kUnlimited;
  while (!memberships.empty()) {
    const std::size_t end = std::min(memberships.find('\n'), memberships.size());
    const std::string_view line = memberships.substr(0, end);
    memberships.remove_prefix(std::min(end + 1, memberships.size()));
    // "hierarchy:controllers:path"; version 2 has hierarchy 0 and names no controllers.
    const std::size_t first = line.find(':');
    const std::size_t second = first == line.npos ? line.npos : line.find(':', first + 1);
    if (second == line.npos) continue;
    const std::string_view controllers = line.substr(first + 1, second - first - 1);
    const std::string group(line.substr(second + 1));
    std::uint64_t limit = kUnlimited;
    if (controllers.empty()) {
      limit = smallest_limit("/sys/fs/cgroup", group, "memory.max", read_file);
    } else if (names_memory(controllers)) {
      limit = smallest_limit("/sys/fs/cgroup/memory", group, "memory.limit_in_bytes", read_file);
    }
    smallest = std::min(smallest, limit);
  }
  return smallest;
}

std::uint64_t default_memory_limit() {
  const auto pages = ::sysconf(_SC_PHYS_PAGES), page_bytes = ::sysconf(_SC_PAGESIZE);
  const std::uint64_t machine =
      pages > 0 && page_bytes > 0
          ? static_cast<std::uint64_t>(pages) * static_cast<std::uint64_t>(page_bytes)
          : 1024 * kMiB;
  const std::uint64_t group = control_group_limit(text_of("/proc/self/cgroup"), text_of);
  return std::max(std::min(machine, group) / 2, kSmallestDefault);
}

std::uint64_t limit_of_data(std::uint64_t process_limit) {
  return process_limit - std::min(kProgram, process_limit / 3);
}

}  // namespace kith
