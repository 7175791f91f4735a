#include "compiler/language_server/service_text.hpp"

#include <vector>

#include <fmt/format.h>

namespace backstay::compiler::lsp {
namespace {

template <typename Declared>
std::string names_of(const std::vector<Reference>& references,
                     const std::vector<Declared>& declared) {
  std::vector<std::string> names;
  for (const Reference& reference : references) {
    names.push_back(declared[reference.value].name);
  }
  return fmt::format("{}", fmt::join(names, ", "));
}

std::string values_of(const std::vector<Located<std::string>>& values) {
  std::vector<std::string> texts;
  for (const Located<std::string>& value : values) {
    texts.push_back(value.value);
  }
  return fmt::format("{}", fmt::join(texts, ", "));
}

std::string because(const std::optional<Located<std::string>>& reason) {
  return reason ? fmt::format(" because \"{}\"", reason->value) : "";
}

std::string vector_text(const std::vector<std::string>& command) {
  return fmt::format("[\"{}\"]", fmt::join(command, "\", \""));
}

/// Collects the lines of one service.
class Writer {
 public:
  Writer(const Policy& policy, const Service& service) : policy_(policy), service_(service) {}

  std::vector<std::string> run() {
    places();
    files();
    databases();
    others();
    hooks();
    return std::move(lines_);
  }

 private:
  void list(std::string_view word, const std::string& values) {
    if (!values.empty()) {
      lines_.push_back(fmt::format("{} {}", word, values));
    }
  }

  void places() {
    list("on", names_of(service_.hosts, policy_.hosts));
    list("needs", names_of(service_.needs, policy_.services));
    list("units", values_of(service_.units));
    for (const HeldFact& held : service_.held) {
      list("held", values_of(held.units) + because(held.because));
    }
  }

  void files() {
    for (const PathFact& path : service_.paths) {
      lines_.push_back(fmt::format(
          "path {} as {}{}{}{}", path.path.value, path.name.value, path.optional ? " optional" : "",
          path.may_change ? " may-change" : "", path.may_vanish ? " may-vanish" : ""));
    }
    for (const RuleFact& rule : service_.excepts) {
      lines_.push_back("except " + rule.pattern.value + because(rule.because));
    }
    for (const RuleFact& rule : service_.keeps) {
      lines_.push_back("keep " + rule.pattern.value + because(rule.because));
    }
  }

  void databases() {
    for (const DatabaseFact& database : service_.databases) {
      const std::string except =
          database.except.empty() ? "" : " except " + values_of(database.except);
      lines_.push_back(fmt::format("database {}{} on {}",
                                   database.all ? "all" : database.name.value, except,
                                   policy_.servers[database.server.value].name));
    }
    for (const SqliteFact& sqlite : service_.sqlites) {
      lines_.push_back(fmt::format("sqlite {} as {}", sqlite.path.value, sqlite.name.value));
    }
    for (const ExportFact& one : service_.exports) {
      const std::string import = one.import.empty() ? "" : " import " + vector_text(one.import);
      lines_.push_back(
          fmt::format("export {} run {}{}", one.name.value, vector_text(one.run), import));
    }
    for (const SealedByFact& sealed : service_.sealed_by) {
      lines_.push_back("sealed-by " + sealed.path.value);
    }
    list("instant-with", names_of(service_.instant_with, policy_.services));
  }

  void others() {
    for (const UnprotectedFact& one : service_.unprotected) {
      lines_.push_back("unprotected" + (one.path ? " " + one.path->value : std::string()) +
                       because(one.because));
    }
    if (service_.external) {
      lines_.push_back("external" + because(service_.external));
    }
    for (const ReplicateFact& one : service_.replicas) {
      lines_.push_back(
          fmt::format("replicate {} to {}", one.path.value, policy_.groups[one.group.value].name));
    }
    for (const MirrorFact& one : service_.mirrors) {
      lines_.push_back(
          fmt::format("mirror {} to {}", one.path.value, policy_.targets[one.target.value].name));
    }
    if (service_.quiesce_stop) {
      lines_.emplace_back("quiesce stop");
    }
    if (service_.size) {
      lines_.push_back("size " + to_string(service_.size->size.value) +
                       (service_.size->changes
                            ? " changes " + to_string(service_.size->changes->value)
                            : std::string()));
    }
    if (service_.owner) {
      lines_.push_back(fmt::format("owner \"{}\"", service_.owner->value));
    }
  }

  void hook(std::string_view word, const std::optional<HookFact>& fact) {
    if (fact) {
      lines_.push_back(fmt::format("{} {}", word, vector_text(fact->command)));
    }
  }

  void hooks() {
    hook("before-backup", service_.before_backup);
    hook("after-backup", service_.after_backup);
    hook("before-restore", service_.before_restore);
    hook("after-restore", service_.after_restore);
    for (const CheckFact& check : service_.checks) {
      lines_.push_back(fmt::format("check {} accepts {} within {}", vector_text(check.command),
                                   fmt::join(check.accepts, ", "), to_string(check.within)));
    }
  }

  const Policy& policy_;
  const Service& service_;
  std::vector<std::string> lines_;
};

}  // namespace

std::string service_text(const Policy& policy, const Service& service, std::size_t most_lines) {
  const std::vector<std::string> lines = Writer(policy, service).run();
  std::string text = "service " + service.name +
                     (service.profile.empty() ? "" : " from " + service.profile) + " {\n";
  for (std::size_t at = 0; at < std::min(lines.size(), most_lines); ++at) {
    text += "    " + lines[at] + "\n";
  }
  if (lines.size() > most_lines) {
    text += fmt::format("    # and {} more\n", lines.size() - most_lines);
  }
  return text + "}";
}

}  // namespace backstay::compiler::lsp
