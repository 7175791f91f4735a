#include "compiler/resolve/unreferenced.hpp"

#include <algorithm>
#include <array>
#include <tuple>

namespace backstay::compiler {
namespace {

// Kinds that are there for others to name.
constexpr std::array<DeclarationKind, 11> kMustBeUsed = {
    DeclarationKind::Site,     DeclarationKind::Host,   DeclarationKind::Group,
    DeclarationKind::Secret,   DeclarationKind::Key,    DeclarationKind::Server,
    DeclarationKind::Profile,  DeclarationKind::Target, DeclarationKind::Retention,
    DeclarationKind::Schedule, DeclarationKind::Notify};

}  // namespace

std::vector<Unreferenced> find_unreferenced(Context& context) {
  std::vector<Unreferenced> found;
  for (const DeclarationKind kind : kMustBeUsed) {
    for (const Declaration* declaration : context.symbols.all(kind)) {
      // A set of the standard library is there to choose from.
      if (!declaration->referenced && !declaration->file->standard) {
        found.push_back({std::string(declaration->word()), declaration->name, declaration->span});
      }
    }
  }
  for (const auto& [name, parameter] : context.policy_scope.own()) {
    if (!parameter.referenced) {
      found.push_back({"param", std::string(name), parameter.span});
    }
  }
  std::sort(found.begin(), found.end(), [](const Unreferenced& left, const Unreferenced& right) {
    return std::tie(left.kind, left.name) < std::tie(right.kind, right.name);
  });
  return found;
}

}  // namespace backstay::compiler
