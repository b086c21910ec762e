// core/spatial.cpp: see spatial.hpp.
#include "core/spatial.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "core/assert.hpp"
#include "core/temporal_parts.hpp"

namespace kith {
namespace {

constexpr double kEarthRadius = 6'378'140.0;  // metres

struct System {
  std::uint32_t srid;
  std::string_view name;
  std::uint32_t dimensions;
};
constexpr System kSystems[] = {{kCartesian2D, "cartesian", 2},
                               {kCartesian3D, "cartesian-3d", 3},
                               {kWgs84, "wgs-84", 2},
                               {kWgs84With3D, "wgs-84-3d", 3}};

const System& system_of(std::uint32_t srid) {
  const auto* at = std::find_if(std::begin(kSystems), std::end(kSystems),
                                [&](const auto& system) { return system.srid == srid; });
  KITH_ASSERT(at != std::end(kSystems));
  return *at;
}

// The system that `crs` or `srid` names, or nullptr where neither is given.
const System* named_system(const Cell& map) {
  const Cell* crs = find_in_map(map, "crs");
  const Cell* srid = find_in_map(map, "srid");
  if (crs != nullptr && srid != nullptr) {
    bad_temporal_argument("a point has 'crs' or 'srid', not both");
  }
  if (crs == nullptr && srid == nullptr) return nullptr;
  if (crs != nullptr && crs->kind != Kind::String) bad_temporal_type("'crs' must be a string");
  if (srid != nullptr && srid->kind != Kind::Integer) {
    bad_temporal_type("'srid' must be an integer");
  }
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c; };
  for (const auto& system : kSystems) {
    if (srid != nullptr && srid->integer == std::int64_t{system.srid}) return &system;
    if (crs == nullptr) continue;
    const auto name = crs->string();
    if (std::equal(name.begin(), name.end(), system.name.begin(), system.name.end(),
                   [&](char a, char b) { return lower(a) == b; })) {
      return &system;
    }
  }
  bad_temporal_argument(
      "the coordinate systems are cartesian (7203), cartesian-3d (9157), wgs-84 (4326) and "
      "wgs-84-3d (4979)");
}

void check_keys(const Cell& map) {
  static constexpr std::string_view kKeys[] = {"x",        "y",      "z",   "longitude",
                                               "latitude", "height", "crs", "srid"};
  for (const auto& entry : map.entries()) {
    if (std::find(std::begin(kKeys), std::end(kKeys), entry.key) == std::end(kKeys)) {
      bad_temporal_argument(fmt::format("no part of a point is called '{}'", entry.key));
    }
  }
}

const Cell* coordinate(const Cell& map, std::string_view cartesian, std::string_view geographic) {
  const Cell* a = find_in_map(map, cartesian);
  const Cell* b = find_in_map(map, geographic);
  if (a != nullptr && b != nullptr) {
    bad_temporal_argument(fmt::format("a point has '{}' or '{}', not both", cartesian, geographic));
  }
  return a != nullptr ? a : b;
}

double number(const Cell& cell) {
  if (!cell.is_number()) {
    bad_temporal_type(fmt::format("coordinates must be numbers, not {}", kind_name(cell.kind)));
  }
  const double value = cell.kind == Kind::Integer ? static_cast<double>(cell.integer) : cell.real;
  if (!std::isfinite(value)) temporal_out_of_range("coordinates must be finite");
  return value;
}

void normalise_geographic(PointData& point) {
  double& longitude = point.coordinates[0];
  if (std::abs(longitude) > 180) longitude = std::remainder(longitude, 360.0);
  if (std::abs(point.coordinates[1]) > 90) {
    temporal_out_of_range(
        fmt::format("a latitude lies between -90 and 90, unlike {}", point.coordinates[1]));
  }
}

double radians(double degrees) { return degrees * std::numbers::pi / 180; }

double distance_on_globe(const PointData& a, const PointData& b, double radius) {
  const double half_latitude = radians(b.coordinates[1] - a.coordinates[1]) / 2;
  const double half_longitude = radians(b.coordinates[0] - a.coordinates[0]) / 2;
  const double h = std::pow(std::sin(half_latitude), 2) + std::pow(std::sin(half_longitude), 2) *
                                                              std::cos(radians(a.coordinates[1])) *
                                                              std::cos(radians(b.coordinates[1]));
  return 2 * radius * std::asin(std::sqrt(std::min(1.0, h)));
}

}  // namespace

