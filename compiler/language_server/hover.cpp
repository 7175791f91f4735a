#include "compiler/language_server/hover.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "compiler/language_server/cursor.hpp"
#include "compiler/language_server/fact_roles.hpp"

namespace backstay::compiler::lsp {
namespace {

namespace ast = lang::ast;

std::string support_text(lang::Support support) {
  switch (support) {
    case lang::Support::Full:
      return {};
    case lang::Support::Later:
      return "\n\nThis version reads it and does not carry it out.";
    case lang::Support::Refused:
      return "\n\nThis version refuses it: it cannot carry it out.";
  }
  return {};
}

std::string rows_markdown(const std::vector<const lang::Signature*>& rows) {
  std::string text;
  for (const lang::Signature* const row : rows) {
    text += (text.empty() ? "" : "\n\n") + signature_markdown(*row);
  }
  return text;
}

// The rows of a fact's word; once its arguments fit one of them, that one.
std::string fact_markdown(const LoadedFile& file, const Cursor& cursor) {
  const auto rows = rows_of(cursor.block, cursor.fact->word.text);
  const FactRoles roles = roles_of(file.tree, *cursor.fact, cursor.block);
  const bool decided = roles.row != nullptr && cursor.fact->argument_count > 0;
  return decided ? signature_markdown(*roles.row) : rows_markdown(rows);
}

std::string kind_markdown(std::string_view code) {
  for (const lang::DiagnosticKind kind : lang::all_diagnostic_kinds()) {
    if (lang::info(kind).code == code) {
      return fmt::format("**{}**: {}\n\n`backstay explain {}` says more.", code,
                         lang::info(kind).summary, code);
    }
  }
  return {};
}

// An argument that is no name of a declaration: what its place takes.
std::string argument_markdown(const LoadedFile& file, const Cursor& cursor) {
  const auto arguments = file.tree.arguments_of(*cursor.fact);
  if (cursor.argument >= arguments.size()) {
    return {};
  }
  const ast::Argument& argument = arguments[cursor.argument];
  if (argument.kind == ast::ArgumentKind::Word && argument.text.starts_with("BST")) {
    return kind_markdown(argument.text);
  }
  const FactRoles roles = roles_of(file.tree, *cursor.fact, cursor.block);
  if (roles.row == nullptr) {
    return {};
  }
  const lang::ArgumentType* const type = roles.types[cursor.argument];
  return type == nullptr ? signature_markdown(*roles.row)
                         : fmt::format("{}\n\n{}", type->expected, signature_markdown(*roles.row));
}

}  // namespace

std::string signature_markdown(const lang::Signature& row) {
  const std::string pattern = row.pattern.empty() ? "" : " " + std::string(row.pattern);
  return fmt::format(
      "```stay\n{}{}\n```\n{}{}{}", row.word, pattern, row.meaning,
      row.arity == lang::Arity::Many && row.block != "file" ? "; may stand often" : "",
      support_text(row.support));
}

std::optional<Hover> hover(Workspace& workspace, const std::string& path, std::size_t offset) {
  const auto project = workspace.project_of(path);
  const LoadedFile* const file = project == nullptr ? nullptr : project->file(path);
  if (file == nullptr) {
    return std::nullopt;
  }
  const std::string_view text = project->sources.file(file->tree.id).text();
  const Cursor cursor = cursor_at(*file, text, offset);
  if (cursor.on == Cursor::On::Nothing || cursor.on == Cursor::On::NewFact) {
    return std::nullopt;
  }
  Hover answer{project->range_of(cursor.token), {}};
  const Occurrence* const name = project->index.at(file->tree.id, offset);
  if (cursor.on == Cursor::On::Word) {
    answer.markdown = fact_markdown(*file, cursor);
  } else if (name != nullptr && !name->host_list) {
    answer.range = project->range_of(name->span);
    answer.markdown = declaration_markdown(workspace, *project, name->symbol);
  } else {
    answer.markdown = argument_markdown(*file, cursor);
  }
  return answer.markdown.empty() ? std::nullopt : std::optional(std::move(answer));
}

}  // namespace backstay::compiler::lsp
