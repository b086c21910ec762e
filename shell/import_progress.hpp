// shell/import_progress.hpp: how far an import is, on standard error.
#pragma once

#include <chrono>
#include <string>

#include "kith/import.hpp"

namespace kith::shell {

// A bar that is drawn over itself, or a line a second and at each stage.
class ImportProgressView {
 public:
  enum class Style { Bar, Lines };
  explicit ImportProgressView(Style style) : style_(style) {}

  void show(const ImportProgress& progress);
  void clear();  // the bar goes

 private:
  using Clock = std::chrono::steady_clock;
  void draw_bar(const ImportProgress& progress, double elapsed);
  void print_line(const ImportProgress& progress, double elapsed);

  Style style_;
  Clock::time_point start_ = Clock::now(), last_line_{};
  std::string last_stage_;
  bool drawn_ = false;
};

// "1:02:03", "0:07": what is left when `fraction` took `elapsed` seconds; nothing as long as that
// says too little.
std::string time_left(double elapsed, double fraction);

}  // namespace kith::shell
