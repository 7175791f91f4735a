// backstay report: what status says, with its history and what is to come, for people who read
// paper.
#include <memory>

#include <CLI/CLI.hpp>

#include "cli/commands/commands.hpp"
#include "cli/output_file.hpp"
#include "cli/report/gather.hpp"
#include "cli/report/page.hpp"
#include "cli/report/report_text.hpp"

namespace backstay::cli {
namespace {

struct ReportOptions {
  std::vector<std::string> plans;
  ReportRequest request;
  std::string format = "text";
  std::string output;
  bool html = false;
};

std::string render(const ReportData& data, const ReportOptions& options) {
  if (options.html || options.format == "html")
    return render_page(data);
  return options.format == "json" ? render_report_json(data) : render_report_text(data);
}

void report(Session& session, ReportOptions& options) {
  for (const std::string& path : options.plans) {
    auto file = read_plan_file(path);
    if (!file) {
      session.fail(file.error());
      return;
    }
    options.request.plans.push_back(std::move(*file));
  }
  const auto data = gather_report(session, options.request);
  if (!data) {
    session.fail(data.error());
    return;
  }
  const std::string text = render(*data, options);
  if (options.output.empty()) {
    session.print(text);
  } else if (const auto written = write_output_file(options.output, text); !written) {
    session.fail(written.error());
  }
}

}  // namespace

void add_report(CLI::App& app, Session& session) {
  const auto options = std::make_shared<ReportOptions>();
  CLI::App* verb = app.add_subcommand(
      "report", "Coverage, runs, retention, storage and restores, as text or one HTML file");
  verb->add_option("PLAN", options->plans, "Plan files")->required();
  CLI::Option* html =
      verb->add_flag("--html", options->html, "One HTML file without scripts: the same as -f html");
  verb->add_option("--days", options->request.days,
                   "How many days the coverage shows (default: 84)")
      ->check(CLI::Range(1, 1'100));
  verb->add_option("--backup", options->request.which.backup, "Only this backup");
  verb->add_option("--host", options->request.which.host, "Only this host");
  verb->add_option("-f,--format", options->format, "text, json or html")
      ->check(CLI::IsMember({"text", "json", "html"}))
      ->excludes(html);
  verb->add_option("-o,--output", options->output, "A file, written aside and renamed");
  verb->footer(
      "Examples:\n  backstay report controller.plan.yaml\n"
      "  backstay report /etc/backstay/*.plan.yaml --html -o backups.html");
  verb->callback([options, &session] { report(session, *options); });
}

}  // namespace backstay::cli
