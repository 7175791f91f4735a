// A small plan with steps of the usual kinds, for tests that need one and no policy.
#pragma once

#include "compiler/plan/plan.hpp"

namespace backstay::test {

inline plan::Step step(std::string id, std::vector<std::string> after, plan::Action action) {
  plan::Step made;
  made.id = std::move(id);
  made.host = "ctl01";
  made.after = std::move(after);
  made.from = "service nova: path /etc/nova";
  made.action = std::move(action);
  return made;
}

inline plan::Plan sample_plan() {
  plan::Plan plan;
  plan.policy = "sample";
  plan.zone = "UTC";
  plan.hosts = {{.name = "ctl01", .site = "dc1", .address = ""}};
  plan::Service nova;
  nova.name = "nova";
  nova.hosts = {"ctl01"};
  nova.units = {"nova-api.service"};
  nova.checks = {
      {.command = {"nova-status", "upgrade", "check"}, .accepts = {0, 1}, .within = {60}}};
  plan.services = {nova};
  plan::Server server;
  server.name = "control-db";
  server.kind = "mariadb";
  server.host = "ctl01";
  server.socket = "/run/mysqld/mysqld.sock";
  plan.servers = {server};
  plan.targets = {{.name = "local",
                   .kind = "directory",
                   .path = "/srv/backup",
                   .host = "ctl01",
                   .media = "disk",
                   .site = ""}};
  plan.schedules = {
      {.name = "nightly", .rule = "every day at 02:30", .window = "90m", .jitter = ""}};
  plan::Retention keep;
  keep.name = "standard";
  keep.daily = 7;
  plan.retentions = {keep};

  const std::vector<plan::DatabaseComponent> databases = {{"nova.nova", "nova"}};
  const std::vector<plan::PathRule> except = {
      {.pattern = "/etc/nova/\"odd\"\\*", .because = "tab\there, ümlaut"}};
  plan::Backup backup;
  backup.name = "controller";
  backup.schedule = "nightly";
  backup.target = "local";
  backup.retention = "standard";
  backup.services = {"nova"};
  backup.hosts = {"ctl01"};
  backup.backup = {
      step("check@ctl01", {},
           plan::CheckSources{.paths = {"/etc/nova"},
                              .optional_paths = {},
                              .servers = {"control-db"},
                              .sqlite = {},
                              .target = "local"}),
      step("dump.control-db@ctl01", {"check@ctl01"},
           plan::DumpMariadb{.server = "control-db",
                             .databases = databases,
                             .all_component = "",
                             .all_except = {},
                             .accounts_component = "control-db.accounts"}),
      step("sqlite.nova.db@ctl01", {"check@ctl01"},
           plan::CopySqlite{.component = "nova.db", .path = "/var/lib/nova/nova.sqlite"}),
      step("archive.nova.etc@ctl01", {"dump.control-db@ctl01", "sqlite.nova.db@ctl01"},
           plan::ArchiveFiles{
               .component = "nova.etc", .path = "/etc/nova", .except = except, .keep = {}}),
      step("commit@ctl01", {"archive.nova.etc@ctl01"}, plan::CommitSnapshot{.target = "local"}),
      step("verify@ctl01", {"commit@ctl01"}, plan::VerifySnapshot{.target = "local", .level = 1}),
  };
  backup.backup[4].always = true;
  backup.restore = {
      step("check-snapshot@ctl01", {}, plan::CheckSnapshot{.target = "local"}),
      step("files.nova.etc@ctl01", {"check-snapshot@ctl01"},
           plan::RestoreFiles{
               .component = "nova.etc", .path = "/etc/nova", .except = except, .keep = {}}),
      step("sqlite.nova.db@ctl01", {"files.nova.etc@ctl01"},
           plan::RestoreSqlite{.component = "nova.db", .path = "/var/lib/nova/nova.sqlite"}),
      step("database.control-db@ctl01", {"sqlite.nova.db@ctl01"},
           plan::RestoreMariadb{.server = "control-db",
                                .databases = databases,
                                .all_component = "",
                                .accounts_component = "control-db.accounts"}),
      step("finish@ctl01", {"database.control-db@ctl01"}, plan::FinishRestore{}),
  };
  plan.backups = {backup};
  return plan;
}

}  // namespace backstay::test
