// The hover of a name: documentation, what it comes to in the checked policy, its own lines.
#include <algorithm>

#include <fmt/format.h>

#include "compiler/language_server/hover.hpp"
#include "compiler/language_server/next_fires.hpp"
#include "compiler/language_server/profile_chain.hpp"
#include "compiler/language_server/service_text.hpp"
#include "lang/syntax/parser.hpp"

namespace backstay::compiler::lsp {
namespace {

namespace ast = lang::ast;

constexpr std::size_t kMostLines = 24;
constexpr std::size_t kFiresShown = 3;

std::string in_stay(std::string_view text) {
  return fmt::format("```stay\n{}\n```", text);
}

std::string documentation_of(const Project& project, const Occurrence& place) {
  lang::Diagnostics unused;
  const auto comments = lang::parse(project.sources, place.span.file, unused).comments;
  return lang::documentation_above(comments, project.sources.file(place.span.file),
                                   place.fact->span.begin);
}

// The lines of a declaration as they stand, the first of them where there are many.
std::string source_of(const Project& project, const Occurrence& place) {
  const ast::Fact& fact = *place.fact;
  const std::string_view text =
      project.sources.text(fact.has_block ? lang::join(fact.span, fact.block) : fact.span);
  std::size_t end = 0;
  for (std::size_t line = 0; line < kMostLines && end != std::string_view::npos; ++line) {
    end = text.find('\n', end + (line > 0 ? 1 : 0));
  }
  return end == std::string_view::npos ? std::string(text)
                                       : std::string(text.substr(0, end)) + "\n    …";
}

template <typename Declared>
const Declared* find_named(const std::vector<Declared>& declared, std::string_view name) {
  const auto found = std::find_if(declared.begin(), declared.end(),
                                  [name](const Declared& one) { return one.name == name; });
  return found == declared.end() ? nullptr : &*found;
}

std::string fires_markdown(const Policy& policy, const Schedule& schedule, const World& world) {
  if (!world.now) {
    return {};
  }
  std::string text;
  for (const std::string& fire : next_fires(policy, schedule, world.now(), kFiresShown)) {
    text += fmt::format("\n- {}", fire);
  }
  return text.empty() ? text : "\n\nNext fires:\n" + text;
}

// Who relies on a declaration, in words.
std::string users_markdown(const Policy& policy, const Symbol& symbol) {
  std::vector<std::string> users;
  for (const Backup& backup : policy.backups) {
    const auto is = [&](const std::optional<Reference>& one, const auto& declared) {
      return one && declared[one->value].name == symbol.name;
    };
    const bool used =
        (symbol.space == "schedule" && is(backup.schedule, policy.schedules)) ||
        (symbol.space == "target" && is(backup.target, policy.targets)) ||
        (symbol.space == "retention" && is(backup.retention, policy.retentions)) ||
        (symbol.space == "service" &&
         std::any_of(backup.services.begin(), backup.services.end(), [&](const Reference& one) {
           return policy.services[one.value].name == symbol.name;
         }));
    if (used) {
      users.push_back(fmt::format("`{}`", backup.name));
    }
  }
  return users.empty() ? "" : fmt::format("\n\nIn backup {}.", fmt::join(users, ", "));
}

std::string value_of(const ProfileEntry& parameter, const Project& project) {
  const auto arguments = parameter.file->tree.arguments_of(*parameter.fact);
  if (arguments.size() < 4) {
    return {};
  }
  return std::string(project.sources.text(lang::join(arguments[3].span, arguments.back().span)));
}

// What the services that start from the profile give.
std::string given_values(const Project& project, const Symbol& parameter) {
  std::string text;
  for (const Occurrence* const place : project.index.places_of(parameter)) {
    if (place->definition || place->fact->word.text != "set") {
      continue;
    }
    const auto arguments = place->file->tree.arguments_of(*place->fact);
    const auto owner = place->file->tree.arguments_of(*place->declaration);
    if (arguments.size() > 1 && !owner.empty()) {
      text +=
          fmt::format("\n- {} `{}`: `{}`", place->declaration->word.text, owner.front().text,
                      project.sources.text(lang::join(arguments[1].span, arguments.back().span)));
    }
  }
  return text.empty() ? text : "\n\nGiven by:\n" + text;
}

std::string parameter_markdown(const Project& project,
                               const Project* checked,
                               const Symbol& symbol,
                               const Occurrence& declared) {
  std::string text = in_stay(project.sources.text(declared.fact->span));
  if (symbol.space == "param ") {
    const auto& values = checked == nullptr ? std::vector<std::pair<std::string, std::string>>{}
                                            : checked->analysis.policy->parameters;
    for (const auto& [name, value] : values) {
      text += name == symbol.name ? fmt::format("\n\nIts value is `{}`.", value) : "";
    }
    return text;
  }
  const ProfileChain profiles(project.analysis.loaded);
  const std::string otherwise = value_of(profiles.parameter_of(symbol), project);
  text += otherwise.empty() ? "\n\nIt has no default." : "\n\nIts default is `" + otherwise + "`.";
  return text + given_values(project, symbol);
}

}  // namespace

std::string declaration_markdown(const Workspace& workspace,
                                 const Project& project,
                                 const Symbol& symbol) {
  const auto definitions = project.index.definitions_of(symbol);
  if (definitions.empty()) {
    return {};
  }
  const Occurrence& declared = *definitions.front();
  const auto checked = workspace.last_checked(project);
  const Policy* const policy = checked == nullptr ? nullptr : &*checked->analysis.policy;
  std::string text;
  if (symbol.space == "library") {
    text = fmt::format("`{}`", symbol.name);
  } else if (symbol.space.starts_with("param ")) {
    text = parameter_markdown(project, checked.get(), symbol, declared);
  } else if (const Service* const service = policy != nullptr && symbol.space == "service"
                                                ? find_named(policy->services, symbol.name)
                                                : nullptr) {
    text = in_stay(service_text(*policy, *service, kMostLines));
  } else {
    text = in_stay(source_of(project, declared));
  }
  if (const std::string documentation = documentation_of(project, declared);
      !documentation.empty()) {
    text += "\n\n" + documentation;
  }
  if (policy != nullptr) {
    const Schedule* const schedule =
        symbol.space == "schedule" ? find_named(policy->schedules, symbol.name) : nullptr;
    text += schedule == nullptr ? "" : fires_markdown(*policy, *schedule, workspace.world());
    text += users_markdown(*policy, symbol);
  }
  return text;
}

}  // namespace backstay::compiler::lsp
