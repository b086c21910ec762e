// cypher/words.hpp: words as people write them: letter case, and which one was perhaps meant.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace kith::cypher {

std::string lower_ascii(std::string_view text);
std::string upper_ascii(std::string_view text);

// How many single changes (insert, delete, replace, swap neighbours) lead from one to the other,
// letter case apart; stops counting above `limit`.
std::size_t edit_distance(std::string_view a, std::string_view b, std::size_t limit);

// The candidate nearest to `name`, if one is near enough to be meant.
std::optional<std::string> nearest(std::string_view name, std::span<const std::string> candidates);

// " (did you mean `x`?)", or nothing.
std::string did_you_mean(std::string_view name, std::span<const std::string> candidates);

}  // namespace kith::cypher
