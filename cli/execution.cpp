#include "cli/execution.hpp"

#include <csignal>
#include <functional>
#include <memory>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cli/render/json_text.hpp"
#include "cli/signals.hpp"
#include "cli/standard_error.hpp"
#include "lang/base/printable.hpp"
#include "runtime/executor/journal_events.hpp"
#include "runtime/executor/jsonl_events.hpp"
#include "runtime/executor/text_events.hpp"
#include "runtime/system/clock.hpp"
#include "runtime/system/environment.hpp"
#include "runtime/system/filesystem.hpp"
#include "runtime/system/subprocess.hpp"

namespace backstay::cli {
namespace {

std::size_t terminal_columns() {
  winsize size{};
  return ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

ExitCode code_of(const runtime::RunReport& report, int signal) {
  if (signal != 0 && report.failure) {
    return signal == SIGTERM ? ExitCode::Terminated : ExitCode::Interrupted;
  }
  if (report.status == runtime::RunStatus::Partial) {
    return ExitCode::Partial;
  }
  if (report.what == "drill" && report.failure) {
    return ExitCode::VerificationFailed;
  }
  return report.failure ? exit_code_for(report.failure->kind) : ExitCode::Done;
}

std::string preview_as_text(const runtime::PreviewReport& preview) {
  std::string text;
  std::size_t number = 0;
  for (const runtime::StepPreview& step : preview.steps) {
    text += fmt::format("{:>2}  {}: {}\n", ++number, step.id, step.what);
    for (const runtime::PreviewLine& line : step.lines) {
      const char mark = line.problem ? '!' : line.unknown ? '?' : ' ';
      text += fmt::format("    {} {}\n", mark, lang::printable(line.text, true));
    }
  }
  return text;
}

std::string preview_as_json(const runtime::PreviewReport& preview) {
  nlohmann::ordered_json steps = nlohmann::ordered_json::array();
  for (const runtime::StepPreview& step : preview.steps) {
    nlohmann::ordered_json lines = nlohmann::ordered_json::array();
    for (const runtime::PreviewLine& line : step.lines) {
      lines.push_back({{"problem", line.problem}, {"unknown", line.unknown}, {"text", line.text}});
      if (!line.facts.empty())
        lines.back()["facts"] = nlohmann::ordered_json::parse(line.facts);
    }
    steps.push_back({{"id", step.id}, {"kind", step.kind}, {"what", step.what}, {"lines", lines}});
  }
  const nlohmann::ordered_json document = {
      {"schema_version", 1},
      {"backup", preview.backup},
      {"host", preview.host},
      {"snapshot", preview.snapshot},
      {"could_start", preview.could_start()},
      {"refusal", preview.refusal ? to_string(*preview.refusal) : ""},
      {"steps", steps}};
  return json_document(document);
}

// A line of its own among events, else as it is.
std::string document(const std::string& json, OutputFormat format) {
  return format == OutputFormat::Jsonl ? json_line(nlohmann::ordered_json::parse(json)) + "\n"
                                       : json;
}

// One entry that says how it ended, to search by: `journalctl BACKSTAY_STATUS=failed`.
void tell_outcome(const runtime::RunReport& report, runtime::JournalEvents& journal) {
  const std::string status(runtime::to_string(report.status));
  const bool good = !report.failure && report.status != runtime::RunStatus::Partial;
  const std::string text = fmt::format("{} {} of policy {} ended: {}", report.what, report.run_id,
                                       report.policy, status);
  journal.tell(good ? 5 : 3, text,
               {{"BACKSTAY_RUN", report.run_id},
                {"BACKSTAY_BACKUP", report.backup},
                {"BACKSTAY_SNAPSHOT", report.snapshot},
                {"BACKSTAY_STATUS", status}});
  runtime::notify_status(text);
}

}  // namespace

void add_output_format(CLI::App& verb, OutputFormat& format) {
  const auto set_format = [&format](const std::string& word) {
    format = word == "json"    ? OutputFormat::Json
             : word == "jsonl" ? OutputFormat::Jsonl
                               : OutputFormat::Text;
  };
  verb.add_option_function<std::string>("-f,--format", set_format,
                                        "text, json (the outcome) or jsonl (events as they come)")
      ->check(CLI::IsMember({"text", "json", "jsonl"}));
}

struct Execution::Parts {
  Session& session;
  OutputFormat format;
  runtime::RealClock clock;
  runtime::RealFilesystem files;
  runtime::RealCommandRunner commands;
  SignalStop signals{[this] { commands.skip_grace(); }};
  std::unique_ptr<runtime::Events> events;
  runtime::JournalEvents* journal = nullptr;  // the same, where stderr goes to systemd's journal
  runtime::World world;
  std::stop_callback<std::function<void()>> on_stop{signals.token(), [this] {
                                                      if (journal != nullptr)
                                                        journal->stopping();
                                                    }};

