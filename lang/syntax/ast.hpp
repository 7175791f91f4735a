// The syntax tree: what stands in a file, nothing of what it means.
//
// The grammar knows one shape only, the fact `WORD argument*` with an optional block of facts.
// Which words stand where, and with which arguments, is said in one table: lang/syntax/signatures.
// Texts are views: the File must not outlive the SourceSet that it was parsed from.
#pragma once

#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lang/base/span.hpp"

namespace backstay::lang::ast {

enum class ArgumentKind : std::uint8_t {
  Word,      ///< `keystone`, `openstack.nova`, `mon`, `all`, `may-change`
  Path,      ///< `/etc/nova`, bare or quoted; may hold `*`, `?`, `**`; see Argument::text
  String,    ///< `"…"`, not beginning with `/`
  Duration,  ///< `26h`
  Size,      ///< `200GiB`
  Rate,      ///< `50MiB/s`
  Count,     ///< `7`
  Date,      ///< `2026-01-31`
  Time,      ///< `02:30`
  Instant,   ///< `2027-03-28T02:30Z`
  Ordinal,   ///< `1st` … `4th`
  Vector,    ///< `["nova-status", "upgrade", "check"]`
  HostList,  ///< `compute[001-250]`
  Assign,    ///< `=`
  Arrow,     ///< `->`
  Invalid,   ///< reported already; stands where something should be
};

/// One argument. `after_comma` marks that it goes on the list that the previous argument is in.
struct Argument {
  ArgumentKind kind = ArgumentKind::Invalid;
  bool after_comma = false;
  bool quoted = false;  ///< written in double quotes: never taken for a parameter
  Span span;            ///< as written, quotes and brackets included
  /// Decoded: escapes resolved, quotes off; a Path is normalised and in pattern form, where `\*`,
  /// `\?` and `\\` stand for the plain characters (literal_path() resolves them; a path without a
  /// backslash is its own literal). A Vector or HostList: as written.
  std::string_view text;
  std::string_view written;  ///< a quoted Path: the decoded string as it stands; else equal to text
  std::uint32_t first_item = 0;  ///< Vector: its strings are File::items[first_item, + item_count)
  std::uint32_t item_count = 0;
};

/// `WORD argument*`, with an optional block.
struct Fact {
  Span span;                         ///< from the word to the last argument; one logical line
  Argument word;                     ///< kind Word; Invalid where the line began with no word
  std::uint32_t first_argument = 0;  ///< File::arguments[first_argument, + argument_count)
  std::uint32_t argument_count = 0;
  bool has_block = false;
  Span block;               ///< from `{` to `}`; empty without one
  std::vector<Fact> facts;  ///< the block's
};

/// One parsed file. Also after syntax errors it holds every statement that could be read.
struct File {
  FileId id = 0;
  std::vector<Fact> facts;
  std::vector<Argument> arguments;
  std::vector<Argument> items;      ///< strings of argument vectors
  std::deque<std::string> decoded;  ///< owns the texts that are not in the source as they are

  [[nodiscard]] std::span<const Argument> arguments_of(const Fact& fact) const {
    return std::span(arguments).subspan(fact.first_argument, fact.argument_count);
  }

  /// The strings of an argument vector.
  [[nodiscard]] std::span<const Argument> items_of(const Argument& vector) const {
    return std::span(items).subspan(vector.first_item, vector.item_count);
  }
};

/// A Path's text without its pattern escapes: `\*` → `*`, `\?` → `?`, `\\` → `\`.
[[nodiscard]] inline std::string literal_path(std::string_view text) {
  std::string literal;
  literal.reserve(text.size());
  for (std::size_t at = 0; at < text.size(); ++at) {
    at += text[at] == '\\' && at + 1 < text.size() ? 1 : 0;
    literal += text[at];
  }
  return literal;
}

}  // namespace backstay::lang::ast
