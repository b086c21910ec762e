// storage/check/base_walk.hpp: everything that one meta page leads to.
#pragma once

#include "storage/check/findings.hpp"
#include "storage/page/format.hpp"

namespace kith::storage::check {

// K1: both meta pages, as they were found; the one to start from.
MetaPage check_meta_pages(Findings& findings, const MetaPages& found);

// K2 to K10 for the checkpoint of `meta`.
void check_base(Findings& findings, const MetaPage& meta);

}  // namespace kith::storage::check
