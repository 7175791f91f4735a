#include "lang/syntax/dump.hpp"

#include <array>

#include <fmt/format.h>

#include "lang/base/printable.hpp"

namespace backstay::lang {
namespace {

std::string_view name_of(ast::ArgumentKind kind) {
  constexpr std::array<std::string_view, 16> kNames = {
      "word", "path",    "string",  "duration", "size",  "rate",   "count", "date",
      "time", "instant", "ordinal", "vector",   "hosts", "assign", "arrow", "invalid"};
  return kNames.at(static_cast<std::size_t>(kind));
}

// On one line, and different for different texts.
std::string escaped(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      result += '\\';
    }
    result += c == '\t' ? std::string("\\t") : std::string(1, c);
  }
  return printable(result, true);
}

void dump_argument(const ast::File& file, const ast::Argument& argument, std::string& out) {
  out += argument.after_comma ? " , " : " ";
  out += name_of(argument.kind);
  out += argument.quoted ? "'" : "";
  if (argument.kind == ast::ArgumentKind::Vector) {
    out += '[';
    for (const ast::Argument& item : file.items_of(argument)) {
      out += fmt::format("\"{}\"", escaped(item.text));
    }
    out += ']';
    return;
  }
  out += fmt::format("({})", escaped(argument.text));
  if (argument.quoted && argument.written != argument.text) {
    out += fmt::format("<{}>", escaped(argument.written));
  }
}

void dump_facts(const ast::File& file,
                const std::vector<ast::Fact>& facts,
                std::size_t depth,
                std::string& out) {
  for (const ast::Fact& fact : facts) {
    out.append(depth * 2, ' ');
    out += fact.word.kind == ast::ArgumentKind::Word ? std::string(fact.word.text) : "invalid";
    for (const ast::Argument& argument : file.arguments_of(fact)) {
      dump_argument(file, argument, out);
    }
    out += fact.has_block ? " {\n" : "\n";
    dump_facts(file, fact.facts, depth + 1, out);
    if (fact.has_block) {
      out.append(depth * 2, ' ');
      out += "}\n";
    }
  }
}

}  // namespace

std::string dump(const ast::File& file) {
  std::string out;
  dump_facts(file, file.facts, 0, out);
  return out;
}

}  // namespace backstay::lang
