// storage/schema_text.hpp: the statements that make indexes and constraints, as Neo4j writes them.
//
// SHOW gives them as createStatement, `kith dump` writes them; the grammar reads them back.
#pragma once

#include <string>

#include "storage/catalog.hpp"
#include "storage/schema.hpp"

namespace kith::storage {

// CREATE RANGE INDEX `person_id` FOR (n:`Person`) ON (n.`id`)
std::string create_statement(const Catalog& catalog, const IndexDef& index);
// CREATE CONSTRAINT `person_id` FOR (n:`Person`) REQUIRE (n.`id`) IS UNIQUE
std::string create_statement(const Catalog& catalog, const ConstraintDef& constraint);

// For messages; names are quoted only where they must be.
// (:Appointment)<-[:HAS_APPOINTMENT]-(:Patient)
std::string step_text(const Catalog& catalog, LabelId label, const PatternStep& step);
// (:Patient)-[r]->(:Appointment) or (:A)-[r]->()
std::string ends_text(const Catalog& catalog, const std::vector<EndLabels>& ends);

}  // namespace kith::storage
