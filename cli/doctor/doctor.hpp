// `backstay doctor`: what keeps backups or restores of this host from working, and the command that
// mends each. Looks only; what it finds out it forgets.
#pragma once

#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "cli/plan_file.hpp"
#include "cli/session.hpp"
#include "runtime/steps/context.hpp"

namespace backstay::cli {

enum class Health : std::uint8_t {
  Ok,
  Warning,  ///< works today
  Problem,  ///< a backup or a restore fails, or is not what was promised
};

/// One thing that was looked at.
struct DoctorFinding {
  std::string area;  ///< `tools`, `databases`, `targets` …
  Health health = Health::Ok;
  std::string text;
  std::string mend = {};      ///< the command, or what to do; empty where all is well
  bool missing_tool = false;  ///< exit code 69
};

/// What all looks share.
struct DoctorCall {
  Session& session;
  runtime::World& world;
  std::string identity;  ///< file with an identity; empty: none is at hand
  bool send = false;     ///< tell a test notice for real
  std::stop_token stop = {};
  std::vector<DoctorFinding> findings = {};

  void add(std::string area, Health health, std::string text, std::string mend = {}) {
    findings.push_back({std::move(area), health, std::move(text), std::move(mend), false});
  }

  /// A failure as a problem. What mends it: the command, with the hint beside the text; without one
  /// the hint.
  void add_error(std::string area, const Error& error, std::string command = {});
};

// --- of the machine, whatever the plan ----------------------------------------------------------
void look_at_clock(DoctorCall& call);
void look_at_what_is_pending(DoctorCall& call);

// --- of a plan
// ------------------------------------------------------------------------------------
void look_at_tools(DoctorCall& call, const plan::Plan& plan);
void look_at_databases(DoctorCall& call, const plan::Plan& plan);
void look_at_approval(DoctorCall& call, const plan::Plan& plan);
void look_at_targets(DoctorCall& call, const plan::Plan& plan);
void look_at_keys(DoctorCall& call, const plan::Plan& plan);
/// Points in directories that are sealed to none of today's recipients.
void look_at_earlier_keys(DoctorCall& call, const plan::Plan& plan);
void look_at_notifies(DoctorCall& call, const plan::Plan& plan);
/// Sources, space, points, drills, timers and the last run of each backup of this host.
void look_at_backups(DoctorCall& call, const PlanFile& file);
/// Of each file system that a restore in place of the newest point writes to, data directories of
/// database servers among them.
void look_at_restore_room(DoctorCall& call,
                          const plan::Plan& plan,
                          const plan::Backup& backup,
                          const std::string& host);

/// Makes the commands in a text work as they stand: `PLAN` becomes the path of the plan (where one
/// is given), a word for a shell; `backstay` is called with the directories of this call.
[[nodiscard]] std::string as_typed(const std::string& text,
                                   const Session& session,
                                   const std::string& plan);

/// The word of a health: `ok`, `warning`, `problem`.
[[nodiscard]] std::string_view health_word(Health health);
[[nodiscard]] std::string findings_as_text(const std::vector<DoctorFinding>& findings);
/// docs/schemas/doctor.schema.json
[[nodiscard]] std::string findings_as_json(const std::vector<DoctorFinding>& findings);

}  // namespace backstay::cli
