// Secondary keys of a large table, taken out of its CREATE TABLE to be added after its rows.
//
// A key that is built from all rows is sorted once and written in order; one that grows with each
// row is searched for each, in memory if it fits and on disk if not.
#pragma once

#include <string>
#include <string_view>

namespace backstay::runtime {

struct DeferredKeys {
  std::string create;  ///< without those keys
  std::string add;     ///< `ADD KEY …, ADD KEY …`; empty: all keys stay where they are
};

/// Of a CREATE TABLE as SHOW CREATE TABLE writes it: a key a line. Only plain keys are taken out,
/// so the server lists all keys in the same order as before; none where a foreign key or an
/// AUTO_INCREMENT may need them, or where a line is not what it seems (names may hold newlines).
[[nodiscard]] DeferredKeys defer_keys(std::string_view create);

}  // namespace backstay::runtime
