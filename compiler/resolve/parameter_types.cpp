// The types of language.md, section 3: how many values each takes, and what they refer to.
#include <array>
#include <optional>

#include <fmt/format.h>

#include "compiler/resolve/parameters.hpp"
#include "lang/syntax/signatures.hpp"

namespace backstay::compiler {
namespace {

using lang::ast::ArgumentKind;

struct TypeRow {
  std::string_view type;
  bool list;  ///< several values, separated by commas
  std::string_view example;
  std::optional<DeclarationKind> refers_to = std::nullopt;
};

constexpr std::array<TypeRow, 18> kTypes = {{
    {"bool", false, "true"},
    {"int", false, "7"},
    {"duration", false, "26h"},
    {"size", false, "200GiB"},
    {"rate", false, "50MiB/s"},
    {"path", false, "/etc/nova"},
    {"name", false, "nova"},
    {"names", true, "nova, nova_api"},
    {"string", false, "\"text\""},
    {"argv", false, "[\"program\", \"argument\"]"},
    {"mariadb", false, "control-db", DeclarationKind::Server},
    {"postgresql", false, "control-db", DeclarationKind::Server},
    {"hosts", true, "ctl01, compute[01-20]"},
    {"group", false, "computes", DeclarationKind::Group},
    {"service", false, "keystone", DeclarationKind::Service},
    {"target", false, "local", DeclarationKind::Target},
    {"secret", false, "db-login", DeclarationKind::Secret},
    {"schedule", false, "nightly", DeclarationKind::Schedule},
}};

const TypeRow* row_of(std::string_view type) {
  for (const TypeRow& row : kTypes) {
    if (row.type == type) {
      return &row;
    }
  }
  return nullptr;
}

void report_misfit(Context& context, std::string_view name, const TypeRow& row, const Span& place) {
  context.diagnostics.add({.kind = lang::DiagnosticKind::WrongParameterType,
                           .primary = place,
                           .message = fmt::format("parameter `{}` takes {} of type `{}`", name,
                                                  row.list ? "values" : "one value", row.type),
                           .help = fmt::format("for example `{}`", row.example)});
}

// `mariadb` and `postgresql` share a name space, so the kind is looked at besides.
bool means_declared(Context& context,
                    std::string_view name,
                    const TypeRow& row,
                    const Value& value) {
  const Declaration* declaration = refer(context, *row.refers_to, value);
  if (declaration == nullptr) {
    return false;
  }
  const bool of_kind =
      declaration->kind != DeclarationKind::Server || declaration->word() == row.type;
  if (!of_kind) {
    context.diagnostics.add(
        {.kind = lang::DiagnosticKind::WrongParameterType,
         .primary = value.span(),
         .message = fmt::format("parameter `{}` takes a {}, and `{}` is a {}", name, row.type,
                                value.text(), declaration->word()),
         .labels = {{declaration->span, "declared here"}},
         .help = fmt::format("name a {}", row.type)});
  }
  return of_kind;
}

// A host or a group. What a list stands for is looked up where the parameter is used.
bool means_hosts(Context& context, const Value& value) {
  return value.argument.kind != ArgumentKind::Word ||
         context.symbols.find(DeclarationKind::Group, value.text()) != nullptr ||
         refer(context, DeclarationKind::Host, value) != nullptr;
}

}  // namespace

bool fits_type(Context& context,
               std::string_view name,
               std::string_view type,
               const Values& values,
               const Span& place) {
  const TypeRow* row = row_of(type);
  if (row == nullptr) {
    return true;  // the signature's business
  }
  if (values.empty() || (!row->list && values.size() > 1)) {
    report_misfit(context, name, *row, place);
    return false;
  }
  bool fits = true;
  for (const Value& value : values) {
    if (value.argument.kind == ArgumentKind::Invalid) {
      continue;
    }
    if (!lang::fits_parameter_type(type, value.argument)) {
      report_misfit(context, name, *row, value.span());
      fits = false;
    } else if (row->refers_to) {
      fits = means_declared(context, name, *row, value) && fits;
    } else if (type == "hosts") {
      fits = means_hosts(context, value) && fits;
    }
  }
  return fits;
}

}  // namespace backstay::compiler
