// Secrets, keys, notifies, renames and suppressions in the plan's words: references and public
// values, never a secret's content.
#include <set>

#include <fmt/format.h>

#include "compiler/lower/lower_parts.hpp"

namespace backstay::compiler {
namespace {

std::string_view word_of(Outcome outcome) {
  switch (outcome) {
    case Outcome::Failure:
      return "failure";
    case Outcome::Recovery:
      return "recovery";
    case Outcome::Success:
      return "success";
  }
  return {};
}

// A login in a file stands in its server, where the runtime reads it.
std::set<Index> named_secrets(const Policy& policy) {
  std::set<Index> named;
  const auto add = [&](const std::optional<Reference>& secret) {
    if (secret) {
      named.insert(secret->value);
    }
  };
  for (const DatabaseServer& server : policy.servers) {
    if (server.login && !policy.secrets[server.login->value].file) {
      named.insert(server.login->value);
    }
  }
  for (const Target& target : policy.targets) {
    add(target.login);
  }
  for (const Key& key : policy.keys) {
    add(key.identity);
  }
  for (const Notify& notify : policy.notifies) {
    add(notify.webhook);
    add(notify.healthcheck);
  }
  return named;
}

}  // namespace

std::vector<plan::Site> lower_sites(const Policy& policy) {
  std::vector<plan::Site> sites;
  for (const Site& site : policy.sites) {
    if (site.part_of) {
      sites.push_back({.name = site.name, .part_of = name_of(policy.sites, site.part_of)});
    }
  }
  return sites;
}

std::vector<plan::Secret> lower_secrets(const Policy& policy) {
  std::vector<plan::Secret> secrets;
  for (const Index index : named_secrets(policy)) {
    const Secret& secret = policy.secrets[index];
    plan::Secret lowered{.name = secret.name,
                         .file = value_of(secret.file),
                         .credential = value_of(secret.credential),
                         .command = value_of(secret.command)};
    if (secret.escrow) {
      lowered.escrow = secret.escrow->place.value;
      lowered.escrow_site = policy.sites[secret.escrow->site.value].name;
    }
    secrets.push_back(std::move(lowered));
  }
  return secrets;
}

std::vector<plan::Key> lower_keys(const Policy& policy) {
  std::vector<plan::Key> keys;
  for (const Key& key : policy.keys) {
    plan::Key lowered{.name = key.name, .recipients = {}};
    lowered.identity = name_of(policy.secrets, key.identity);
    for (const Recipient& recipient : key.recipients) {
      plan::Recipient one{.recipient = recipient.recipient.value};
      if (recipient.escrow) {
        one.escrow = recipient.escrow->place.value;
        one.escrow_site = policy.sites[recipient.escrow->site.value].name;
      }
      lowered.recipients.push_back(std::move(one));
    }
    keys.push_back(std::move(lowered));
  }
  return keys;
}

std::vector<plan::Notify> lower_notifies(const Policy& policy) {
  std::vector<plan::Notify> notifies;
  for (const Notify& notify : policy.notifies) {
    plan::Notify lowered{.name = notify.name,
                         .outcomes = {},
                         .command = value_of(notify.command),
                         .mail = value_of(notify.mail)};
    lowered.webhook = name_of(policy.secrets, notify.webhook);
    lowered.healthcheck = name_of(policy.secrets, notify.healthcheck);
    for (const Located<Outcome>& outcome : notify.outcomes) {
      lowered.outcomes.emplace_back(word_of(outcome.value));
    }
    notifies.push_back(std::move(lowered));
  }
  return notifies;
}

std::vector<plan::Moved> lower_moved(const Policy& policy) {
  std::vector<plan::Moved> moved;
  for (const Moved& rename : policy.moved) {
    moved.push_back({.kind = rename.kind.value,
                     .old_name = rename.old_name.value,
                     .new_name = rename.new_name.value});
  }
  return moved;
}

std::vector<plan::Suppression> lower_suppressions(const Policy& policy) {
  std::vector<plan::Suppression> suppressions;
  for (const Allow& allow : policy.allows) {
    suppressions.push_back({.code = allow.code.value,
                            .kind = allow.kind.value,
                            .name = allow.name.value,
                            .because = allow.because.value,
                            .until = allow.until.value});
  }
  return suppressions;
}

NewStep hook_step(const Policy& policy,
                  const Service& service,
                  std::string_view moment,
                  const HookFact& hook,
                  Index host) {
  const std::string& name = policy.hosts[host].name;
  return {.id = fmt::format("{}.{}@{}", moment, service.name, name),
          .host = name,
          .from = fmt::format("service {}: {}", service.name, moment),
          .action = plan::RunCommand{.service = service.name,
                                     .moment = std::string(moment),
                                     .command = hook.command,
                                     .accepts = hook.accepts},
          .timeout = value_of(hook.timeout)};
}

}  // namespace backstay::compiler
