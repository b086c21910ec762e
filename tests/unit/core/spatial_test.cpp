// tests/unit/core/spatial_test.cpp: points, their parts and distances.
#include "core/spatial.hpp"

#include <catch2/catch.hpp>

#include "tests/unit/core/temporal_expression.hpp"

namespace kith {
namespace {

using test::evaluate_temporal;
using test::temporal_text;

}  // namespace

TEST_CASE("points tell their coordinates and their system") {
  CHECK(temporal_text("point({x: 1, y: 2.5}).y") == "2.5");
  CHECK(temporal_text("point({x: 1, y: 2}).crs") == "cartesian");
  CHECK(temporal_text("point({x: 1, y: 2, z: 3}).srid") == "9157");
  CHECK(temporal_text("point({x: 1, y: 2, z: 3}).z") == "3");
  CHECK(temporal_text("point({longitude: 18, latitude: 59}).crs") == "wgs-84");
  CHECK(temporal_text("point({longitude: 18, latitude: 59}).x") == "18");
  CHECK(temporal_text("point({longitude: 18, latitude: 59, height: 10}).height") == "10");
  CHECK(temporal_text("point({x: 18, y: 59, crs: 'WGS-84'}).latitude") == "59");
  CHECK(temporal_text("point({x: 18, y: 59, z: 1, srid: 4979}).crs") == "wgs-84-3d");
  CHECK(temporal_text("point({longitude: 190, latitude: 0}).longitude") == "-170");
  CHECK(temporal_text("point({x: null, y: 2})") == "null");
}

TEST_CASE("maps that make no point are errors") {
  for (const auto* map : {"{}", "{x: 1}", "{x: 1, latitude: 2, y: 3}", "{x: 1, y: 2, w: 3}",
                          "{x: 1, y: 2, crs: 'mars'}", "{x: 1, y: 2, srid: 9157}",
                          "{x: 1, y: 2, srid: 7203, crs: 'cartesian'}",
                          "{longitude: 1, latitude: 2, crs: 'cartesian'}"}) {
    INFO(map);
    CHECK(temporal_text(std::string("point(") + map + ")") == "ArgumentError/InvalidArgumentValue");
  }
  CHECK(temporal_text("point({x: 'a', y: 2})") == "TypeError/InvalidArgumentType");
  CHECK(temporal_text("point(1)") == "TypeError/InvalidArgumentType");
  CHECK(temporal_text("point({longitude: 0, latitude: 91})") == "ArgumentError/NumberOutOfRange");
}

TEST_CASE("distances are Euclid's on the plane and along the globe on the earth") {
  CHECK(temporal_text("point.distance(point({x: 0, y: 0}), point({x: 3, y: 4}))") == "5");
  CHECK(temporal_text("point.distance(point({x: 0, y: 0, z: 0}), point({x: 2, y: 3, z: 6}))") ==
        "7");
  CHECK(temporal_text("point.distance(point({x: 0, y: 0}), point({x: 0, y: 0, z: 1}))") == "null");
  Arena arena;
  const auto metres = [&](std::string_view expression) {
    return evaluate_temporal(expression, arena).real;
  };
  CHECK(metres("point.distance(point({longitude: 12.564590, latitude: 55.672874}), "
               "point({longitude: 12.994341, latitude: 55.611784}))") ==
        Approx(27'842.0).epsilon(1e-3));
  CHECK(metres("point.distance(point({longitude: -180, latitude: 0}), "
               "point({longitude: 180, latitude: 0}))") == Approx(0.0).margin(1e-6));
  CHECK(metres("point.distance(point({longitude: 0, latitude: -90}), "
               "point({longitude: 0, latitude: 90}))") == Approx(20'037'518.0).epsilon(1e-4));
  CHECK(metres("point.distance(point({longitude: 5, latitude: 5, height: 0}), "
               "point({longitude: 5, latitude: 5, height: 100}))") == Approx(100.0));
}

TEST_CASE("a box holds the points between its corners") {
  const auto within = [](const std::string& point, const std::string& low,
                         const std::string& high) {
    return temporal_text("point.withinBBox(point({" + point + "}), point({" + low + "}), point({" +
                         high + "}))");
  };
  CHECK(within("x: 1, y: 1", "x: 0, y: 0", "x: 1, y: 2") == "true");
  CHECK(within("x: 3, y: 1", "x: 0, y: 0", "x: 2, y: 2") == "false");
  CHECK(within("x: 1, y: 1, z: 1", "x: 0, y: 0", "x: 2, y: 2") == "null");
  CHECK(within("longitude: 180, latitude: 1", "longitude: 170, latitude: 0",
               "longitude: -170, latitude: 2") == "true");
  CHECK(within("longitude: 0, latitude: 1", "longitude: 170, latitude: 0",
               "longitude: -170, latitude: 2") == "false");
}

}  // namespace kith
