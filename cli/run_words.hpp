// What a call of `run` asks for.
#pragma once

#include <string>

#include "cli/ansible_engine.hpp"
#include "cli/part_of_set.hpp"
#include "cli/session.hpp"

namespace backstay::cli {

struct RunWords {
  std::string plan;
  std::string backup;
  std::string host;
  std::string copy;  ///< target
  std::string lock_timeout = "0s";
  OutputFormat format = OutputFormat::Text;
  bool dry_run = false;
  bool rehash = false;
  bool if_due = false;
  bool then_prune = false;
  PartWords part;
  EngineWords engine;
};

}  // namespace backstay::cli
