// A matched fact as typed values: parameters put in, units read, places kept.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/resolve/context.hpp"
#include "lang/syntax/signatures.hpp"

namespace backstay::compiler {

/// Those of the facts of a block of kind `block` that fit their signatures. Reports what match()
/// reports, and a second fact where one may stand only once.
[[nodiscard]] std::vector<lang::MatchedFact> match_block(Context& context,
                                                         const LoadedFile& file,
                                                         const std::vector<lang::ast::Fact>& facts,
                                                         std::string_view block,
                                                         Scope& scope);

/// Reads one fact. Borrows all that it is given.
class FactReader {
 public:
  FactReader(Context& context,
             Scope& scope,
             const lang::ast::File& file,
             const lang::MatchedFact& fact)
      : context_(context), scope_(scope), file_(file), fact_(fact) {}

  [[nodiscard]] std::string_view word() const { return fact_.fact->word.text; }

  [[nodiscard]] const Span& span() const { return fact_.fact->span; }

  [[nodiscard]] const lang::MatchedFact& matched() const { return fact_; }

  [[nodiscard]] bool has(std::string_view clause) const { return fact_.clause(clause) != nullptr; }

  /// The fixed part.
  [[nodiscard]] Values values() const;
  /// A clause's values; empty where it is not there.
  [[nodiscard]] Values clause(std::string_view name) const;
  /// The first value of a clause.
  [[nodiscard]] std::optional<Value> first(std::string_view clause) const;
  /// Does the fact begin with this literal word: `all` in `database all on db`?
  [[nodiscard]] bool begins_with(std::string_view literal) const;
  /// The reason after `because`.
  [[nodiscard]] std::optional<Located<std::string>> because() const;

 private:
  Context& context_;
  Scope& scope_;
  const lang::ast::File& file_;
  const lang::MatchedFact& fact_;
};

/// Typed readings of one value. Nothing where the value is Invalid or out of range; the latter is
/// reported.
[[nodiscard]] std::optional<Located<std::string>> read_text(const Value& value);
/// An absolute path without wildcards.
[[nodiscard]] std::optional<Located<std::string>> read_path(Context& context, const Value& value);
/// A pattern over absolute paths, in its escaped form.
[[nodiscard]] std::optional<Located<std::string>> read_pattern(const Value& value);
[[nodiscard]] std::optional<Located<std::int64_t>> read_count(Context& context, const Value& value);
[[nodiscard]] std::optional<Located<Duration>> read_duration(Context& context, const Value& value);
/// More than no time at all.
[[nodiscard]] std::optional<Located<Duration>> read_some_time(Context& context, const Value& value);

/// Numbers that a fact may hold; both ends belong to it.
struct NumberRange {
  std::int64_t least = 1;
  std::int64_t greatest = std::numeric_limits<std::int64_t>::max();
  std::string_view what = {};  ///< `port`; may be empty
};

inline constexpr NumberRange kPorts{1, 65'535, "port"};
inline constexpr NumberRange kExitStatuses{0, 255, "exit status"};
[[nodiscard]] std::optional<Located<std::int64_t>> read_number(Context& context,
                                                               const Value& value,
                                                               NumberRange range = {});
/// More than no byte.
[[nodiscard]] std::optional<Located<ByteSize>> read_size(Context& context, const Value& value);
/// `50MiB/s` as the bytes of a second.
[[nodiscard]] std::optional<Located<ByteSize>> read_rate(Context& context, const Value& value);
/// A program and its arguments; an empty vector is reported.
[[nodiscard]] std::optional<Located<std::vector<std::string>>> read_command(Context& context,
                                                                            const Value& value);
/// Exit statuses after `accepts`, sorted, each once; 0 where none is named.
[[nodiscard]] std::vector<std::int64_t> read_statuses(Context& context, const Values& values);
/// Unit names, each with a suffix: `mariadb` → `mariadb.service`.
[[nodiscard]] std::vector<Located<std::string>> read_units(const Values& values);

}  // namespace backstay::compiler
