// cypher/functions/spatial.cpp: points and distances.
#include "core/spatial.hpp"

#include <fmt/format.h>

#include "cypher/functions/function.hpp"

namespace kith {
namespace {

void require_points(std::span<const Cell> arguments) {
  for (const auto& argument : arguments) {
    if (argument.kind == Kind::Point) continue;
    throw TypeError("InvalidArgumentType",
                    fmt::format("a point is needed, not {}", kind_name(argument.kind)));
  }
}

Cell make(FunctionContext& context, std::span<const Cell> arguments) {
  return make_point_from(arguments[0], context.arena());
}

Cell distance(FunctionContext&, std::span<const Cell> arguments) {
  require_points(arguments);
  return point_distance(arguments[0], arguments[1]);
}

Cell within_box(FunctionContext&, std::span<const Cell> arguments) {
  require_points(arguments);
  return point_within_box(arguments[0], arguments[1], arguments[2]);
}

constexpr std::string_view kDistanceSummary =
    "How far apart two points are: as coordinates, or in metres along the globe; null in different "
    "coordinate systems.";

constexpr FunctionDef kRows[] = {
    {.name = "point",
     .category = Category::Spatial,
     .signature = "(map :: MAP) -> POINT",
     .summary =
         "Makes a point from x, y and z, or from longitude, latitude and height; crs or srid "
         "name the coordinate system.",
     .example = "point({longitude: 18.07, latitude: 59.33}).srid",
     .answer = "4326",
     .min_arguments = 1,
     .max_arguments = 1,
     .run = make},
    {.name = "point.distance",
     .category = Category::Spatial,
     .signature = "(from :: POINT, to :: POINT) -> FLOAT",
     .summary = kDistanceSummary,
     .example = "point.distance(point({x: 0, y: 0}), point({x: 3, y: 4}))",
     .answer = "5.0",
     .min_arguments = 2,
     .max_arguments = 2,
     .run = distance},
    {.name = "distance",
     .category = Category::Spatial,
     .signature = "(from :: POINT, to :: POINT) -> FLOAT",
     .summary = kDistanceSummary,
     .example = "distance(point({x: 0, y: 0}), point({x: 3, y: 4}))",
     .answer = "5.0",
     .min_arguments = 2,
     .max_arguments = 2,
     .run = distance,
     .instead = "point.distance"},
    {.name = "point.withinBBox",
     .category = Category::Spatial,
     .signature = "(point :: POINT, lowerLeft :: POINT, upperRight :: POINT) -> BOOLEAN",
     .summary = "Whether a point lies in the box between its lower left and upper right corners.",
     .example = "point.withinBBox(point({x: 1, y: 1}), point({x: 0, y: 0}), point({x: 2, y: 2}))",
     .answer = "true",
     .min_arguments = 3,
     .max_arguments = 3,
     .run = within_box},
};

}  // namespace

std::span<const FunctionDef> spatial_functions() { return kRows; }

}  // namespace kith
