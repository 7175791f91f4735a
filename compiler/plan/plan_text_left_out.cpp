#include "compiler/plan/plan_text_left_out.hpp"

#include <map>
#include <set>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace backstay::plan {
namespace {

using Lines = std::vector<std::string>;
using Services = std::set<std::string>;
/// Pattern and reason → the services that say both. Two reasons for one pattern are two lines.
using Rules = std::map<std::pair<std::string, std::string>, Services>;

void add_standing(const Service& service, Lines& lines) {
  if (!service.unprotected_because.empty()) {
    lines.push_back(
        fmt::format("service {} is not backed up: {}", service.name, service.unprotected_because));
  } else if (service.external) {
    lines.push_back(fmt::format(
        "service {} is external: not backed up here{}", service.name,
        service.external_because.empty() ? "" : fmt::format(" ({})", service.external_because)));
  }
  for (const UnprotectedPath& path : service.unprotected_paths) {
    lines.push_back(
        fmt::format("{} of {} is not backed up: {}", path.path, service.name, path.because));
  }
  for (const HeldUnits& held : service.held) {
    lines.push_back(
        fmt::format("a restore leaves {} stopped: {}", fmt::join(held.units, ", "), held.because));
  }
}

// `nova` of `nova.etc`
std::string service_of(const std::string& component) {
  return component.substr(0, component.find('.'));
}

/// What the capture steps of a plan leave out, each rule once however many hosts have it.
class LeftOut {
 public:
  explicit LeftOut(const NamedDatabases& named) : named_(named) {}

  void operator()(const ArchiveFiles& files) {
    add(excepts_, files.except, service_of(files.component));
    add(keeps_, files.keep, service_of(files.component));
  }

  void operator()(const DumpMariadb& dump) { add_databases(dump); }

  void operator()(const DumpPostgresql& dump) { add_databases(dump); }

  template <typename Other>
  void operator()(const Other& /*step*/) {}

  [[nodiscard]] Lines lines() const {
    Lines lines;
    for (const auto& [rule, services] : excepts_) {
      lines.push_back(line(rule, services));
    }
    lines.insert(lines.end(), databases_.begin(), databases_.end());
    return lines;
  }

  [[nodiscard]] Lines kept() const {
    Lines lines;
    for (const auto& [rule, services] : keeps_) {
      lines.push_back("but kept is " + line(rule, services));
    }
    return lines;
  }

 private:
  static void add(Rules& rules, const std::vector<PathRule>& facts, const std::string& service) {
    for (const PathRule& fact : facts) {
      rules[{fact.pattern, fact.because}].insert(service);
    }
  }

  template <typename Dump>
  void add_databases(const Dump& dump) {
    for (const std::string& database : named_.left_out(dump.server, dump.all_except)) {
      databases_.insert(fmt::format("database {} on {}: {} takes all but this", database,
                                    dump.server, service_of(dump.all_component)));
    }
  }

  static std::string line(const std::pair<std::string, std::string>& rule,
                          const Services& services) {
    return fmt::format("{} of {}{}{}", rule.first, fmt::join(services, ", "),
                       rule.second.empty() ? "" : ": ", rule.second);
  }

  const NamedDatabases& named_;
  Rules excepts_;
  Rules keeps_;
  std::set<std::string> databases_;
};

}  // namespace

void left_out_text(TextPage& page, const Plan& plan, const NamedDatabases& named) {
  Lines lines;
  for (const Service& service : plan.services) {
    add_standing(service, lines);
  }
  LeftOut left_out(named);
  for (const Backup& backup : plan.backups) {
    for (const Step& step : backup.backup) {
      std::visit(left_out, step.action);
    }
  }
  const Lines rules = left_out.lines();
  lines.insert(lines.end(), rules.begin(), rules.end());
  const Lines kept = left_out.kept();
  if (lines.empty() && kept.empty()) {
    return;
  }
  page.heading("Left out on purpose");
  for (const std::string& text : lines) {
    page.danger(text);
  }
  for (const std::string& text : kept) {
    page.line("  " + text);
  }
}

}  // namespace backstay::plan
