// tests/unit/cypher/signature_test.cpp: signatures of function rows as sets of kinds.
#include <catch2/catch.hpp>

#include "cypher/functions/signature.hpp"

namespace {

using kith::Kind;
using kith::parse_signature;
using kith::parse_types;
using kith::TypeSet;

}  // namespace

TEST_CASE("Type names stand for kinds, and choices of them for several") {
  CHECK(parse_types("INTEGER") == TypeSet::of(Kind::Integer));
  CHECK(parse_types("LIST<STRING>") == TypeSet::of(Kind::List));
  CHECK(parse_types("LIST<INTEGER | FLOAT> | MAP") ==
        (TypeSet::of(Kind::List) | TypeSet::of(Kind::Map)));
  CHECK(parse_types("ZONED DATETIME | LOCAL TIME") ==
        (TypeSet::of(Kind::DateTime) | TypeSet::of(Kind::LocalTime)));
  CHECK(parse_types("STRING?") == TypeSet::of(Kind::String));
  CHECK(parse_types("ANY") == TypeSet::any());
  for (const char* wrong : {"", "INTEGERS", "LIST<>", "LIST<FOO>", "STRING |", "| STRING"}) {
    INFO(wrong);
    CHECK_FALSE(parse_types(wrong).has_value());
  }
}

TEST_CASE("A signature lists arguments and a result; the last argument may be repeated") {
  const auto signature =
      parse_signature("(a :: STRING, b :: LIST<ANY> | NODE, more :: INTEGER...) -> FLOAT");
  REQUIRE(signature.has_value());
  REQUIRE(signature->arguments.size() == 3);
  CHECK(signature->argument(0) == TypeSet::of(Kind::String));
  CHECK(signature->argument(1) == (TypeSet::of(Kind::List) | TypeSet::of(Kind::Node)));
  CHECK(signature->argument(2) == TypeSet::of(Kind::Integer));
  CHECK(signature->argument(9) == TypeSet::of(Kind::Integer));
  CHECK(signature->result == TypeSet::of(Kind::Float));
  CHECK(signature->written[1].name == "b");
  CHECK(signature->written[1].type == "LIST<ANY> | NODE");
  CHECK(signature->written[2].repeated);
  CHECK(kith::shown_signature("f", *signature, 1) ==
        "f(a :: STRING [, b :: LIST<ANY> | NODE [, more :: INTEGER, …]]) :: FLOAT");
  CHECK(kith::shown_signature("f", *parse_signature("(a :: ANY) -> ANY"), 0) ==
        "f([a :: ANY]) :: ANY");
  CHECK(parse_signature("() -> STRING")->arguments.empty());
  for (const char* wrong : {"", "STRING -> STRING", "(STRING) -> STRING", "(a :: STRING)",
                            "(a :: STRNG) -> STRING", "( :: STRING) -> STRING", "() -> "}) {
    INFO(wrong);
    CHECK_FALSE(parse_signature(wrong).has_value());
  }
}
