// Telling people how a run or a drill ended, from the commands that start them.
#pragma once

#include <string>

#include "cli/session.hpp"
#include "compiler/plan/plan.hpp"
#include "lang/base/result.hpp"
#include "runtime/executor/run_report.hpp"
#include "runtime/prune/prune.hpp"
#include "runtime/steps/context.hpp"

namespace backstay::cli {

/// Tells of the end of a backup by its `notify`: also of one that could not begin, unless the call
/// itself made no sense. Says where nobody could be told; changes no exit code.
/// backup, host  as they were asked for; may be empty
/// copy  target of a copy with a schedule of its own, which is told instead
void tell_of_backup(Session& session,
                    runtime::World& world,
                    const plan::Plan& plan,
                    const std::string& backup,
                    const std::string& host,
                    const Result<runtime::RunReport>& outcome,
                    const std::string& copy = {});

/// The same of a prune behind a run, at one target: of one that failed, that a guard kept from its
/// work, and of the first that did it again.
void tell_of_prune(Session& session,
                   runtime::World& world,
                   const plan::Plan& plan,
                   const plan::Backup& backup,
                   const std::string& host,
                   const std::string& target,
                   const Result<runtime::PruneReport>& outcome);

/// The same of a drill.
void tell_of_drill(Session& session,
                   runtime::World& world,
                   const plan::Plan& plan,
                   const plan::Drill& drill,
                   const Result<runtime::RunReport>& outcome);

}  // namespace backstay::cli
