// `without WORD [KEY]`: what an outer block takes away from the blocks within.
#include <fmt/format.h>

#include "compiler/resolve/service_draft.hpp"
#include "lang/base/fix.hpp"

namespace backstay::compiler {

namespace ast = lang::ast;

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
  const auto other = others_.find(word);
  if (other == others_.end()) {
    return false;
  }
  others_.erase(other);
  return true;
}

bool ServiceDraft::take(std::string_view word, std::optional<std::string_view> key) {
  if (word == "path") {
    return take_named(paths_, key);
  }
  if (word == "sqlite") {
    return take_named(sqlites_, key);
  }
  if (word == "except") {
    return take_from(excepts_, key);
  }
  if (word == "keep") {
    return take_from(keeps_, key);
  }
  if (word == "database") {
    return key == "all" ? databases_.take_if([](const DatabaseFact& fact) { return fact.all; })
                        : take_from(databases_, key);
  }
  if (word == "sealed-by") {
    return take_from(sealed_by_, key);
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
    return take_from(checks_, std::nullopt);
  }
  if (word == "held") {
    return take_from(held_, std::nullopt);
  }
  return take_single(word);
}

void ServiceDraft::take_away(const ast::File& file, const ast::Fact& fact, bool quiet) {
  const auto arguments = file.arguments_of(fact);
  if (arguments.empty()) {
    return;
  }
  const std::string_view word = arguments.front().text;
  const bool has_key = arguments.size() > 1;
  if (arguments[has_key ? 1 : 0].kind == ast::ArgumentKind::Invalid) {
    return;
  }
  const auto key = has_key ? std::optional(arguments[1].text) : std::nullopt;
  if (take(word, key) || quiet) {
    return;
  }
  context_.diagnostics.add(
      {.kind = lang::DiagnosticKind::WithoutNothing,
       .primary = fact.span,
       .message = key ? fmt::format("there is no `{} {}` to take away", word, *key)
                      : fmt::format("there is no `{}` to take away", word),
       .labels = {{declaration_.span, "in this service"}},
       .help = "`without` takes away what the profile says; take the line out",
       .fixes = {lang::remove_lines(fact.span)}});
}

}  // namespace backstay::compiler
