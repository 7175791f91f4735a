#include "compiler/load/import_grants.hpp"

#include <array>
#include <optional>
#include <string_view>

#include <fmt/format.h>

#include "lang/base/fix.hpp"

namespace backstay::compiler {
namespace {

using lang::DiagnosticKind;
namespace ast = lang::ast;

constexpr std::array<std::string_view, 4> kGrants = {"hooks", "secrets", "targets", "allows"};
constexpr std::array<std::string_view, 4> kHooks = {"before-backup", "after-backup",
                                                    "before-restore", "after-restore"};

// For each grant the first place that needs it.
using Needs = std::array<std::optional<lang::Span>, kGrants.size()>;

void merge(Needs& into, const Needs& from) {
  for (std::size_t grant = 0; grant < kGrants.size(); ++grant) {
    if (!into[grant]) {
      into[grant] = from[grant];
    }
  }
}

std::optional<std::size_t> grant_of(std::string_view declaration) {
  if (declaration == "secret") {
    return 1;
  }
  if (declaration == "target") {
    return 2;
  }
  return declaration == "allow" ? std::optional<std::size_t>(3) : std::nullopt;
}

Needs own_needs(const LoadedFile& file) {
  Needs needs;
  for (const ast::Fact& declaration : file.tree.facts) {
    if (const auto grant = grant_of(declaration.word.text); grant && !needs[*grant]) {
      needs[*grant] = declaration.span;
    }
    for (const ast::Fact& fact : declaration.facts) {
      for (const std::string_view hook : kHooks) {
        if (fact.word.text == hook && !needs[0]) {
          needs[0] = fact.span;
        }
      }
    }
  }
  return needs;
}

bool grants(const LoadedFile& file, const Import& import, std::string_view grant) {
  bool listed = false;
  for (const ast::Argument& argument : file.tree.arguments_of(*import.fact)) {
    listed = listed || argument.text == "with";
    if (listed && argument.kind == ast::ArgumentKind::Word && argument.text == grant) {
      return true;
    }
  }
  return false;
}

class Grants {
 public:
  Grants(const Loaded& loaded, lang::Diagnostics& diagnostics)
      : loaded_(loaded), diagnostics_(diagnostics), needs_(loaded.files.size()) {}

  // Post-order; a cycle was reported by the loader, which leaves its closing edge out.
  const Needs& visit(std::size_t index) {
    if (needs_[index]) {
      return *needs_[index];
    }
    const LoadedFile& file = loaded_.files[index];
    Needs needs = own_needs(file);
    for (const Import& import : file.imports) {
      const Needs& brought = visit(import.file);
      report(file, import, brought);
      merge(needs, brought);
    }
    return needs_[index].emplace(needs);
  }

 private:
  void report(const LoadedFile& file, const Import& import, const Needs& brought) {
    for (std::size_t grant = 0; grant < kGrants.size(); ++grant) {
      if (brought[grant] && !grants(file, import, kGrants[grant])) {
        const bool lists = file.tree.arguments_of(*import.fact).size() > 1;
        diagnostics_.add(
            {.kind = DiagnosticKind::ImportBrings,
             .primary = import.span,
             .message = fmt::format("the import brings {} and does not say so", kGrants[grant]),
             .labels = {{*brought[grant], "this comes with it"}},
             .help =
                 fmt::format("add `with {}` to the import where that is wanted", kGrants[grant]),
             .fixes = {lang::insert_after(
                 import.fact->span, std::string(lists ? ", " : " with ").append(kGrants[grant]))}});
      }
    }
  }

  const Loaded& loaded_;
  lang::Diagnostics& diagnostics_;
  std::vector<std::optional<Needs>> needs_;
};

}  // namespace

void check_import_grants(const Loaded& loaded, lang::Diagnostics& diagnostics) {
  Grants grants(loaded, diagnostics);
  for (std::size_t index = 0; index < loaded.files.size(); ++index) {
    grants.visit(index);
  }
}

}  // namespace backstay::compiler
