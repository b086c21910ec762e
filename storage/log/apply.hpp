// storage/log/apply.hpp: what a record means: the one function that turns records into deltas.
//
// The writer applies each record it writes, recovery those it reads. Both therefore build the same
// root (R3), and a record that does not fit the root it meets is an error, never an assertion.
#pragma once

#include "storage/delta/editor.hpp"
#include "storage/log/record.hpp"

namespace kith::storage {

// StorageError("CorruptLog") if the record contradicts the root: it creates what there is, changes
// what there is not, names what nobody named.
void apply(const Record& record, RootEditor& editor);
// The same for a record that the running transaction made of elements and names that it looked up
// in this root: nothing is looked up again, but in builds with assertions.
void apply_own(const Record& record, RootEditor& editor);

}  // namespace kith::storage
