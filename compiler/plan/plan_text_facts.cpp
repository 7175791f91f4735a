#include "compiler/plan/plan_text_facts.hpp"

#include <set>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "lang/base/overloaded.hpp"

namespace backstay::plan {
namespace {

using Row = std::vector<std::string>;
using Rows = std::vector<Row>;
using Words = std::vector<std::string>;

void table(TextPage& page, std::string_view title, const Rows& rows) {
  if (!rows.empty()) {
    page.heading(title);
    page.table(rows);
  }
}

// `word value`, where there is a value.
void add(Words& words, std::string_view word, const std::string& value) {
  if (!value.empty()) {
    words.push_back(fmt::format("{} {}", word, value));
  }
}

std::string joined(const Words& words) {
  return fmt::format("{}", fmt::join(words, ", "));
}

// --- commands -----------------------------------------------------------------------------------

std::string accepts_text(const std::vector<std::int64_t>& codes) {
  return codes == std::vector<std::int64_t>{0} ? std::string()
                                               : fmt::format("accepts {}", fmt::join(codes, ", "));
}

/// Collects rows, each once: like hosts run like commands.
class Commands {
 public:
  explicit Commands(const PlanTextOptions& options) : options_(options) {}

  void add_steps(const std::vector<Step>& steps) {
    for (const Step& step : steps) {
      if (options_.host.empty() || step.host == options_.host) {
        add_action(step.action);
      }
    }
  }

  void add(Row row) {
    if (seen_.insert(row).second) {
      rows_.push_back(std::move(row));
    }
  }

  [[nodiscard]] const Rows& rows() const { return rows_; }

 private:
  void add_action(const Action& action) {
    std::visit(
        Overloaded{
            [&](const RunCommand& step) {
              add({step.service, step.moment, command_text(step.command),
                   accepts_text(step.accepts)});
            },
            [&](const CaptureOutput& step) {
              add({step.component, "export", command_text(step.command)});
            },
            [&](const FeedCommand& step) {
              if (!step.command.empty()) {
                add({step.component, "import", command_text(step.command)});
              }
            },
            [&](const CheckService& step) { add_checks(step); },
            [&](const ExpectRun& step) {
              add({"sandbox", "expect", command_text(step.command), accepts_text(step.accepts)});
            },
            [](const auto&) {}},
        action);
  }

  void add_checks(const CheckService& step) {
    for (const Probe& probe : step.checks) {
      Words words = {"within " + to_string(probe.within)};
      if (std::string codes = accepts_text(probe.accepts); !codes.empty()) {
        words.push_back(std::move(codes));
      }
      add({step.service, "check", command_text(probe.command), joined(words)});
    }
  }

  PlanTextOptions options_;
  Rows rows_;
  std::set<Row> seen_;
};

// --- declarations -------------------------------------------------------------------------------

std::string place_of(const Server& server) {
  return server.socket.empty() ? fmt::format("{} port {}", server.address, server.port)
                               : server.socket;
}

std::string login_of(const Server& server) {
  if (!server.login_file.empty()) {
    return "login " + server.login_file;
  }
  return server.login.empty() ? std::string("login as the user that runs")
                              : "login secret " + server.login;
}

void servers(TextPage& page, const Plan& plan) {
  Rows rows;
  for (const Server& server : plan.servers) {
    Words words = {login_of(server)};
    add(words, "data in", server.datadir);
    add(words, "method", server.method);
    add(words, "units", joined(server.units));
    if (server.galera) {
      words.emplace_back("galera");
    }
    const std::string hosts = server.hosts.empty() ? server.host : joined(server.hosts);
    rows.push_back({server.name, fmt::format("{} on {}", server.kind, hosts), place_of(server),
                    joined(words)});
  }
  table(page, "Servers", rows);
}

void secrets(TextPage& page, const Plan& plan) {
  Rows rows;
  for (const Secret& secret : plan.secrets) {
    Words words;
    add(words, "file", secret.file);
    add(words, "credential", secret.credential);
    add(words, "what this prints:", command_text(secret.command));
    rows.push_back({secret.name, joined(words),
                    secret.escrow.empty()
                        ? std::string()
                        : fmt::format("a copy in {} at {}", secret.escrow, secret.escrow_site)});
  }
  table(page, "Secrets", rows);
}

void notifies(TextPage& page, const Plan& plan) {
  Rows rows;
  for (const Notify& notify : plan.notifies) {
    Words words;
    add(words, "mail to", notify.mail);
    add(words, "webhook in secret", notify.webhook);
    add(words, "healthcheck in secret", notify.healthcheck);
    add(words, "command", command_text(notify.command));
    rows.push_back({notify.name, "on " + joined(notify.outcomes), joined(words)});
  }
  table(page, "Notifies", rows);
}

void services(TextPage& page, const Plan& plan) {
  Rows rows;
  for (const Service& service : plan.services) {
    Words words;
    add(words, "sealed by", joined(service.sealed_by));
    add(words, "instant with", joined(service.instant_with));
    add(words, "owner", service.owner);
    if (!words.empty()) {
      rows.push_back({service.name, joined(words)});
    }
  }
  table(page, "Services", rows);
}

void renames(TextPage& page, const Plan& plan) {
  Rows rows;
  for (const Moved& moved : plan.moved) {
    rows.push_back({fmt::format("points of {} {} are those of {}", moved.kind, moved.old_name,
                                moved.new_name)});
  }
  table(page, "Renamed", rows);
}

}  // namespace

void commands_text(TextPage& page, const Plan& plan, const PlanTextOptions& options) {
  Commands commands(options);
  for (const Backup& backup : plan.backups) {
    commands.add_steps(backup.backup);
    for (const Copy& copy : backup.copies) {
      commands.add_steps(copy.steps);
    }
    commands.add_steps(backup.restore);
  }
  for (const Drill& drill : plan.drills) {
    commands.add_steps(drill.steps);
  }
  for (const Secret& secret : plan.secrets) {
    if (!secret.command.empty()) {
      commands.add({"secret " + secret.name, "read", command_text(secret.command)});
    }
  }
  for (const Notify& notify : plan.notifies) {
    if (!notify.command.empty()) {
      commands.add(
          {"notify " + notify.name, joined(notify.outcomes), command_text(notify.command)});
    }
  }
  table(page, "Commands that run as root", commands.rows());
}

void facts_text(TextPage& page, const Plan& plan) {
  servers(page, plan);
  secrets(page, plan);
  notifies(page, plan);
  services(page, plan);
  renames(page, plan);
}

}  // namespace backstay::plan
