// Catch2 2.13 (Debian 12) or 3.x (newer systems), under one name.
#pragma once

#if __has_include(<catch2/catch.hpp>)
#include <catch2/catch.hpp>
#else
#include <catch2/catch_all.hpp>
using namespace Catch;
#endif
