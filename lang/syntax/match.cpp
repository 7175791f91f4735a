// Finds the row of the table that a fact fits, and takes its arguments apart.
#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "lang/syntax/literals.hpp"
#include "lang/syntax/match_report.hpp"
#include "lang/syntax/pattern.hpp"
#include "lang/syntax/signatures.hpp"

namespace backstay::lang {
namespace {

using ast::Argument;
using ast::ArgumentKind;
using Reason = MatchFailure::Reason;

/// The table with its patterns parsed, once.
struct Table {
  std::vector<PatternRow> rows;
  std::map<std::pair<std::string_view, std::string_view>, std::vector<const PatternRow*>> by_word;
  std::set<std::string_view> blocks;
};

const Table& table() {
  static const Table built = [] {
    Table made;
    made.rows.reserve(signatures().size());
    for (const Signature& signature : signatures()) {
      made.rows.push_back({&signature, parse_pattern(signature.pattern)});
      made.by_word[{signature.block, signature.word}].push_back(&made.rows.back());
      made.blocks.insert(signature.block);
    }
    return made;
  }();
  return built;
}

bool is_literal(const Argument& argument, const PatternElement& element) {
  const bool sign = argument.kind == ArgumentKind::Assign || argument.kind == ArgumentKind::Arrow;
  return (argument.kind == ArgumentKind::Word || sign) &&
         std::find(element.words.begin(), element.words.end(), argument.text) !=
             element.words.end();
}

/// One row tried on one fact: a cursor over its arguments.
class Attempt {
 public:
  Attempt(std::span<const Argument> arguments,
          const PatternRow& row,
          const ParameterType& parameter,
          Span word)
      : arguments_(arguments), row_(row), parameter_(parameter) {
    clauses_.push_back({"", {word.file, word.end, word.end}, {}});
  }

  /// True where all arguments fit.
  bool run() {
    for (const PatternElement& element : row_.pattern.fixed) {
      while (element.type == nullptr && !at_literal(element) && at_clause() != nullptr) {
        if (!take_clause()) {
          return false;
        }
      }
      if (!take_fixed(element)) {
        return false;
      }
    }
    while (at_ < arguments_.size()) {
      if (!take_clause()) {
        return false;
      }
    }
    return true;
  }

  [[nodiscard]] const MatchFailure& failure() const { return failure_; }

  [[nodiscard]] std::vector<Clause> take_clauses() { return std::move(clauses_); }

 private:
  bool fail(Reason reason, const PatternElement* expected = nullptr) {
    const bool reported = at_ < arguments_.size() && arguments_[at_].kind == ArgumentKind::Invalid;
    failure_.reason = reported ? Reason::Silent : reason;
    failure_.at = at_;
    failure_.expected = expected;
    return false;
  }

  [[nodiscard]] bool at_literal(const PatternElement& element) const {
    return at_ < arguments_.size() && !arguments_[at_].after_comma &&
           is_literal(arguments_[at_], element);
  }

  [[nodiscard]] const PatternSequence* at_clause() const {
    for (const PatternSequence& clause : row_.pattern.clauses) {
      if (at_literal(clause.front())) {
        return &clause;
      }
    }
    return nullptr;
  }

  // Part of the fixed part; a literal word begins a clause of its own, too.
  bool take_fixed(const PatternElement& element) {
    const std::size_t begin = at_;
    if (!take(element, clauses_.front())) {
      return false;
    }
    const bool literal = element.words.size() == 1;
    if (literal) {
      clauses_.push_back({element.words.front(), arguments_[begin].span, {}});
      segment_ = clauses_.size() - 1;
    } else if (segment_ != 0) {
      Clause& segment = clauses_[segment_];
      segment.values.insert(
          segment.values.end(),
          clauses_.front().values.end() - static_cast<std::ptrdiff_t>(at_ - begin),
          clauses_.front().values.end());
      segment.span = join(segment.span, arguments_[at_ - 1].span);
    }
    return true;
  }

