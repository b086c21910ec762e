// include/kith/kith.hpp: all of kith for a program that embeds it.
#pragma once

#include "kith/check.hpp"
#include "kith/connection.hpp"
#include "kith/database.hpp"
#include "kith/error.hpp"
#include "kith/import.hpp"
#include "kith/inspect.hpp"
#include "kith/notification.hpp"
#include "kith/result.hpp"
#include "kith/value.hpp"