  Parts(Session& used_session, OutputFormat used_format)
      : session(used_session),
        format(used_format),
        world{.clock = clock,
              .files = files,
              .commands = commands,
              .directories = runtime::find_directories(
                  {.config = used_session.config_dir, .state = used_session.state_dir})} {
    if (format == OutputFormat::Jsonl) {
      events = std::make_unique<runtime::JsonlEvents>(
          [this](std::string_view text) { session.print(text); }, clock);
      return;
    }
    if (runtime::stderr_is_journal() && !session.quiet) {
      auto entries = std::make_unique<runtime::JournalEvents>();
      journal = entries.get();
      events = std::move(entries);
      return;
    }
    const bool live = ::isatty(STDERR_FILENO) == 1 && !session.quiet;
    events = std::make_unique<runtime::TextEvents>(
        [this](std::string_view text) {
          if (!session.quiet) {
            write_stderr(text);
          }
        },
        clock, runtime::TextEventsOptions{.live = live, .columns = terminal_columns()});
  }
};

Execution::Execution(Session& session, OutputFormat format)
    : parts_(std::make_unique<Parts>(session, format)) {}

Execution::~Execution() = default;

runtime::World& Execution::world() {
  return parts_->world;
}

runtime::Events& Execution::events() {
  return *parts_->events;
}

void Execution::name(const std::string& field, const std::string& value) {
  if (parts_->journal != nullptr) {
    parts_->journal->add(field, value);
  }
}

std::stop_token Execution::stop() const {
  return parts_->signals.token();
}

void Execution::show(const runtime::PreviewReport& preview) {
  Session& session = parts_->session;
  session.print(parts_->format == OutputFormat::Text
                    ? preview_as_text(preview)
                    : document(preview_as_json(preview), parts_->format));
  if (preview.refusal) {
    session.fail(*preview.refusal);
  } else if (!preview.could_start()) {
    session.fail(ExitCode::RunFailed, "the real run would fail; see the lines marked `!`");
  } else {
    session.say("Nothing was changed; the real run could start.");
  }
}

void Execution::show(const runtime::RunReport& report) {
  Session& session = parts_->session;
  if (parts_->format != OutputFormat::Text) {
    session.print(document(runtime::to_json(report), parts_->format));
  } else if (!report.snapshot.empty()) {
    const std::string_view verb = report.what == "restore" ? "restored from" : "snapshot";
    const bool failed = report.what == "drill" && report.status == runtime::RunStatus::Failed;
    session.print(fmt::format("{} {}: {}\n", verb, report.snapshot,
                              failed ? "drill failed" : runtime::to_string(report.status)));
  }
  if (parts_->journal != nullptr) {
    tell_outcome(report, *parts_->journal);
  }
  if (report.failure) {
    session.fail(*report.failure);
  }
  session.exit_code = code_of(report, parts_->signals.received());
}

void Execution::fail(const Error& error) {
  if (parts_->journal != nullptr) {
    parts_->journal->tell(3, to_string(error), {{"BACKSTAY_STATUS", "failed"}});
  }
  parts_->session.fail(error);
  if (error.kind == ErrorKind::Interrupted && parts_->signals.received() == SIGTERM) {
    parts_->session.exit_code = ExitCode::Terminated;
  }
}

}  // namespace backstay::cli
