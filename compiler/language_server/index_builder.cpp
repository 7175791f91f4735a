// Fills the index of symbols: first everything that declares a name, then everything that uses one,
// last the values of `set`, whose meaning depends on how a profile uses its parameter.
#include <algorithm>
#include <set>

#include "compiler/language_server/fact_roles.hpp"
#include "compiler/language_server/profile_chain.hpp"
#include "compiler/language_server/symbol_index.hpp"

namespace backstay::compiler::lsp {
namespace {

namespace ast = lang::ast;
using ast::Argument;
using ast::ArgumentKind;
using Spaces = std::vector<std::string_view>;

/// Where a fact stands.
struct Site {
  const LoadedFile& file;
  const ast::Fact& declaration;
  const ast::Fact& fact;
};

class Builder {
 public:
  Builder(const Loaded& loaded, const std::deque<LoadedFile>& tests) : profiles_(loaded) {
    for (const LoadedFile& file : loaded.files) {
      files_.push_back(&file);
    }
    for (const LoadedFile& file : tests) {
      files_.push_back(&file);
    }
  }

  SymbolIndex run(const Loaded& loaded, const lang::SourceSet& sources) {
    for (const LoadedFile* file : files_) {
      define_in(*file);
    }
    for (const LoadedFile* file : files_) {
      for (const Import& import : file->imports) {
        add({*file, *import.fact, *import.fact}, import.span,
            {"library", loaded.files[import.file].name}, false);
      }
      if (file->test && !loaded.files.empty()) {
        use_policy_under_test(*file, loaded.files.front().name);
      }
      each_fact(*file, [&](const Site& site, std::string_view block) { use_in(site, block); });
    }
    for (const auto& [site, name, values] : sets_) {
      use_set(site, name, values);
    }
    index_.finish(sources);
    return std::move(index_);
  }

 private:
  /// A `set` or the default of a `param`: values whose spaces are known last.
  struct Set {
    Site site;
    Symbol parameter;
    std::vector<const Argument*> values;
  };

  template <typename Visit>
  static void each_fact(const LoadedFile& file, const Visit& visit) {
    for (const ast::Fact& declaration : file.tree.facts) {
      visit(Site{file, declaration, declaration}, std::string_view("file"));
      for (const ast::Fact& fact : declaration.facts) {
        visit(Site{file, declaration, fact}, declaration.word.text);
      }
    }
  }

  void add(const Site& site, const lang::Span& span, Symbol symbol, bool definition) {
    if (definition) {
      defined_.insert(symbol);
    }
    index_.add(
        {span, std::move(symbol), definition, false, &site.file, &site.fact, &site.declaration});
  }

  void add_host_list(const Site& site, const Argument& list, bool definition) {
    index_.add(
        {list.span, {"host", ""}, definition, true, &site.file, &site.fact, &site.declaration});
  }

  // ---- definitions

  void define_in(const LoadedFile& file) {
    if (!file.test && !file.tree.facts.empty()) {
      const Site head{file, file.tree.facts.front(), file.tree.facts.front()};
      add(head, {file.tree.id, 0, 0}, {"library", file.name}, true);
    }
    each_fact(file, [&](const Site& site, std::string_view block) {
      const auto arguments = file.tree.arguments_of(site.fact);
      if (arguments.empty()) {
        return;
      }
      if (site.fact.word.text == "param") {
        define_parameter(site, block, arguments.front());
      } else if (block == "file") {
        define(site, arguments);
      }
    });
  }

  void define(const Site& site, std::span<const Argument> arguments) {
    const std::string_view space = space_of(site.fact.word.text);
    if (space.empty()) {
      return;
    }
    const Argument& name = arguments.front();
    if (name.kind == ArgumentKind::HostList && site.fact.word.text == "hosts") {
      add_host_list(site, name, true);
    } else if (name.kind == ArgumentKind::Word) {
      add(site, name.span,
          {std::string(space),
           space == "profile" ? full_profile_name(site.file, name.text) : std::string(name.text)},
          true);
    }
  }

  void define_parameter(const Site& site, std::string_view block, const Argument& name) {
    if (name.kind == ArgumentKind::Word && (block == "profile" || block == "file")) {
      add(site, name.span, parameter_symbol(site, name.text), true);
    }
  }

  // The parameter of that name in the profile, or of the policy where the fact stands in none.
  static Symbol parameter_symbol(const Site& site, std::string_view name) {
    return {"param " + owner_of(site), std::string(name)};
  }

  static std::string owner_of(const Site& site) {
    const auto arguments = site.file.tree.arguments_of(site.declaration);
    return site.declaration.word.text == "profile" && !arguments.empty()
               ? full_profile_name(site.file, arguments.front().text)
               : std::string();
  }

  // The parameter that a bare word means at a place that takes parameters.
  std::optional<Symbol> parameter_at(const Site& site, const Argument& argument) const {
    if (argument.kind != ArgumentKind::Word || argument.quoted) {
      return std::nullopt;
    }
    Symbol own = parameter_symbol(site, argument.text);
    if (defined_.contains(own)) {
      return own;
    }
    Symbol of_policy{"param ", std::string(argument.text)};
    return site.file.entry && defined_.contains(of_policy) ? std::optional(of_policy)
                                                           : std::nullopt;
  }

  // ---- uses

  void use_policy_under_test(const LoadedFile& file, const std::string& policy) {
    for (const ast::Fact& fact : file.tree.facts) {
      if (fact.word.text == "import" && fact.argument_count > 0) {
        add({file, fact, fact}, file.tree.arguments_of(fact).front().span, {"library", policy},
            false);
      }
    }
  }

