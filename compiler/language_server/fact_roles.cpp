#include "compiler/language_server/fact_roles.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace backstay::compiler::lsp {
namespace {

using lang::PatternElement;
using lang::PatternSequence;
using lang::ast::Argument;
using lang::ast::ArgumentKind;

struct Row {
  const lang::Signature* signature = nullptr;
  lang::Pattern pattern;
  std::vector<std::size_t> fixed_before;  // of each clause: elements of the fixed part before it
};

// match() takes clauses in any order; this is where the table writes them, for what is offered.
std::vector<std::size_t> fixed_before_clauses(std::string_view pattern) {
  std::vector<std::size_t> counts;
  std::size_t fixed = 0;
  bool inside = false;
  bool between = true;
  for (const char c : pattern) {
    if (c == '[') {
      counts.push_back(fixed);
    }
    fixed += !inside && between && c != ' ' && c != '[' ? 1 : 0;
    inside = c == '[' || (inside && c != ']');
    between = c == ' ' || c == ']';
  }
  return counts;
}

using Rows = std::vector<Row>;

const Rows& rows_for(std::string_view block, std::string_view word) {
  using Key = std::pair<std::string_view, std::string_view>;
  static const std::map<Key, Rows> table = [] {
    std::map<Key, Rows> made;
    for (const lang::Signature& row : lang::signatures()) {
      made[{row.block, row.word}].push_back(
          {&row, lang::parse_pattern(row.pattern), fixed_before_clauses(row.pattern)});
    }
    return made;
  }();
  static const Rows none;
  const auto found = table.find({block, word});
  return found == table.end() ? none : found->second;
}

bool is_literal(const Argument& argument, const PatternElement& element) {
  return !argument.quoted && std::find(element.words.begin(), element.words.end(), argument.text) !=
                                 element.words.end();
}

// Could the argument stand here, if perhaps as the name of a parameter?
bool plausible(const Argument& argument, const PatternElement& element) {
  if (element.type == nullptr) {
    return is_literal(argument, element);
  }
  const bool may_be_parameter = argument.kind == ArgumentKind::Word && !argument.quoted &&
                                argument.text != "all" && !element.type->parameters.empty();
  return lang::fits(*element.type, argument) || may_be_parameter;
}

/// Walks one row along the arguments of one fact.
class Walk {
 public:
  explicit Walk(const Row& row)
      : row_(row), pattern_(row.pattern), used_(row.pattern.clauses.size(), false) {}

  /// The element that takes the argument; null where none does.
  const PatternElement* take(const Argument& argument) {
    if (argument.after_comma) {
      return last_ != nullptr && last_->list && plausible(argument, *last_) ? last_ : nullptr;
    }
    if (clause_ != nullptr && in_clause_ < clause_->size()) {
      return accept(argument, (*clause_)[in_clause_], in_clause_);
    }
    const bool fixed_left = at_ < pattern_.fixed.size();
    const bool literal_first = fixed_left && pattern_.fixed[at_].type == nullptr;
    if (fixed_left && (!literal_first || is_literal(argument, pattern_.fixed[at_]))) {
      return accept(argument, pattern_.fixed[at_], at_);
    }
    return enter_clause(argument);
  }

  /// What may follow now.
  void followers(bool after_comma, std::vector<NextArgument>& into) {
    if (after_comma) {
      if (last_ != nullptr && last_->list) {
        into.push_back({row_.signature, {}, last_->type});
      }
      return;
    }
    if (clause_ != nullptr && in_clause_ < clause_->size()) {
      add((*clause_)[in_clause_], into);
      return;
    }
    const bool fixed_left = at_ < pattern_.fixed.size();
    if (fixed_left) {
      add(pattern_.fixed[at_], into);
    }
    if (fixed_left && pattern_.fixed[at_].type != nullptr) {
      return;
    }
    for (std::size_t index = 0; index < pattern_.clauses.size(); ++index) {
      if (!used_[index] && at_ >= row_.fixed_before[index]) {
        add(pattern_.clauses[index].front(), into);
      }
    }
  }

 private:
  const PatternElement* accept(const Argument& argument,
                               const PatternElement& element,
                               std::size_t& position) {
    if (!plausible(argument, element)) {
      return nullptr;
    }
    ++position;
    return last_ = &element;
  }

  const PatternElement* enter_clause(const Argument& argument) {
    for (std::size_t index = 0; index < pattern_.clauses.size(); ++index) {
      if (!used_[index] && is_literal(argument, pattern_.clauses[index].front())) {
        used_[index] = true;
        clause_ = &pattern_.clauses[index];
        in_clause_ = 1;
        return last_ = &clause_->front();
      }
    }
    return nullptr;
  }

  void add(const PatternElement& element, std::vector<NextArgument>& into) const {
    into.push_back({row_.signature, element.words, element.type});
  }

  const Row& row_;
  const lang::Pattern& pattern_;
  std::vector<bool> used_;
  std::size_t at_ = 0;
  const PatternSequence* clause_ = nullptr;
  std::size_t in_clause_ = 0;
  const PatternElement* last_ = nullptr;
};

}  // namespace

FactRoles roles_of(const lang::ast::File& file,
                   const lang::ast::Fact& fact,
                   std::string_view block) {
  const auto arguments = file.arguments_of(fact);
  FactRoles best{nullptr, std::vector<const lang::ArgumentType*>(arguments.size()),
                 std::vector<bool>(arguments.size(), false)};
  std::size_t most = 0;
  for (const Row& row : rows_for(block, fact.word.text)) {
    FactRoles roles{row.signature, std::vector<const lang::ArgumentType*>(arguments.size()),
                    std::vector<bool>(arguments.size(), false)};
    Walk walk(row);
    std::size_t taken = 0;
    for (; taken < arguments.size(); ++taken) {
      const PatternElement* element = walk.take(arguments[taken]);
      if (element == nullptr) {
        break;
      }
      roles.types[taken] = element->type;
      roles.in_list[taken] = element->list;
    }
    if (best.row == nullptr || taken > most) {
      best = std::move(roles);
      most = taken;
    }
  }
  return best;
}

std::vector<NextArgument> next_arguments(std::span<const Argument> before,
                                         std::string_view block,
                                         std::string_view word,
                                         bool after_comma) {
  std::vector<NextArgument> next;
  for (const Row& row : rows_for(block, word)) {
    Walk walk(row);
    const bool fits = std::all_of(before.begin(), before.end(), [&](const Argument& argument) {
      return walk.take(argument) != nullptr;
    });
    if (fits) {
      walk.followers(after_comma, next);
    }
  }
  return next;
}

std::vector<const lang::Signature*> rows_of(std::string_view block, std::string_view word) {
  std::vector<const lang::Signature*> rows;
  for (const Row& row : rows_for(block, word)) {
    rows.push_back(row.signature);
  }
  return rows;
}

}  // namespace backstay::compiler::lsp
