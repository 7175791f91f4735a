// Who may let the plan run, who can open what it seals, and who is told.
#include <algorithm>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/approval_gate.hpp"
#include "cli/doctor/doctor.hpp"
#include "cli/snapshot_source.hpp"
#include "runtime/executor/choose.hpp"
#include "runtime/notify/ways.hpp"
#include "runtime/seal/plan_seals.hpp"
#include "runtime/seal/seal_probe.hpp"
#include "runtime/seal/sealer.hpp"
#include "runtime/store/store.hpp"
#include "runtime/store/store_list.hpp"
#include "runtime/system/environment.hpp"
#include "runtime/system/secret_source.hpp"

namespace backstay::cli {
namespace {

// The one that was given, or the one that the plan names for a target, where it is on this machine.
std::string identity_at_hand(DoctorCall& call, const plan::Plan& plan, const std::string& target) {
  return call.identity.empty() ? identity_of(call.world.files, plan, target) : call.identity;
}

void prove_recipients(DoctorCall& call, const plan::Key& key, const std::string& identity) {
  std::size_t opened = 0;
  for (const plan::Recipient& recipient : key.recipients) {
    const auto answer =
        runtime::opens_any(call.world.commands, identity, {recipient.recipient}, call.stop);
    if (!answer) {
      call.add_error("keys", answer.error());
      return;
    }
    opened += *answer ? 1 : 0;
    call.add("keys", Health::Ok,
             fmt::format("key {}: the identity {} what is sealed to {}", key.name,
                         *answer ? "opens" : "is not that of", recipient.recipient));
  }
  if (opened == 0) {
    call.add("keys", Health::Problem,
             fmt::format("key {}: the identity `{}` opens what is sealed to none of its recipients",
                         key.name, identity),
             "backstay doctor PLAN --identity FILE");
  }
}

// Points of a time when the key had other recipients: nobody who holds a key of today reads them.
void look_at_old_seals(DoctorCall& call,
                       const plan::Plan& plan,
                       const plan::Backup& backup,
                       const std::string& host,
                       const plan::Target& target) {
  const auto store =
      runtime::open_store_for_reading(call.world.files, target.path, call.world.directories);
  const auto points =
      store ? runtime::list_snapshots(call.world.files, *store,
                                      {.policy = plan.policy, .backup = backup.name, .host = host})
            : Result<std::vector<runtime::SnapshotSummary>>(store.error());
  if (!points)
    return;  // told as a matter of targets
  const auto today = runtime::key_of(plan, target.name).recipients;
  std::set<std::string> earlier;
  std::size_t lost = 0;
  for (const runtime::SnapshotSummary& point : *points) {
    const auto& to = point.seal.recipients;
    const bool known = std::any_of(to.begin(), to.end(), [&](const std::string& one) {
      return std::find(today.begin(), today.end(), one) != today.end();
    });
    if (to.empty() || known)
      continue;
    ++lost;
    earlier.insert(to.begin(), to.end());
  }
  if (lost == 0)
    return;
  const std::string text =
      fmt::format("{} of {} points of backup {} at {} are sealed to none of today's recipients: {}",
                  lost, points->size(), backup.name, target.name, fmt::join(earlier, ", "));
  const std::string identity = identity_at_hand(call, plan, target.name);
  const auto opens = identity.empty()
                         ? Result<bool>(false)
                         : runtime::opens_any(call.world.commands, identity,
                                              {earlier.begin(), earlier.end()}, call.stop);
  if (identity.empty()) {
    call.add("keys", Health::Warning, text,
             "keep an identity of one of these until retention took the points; `backstay doctor "
             "PLAN --identity FILE` proves it");
  } else if (opens && *opens) {
    call.add("keys", Health::Ok, text + "; the identity opens what is sealed to one of these");
  } else {
    call.add("keys", Health::Problem, text + "; the identity is that of none",
             "find an identity of one of these: without it these points are lost");
  }
}

/// A target that a key seals; null: none.
const plan::Target* sealed_target(const plan::Plan& plan, const plan::Key& key) {
  for (const plan::Target& target : plan.targets) {
    if (target.seal == key.name) {
      return &target;
    }
  }
  return nullptr;
}

void look_at_secret(DoctorCall& call,
                    const plan::Plan& plan,
                    const plan::Notify& notify,
                    const std::string& name) {
  for (const plan::Secret& secret : plan.secrets) {
    if (secret.name == name) {
      if (const auto read = runtime::read_secret(secret, call.world.commands, call.stop); !read) {
        call.add_error("notify", read.error());
      } else {
        call.add("notify", Health::Ok,
                 fmt::format("{}: its address ({}) can be read", notify.name, name));
      }
    }
  }
}

void send_notice(DoctorCall& call, const plan::Plan& plan, const plan::Notify& notify) {
  for (const std::string& way : runtime::ways_for(notify, "failure")) {
    const std::string now = runtime::to_rfc3339(call.world.clock.now());
    const runtime::Notice notice{.end = {.what = "backup",
                                         .policy = plan.policy,
                                         .backup = "doctor-test",
                                         .status = "a test by backstay doctor",
                                         .started = now,
                                         .finished = now},
                                 .outcome = "failure"};
    const auto sent = runtime::send(call.world, plan, notify, way, notice, {.tries = 1});
    if (sent) {
      call.add("notify", Health::Ok,
               fmt::format("{}: a test notice went out by {}", notify.name, way));
    } else {
      call.add_error("notify", sent.error());
    }
  }
}

}  // namespace

void look_at_approval(DoctorCall& call, const plan::Plan& plan) {
  const ApprovalState state = approval_state(call.session, plan, "");
  if (!state.asked) {
    call.add("approval", Health::Ok, "this host asks for no approval of plans");
  } else if (state.refused) {
    call.add("approval", Health::Problem, state.text, "backstay approve PLAN --key KEY");
  } else {
    call.add("approval", Health::Ok, state.text);
  }
}

void look_at_keys(DoctorCall& call, const plan::Plan& plan) {
  for (const plan::Key& key : plan.keys) {
    const plan::Target* target = sealed_target(plan, key);
    if (target == nullptr) {
      continue;
    }
    if (const std::string identity = identity_at_hand(call, plan, target->name);
        !identity.empty()) {
      prove_recipients(call, key, identity);
      continue;
    }
    runtime::SealKey seal{.name = key.name};
    for (const plan::Recipient& recipient : key.recipients) {
      seal.recipients.push_back(recipient.recipient);
    }
    const auto sealer = runtime::Sealer::open(call.world.commands, seal, call.stop);
    if (!sealer) {
      call.add_error("keys", sealer.error());
      continue;
    }
    call.add("keys", Health::Warning,
             fmt::format(
                 "key {}: sealing works, but no identity was at hand to prove that it opens again",
                 key.name),
             "backstay doctor PLAN --identity FILE");
  }
}

void look_at_earlier_keys(DoctorCall& call, const plan::Plan& plan) {
  for (const plan::Backup& backup : plan.backups) {
    const auto host = runtime::choose_host(backup, "", runtime::host_name());
    if (!host)
      continue;
    std::set<std::string> names = {backup.target};
    for (const plan::Copy& copy : backup.copies)
      names.insert(copy.target);
    for (const std::string& name : names) {
      const plan::Target* target = plan.target(name);
      if (target != nullptr && target->kind == "directory")
        look_at_old_seals(call, plan, backup, *host, *target);
    }
  }
}

void look_at_notifies(DoctorCall& call, const plan::Plan& plan) {
  bool told = false;
  for (const plan::Backup& backup : plan.backups) {
    told = told || !backup.notify.empty();
  }
  if (!told) {
    call.add("notify", Health::Warning, "nobody is told when a run fails",
             "in the policy: notify operators { mail \"you@example.org\" on failure, recovery }, "
             "and `notify "
             "operators` in each backup and drill");
  }
  for (const plan::Notify& notify : plan.notifies) {
    look_at_secret(call, plan, notify, notify.webhook);
    look_at_secret(call, plan, notify, notify.healthcheck);
    if (call.send) {
      send_notice(call, plan, notify);
    }
  }
}

}  // namespace backstay::cli
