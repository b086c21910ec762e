// shell/import_progress.cpp: see import_progress.hpp.
#include "shell/import_progress.hpp"

#include <algorithm>
#include <cstdio>

namespace kith::shell {
namespace {

constexpr int kBarWidth = 30;

double rate_of(const ImportProgress& progress, double elapsed) {
  return elapsed > 0 ? static_cast<double>(progress.rows) / elapsed : 0;
}

}  // namespace

std::string time_left(double elapsed, double fraction) {
  constexpr double kLeastFraction = 0.02, kLeastElapsed = 0.5;
  if (fraction < kLeastFraction || elapsed < kLeastElapsed) return "";
  const auto seconds =
      static_cast<unsigned long long>(elapsed * (1 - std::min(fraction, 1.0)) / fraction + 0.5);
  char text[40];
  if (seconds >= 3600) {
    std::snprintf(text, sizeof text, "%llu:%02llu:%02llu", seconds / 3600, seconds / 60 % 60,
                  seconds % 60);
  } else {
    std::snprintf(text, sizeof text, "%llu:%02llu", seconds / 60, seconds % 60);
  }
  return text;
}

void ImportProgressView::show(const ImportProgress& progress) {
  const double elapsed = std::chrono::duration<double>(Clock::now() - start_).count();
  style_ == Style::Bar ? draw_bar(progress, elapsed) : print_line(progress, elapsed);
}

void ImportProgressView::draw_bar(const ImportProgress& progress, double elapsed) {
  const auto filled = static_cast<std::size_t>(std::clamp(progress.fraction, 0.0, 1.0) * kBarWidth);
  std::string bar(filled, '#');
  bar.resize(kBarWidth, '.');
  const std::string left = time_left(elapsed, progress.fraction);
  std::fprintf(stderr, "\r[%s] %3d%%  %-13.13s %11llu rows  %9.0f rows/s  %s%-8s", bar.c_str(),
               static_cast<int>(progress.fraction * 100), std::string(progress.stage).c_str(),
               static_cast<unsigned long long>(progress.rows), rate_of(progress, elapsed),
               left.empty() ? "    " : "ETA ", left.c_str());
  drawn_ = true;
}

void ImportProgressView::print_line(const ImportProgress& progress, double elapsed) {
  const auto now = Clock::now();
  const bool new_stage = progress.stage != last_stage_;
  if (!new_stage && now - last_line_ < std::chrono::seconds(1)) return;
  last_line_ = now;
  last_stage_ = progress.stage;
  const std::string left = time_left(elapsed, progress.fraction);
  std::fprintf(stderr, "%8.1f s  %3d%%  %s: %llu rows, %.0f rows/s%s%s\n", elapsed,
               static_cast<int>(progress.fraction * 100), last_stage_.c_str(),
               static_cast<unsigned long long>(progress.rows), rate_of(progress, elapsed),
               left.empty() ? "" : ", ETA ", left.c_str());
}

void ImportProgressView::clear() {
  constexpr int kBehindBar = 75;
  if (drawn_) std::fprintf(stderr, "\r%*s\r", kBarWidth + kBehindBar, "");
  drawn_ = false;
}

}  // namespace kith::shell
