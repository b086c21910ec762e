// api/import/path_pattern.hpp: the files that an argument names.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/environment.hpp"
#include "kith/import.hpp"

namespace kith::import {

// `path` itself if there is such a file; else those whose names match its last part, in the order
// of their names, digits by the numbers that they are. ImportError("NoInput") if there is none.
std::vector<std::string> files_matching(FileSystem& files, const std::string& path,
                                        PathPatternStyle style);

// "part2" before "part10".
bool in_natural_order(std::string_view a, std::string_view b);

}  // namespace kith::import
