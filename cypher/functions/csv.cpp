// cypher/functions/csv.cpp: where a row of LOAD CSV stands. The binder puts the variables of the
// innermost LOAD CSV in the place of these calls; what is left of them stands behind no LOAD CSV.
#include "cypher/functions/function.hpp"

namespace kith {
namespace {

Cell nowhere(FunctionContext&, std::span<const Cell>) { return Cell::null(); }

constexpr FunctionDef kRows[] = {
    {.name = "file",
     .signature = "() -> STRING",
     .summary = "The path of the file that the row of LOAD CSV is of; null behind none.",
     .example = "file()",
     .answer = "null",
     .run = nowhere},
    {.name = "linenumber",
     .signature = "() -> INTEGER",
     .summary = "The line of the file at which the row of LOAD CSV begins; null behind none.",
     .example = "linenumber()",
     .answer = "null",
     .run = nowhere},
};

}  // namespace

std::span<const FunctionDef> csv_functions() { return kRows; }

}  // namespace kith
