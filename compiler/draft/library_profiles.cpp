#include "compiler/draft/library_profiles.hpp"

#include <optional>

#include "compiler/compile.hpp"
#include "compiler/load/standard_library.hpp"
#include "lang/syntax/parser.hpp"

namespace backstay::compiler {
namespace {

constexpr std::string_view kProbe = "probe.stay";

std::string probe_text(const LibraryProfile& profile) {
  return "language 1\npolicy probe\nimport " + profile.library +
         "\nhost here\nmariadb db {\n    on here\n    socket /run/db.sock\n}\nservice probe from " +
         profile.name + " {\n    on here\n" + (profile.needs_server ? "    set server db\n" : "") +
         "}\n";
}

// The service that a policy of nothing but this profile has; nothing where it asks for more.
std::optional<Service> flattened(const LibraryProfile& profile) {
  lang::SourceSet sources;
  lang::Diagnostics findings;
  const FileReader reader = [&](const std::string& path) -> Result<std::string> {
    if (path != kProbe) {
      return Error{.kind = ErrorKind::NotFound, .message = path};
    }
    return probe_text(profile);
  };
  auto analysed = analyse(std::string(kProbe), {.parameters = {}, .want_plan = false}, reader,
                          sources, findings);
  if (!analysed || !analysed->policy || analysed->policy->services.size() != 1) {
    return std::nullopt;
  }
  return std::move(analysed->policy->services.front());
}

std::vector<std::string> profiles_of(std::string_view library) {
  lang::SourceSet sources;
  lang::Diagnostics findings;
  const lang::FileId file =
      sources.add(std::string(library), std::string(*standard_library_text(library)));
  const lang::Parsed parsed = lang::parse(sources, file, findings);
  std::vector<std::string> names;
  for (const lang::ast::Fact& fact : parsed.file.facts) {
    if (fact.word.text == "profile" && fact.argument_count > 0) {
      names.emplace_back(parsed.file.arguments_of(fact).front().text);
    }
  }
  return names;
}

}  // namespace

std::vector<LibraryProfile> library_profiles() {
  std::vector<LibraryProfile> all;
  for (const std::string& library : standard_library_names()) {
    const std::string last = library.substr(library.rfind('.') + 1);
    for (const std::string& profile : profiles_of(library)) {
      if (profile.ends_with("common")) {
        continue;
      }
      LibraryProfile each{.library = library,
                          .profile = profile,
                          .name = profile == last ? library : library + "." + profile,
                          .service = {}};
      auto service = flattened(each);
      if (!service) {
        each.needs_server = true;
        service = flattened(each);
      }
      if (service) {
        each.service = std::move(*service);
        all.push_back(std::move(each));
      }
    }
  }
  return all;
}

}  // namespace backstay::compiler
