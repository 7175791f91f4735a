#include "cli/identity_check.hpp"

#include <optional>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/snapshot_source.hpp"
#include "runtime/seal/plan_seals.hpp"
#include "runtime/seal/seal_probe.hpp"
#include "runtime/system/subprocess.hpp"

namespace backstay::cli {
namespace {

void look_at(const plan::Plan& plan,
             const std::string& target,
             const std::optional<runtime::SnapshotSummary>& newest,
             std::vector<std::string>& problems) {
  runtime::RealFilesystem files;
  runtime::RealCommandRunner commands;
  const std::string identity = identity_of(files, plan, target);
  if (identity.empty())
    return;
  const runtime::SealKey key =
      newest && newest->seal.seals() ? newest->seal : runtime::key_of(plan, target);
  const auto opens = runtime::opens_any(commands, identity, key.recipients, {});
  if (!opens) {
    problems.push_back(fmt::format("what is sealed at {} may not open again: {}", target,
                                   to_string(opens.error())));
  } else if (!*opens) {
    problems.push_back(
        fmt::format("the identity `{}` opens nothing of the newest point at {}, which is sealed "
                    "with {}; without an identity of one of them it is lost",
                    identity, target, describe(key)));
  }
}

}  // namespace

std::vector<std::string> identity_problems(const plan::Plan& plan,
                                           const runtime::BackupStatus& status) {
  std::vector<std::string> problems;
  look_at(plan, status.target, status.newest, problems);
  for (const runtime::CopyStatus& copy : status.copies)
    look_at(plan, copy.target, copy.newest, problems);
  return problems;
}

}  // namespace backstay::cli
