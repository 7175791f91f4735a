#include "compiler/load/import_grants.hpp"

#include <array>
#include <optional>
#include <span>
#include <string_view>

#include <fmt/format.h>

#include "lang/base/fix.hpp"

namespace backstay::compiler {
namespace {

using lang::DiagnosticKind;
namespace ast = lang::ast;

constexpr std::array<std::string_view, 4> kGrants = {"hooks", "secrets", "targets", "allows"};
constexpr std::size_t kHooks = 0;
constexpr std::size_t kSecrets = 1;
constexpr std::size_t kTargets = 2;
constexpr std::size_t kAllows = 3;

/// A word that needs a grant.
struct Need {
  std::string_view word;
  std::size_t grant;
  /// The standard library needs none for it: what it runs is part of this program.
  bool of_files_alone = false;
};

constexpr std::array<Need, 3> kDeclarations = {{
    {"secret", kSecrets},
    {"target", kTargets},
    {"allow", kAllows},
}};

// A hook is any command that the import would have run; and a secret goes where the fact that names
// it says, so naming one is as much as bringing one.
constexpr std::array<Need, 12> kFacts = {{
    {"before-backup", kHooks},
    {"after-backup", kHooks},
    {"before-restore", kHooks},
    {"after-restore", kHooks},
    {"check", kHooks, true},
    {"export", kHooks, true},
    {"expect", kHooks, true},
    {"command", kHooks, true},
    {"login", kSecrets, true},
    {"identity", kSecrets, true},
    {"webhook", kSecrets, true},
    {"healthcheck", kSecrets, true},
}};

// For each grant the first place that needs it.
using Needs = std::array<std::optional<lang::Span>, kGrants.size()>;

void merge(Needs& into, const Needs& from) {
  for (std::size_t grant = 0; grant < kGrants.size(); ++grant) {
    if (!into[grant]) {
      into[grant] = from[grant];
    }
  }
}

void note(Needs& needs,
          std::span<const Need> words,
          const LoadedFile& file,
          const ast::Fact& fact) {
  for (const Need& need : words) {
    if (need.word == fact.word.text && !(need.of_files_alone && file.standard) &&
        !needs.at(need.grant)) {
      needs.at(need.grant) = fact.span;
    }
  }
}

// `expect file` and `expect rows` run nothing.
bool only_looks(const LoadedFile& file, const ast::Fact& fact) {
  const auto arguments = file.tree.arguments_of(fact);
  return fact.word.text == "expect" && !arguments.empty() && arguments.front().text != "run";
}

Needs own_needs(const LoadedFile& file) {
  Needs needs;
  for (const ast::Fact& declaration : file.tree.facts) {
    note(needs, kDeclarations, file, declaration);
    for (const ast::Fact& fact : declaration.facts) {
      if (!only_looks(file, fact)) {
        note(needs, kFacts, file, fact);
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
