// tests/unit/main.cpp: the entry point shared by all Catch2 test programs.
#define CATCH_CONFIG_MAIN
#include <catch2/catch.hpp>