  bool take_clause() {
    const PatternSequence* clause = at_clause();
    if (clause == nullptr) {
      failure_.in_list = last_ != nullptr && last_->list && last_->type != nullptr &&
                         fits(*last_->type, arguments_[at_]);
      return fail(Reason::Surplus);
    }
    const std::string_view name = clause->front().words.front();
    const auto earlier = std::find_if(clauses_.begin() + 1, clauses_.end(),
                                      [name](const Clause& taken) { return taken.name == name; });
    if (earlier != clauses_.end()) {
      failure_.first = earlier->span;
      return fail(Reason::Repeated);
    }
    Clause taken{name, arguments_[at_].span, {}};
    for (const PatternElement& element : *clause) {
      if (!take(element, taken)) {
        return false;
      }
    }
    clauses_.push_back(std::move(taken));
    return true;
  }

  // Takes what `element` asks for into `clause`.
  bool take(const PatternElement& element, Clause& clause) {
    last_ = &element;
    do {
      if (!take_one(element, clause)) {
        return false;
      }
      clause.span = join(clause.span, arguments_[at_].span);
      ++at_;
    } while (element.list && at_ < arguments_.size() && arguments_[at_].after_comma);
    const bool list_where_none_is = at_ < arguments_.size() && arguments_[at_].after_comma;
    return !list_where_none_is || fail(Reason::Surplus);
  }

  bool take_one(const PatternElement& element, Clause& clause) {
    if (at_ >= arguments_.size()) {
      return fail(Reason::Expected, &element);
    }
    const Argument& argument = arguments_[at_];
    if (element.type == nullptr) {
      if (!is_literal(argument, element)) {
        return fail(Reason::Expected, &element);
      }
      if (element.words.size() > 1) {
        clause.values.push_back(argument);
      }
      return true;
    }
    if (argument.kind == ArgumentKind::Invalid) {
      return fail(Reason::Silent);
    }
    const auto parameter = parameter_type(element, argument);
    if (parameter && !parameter_fits(*element.type, element.list, *parameter)) {
      failure_.parameter_type = *parameter;
      return fail(Reason::Parameter, &element);
    }
    if (!parameter && !fits(*element.type, argument)) {
      return fail(Reason::Expected, &element);
    }
    clause.values.push_back(argument);
    if (argument.kind == ArgumentKind::Path && is_text_type(*element.type)) {
      clause.values.back().kind = ArgumentKind::String;
      clause.values.back().text = argument.written;
    }
    return true;
  }

  // The type of the parameter that an argument names, where the element takes parameters at all.
  [[nodiscard]] std::optional<std::string_view> parameter_type(const PatternElement& element,
                                                               const Argument& argument) const {
    const bool may_name =
        argument.kind == ArgumentKind::Word && !element.type->parameters.empty() && parameter_;
    return may_name ? parameter_(argument.text) : std::nullopt;
  }

