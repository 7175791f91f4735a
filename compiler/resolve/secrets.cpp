#include "compiler/resolve/secrets.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "compiler/resolve/age_recipient.hpp"
#include "compiler/resolve/block_rules.hpp"

namespace backstay::compiler {
namespace {

using lang::DiagnosticKind;

// values  of `escrow STRING at SITE`
std::optional<Escrow> read_escrow(Context& context, const Values& values) {
  if (values.size() < 2) {
    return std::nullopt;
  }
  const auto place = read_text(values[0]);
  const auto site = refer_index(context, DeclarationKind::Site, values[1]);
  return place && site ? std::optional(Escrow{*place, *site}) : std::nullopt;
}

// systemd.exec(5), LoadCredential=: the name is that of a file in the credentials directory.
std::optional<Located<std::string>> read_credential(Context& context, const BlockReader& block) {
  const auto credential = block.text("credential");
  if (!credential) {
    return std::nullopt;
  }
  const std::string& name = credential->value;
  if (name.empty() || name == "." || name == ".." || name.find('/') != std::string::npos) {
    context.diagnostics.add({.kind = DiagnosticKind::WrongType,
                             .primary = credential->span,
                             .message = fmt::format("`{}` is no name of a credential", name),
                             .help =
                                 "name one that systemd hands over, for example `\"db-login\"`; "
                                 "a file is named by `file PATH`"});
    return std::nullopt;
  }
  return credential;
}

Secret resolve_secret(Context& context, const Declaration& declaration) {
  constexpr std::array<std::string_view, 3> kSources = {"file", "credential", "command"};
  const BlockReader block(context, declaration);
  at_most_one(context, block, kSources, "a secret is found in one place");
  if (!says_any(block, kSources)) {
    report_missing(context, declaration.span,
                   fmt::format("secret `{}` does not say where it is found", declaration.name),
                   "add `file /etc/backstay/…`");
  }
  Secret secret{.name = declaration.name,
                .span = declaration.span,
                .file = block.path("file"),
                .credential = read_credential(context, block),
                .command = block.command("command")};
  if (const auto escrow = block.fact("escrow")) {
    secret.escrow = read_escrow(context, escrow->values());
  }
  return secret;
}

// Reports what is no recipient. The text of a private key is not repeated.
bool check_recipient(Context& context, const Located<std::string>& recipient) {
  const auto problem = recipient_problem(recipient.value);
  if (problem) {
    context.diagnostics.add({.kind = problem->private_key ? DiagnosticKind::PrivateKeyInPolicy
                                                          : DiagnosticKind::BadRecipient,
                             .primary = recipient.span,
                             .message = problem->message,
                             .help = problem->help});
  }
  return !problem;
}

std::optional<Recipient> read_recipient(Context& context, const FactReader& fact) {
  const Values values = fact.values();
  const auto text = values.empty() ? std::nullopt : read_text(values.front());
  if (!text || !check_recipient(context, *text)) {
    return std::nullopt;
  }
  return Recipient{.recipient = *text,
                   .escrow = read_escrow(context, fact.clause("escrow")),
                   .span = fact.span()};
}

void sort_recipients(Context& context, std::vector<Recipient>& recipients) {
  const auto text = [](const Recipient& one) { return std::string_view(one.recipient.value); };
  std::stable_sort(
      recipients.begin(), recipients.end(),
      [&](const Recipient& left, const Recipient& right) { return text(left) < text(right); });
  for (std::size_t at = 1; at < recipients.size(); ++at) {
    if (text(recipients[at]) == text(recipients[at - 1])) {
      context.diagnostics.add(
          {.kind = DiagnosticKind::DuplicateFact,
           .primary = recipients[at].span,
           .message = "the recipient is named twice",
           .labels = {{recipients[at - 1].span, "first named here"}},
           .help = "name the recipient of a second identity, or take one of the lines out"});
    }
  }
}

Key resolve_key(Context& context, const Declaration& declaration) {
  const BlockReader block(context, declaration);
  Key key{.name = declaration.name, .span = declaration.span};
  if (!block.says("recipient")) {
    report_missing(context, declaration.span,
                   fmt::format("key `{}` has no recipient, so nothing can be sealed with it",
                               declaration.name),
                   "add `recipient \"age1…\"`, as `age-keygen` prints it");
  }
  for (const FactReader& fact : block.facts()) {
    if (fact.word() == "recipient") {
      if (auto recipient = read_recipient(context, fact)) {
        key.recipients.push_back(std::move(*recipient));
      }
    }
  }
  sort_recipients(context, key.recipients);
  key.identity = block.reference("identity", DeclarationKind::Secret);
  return key;
}

}  // namespace

std::vector<Secret> resolve_secrets(Context& context) {
  return resolve_all(context, DeclarationKind::Secret, resolve_secret);
}

std::vector<Key> resolve_keys(Context& context) {
  return resolve_all(context, DeclarationKind::Key, resolve_key);
}

}  // namespace backstay::compiler
