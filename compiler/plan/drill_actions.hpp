// The steps of a drill beside those of a restore.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/plan/shared_actions.hpp"

namespace backstay::plan {

/// A scratch root and a scratch server for each server named; refuses one that is not empty.
struct PrepareSandbox {
  static constexpr std::string_view kind = "prepare-sandbox";
  std::vector<std::string> servers;  ///< names in Plan::servers, sorted

  static void fields(auto& self, auto&& visit) { visit("servers", self.servers); }

  friend bool operator==(const PrepareSandbox&, const PrepareSandbox&) = default;
};

/// `expect rows DB.TABLE at-least N`
struct ExpectRows {
  static constexpr std::string_view kind = "expect-rows";
  std::string server;  ///< whose scratch server holds it; empty: no covered service names it
  std::string database;
  std::string table;
  std::int64_t at_least = 0;

  static void fields(auto& self, auto&& visit) {
    visit("at-least", self.at_least);
    visit("database", self.database);
    visit(sparse("server"), self.server);
    visit("table", self.table);
  }

  friend bool operator==(const ExpectRows&, const ExpectRows&) = default;
};

/// `expect file P [on HOST]`
struct ExpectFile {
  static constexpr std::string_view kind = "expect-file";
  std::string path;

  static void fields(auto& self, auto&& visit) { visit("path", self.path); }

  friend bool operator==(const ExpectFile&, const ExpectFile&) = default;
};

/// `expect run […] [accepts …]`, with the sandbox's root and sockets in its environment.
struct ExpectRun {
  static constexpr std::string_view kind = "expect-run";
  std::vector<std::string> command;
  std::vector<std::int64_t> accepts;

  static void fields(auto& self, auto&& visit) {
    visit("accepts", self.accepts);
    visit("command", self.command);
  }

  friend bool operator==(const ExpectRun&, const ExpectRun&) = default;
};

/// Ends the sandbox and leaves the evidence.
struct FinishDrill {
  static constexpr std::string_view kind = "finish-drill";

  static void fields(auto& /*self*/, auto&& /*visit*/) {}

  friend bool operator==(const FinishDrill&, const FinishDrill&) = default;
};

}  // namespace backstay::plan
