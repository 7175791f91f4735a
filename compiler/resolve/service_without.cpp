// `without WORD [KEY]`: what an outer block takes away from the blocks within.
#include <algorithm>

#include <fmt/format.h>

#include "compiler/resolve/service_draft.hpp"
#include "lang/base/fix.hpp"

namespace backstay::compiler {

namespace ast = lang::ast;
using ast::ArgumentKind;

namespace {

// What facts of the word are told apart by, as their items are keyed. A unit may be written without
// its suffix.
std::string key_of(const Value& value) {
  if (value.argument.kind == ArgumentKind::Path) {
    return ast::literal_path(value.text());
  }
  if (value.argument.kind == ArgumentKind::Vector) {
    std::vector<std::string> command;
    for (const ast::Argument& item : value.file->items_of(value.argument)) {
      command.emplace_back(item.text);
    }
    return compiler::key_of(command);
  }
  return std::string(value.text());
}

}  // namespace

template <typename Item>
bool ServiceDraft::take_from(KeyedItems<Item>& items, std::optional<std::string_view> key) {
  return key ? items.take(*key) : items.take_if([](const Item&) { return true; });
}

// By its path, or by the name of its component.
template <typename Item>
bool ServiceDraft::take_named(KeyedItems<Item>& items, std::optional<std::string_view> key) {
  return take_from(items, key) ||
         (key && items.take_if([&](const Item& item) { return item.name.value == *key; }));
}

// By its path, wherever it leads.
template <typename Item>
bool ServiceDraft::take_path(KeyedItems<Item>& items, std::optional<std::string_view> key) {
  return items.take_if([&](const Item& item) { return !key || item.path.value == *key; });
}

bool ServiceDraft::take_single(std::string_view word) {
  if (word == "units") {
    return std::exchange(units_, std::nullopt).has_value();
  }
  if (word == "on") {
    return std::exchange(hosts_, std::nullopt).has_value();
  }
  if (word == "external") {
    return std::exchange(external_, std::nullopt).has_value();
  }
  if (word == "quiesce") {
    return std::exchange(quiesce_, std::nullopt).has_value();
  }
  if (word == "size") {
    return std::exchange(size_, std::nullopt).has_value();
  }
  if (word == "owner") {
    return std::exchange(owner_, std::nullopt).has_value();
  }
  const auto hook = hooks_.find(word);
  if (hook == hooks_.end()) {
    return false;
  }
  hooks_.erase(hook);
  return true;
}

bool ServiceDraft::take_data(std::string_view word, std::optional<std::string_view> key) {
  if (word == "path") {
    return take_named(paths_, key);
  }
  if (word == "sqlite") {
    return take_named(sqlites_, key);
  }
  if (word == "database") {
    return key == "all" ? databases_.take_if([](const DatabaseFact& fact) { return fact.all; })
                        : take_from(databases_, key);
  }
  if (word == "sealed-by") {
    return take_from(sealed_by_, key);
  }
  if (word == "export") {
    return take_from(exports_, key);
  }
  if (word == "replicate") {
    return take_path(replicas_, key);
  }
  return word == "mirror" && take_path(mirrors_, key);
}

bool ServiceDraft::take(std::string_view word, std::optional<std::string_view> key) {
  if (word == "except") {
    return take_from(excepts_, key);
  }
  if (word == "keep") {
    return take_from(keeps_, key);
  }
  if (word == "needs") {
    return take_from(needs_, key);
  }
  if (word == "instant-with") {
    return take_from(instant_with_, key);
  }
  if (word == "unprotected") {
    return take_from(unprotected_, key);
  }
  if (word == "check") {
    return take_from(checks_, key);
  }
  if (word == "held") {
    return held_.take_if([&](const HeldFact& held) {
      return !key || std::any_of(held.units.begin(), held.units.end(), [&](const auto& unit) {
        return unit.value == *key || unit.value == std::string(*key) + ".service";
      });
    });
  }
  return take_data(word, key) || (!key && take_single(word));
}

void ServiceDraft::take_away(const ast::File& file,
                             const ast::Fact& fact,
                             Scope& scope,
                             bool quiet) {
  const auto arguments = file.arguments_of(fact);
  if (arguments.empty()) {
    return;
  }
  const std::string_view word = arguments.front().text;
  const Values keys = scope.expand(file, arguments.subspan(1));
  if (keys.empty()) {
    if (!take(word, std::nullopt) && !quiet) {
      report_nothing_taken(fact.span, std::string(word));
    }
    return;
  }
  for (const Value& key : keys) {
    // A pattern is the key of a rule as it stands.
    const bool rule = word == "except" || word == "keep";
    const std::string text = rule ? std::string(key.text()) : key_of(key);
    const bool known = key.argument.kind != ArgumentKind::Invalid;
    if (known && !take(word, text) && !quiet) {
      report_nothing_taken(fact.span, fmt::format("{} {}", word, key.text()));
    }
  }
}

void ServiceDraft::report_nothing_taken(const Span& place, const std::string& what) {
  context_.diagnostics.add({.kind = lang::DiagnosticKind::WithoutNothing,
                            .primary = place,
                            .message = fmt::format("there is no `{}` to take away", what),
                            .labels = {{declaration_.span, "in this service"}},
                            .help = "`without` takes away what the profile says; take the line out",
                            .fixes = {lang::remove_lines(place)}});
}

}  // namespace backstay::compiler