  void use_in(const Site& site, std::string_view block) {
    const FactRoles roles = roles_of(site.file.tree, site.fact, block);
    const auto arguments = site.file.tree.arguments_of(site.fact);
    const std::string_view word = site.fact.word.text;
    if (word == "set" && (block == "service" || block == "profile")) {
      note_set(site, arguments);
    } else if (word == "param") {
      note_default(site, arguments);
    } else if (word == "without") {
      use_without(site, arguments);
    }
    const bool declares = block == "file" && (!space_of(word).empty() || word == "param");
    for (std::size_t at = declares ? 1 : 0; at < arguments.size(); ++at) {
      if (roles.types.size() > at && roles.types[at] != nullptr) {
        use(site, arguments, at, *roles.types[at]);
      }
    }
  }

  void use(const Site& site,
           std::span<const Argument> arguments,
           std::size_t at,
           const lang::ArgumentType& type) {
    const Argument& argument = arguments[at];
    if (!type.parameters.empty()) {
      if (const auto parameter = parameter_at(site, argument)) {
        const Spaces spaces = spaces_of_type(type.name);
        Spaces& known = uses_[*parameter];
        known.insert(known.end(), spaces.begin(), spaces.end());
        add(site, argument.span, *parameter, false);
        return;
      }
    }
    Spaces spaces = spaces_of_type(type.name);
    if (type.name == "COMPONENT" && at > 0) {
      spaces = spaces_of_kind(arguments, spaces);
    }
    use_name(site, argument, spaces, type.name == "COMPONENT");
  }

  // `moved KIND …`, `allow … on KIND …`: the word before says what is meant.
  static Spaces spaces_of_kind(std::span<const Argument> arguments, const Spaces& otherwise) {
    for (const Argument& argument : arguments) {
      if (argument.kind == ArgumentKind::Word && !space_of(argument.text).empty()) {
        return {space_of(argument.text)};
      }
    }
    return otherwise;
  }

  void use_name(const Site& site, const Argument& argument, const Spaces& spaces, bool component) {
    if (spaces.empty()) {
      return;
    }
    if (argument.kind == ArgumentKind::HostList) {
      add_host_list(site, argument, false);
      return;
    }
    if (argument.kind != ArgumentKind::Word || argument.quoted) {
      return;
    }
    std::string name(argument.text);
    lang::Span span = argument.span;
    if (spaces.front() == "profile") {
      name = profiles_.named(site.file, argument.text);
    } else if (component) {
      name = name.substr(0, name.find('.'));
      span.end = span.begin + static_cast<std::uint32_t>(name.size());
    }
    const auto space = std::find_if(spaces.begin(), spaces.end(), [&](std::string_view one) {
      return defined_.contains({std::string(one), name}) || (one == "host" && in_a_list(name));
    });
    const std::string_view chosen = space == spaces.end() ? spaces.front() : *space;
    add(site, span, {std::string(chosen), std::move(name)}, false);
  }

  // Whether some `hosts` list may declare it: groups are told from hosts by their own declaration.
  [[nodiscard]] bool in_a_list(const std::string& name) const {
    return !defined_.contains({"group", name});
  }

  // ---- parameters

  void note_set(const Site& site, std::span<const Argument> arguments) {
    if (arguments.empty() || arguments.front().kind != ArgumentKind::Word) {
      return;
    }
    const auto owner =
        profiles_.owner_of_parameter(site.file, site.declaration, arguments.front().text);
    if (!owner) {
      return;
    }
    Symbol parameter{"param " + *owner, std::string(arguments.front().text)};
    add(site, arguments.front().span, parameter, false);
    note_values(site, std::move(parameter), arguments.subspan(1));
  }

  void note_default(const Site& site, std::span<const Argument> arguments) {
    if (arguments.size() > 3) {
      note_values(site, parameter_symbol(site, arguments.front().text), arguments.subspan(3));
    }
  }

  void note_values(const Site& site, Symbol parameter, std::span<const Argument> arguments) {
    Set set{site, std::move(parameter), {}};
    for (const Argument& value : arguments) {
      if (!parameter_at(site, value)) {  // otherwise it was added as a use of that parameter
        set.values.push_back(&value);
      }
    }
    sets_.push_back(std::move(set));
  }

  void use_set(const Site& site,
               const Symbol& parameter,
               const std::vector<const Argument*>& values) {
    Spaces spaces = spaces_of_parameter(profiles_.type_of(parameter));
    if (spaces.empty()) {
      const auto used = uses_.find(parameter);
      spaces = used == uses_.end() ? Spaces{} : used->second;
    }
    for (const Argument* value : values) {
      use_name(site, *value, spaces, false);
    }
  }

  // `without needs keystone`
  void use_without(const Site& site, std::span<const Argument> arguments) {
    if (arguments.size() < 2) {
      return;
    }
    const std::string_view word = arguments.front().text;
    if ((word == "needs" || word == "instant-with") && !parameter_at(site, arguments[1])) {
      use_name(site, arguments[1], {"service"}, false);
    }
  }

  ProfileChain profiles_;
  std::vector<const LoadedFile*> files_;
  std::set<Symbol> defined_;
  std::map<Symbol, Spaces> uses_;  // of parameters: what their values name
  std::vector<Set> sets_;
  SymbolIndex index_;
};

}  // namespace

SymbolIndex index_symbols(const Loaded& loaded,
                          const std::deque<LoadedFile>& tests,
                          const lang::SourceSet& sources) {
  return Builder(loaded, tests).run(loaded, sources);
}

}  // namespace backstay::compiler::lsp
