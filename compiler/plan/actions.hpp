// All step kinds of a plan: a closed set, one struct each.
//
// A struct names its kind and walks its fields once, in fields(); the YAML, the digest and the diff
// of a plan are made from that walk alone, so a new kind needs no code in any of them. The runtime
// has one execute() and one preview() for each; a forgotten one does not compile.
#pragma once

#include <string_view>
#include <type_traits>
#include <variant>

#include "compiler/plan/backup_actions.hpp"
#include "compiler/plan/drill_actions.hpp"
#include "compiler/plan/restore_actions.hpp"
#include "compiler/plan/shared_actions.hpp"

namespace backstay::plan {

using Action = std::variant<CheckSources,
                            RunCommand,
                            StopUnits,
                            StartUnits,
                            DumpMariadb,
                            DumpMariadbPhysical,
                            DumpPostgresql,
                            CopySqlite,
                            CaptureOutput,
                            ArchiveFiles,
                            CommitSnapshot,
                            VerifySnapshot,
                            CopySnapshot,
                            MirrorTree,
                            ReplicateFiles,
                            PruneTarget,
                            CheckSnapshot,
                            KeepCurrent,
                            RestoreFiles,
                            RestoreSqlite,
                            RestoreMariadb,
                            RestoreMariadbPhysical,
                            RestorePostgresql,
                            FeedCommand,
                            CheckService,
                            FinishRestore,
                            PrepareSandbox,
                            ExpectRows,
                            ExpectFile,
                            ExpectRun,
                            FinishDrill>;

[[nodiscard]] constexpr std::string_view kind_of(const Action& action) {
  return std::visit([](const auto& step) { return std::decay_t<decltype(step)>::kind; }, action);
}

}  // namespace backstay::plan
