#include "compiler/resolve/block_rules.hpp"

#include <algorithm>

namespace backstay::compiler {

void report_conflict(
    Context& context, const Span& one, const Span& other, std::string message, std::string help) {
  context.diagnostics.add({.kind = lang::DiagnosticKind::ConflictingFacts,
                           .primary = one,
                           .message = std::move(message),
                           .labels = {{other, "and here"}},
                           .help = std::move(help)});
}

void at_most_one(Context& context,
                 const BlockReader& block,
                 std::span<const std::string_view> words,
                 const std::string& message) {
  std::optional<Span> first;
  for (const std::string_view word : words) {
    if (const auto fact = block.fact(word)) {
      if (first) {
        report_conflict(context, fact->span(), *first, message, "keep one of them");
      }
      first = first.value_or(fact->span());
    }
  }
}

bool says_any(const BlockReader& block, std::span<const std::string_view> words) {
  return std::any_of(words.begin(), words.end(),
                     [&](std::string_view word) { return block.says(word); });
}

}  // namespace backstay::compiler
