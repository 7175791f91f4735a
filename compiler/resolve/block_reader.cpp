#include "compiler/resolve/block_reader.hpp"

#include <algorithm>

namespace backstay::compiler {

namespace ast = lang::ast;

BlockReader::BlockReader(Context& context, const Declaration& declaration)
    : context_(context),
      declaration_(declaration),
      scope_(context.scope_of(*declaration.file)),
      facts_(match_block(context,
                         *declaration.file,
                         declaration.fact->facts,
                         declaration.fact->word.text,
                         scope_)) {}

std::optional<FactReader> BlockReader::fact(std::string_view word) const {
  for (const lang::MatchedFact& fact : facts_) {
    if (fact.fact->word.text == word) {
      return FactReader(context_, scope_, declaration_.file->tree, fact);
    }
  }
  return std::nullopt;
}

bool BlockReader::says(std::string_view word) const {
  const auto& facts = declaration_.fact->facts;
  return std::any_of(facts.begin(), facts.end(),
                     [word](const ast::Fact& fact) { return fact.word.text == word; });
}

std::vector<FactReader> BlockReader::facts() const {
  std::vector<FactReader> readers;
  readers.reserve(facts_.size());
  for (const lang::MatchedFact& fact : facts_) {
    readers.emplace_back(context_, scope_, declaration_.file->tree, fact);
  }
  return readers;
}

std::optional<Value> BlockReader::value(std::string_view word) const {
  const auto found = fact(word);
  if (!found) {
    return std::nullopt;
  }
  Values values = found->values();
  return values.empty() ? std::nullopt : std::optional(std::move(values.front()));
}

std::optional<Located<std::string>> BlockReader::text(std::string_view word) const {
  const auto found = value(word);
  return found ? read_text(*found) : std::nullopt;
}

std::optional<Located<std::string>> BlockReader::path(std::string_view word) const {
  const auto found = value(word);
  return found ? read_path(context_, *found) : std::nullopt;
}

std::optional<Located<std::int64_t>> BlockReader::count(std::string_view word) const {
  const auto found = value(word);
  return found ? read_count(context_, *found) : std::nullopt;
}

std::optional<Located<Duration>> BlockReader::duration(std::string_view word) const {
  const auto found = value(word);
  return found ? read_duration(context_, *found) : std::nullopt;
}

std::optional<Located<Duration>> BlockReader::some_time(std::string_view word) const {
  const auto found = value(word);
  return found ? read_some_time(context_, *found) : std::nullopt;
}

std::optional<Located<std::int64_t>> BlockReader::number(std::string_view word,
                                                         NumberRange range) const {
  const auto found = value(word);
  return found ? read_number(context_, *found, range) : std::nullopt;
}

std::optional<Located<ByteSize>> BlockReader::size(std::string_view word) const {
  const auto found = value(word);
  return found ? read_size(context_, *found) : std::nullopt;
}

std::optional<Located<ByteSize>> BlockReader::rate(std::string_view word) const {
  const auto found = value(word);
  return found ? read_rate(context_, *found) : std::nullopt;
}

std::optional<Located<std::vector<std::string>>> BlockReader::command(std::string_view word) const {
  const auto found = value(word);
  return found ? read_command(context_, *found) : std::nullopt;
}

std::optional<Reference> BlockReader::reference(std::string_view word, DeclarationKind kind) const {
  const auto found = value(word);
  return found ? refer_index(context_, kind, *found) : std::nullopt;
}

std::optional<Located<std::string>> BlockReader::literal(std::string_view word) const {
  const auto found = fact(word);
  if (!found) {
    return std::nullopt;
  }
  const auto arguments = declaration_.file->tree.arguments_of(*found->matched().fact);
  return arguments.empty() ? std::nullopt
                           : std::optional(Located<std::string>{std::string(arguments[0].text),
                                                                arguments[0].span});
}

}  // namespace backstay::compiler
