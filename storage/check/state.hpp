// storage/check/state.hpp: the logs beside a checkpoint, and the graph that both give together.
#pragma once

#include <string>

#include "storage/check/findings.hpp"
#include "storage/index/sorter.hpp"
#include "storage/view.hpp"

namespace kith::storage::check {

// K11: every frame and record of the logs beside the file.
void check_logs(Findings& findings, const Environment& environment, const std::string& path,
                const MetaPage& meta);

// K12: what scans and lists of a state say agrees with its counts and with one another.
void check_view(Findings& findings, const View& view);

// K13: no constraint of its schema is broken.
void check_constraints(Findings& findings, const View& view, const SortOptions& sorting);

}  // namespace kith::storage::check
