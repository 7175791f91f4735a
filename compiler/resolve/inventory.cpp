#include "compiler/resolve/inventory.hpp"

#include <string_view>

#include <fmt/format.h>

namespace backstay::compiler {
namespace {

namespace ast = lang::ast;

/// `./a//b` → `a/b`; nothing where it does not stay in the folder or names none of its files.
std::optional<std::string> below_the_folder(std::string_view text) {
  std::string path;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('/', begin), text.size());
    const std::string_view segment = text.substr(begin, end - begin);
    begin = end + 1;
    if (segment == ".." || (path.empty() && segment.starts_with('~'))) {
      return std::nullopt;
    }
    if (!segment.empty() && segment != ".") {
      path += fmt::format("{}{}", path.empty() ? "" : "/", segment);
    }
  }
  return path.empty() || path.find_first_of(",\n\t") != std::string::npos ? std::nullopt
                                                                          : std::optional(path);
}

const ast::Argument* argument_of(const LoadedFile& entry) {
  for (const ast::Fact& fact : entry.tree.facts) {
    if (fact.word.text == "inventory" && fact.argument_count > 0) {
      return &entry.tree.arguments[fact.first_argument];
    }
  }
  return nullptr;
}

void report(Context& context, const ast::Argument& argument, std::string message) {
  context.diagnostics.add(
      {.kind = lang::DiagnosticKind::WrongType,
       .primary = argument.span,
       .message = std::move(message),
       .help = "name one file or directory: below the policy's folder, as `\"./multinode\"`, or by "
               "its whole path"});
}

}  // namespace

std::optional<Located<std::string>> resolve_inventory(Context& context, const LoadedFile& entry) {
  const ast::Argument* argument = argument_of(entry);
  if (argument == nullptr) {
    return std::nullopt;
  }
  if (argument->kind != ast::ArgumentKind::Path && argument->kind != ast::ArgumentKind::String) {
    report(context, *argument, "an inventory is named in quotes, and by no parameter");
    return std::nullopt;
  }
  const bool absolute = argument->kind == ast::ArgumentKind::Path;
  // Ansible takes a comma for a list of hosts.
  if (absolute && argument->text.find_first_of("*?,\\\n\t") != std::string_view::npos) {
    report(context, *argument, "this is no path of one inventory");
    return std::nullopt;
  }
  if (absolute) {
    return Located<std::string>{std::string(argument->text), argument->span};
  }
  auto path = below_the_folder(argument->text);
  if (!path) {
    report(context, *argument,
           fmt::format("`{}` names no file below the policy's folder", argument->text));
    return std::nullopt;
  }
  return Located<std::string>{*std::move(path), argument->span};
}

}  // namespace backstay::compiler
