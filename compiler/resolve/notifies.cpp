#include "compiler/resolve/notifies.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "compiler/resolve/block_rules.hpp"

namespace backstay::compiler {
namespace {

Outcome outcome_of(std::string_view word) {
  if (word == "success") {
    return Outcome::Success;
  }
  return word == "recovery" ? Outcome::Recovery : Outcome::Failure;
}

std::vector<Located<Outcome>> outcomes_of(Context& context,
                                          const Declaration& declaration,
                                          const BlockReader& block) {
  const auto on = block.fact("on");
  if (!on) {
    return {{Outcome::Failure, declaration.span}, {Outcome::Recovery, declaration.span}};
  }
  std::vector<Located<Outcome>> outcomes;
  for (const Value& value : on->values()) {
    outcomes.push_back({outcome_of(value.text()), value.span()});
  }
  std::stable_sort(outcomes.begin(), outcomes.end(),
                   [](const auto& one, const auto& other) { return one.value < other.value; });
  for (std::size_t at = 1; at < outcomes.size(); ++at) {
    if (outcomes[at].value == outcomes[at - 1].value) {
      context.diagnostics.add({.kind = lang::DiagnosticKind::DuplicateFact,
                               .primary = outcomes[at].span,
                               .message = "the outcome is named twice",
                               .labels = {{outcomes[at - 1].span, "first named here"}},
                               .help = "take one of them out"});
    }
  }
  return outcomes;
}

// One `@` with something on both sides, and nothing that would begin another header or option.
std::optional<Located<std::string>> mail_of(Context& context, const BlockReader& block) {
  auto mail = block.text("mail");
  if (!mail) {
    return std::nullopt;
  }
  const std::string& text = mail->value;
  const std::size_t at = text.find('@');
  const bool sound = at != std::string::npos && at > 0 && at + 1 < text.size() &&
                     at == text.rfind('@') && text.front() != '-' &&
                     text.find_first_of(" \t\n,;<>") == std::string::npos;
  if (!sound) {
    context.diagnostics.add({.kind = lang::DiagnosticKind::WrongType,
                             .primary = mail->span,
                             .message = fmt::format("`{}` is no address of a mailbox", text),
                             .help = "write `mail \"operators@example.org\"`"});
    return std::nullopt;
  }
  return mail;
}

Notify resolve_notify(Context& context, const Declaration& declaration) {
  constexpr std::array<std::string_view, 4> kWays = {"webhook", "command", "mail", "healthcheck"};
  const BlockReader block(context, declaration);
  if (!says_any(block, kWays)) {
    report_missing(context, declaration.span,
                   fmt::format("notify `{}` does not say how anybody is told", declaration.name),
                   "add `webhook SECRET`, `command [\"…\"]`, `mail \"…\"` or `healthcheck SECRET`");
  }
  return {.name = declaration.name,
          .span = declaration.span,
          .webhook = block.reference("webhook", DeclarationKind::Secret),
          .command = block.command("command"),
          .mail = mail_of(context, block),
          .healthcheck = block.reference("healthcheck", DeclarationKind::Secret),
          .outcomes = outcomes_of(context, declaration, block)};
}

}  // namespace

std::vector<Notify> resolve_notifies(Context& context) {
  return resolve_all(context, DeclarationKind::Notify, resolve_notify);
}

}  // namespace backstay::compiler
