// Builds small models by hand, so that a pass is tested without the phases before it.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "compiler/model/policy.hpp"
#include "lang/base/diagnostic.hpp"

namespace backstay::compiler::testing {

/// Every value gets a span of its own, so that a test can tell which line a finding points at.
class ModelBuilder {
 public:
  Policy policy;

  ModelBuilder() {
    policy.name = "test";
    policy.span = span();
  }

  Span span() {
    next_ += 2;
    return {0, next_, next_ + 1};
  }

  template <typename T>
  Located<T> at(T value) {
    return {std::move(value), span()};
  }

  Located<std::string> text(const std::string& value) { return at(value); }

  Index host(const std::string& name) {
    declare(policy.hosts, name);
    return policy.hosts.size() - 1;
  }

  Index server(const std::string& name, Index host, const std::string& datadir) {
    DatabaseServer& added = declare(policy.servers, name);
    added.host = at(host);
    if (!datadir.empty()) {
      added.datadir = text(datadir);
    }
    return policy.servers.size() - 1;
  }

  /// References into policy.services end at the next service; use numbers to go back.
  Service& service(const std::string& name) { return declare(policy.services, name); }

  Service& service(const std::string& name, Index on_host) {
    Service& added = service(name);
    added.host = at(on_host);
    return added;
  }

  void path(Service& service, const std::string& path) {
    PathFact& added = service.paths.emplace_back();
    added.path = text(path);
    added.name = text(path.substr(path.rfind('/') + 1));
    added.span = span();
  }

  void sqlite(Service& service, const std::string& path) {
    service.sqlites.push_back({text(path), text(path.substr(path.rfind('/') + 1)), span()});
  }

  void except(Service& service, const std::string& pattern) {
    service.excepts.push_back({text(pattern), text("a reason"), span()});
  }

  void keep(Service& service, const std::string& pattern) {
    service.keeps.push_back({text(pattern), std::nullopt, span()});
  }

  void database(Service& service, const std::string& name, Index server) {
    DatabaseFact& added = service.databases.emplace_back();
    added.name = text(name);
    added.server = at(server);
    added.span = span();
  }

  void needs(Index from, Index to) { policy.services[from].needs.push_back(at(to)); }

  Index target(const std::string& name, const std::string& directory) {
    declare(policy.targets, name).directory = text(directory);
    return policy.targets.size() - 1;
  }

  Backup& backup(const std::string& name, const std::vector<Index>& services) {
    Backup& added = declare(policy.backups, name);
    for (const Index service : services) {
      added.services.push_back(at(service));
    }
    return added;
  }

  Retention& retention(const std::string& name) { return declare(policy.retentions, name); }

  Schedule& schedule(const std::string& name, const std::string& rule) {
    Schedule& added = declare(policy.schedules, name);
    added.rule = text(rule);
    return added;
  }

 private:
  template <typename Declaration>
  Declaration& declare(std::vector<Declaration>& into, const std::string& name) {
    Declaration& added = into.emplace_back();
    added.name = name;
    added.span = span();
    return added;
  }

  std::uint32_t next_ = 0;
};

using Check = void (*)(const Policy&, lang::Diagnostics&);

inline std::vector<lang::Diagnostic> findings_of(Check check, const Policy& policy) {
  lang::Diagnostics diagnostics;
  check(policy, diagnostics);
  return diagnostics.all();
}

inline std::vector<lang::DiagnosticKind> kinds_of(Check check, const Policy& policy) {
  std::vector<lang::DiagnosticKind> kinds;
  for (const lang::Diagnostic& finding : findings_of(check, policy)) {
    kinds.push_back(finding.kind);
  }
  return kinds;
}

using Kinds = std::vector<lang::DiagnosticKind>;

}  // namespace backstay::compiler::testing
