// Resolves texts that are in no file, and stops before the checks.
#pragma once

#include "compiler/load/loader.hpp"
#include "compiler/resolve/resolve.hpp"
#include "tests/unit/compiler/compile_fixture.hpp"

namespace backstay::compiler::testing {

/// What name resolution alone makes of some files.
struct Resolution : Compilation {
  Policy policy;

  /// Names of declarations that references mean, in their order.
  template <typename Declaration>
  [[nodiscard]] static std::string names(const std::vector<Reference>& references,
                                         const std::vector<Declaration>& declarations) {
    std::string all;
    for (const Reference& reference : references) {
      all += (all.empty() ? "" : " ") + declarations.at(reference.value).name;
    }
    return all;
  }

  /// `kind name` of what nothing uses.
  [[nodiscard]] std::vector<std::string> unused() const {
    std::vector<std::string> all;
    for (const Unreferenced& one : policy.unreferenced) {
      all.push_back(one.kind + " " + one.name);
    }
    return all;
  }
};

/// The declarations follow `language 1`, `policy sample` and `zone UTC`.
inline Resolution resolve_text(const std::string& declarations,
                               const std::map<std::string, std::string>& parameters = {},
                               const Files& beside = {}) {
  Files files = beside;
  files["policy.stay"] = "language 1\npolicy sample\nzone UTC\n" + declarations;
  Resolution resolution;
  const FileReader reader = [&](const std::string& path) -> Result<std::string> {
    const auto file = files.find(path);
    if (file == files.end()) {
      return Error{.kind = ErrorKind::NotFound, .message = "`" + path + "` is not there"};
    }
    return file->second;
  };
  auto loaded = load("policy.stay", reader, resolution.sources, resolution.diagnostics);
  REQUIRE(loaded);
  if (!resolution.diagnostics.has_errors()) {
    resolution.policy = resolve(*loaded, parameters, resolution.sources, resolution.diagnostics);
  }
  return resolution;
}

}  // namespace backstay::compiler::testing
