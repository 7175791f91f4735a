// A secret is named in a policy and never written in it: what stands here is shown by plans, logs,
// `ps` and the comments of merge requests.
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "compiler/check/checks.hpp"
#include "compiler/check/report.hpp"
#include "lang/base/secret_text.hpp"

namespace backstay::compiler {
namespace {

using lang::Diagnostic;
using lang::DiagnosticKind;
using lang::Diagnostics;
using lang::find_secret_in_address;
using lang::find_secret_in_text;
using lang::find_secret_literal;

// The text itself stays out of every finding: findings end up in logs.
Diagnostic arguments_finding(const Span& place,
                             const std::string& what,
                             const std::string& reason) {
  return {.kind = DiagnosticKind::SecretInArguments,
          .primary = place,
          .message = fmt::format("{} holds a secret: {}", what, reason),
          .help =
              "let the program read it from a file that only root may read, and change it now: "
              "it has been written down"};
}

void check_command(const std::vector<std::string>& command,
                   const Span& place,
                   const std::string& what,
                   const Service* service,
                   Diagnostics& diagnostics) {
  const auto reason = find_secret_literal(command);
  if (!reason) {
    return;
  }
  Diagnostic finding = arguments_finding(place, what, *reason);
  if (service != nullptr) {
    add_service_label(finding, *service, place);
  }
  diagnostics.add(std::move(finding));
}

void check_commands(const Service& service, Diagnostics& diagnostics) {
  const auto check = [&](std::string_view word, const std::vector<std::string>& command,
                         const Span& place) {
    check_command(command, place, fmt::format("`{}` of service `{}`", word, service.name), &service,
                  diagnostics);
  };
  for (const CheckFact& fact : service.checks) {
    check("check", fact.command, fact.span);
  }
  for (const ExportFact& fact : service.exports) {
    check("export", fact.run, fact.span);
    check("export", fact.import, fact.span);
  }
  const std::pair<std::string_view, const std::optional<HookFact>&> hooks[] = {
      {"before-backup", service.before_backup},
      {"after-backup", service.after_backup},
      {"before-restore", service.before_restore},
      {"after-restore", service.after_restore},
  };
  for (const auto& [word, hook] : hooks) {
    if (hook) {
      check(word, hook->command, hook->span);
    }
  }
}

void check_other_commands(const Policy& policy, Diagnostics& diagnostics) {
  for (const Secret& secret : policy.secrets) {
    if (secret.command) {
      check_command(secret.command->value, secret.command->span,
                    fmt::format("`command` of secret `{}`", secret.name), nullptr, diagnostics);
    }
  }
  for (const Notify& notify : policy.notifies) {
    if (notify.command) {
      check_command(notify.command->value, notify.command->span,
                    fmt::format("`command` of notify `{}`", notify.name), nullptr, diagnostics);
    }
  }
  for (const Drill& drill : policy.drills) {
    for (const ExpectRun& expect : drill.commands) {
      check_command(expect.command, expect.span,
                    fmt::format("`expect run` of drill `{}`", drill.name), nullptr, diagnostics);
    }
  }
}

/// The texts of a policy that are no commands.
class Texts {
 public:
  explicit Texts(Diagnostics& diagnostics) : diagnostics_(diagnostics) {}

  void address(const std::optional<Located<std::string>>& text, std::string_view what) {
    if (text) {
      report(find_secret_in_address(text->value), text->span, what,
             "name a `secret` with `login`, and change this one now: it has been written down");
    }
  }

  void plain(const Located<std::string>& text, std::string_view what) {
    report(find_secret_in_text(text.value), text.span, what,
           "take it out, and change it now: it has been written down");
  }

  void plain(const std::optional<Located<std::string>>& text, std::string_view what) {
    if (text) {
      plain(*text, what);
    }
  }

  void of(const Service* service) { service_ = service; }

 private:
  void report(const std::optional<std::string>& reason,
              const Span& place,
              std::string_view what,
              const char* help) {
    if (!reason) {
      return;
    }
    Diagnostic finding{.kind = DiagnosticKind::SecretInText,
                       .primary = place,
                       .message = fmt::format("{} holds a secret: {}", what, *reason),
                       .help = help};
    if (service_ != nullptr) {
      add_service_label(finding, *service_, place);
    }
    diagnostics_.add(std::move(finding));
  }

  Diagnostics& diagnostics_;
  const Service* service_ = nullptr;
};

void check_reason_texts(const Service& service, Texts& texts) {
  for (const auto* rules : {&service.excepts, &service.keeps}) {
    for (const RuleFact& rule : *rules) {
      texts.plain(rule.pattern, "a pattern");
      texts.plain(rule.because, "a reason");
    }
  }
  for (const UnprotectedFact& fact : service.unprotected) {
    texts.plain(fact.path, "a path");
    texts.plain(fact.because, "a reason");
  }
  for (const HeldFact& fact : service.held) {
    texts.plain(fact.because, "a reason");
  }
  texts.plain(service.external, "a reason");
}

void check_service_texts(const Service& service, Texts& texts) {
  texts.of(&service);
  const auto paths = [&](const auto& facts) {
    for (const auto& fact : facts) {
      texts.plain(fact.path, "a path");
    }
  };
  paths(service.paths);
  paths(service.sqlites);
  paths(service.sealed_by);
  paths(service.replicas);
  paths(service.mirrors);
  for (const DatabaseFact& fact : service.databases) {
    texts.plain(fact.name, "a database's name");
  }
  for (const Located<std::string>& unit : service.units) {
    texts.plain(unit, "a unit's name");
  }
  check_reason_texts(service, texts);
  texts.of(nullptr);
}

void check_texts(const Policy& policy, Diagnostics& diagnostics) {
  Texts texts(diagnostics);
  for (const Host& host : policy.hosts) {
    texts.address(host.address, "an address");
    texts.plain(host.user, "a user's name");
  }
  for (const DatabaseServer& server : policy.servers) {
    texts.address(server.address, "an address");
  }
  for (const Target& target : policy.targets) {
    if (target.kind == TargetKind::Rsync) {
      texts.address(target.remote, "an address");
    } else {
      texts.plain(target.remote, "an address");  // `remote:mail@example.org` is a folder
    }
    texts.plain(target.directory, "a path");
  }
  for (const Secret& secret : policy.secrets) {
    texts.plain(secret.credential, "the name of a credential");
    if (secret.escrow) {
      texts.plain(secret.escrow->place, "the place of an escrow");
    }
  }
  for (const Key& key : policy.keys) {
    for (const Recipient& recipient : key.recipients) {
      if (recipient.escrow) {
        texts.plain(recipient.escrow->place, "the place of an escrow");
      }
    }
  }
  for (const Notify& notify : policy.notifies) {
    texts.address(notify.mail, "a mail address");
  }
  for (const Allow& allow : policy.allows) {
    texts.plain(allow.because, "a reason");
  }
  for (const Service& service : policy.services) {
    check_service_texts(service, texts);
  }
}

}  // namespace

void check_secrets(const Policy& policy, Diagnostics& diagnostics) {
  for (const Service& service : policy.services) {
    check_commands(service, diagnostics);
  }
  check_other_commands(policy, diagnostics);
  check_texts(policy, diagnostics);
}

}  // namespace backstay::compiler
