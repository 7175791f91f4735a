// Who may let the plan run, who can open what it seals, and who is told.
#include <fmt/format.h>

#include "cli/approval_gate.hpp"
#include "cli/doctor/doctor.hpp"
#include "runtime/notify/ways.hpp"
#include "runtime/seal/sealer.hpp"
#include "runtime/system/secret_source.hpp"
#include "runtime/system/secrets.hpp"
#include "runtime/system/text_input.hpp"

namespace backstay::cli {
namespace {

constexpr std::string_view kProbe = "a probe of `backstay doctor`\n";

// Whether the identity opens what is sealed to this recipient alone. The sealed bytes and the
// identity are handed over by descriptor and standard input: nothing is written anywhere.
Result<bool> opens(DoctorCall& call, const plan::Key& key, const std::string& recipient) {
  BACKSTAY_ASSIGN(const auto sealer,
                  runtime::Sealer::open(call.world.commands,
                                        {.name = key.name, .recipients = {recipient}}, call.stop));
  BACKSTAY_ASSIGN(const std::string sealed, sealer->seal_text("a probe", kProbe));
  BACKSTAY_ASSIGN(const std::string age, runtime::find_program("age"));
  BACKSTAY_ASSIGN(const runtime::SecretFile identity, runtime::open_secret(call.identity));
  runtime::Command command{.program = age,
                           .arguments = {"--decrypt", "--identity", "/dev/fd/3"},
                           .descriptors = {{.ours = identity.descriptor(), .theirs = 3}},
                           .deadline = std::chrono::seconds(30)};
  command.standard_input = runtime::text_input(sealed);
  BACKSTAY_ASSIGN(const runtime::Exit exit, call.world.commands.run(command, call.stop));
  return exit.ok() && exit.output == kProbe;
}

void prove_recipients(DoctorCall& call, const plan::Key& key) {
  std::size_t opened = 0;
  for (const plan::Recipient& recipient : key.recipients) {
    const auto answer = opens(call, key, recipient.recipient);
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
             fmt::format("key {}: the identity opens what is sealed to none of its recipients",
                         key.name),
             "backstay doctor PLAN --identity FILE with the identity of one of them");
  }
}

bool is_used(const plan::Plan& plan, const plan::Key& key) {
  for (const plan::Target& target : plan.targets) {
    if (target.seal == key.name) {
      return true;
    }
  }
  return false;
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
    if (!is_used(plan, key)) {
      continue;
    }
    if (!call.identity.empty()) {
      prove_recipients(call, key);
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
             "backstay doctor PLAN --identity FILE, where an identity is");
  }
}

void look_at_notifies(DoctorCall& call, const plan::Plan& plan) {
  bool told = false;
  for (const plan::Backup& backup : plan.backups) {
    told = told || !backup.notify.empty();
  }
  if (!told) {
    call.add("notify", Health::Warning, "nobody is told when a run fails",
             "docs/notifying.md: a `notify` in the policy");
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
