// include/kith/notification.hpp: what a user should know of a statement that is no error.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "kith/error.hpp"

namespace kith {

struct Notification {
  enum class Severity : std::uint8_t { Information, Warning };

  std::string code;      // stable: "KITH-Notification-UnknownLabel"
  std::string category;  // "UNRECOGNIZED", "PERFORMANCE", "DEPRECATION"
  std::string title, description;
  Severity severity = Severity::Warning;
  Position at;  // in the query text; nowhere: line 0

  std::string_view severity_name() const {
    return severity == Severity::Warning ? "WARNING" : "INFORMATION";
  }
};

}  // namespace kith