std::string_view crs_name(std::uint32_t srid) { return system_of(srid).name; }

Cell make_point_from(const Cell& map, Arena& arena) {
  if (map.kind != Kind::Map) {
    bad_temporal_type(fmt::format("a point is made from a map, not from {}", kind_name(map.kind)));
  }
  check_keys(map);
  const Cell* x = coordinate(map, "x", "longitude");
  const Cell* y = coordinate(map, "y", "latitude");
  const Cell* z = coordinate(map, "z", "height");
  if (x == nullptr || y == nullptr) {
    bad_temporal_argument("a point needs x and y, or longitude and latitude");
  }
  for (const Cell* given : {x, y, z}) {
    if (given != nullptr && given->is_null()) return Cell::null();
  }
  const bool geographic_keys = find_in_map(map, "longitude") != nullptr ||
                               find_in_map(map, "latitude") != nullptr ||
                               find_in_map(map, "height") != nullptr;
  const std::uint32_t dimensions = z == nullptr ? 2 : 3;
  const System* system = named_system(map);
  if (system == nullptr) {
    system = &system_of(geographic_keys ? (z == nullptr ? kWgs84 : kWgs84With3D)
                                        : (z == nullptr ? kCartesian2D : kCartesian3D));
  }
  if (system->dimensions != dimensions) {
    bad_temporal_argument(fmt::format("a point in {} has {} coordinates, not {}", system->name,
                                      system->dimensions, dimensions));
  }
  if (geographic_keys && !is_geographic(system->srid)) {
    bad_temporal_argument(fmt::format("a point in {} has no longitude and latitude", system->name));
  }
  PointData point{system->srid, dimensions, {number(*x), number(*y), z ? number(*z) : 0}};
  if (is_geographic(point.srid)) normalise_geographic(point);
  return make_point(arena, point);
}

Cell point_property(const Cell& point, std::string_view name, bool& known) {
  KITH_ASSERT(point.kind == Kind::Point);
  const auto& data = *point.point;
  const bool geographic = is_geographic(data.srid);
  known = true;
  if (name == "x" || (geographic && name == "longitude")) return Cell::of(data.coordinates[0]);
  if (name == "y" || (geographic && name == "latitude")) return Cell::of(data.coordinates[1]);
  if (data.dimensions == 3 && (name == "z" || (geographic && name == "height"))) {
    return Cell::of(data.coordinates[2]);
  }
  if (name == "crs") return Cell::of(crs_name(data.srid));
  if (name == "srid") return Cell::of(std::int64_t{data.srid});
  known = false;
  return Cell::null();
}

Cell point_distance(const Cell& a, const Cell& b) {
  KITH_ASSERT(a.kind == Kind::Point && b.kind == Kind::Point);
  const auto& p = *a.point;
  const auto& q = *b.point;
  if (p.srid != q.srid) return Cell::null();
  const double height = p.dimensions == 3 ? q.coordinates[2] - p.coordinates[2] : 0;
  if (is_geographic(p.srid)) {
    const double mean_height = p.dimensions == 3 ? (p.coordinates[2] + q.coordinates[2]) / 2 : 0;
    return Cell::of(std::hypot(distance_on_globe(p, q, kEarthRadius + mean_height), height));
  }
  return Cell::of(
      std::hypot(q.coordinates[0] - p.coordinates[0], q.coordinates[1] - p.coordinates[1], height));
}

Cell point_within_box(const Cell& point, const Cell& lower_left, const Cell& upper_right) {
  KITH_ASSERT(point.kind == Kind::Point);
  KITH_ASSERT(lower_left.kind == Kind::Point && upper_right.kind == Kind::Point);
  const auto& p = *point.point;
  const auto& low = *lower_left.point;
  const auto& high = *upper_right.point;
  if (p.srid != low.srid || p.srid != high.srid) return Cell::null();
  for (std::uint32_t i = 0; i < p.dimensions; ++i) {
    const double at = p.coordinates[i];
    const bool crosses =
        i == 0 && is_geographic(p.srid) && low.coordinates[0] > high.coordinates[0];
    const bool above = at >= low.coordinates[i];
    const bool below = at <= high.coordinates[i];
    if (crosses ? !above && !below : !above || !below) return Cell::boolean(false);
  }
  return Cell::boolean(true);
}

}  // namespace kith