  std::span<const Argument> arguments_;
  const PatternRow& row_;
  const ParameterType& parameter_;
  std::size_t at_ = 0;
  std::size_t segment_ = 0;               // the fixed part's newest literal in clauses_; 0: none
  const PatternElement* last_ = nullptr;  // the element that was tried last
  std::vector<Clause> clauses_;
  MatchFailure failure_;
};

// Reports paths in quotes that go up: the parser could not tell them from texts.
bool check_paths(const MatchedFact& matched, Diagnostics& diagnostics) {
  bool good = true;
  for (const Clause& clause : matched.clauses) {
    for (const Argument& value : clause.values) {
      if (value.kind == ArgumentKind::Path && value.quoted && has_parent_segment(value.text)) {
        diagnostics.add({DiagnosticKind::BadPath,
                         value.span,
                         fmt::format("the path `{}` goes up with `..`", value.written),
                         {},
                         {},
                         {},
                         "write the path that is meant"});
        good = false;
      }
    }
  }
  return good;
}

bool takes_block(const MatchedFact& matched) {
  return matched.signature->block == "file" && table().blocks.contains(matched.signature->word);
}

bool may_lack_block(const MatchedFact& matched) {
  const std::string_view word = matched.signature->word;
  return word == "site" || word == "host" ||
         (word == "service" && matched.clause("from") != nullptr);
}

void check_block(const MatchedFact& matched, Diagnostics& diagnostics) {
  const ast::Fact& fact = *matched.fact;
  if (fact.has_block && !takes_block(matched)) {
    diagnostics.add({DiagnosticKind::UnexpectedBlock,
                     {fact.block.file, fact.block.begin, fact.block.begin + 1},
                     fmt::format("`{}` has no block", fact.word.text),
                     {},
                     {},
                     {},
                     "write its facts on lines of their own, without `{`"});
  }
  if (!fact.has_block && takes_block(matched) && !may_lack_block(matched)) {
    const bool service = fact.word.text == "service";
    const Span end{fact.span.file, fact.span.end, fact.span.end};
    diagnostics.add({.kind = DiagnosticKind::MissingBlock,
                     .primary = end,
                     .message = fmt::format("`{}` lacks its block", fact.word.text),
                     .help = service ? "add `{` … `}` with its facts, or `from` and a profile"
                                     : "add `{` … `}` with its facts",
                     .fixes = {{"add an empty block", {{end, " {\n}"}}}}});
  }
}

}  // namespace

const Clause* MatchedFact::clause(std::string_view name) const {
  const auto found = std::find_if(clauses.begin(), clauses.end(), [name](const Clause& candidate) {
    return candidate.name == name;
  });
  return found == clauses.end() ? nullptr : &*found;
}

bool fits_parameter_type(std::string_view parameter_type, const ast::Argument& value) {
  if (parameter_type == "bool") {
    return value.kind == ArgumentKind::Word && (value.text == "true" || value.text == "false");
  }
  if (parameter_type == "hosts") {
    return value.kind == ArgumentKind::HostList ||
           (value.kind == ArgumentKind::Word && is_name(value.text));
  }
  static const std::map<std::string_view, std::string_view> kTypeOf = {
      {"int", "COUNT"},        {"duration", "DURATION"}, {"size", "SIZE"},
      {"rate", "RATE"},        {"path", "PATTERN"},      {"name", "DATABASE"},
      {"names", "DATABASE"},   {"string", "STRING"},     {"argv", "VECTOR"},
      {"mariadb", "SERVER"},   {"postgresql", "SERVER"}, {"group", "GROUP"},
      {"service", "SERVICE"},  {"target", "TARGET"},     {"secret", "SECRET"},
      {"schedule", "SCHEDULE"}};
  const auto name = kTypeOf.find(parameter_type);
  if (name == kTypeOf.end()) {
    return false;
  }
  const auto types = argument_types();
  const auto type = std::find_if(
      types.begin(), types.end(),
      [&name](const ArgumentType& candidate) { return candidate.name == name->second; });
  return type != types.end() && fits(*type, value);
}

std::optional<MatchedFact> match(const ast::File& file,
                                 const ast::Fact& fact,
                                 std::string_view block,
                                 const ParameterType& parameter,
                                 Diagnostics& diagnostics) {
  if (fact.word.kind != ArgumentKind::Word) {
    return std::nullopt;  // the parser has reported it
  }
  const auto found = table().by_word.find({block, fact.word.text});
  if (found == table().by_word.end()) {
    report_unknown_word(fact, block, diagnostics);
    return std::nullopt;
  }
  const std::vector<const PatternRow*>& rows = found->second;
  std::vector<MatchFailure> failures;
  for (const PatternRow* row : rows) {
    Attempt attempt(file.arguments_of(fact), *row, parameter, fact.word.span);
    if (attempt.run()) {
      MatchedFact matched{row->signature, &fact, attempt.take_clauses()};
      check_block(matched, diagnostics);
      return check_paths(matched, diagnostics) ? std::optional(std::move(matched)) : std::nullopt;
    }
    failures.push_back(attempt.failure());
  }
  report_mismatch(file, fact, rows, failures, diagnostics);
  return std::nullopt;
}

}  // namespace backstay::lang
