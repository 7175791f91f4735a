#include "compiler/language_server/profile_chain.hpp"

#include <algorithm>

#include "compiler/resolve/declarations.hpp"

namespace backstay::compiler::lsp {
namespace {

namespace ast = lang::ast;
using ast::ArgumentKind;

constexpr std::string_view kParameterSpace = "param ";

// `openstack.nova.nova` is `openstack.nova`.
std::string without_repeated_end(std::string_view name) {
  const std::size_t dot = name.rfind('.');
  if (dot == std::string_view::npos) {
    return std::string(name);
  }
  const std::string_view before = name.substr(0, dot);
  return std::string(before.substr(before.rfind('.') + 1) == name.substr(dot + 1) ? before : name);
}

bool is_parameter(const LoadedFile& file, const ast::Fact& fact) {
  return fact.word.text == "param" && fact.argument_count > 0 &&
         file.tree.arguments_of(fact).front().kind == ArgumentKind::Word;
}

}  // namespace

std::string full_profile_name(const LoadedFile& file, std::string_view name) {
  return profile_name(file.library, name);
}

std::string_view base_name(const LoadedFile& file, const ast::Fact& declaration) {
  const auto arguments = file.tree.arguments_of(declaration);
  for (std::size_t at = 1; at + 1 < arguments.size(); ++at) {
    if (arguments[at].text == "from" && arguments[at + 1].kind == ArgumentKind::Word) {
      return arguments[at + 1].text;
    }
  }
  return {};
}

ProfileChain::ProfileChain(const Loaded& loaded) {
  for (const LoadedFile& file : loaded.files) {
    entry_ = file.entry ? &file : entry_;
    for (const ast::Fact& fact : file.tree.facts) {
      if (fact.word.text == "profile" && fact.argument_count > 0) {
        const std::string_view name = file.tree.arguments_of(fact).front().text;
        profiles_.emplace(full_profile_name(file, name), ProfileEntry{&file, &fact});
      }
    }
  }
}

const ProfileEntry* ProfileChain::find(const std::string& profile) const {
  const auto found = profiles_.find(profile);
  return found == profiles_.end() ? nullptr : &found->second;
}

std::string ProfileChain::named(const LoadedFile& file, std::string_view name) const {
  std::string own = full_profile_name(file, name);
  return profiles_.contains(own) ? own : without_repeated_end(name);
}

std::vector<std::string> ProfileChain::bases_of(const LoadedFile& file,
                                                const ast::Fact& declaration) const {
  std::vector<std::string> bases;
  const LoadedFile* in = &file;
  std::string_view base = base_name(file, declaration);
  while (!base.empty()) {
    const std::string name = named(*in, base);
    const ProfileEntry* profile = find(name);
    if (profile == nullptr || std::find(bases.begin(), bases.end(), name) != bases.end()) {
      break;
    }
    bases.push_back(name);
    in = profile->file;
    base = base_name(*in, *profile->fact);
  }
  return bases;
}

std::optional<std::string> ProfileChain::owner_of_parameter(const LoadedFile& file,
                                                            const ast::Fact& declaration,
                                                            std::string_view parameter) const {
  for (const std::string& base : bases_of(file, declaration)) {
    if (parameter_of({std::string(kParameterSpace) + base, std::string(parameter)}).fact !=
        nullptr) {
      return base;
    }
  }
  return std::nullopt;
}

std::vector<ProfileEntry> ProfileChain::parameters_of(std::string_view profile) const {
  std::vector<ProfileEntry> parameters;
  const ProfileEntry* const owner = profile.empty() ? nullptr : find(std::string(profile));
  const LoadedFile* const file = owner == nullptr ? entry_ : owner->file;
  if (file == nullptr || (owner == nullptr && !profile.empty())) {
    return parameters;
  }
  for (const ast::Fact& fact : owner == nullptr ? file->tree.facts : owner->fact->facts) {
    if (is_parameter(*file, fact)) {
      parameters.push_back({file, &fact});
    }
  }
  return parameters;
}

ProfileEntry ProfileChain::parameter_of(const Symbol& parameter) const {
  if (!parameter.space.starts_with(kParameterSpace)) {
    return {};
  }
  for (const ProfileEntry& one :
       parameters_of(std::string_view(parameter.space).substr(kParameterSpace.size()))) {
    if (one.file->tree.arguments_of(*one.fact).front().text == parameter.name) {
      return one;
    }
  }
  return {};
}

std::string_view ProfileChain::type_of(const Symbol& parameter) const {
  const ProfileEntry found = parameter_of(parameter);
  if (found.fact == nullptr) {
    return {};
  }
  const auto arguments = found.file->tree.arguments_of(*found.fact);
  return arguments.size() > 1 ? arguments[1].text : std::string_view{};
}

}  // namespace backstay::compiler::lsp
