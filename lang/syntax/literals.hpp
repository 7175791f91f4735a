// Single tokens: what a literal may hold beyond its shape, and what to say of one that is none.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lang/syntax/ast.hpp"

namespace backstay::lang {

/// A token as findings show it: at most 60 characters.
[[nodiscard]] std::string shortened(std::string_view text);

/// What is wrong with a token, and what to do.
struct TokenProblem {
  std::string message;
  std::string help;
  std::string instead = {};  ///< the token that was meant, where that is certain
};

/// The value behind a token of the right shape: a day of the calendar, a time below 24:00, a number
/// that fits. Nothing where all is well.
[[nodiscard]] std::optional<TokenProblem> literal_problem(ast::ArgumentKind kind,
                                                          std::string_view text);
/// What to say of a token that begins with a digit and has no literal's shape.
[[nodiscard]] TokenProblem not_a_literal(std::string_view text);
/// What to say of a word with a character that no word holds.
[[nodiscard]] TokenProblem not_a_word(std::string_view text);

/// `[a-z][a-z0-9_-]*`, not ending in `-`, at most 63 bytes.
[[nodiscard]] bool is_name(std::string_view text);
/// Names joined by dots.
[[nodiscard]] bool is_qualified_name(std::string_view text);
/// A dot at an end or two in a row; nothing where the dots of a word are right.
[[nodiscard]] std::optional<TokenProblem> dot_problem(std::string_view text);

/// The hosts that a host list names, in its order: `ctl[1,3]-a` → `ctl1-a`, `ctl3-a`. A number
/// keeps the leading zeros of the first of its range. A problem where it cannot be expanded or
/// names more than 4,096 hosts.
struct HostListResult {
  std::vector<std::string> hosts;
  std::optional<TokenProblem> problem;
};

[[nodiscard]] HostListResult expand_host_list(std::string_view text);

/// The UTF-8 of `\\u{…}` as written; nothing for what is no character that may stand in a string
/// (NUL, surrogates, beyond U+10FFFF) or no such escape.
[[nodiscard]] std::optional<std::string> unicode_escape(std::string_view escape);

/// What a path becomes: `//`, `/./` and a trailing `/` are gone.
[[nodiscard]] std::string normalized_path(std::string_view path);
/// Whether a segment is `..`.
[[nodiscard]] bool has_parent_segment(std::string_view path);

}  // namespace backstay::lang
