// The verbs. Each file of this folder adds one to the command line and carries it out.
#pragma once

#include <CLI/App.hpp>

#include "cli/session.hpp"

namespace backstay::cli {

void add_approve(CLI::App& app, Session& session);
void add_catalogue(CLI::App& app, Session& session);
void add_check(CLI::App& app, Session& session);
void add_completion(CLI::App& app, Session& session);
void add_fetch(CLI::App& app, Session& session);
void add_fmt(CLI::App& app, Session& session);
void add_export(CLI::App& app, Session& session);
void add_explain(CLI::App& app, Session& session);
void add_plan(CLI::App& app, Session& session);
void add_diff(CLI::App& app, Session& session);
void add_show(CLI::App& app, Session& session);
void add_simulate(CLI::App& app, Session& session);
void add_graph(CLI::App& app, Session& session);
void add_store(CLI::App& app, Session& session);
void add_test(CLI::App& app, Session& session);
void add_run(CLI::App& app, Session& session);
void add_doctor(CLI::App& app, Session& session);
void add_drill(CLI::App& app, Session& session);
void add_hold(CLI::App& app, Session& session);
void add_prune(CLI::App& app, Session& session);
void add_receive(CLI::App& app, Session& session);
void add_recover(CLI::App& app, Session& session);
void add_report(CLI::App& app, Session& session);
void add_restore(CLI::App& app, Session& session);
void add_list(CLI::App& app, Session& session);
void add_ls(CLI::App& app, Session& session);
void add_changes(CLI::App& app, Session& session);
void add_import(CLI::App& app, Session& session);
void add_init(CLI::App& app, Session& session);
void add_lsp(CLI::App& app, Session& session);
void add_schedule(CLI::App& app, Session& session);
void add_status(CLI::App& app, Session& session);
void add_logs(CLI::App& app, Session& session);
void add_verify(CLI::App& app, Session& session);

}  // namespace backstay::cli
