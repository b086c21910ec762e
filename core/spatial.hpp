// core/spatial.hpp: points: building, parts, distance.
//
// Cartesian points have any finite coordinates; WGS-84 points are longitude and latitude in
// degrees, and height in metres. A longitude is brought into -180 … 180, a latitude beyond ±90 is
// an error. Points of different systems have no distance.
#pragma once

#include <cstdint>
#include <string_view>

#include "core/cell.hpp"

namespace kith {

inline constexpr std::uint32_t kCartesian2D = 7203;
inline constexpr std::uint32_t kCartesian3D = 9157;
inline constexpr std::uint32_t kWgs84 = 4326;
inline constexpr std::uint32_t kWgs84With3D = 4979;

constexpr bool is_geographic(std::uint32_t srid) { return srid == kWgs84 || srid == kWgs84With3D; }
std::string_view crs_name(std::uint32_t srid);  // "cartesian", "wgs-84-3d", …

// From {x, y, z} or {longitude, latitude, height}, and `crs` or `srid`. Null if a coordinate is.
// Errors as in temporal.hpp.
Cell make_point_from(const Cell& map, Arena& arena);

// x, y, z, longitude, latitude, height, crs, srid.
Cell point_property(const Cell& point, std::string_view name, bool& known);

// Euclid's between cartesian points; along the globe between WGS-84 points, in metres. Null between
// points of different systems.
Cell point_distance(const Cell& a, const Cell& b);

// Whether the point lies in the box, its edges included; null for points of different systems.
// A geographic box may cross the date line.
Cell point_within_box(const Cell& point, const Cell& lower_left, const Cell& upper_right);

}  // namespace kith
