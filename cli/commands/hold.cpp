// backstay hold: keep a point, whatever the retention says, with the reason.
#include "runtime/prune/hold.hpp"

#include <memory>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/commands/commands.hpp"
#include "cli/execution.hpp"
#include "cli/keeping.hpp"
#include "cli/render/json_text.hpp"
#include "cli/render/table.hpp"
#include "cli/snapshot_source.hpp"
#include "runtime/store/layout.hpp"

namespace backstay::cli {
namespace {

struct HoldOptions {
  SourceOptions source;
  std::string snapshot;
  std::vector<std::string> words;
  std::string format = "text";
};

/// `because TEXT [until DATE]`
struct Said {
  std::string because;
  std::string until;
};

Result<Said> parse_words(const std::vector<std::string>& words, bool may_end) {
  Said said;
  for (std::size_t at = 0; at + 1 < words.size(); at += 2) {
    if (words[at] == "because" && said.because.empty())
      said.because = words[at + 1];
    else if (words[at] == "until" && may_end && said.until.empty())
      said.until = words[at + 1];
    else
      said = {};
  }
  if (words.size() % 2 == 0 && !said.because.empty())
    return said;
  return Error{.kind = ErrorKind::Usage,
               .message = "say the reason behind the snapshot",
               .hint = may_end ? "because \"the auditors look at November\" until 2027-06-01"
                               : "because \"the audit is over\""};
}

/// A day means its first instant, UTC.
Result<std::string> parse_day(const std::string& text, runtime::Clock& clock) {
  if (text.empty())
    return std::string();
  const std::string instant = text.find('T') == std::string::npos ? text + "T00:00:00Z" : text;
  const auto at = runtime::from_rfc3339(instant);
  if (!at || runtime::to_rfc3339(*at) != instant)
    return Error{.kind = ErrorKind::Usage,
                 .message = fmt::format("`{}` is no date", text),
                 .hint = "until 2027-06-01"};
  if (*at <= clock.now())
    return Error{.kind = ErrorKind::Usage, .message = fmt::format("{} is over", instant)};
  return instant;
}

/// The stores that are meant: the one given, or every directory that the plan's backup goes to.
std::vector<runtime::Store> stores_of(runtime::Filesystem& files, const SnapshotSource& source) {
  std::vector<runtime::Store> stores = {source.store};
  if (!source.plan)
    return stores;
  const plan::Backup* backup = source.plan->plan.backup(source.filter.backup);
  for (const plan::Copy& copy : backup == nullptr ? std::vector<plan::Copy>{} : backup->copies) {
    const plan::Target* target = source.plan->plan.target(copy.target);
    if (target == nullptr || target->kind != "directory")
      continue;
    if (auto store =
            runtime::open_store_for_reading(files, target->path, runtime::find_directories({})))
      stores.push_back(std::move(*store));
  }
  return stores;
}

bool is_in(runtime::Filesystem& files, const runtime::Store& store, const std::string& id) {
  return runtime::exists(files, runtime::layout::snapshot(store.path, id));
}

Result<void> hold(Session& session, const HoldOptions& options, Execution& execution) {
  runtime::World& world = execution.world();
  BACKSTAY_ASSIGN(const Said said, parse_words(options.words, true));
  BACKSTAY_ASSIGN(const std::string until, parse_day(said.until, world.clock));
  BACKSTAY_ASSIGN(const auto source, open_source(world.files, options.source));
  BACKSTAY_ASSIGN(const auto found, runtime::find_snapshot(world.files, source.store, source.filter,
                                                           options.snapshot));
  for (const runtime::Store& store : stores_of(world.files, source)) {
    if (!is_in(world.files, store, found.id) && store.path != source.store.path)
      continue;
    BACKSTAY_TRY(
        runtime::hold_snapshot(world.files, world.clock, store,
                               {.snapshot = found.id, .because = said.because, .until = until}));
    session.say(fmt::format("{} is held in {}{}", found.id, store.path,
                            until.empty() ? "" : " until " + until));
  }
  if (source.plan)
    keep_catalogue(execution, source.plan->plan);
  return {};
}

Result<void> remove(Session& session, const HoldOptions& options, Execution& execution) {
  runtime::World& world = execution.world();
  BACKSTAY_ASSIGN(const Said said, parse_words(options.words, false));
  BACKSTAY_ASSIGN(const auto source, open_source(world.files, options.source));
  BACKSTAY_ASSIGN(const auto found, runtime::find_snapshot(world.files, source.store, source.filter,
                                                           options.snapshot));
  for (const runtime::Store& store : stores_of(world.files, source)) {
    auto gone = runtime::let_go(world.files, world.clock, store, found.id, printable(said.because));
    const bool elsewhere = store.path != source.store.path;
    if (!gone && elsewhere && gone.error().kind == ErrorKind::NotFound)
      continue;
    BACKSTAY_TRY(std::move(gone));
    session.say(fmt::format("{} is not held any more in {}", found.id, store.path));
  }
  if (source.plan)
    keep_catalogue(execution, source.plan->plan);
  return {};
}

Result<void> list(Session& session, const HoldOptions& options, Execution& execution) {
  runtime::World& world = execution.world();
  BACKSTAY_ASSIGN(const auto source, open_source(world.files, options.source));
  nlohmann::ordered_json all = nlohmann::ordered_json::array();
  std::vector<std::vector<std::string>> rows = {{"SNAPSHOT", "UNTIL", "BECAUSE", "STORE"}};
  for (const runtime::Store& store : stores_of(world.files, source)) {
    BACKSTAY_ASSIGN(const auto holds, runtime::list_holds(world.files, world.clock, store));
    for (const runtime::Hold& one : holds) {
      rows.push_back({one.snapshot, one.until.empty() ? "let go" : one.until,
                      printable(one.because), store.path});
      all.push_back({{"snapshot", one.snapshot},
                     {"because", one.because},
                     {"until", one.until},
                     {"at", one.at},
                     {"store", store.path}});
    }
  }
  if (options.format == "json") {
    const nlohmann::ordered_json document = {{"schema_version", 1}, {"holds", all}};
    session.print(json_document(document));
  } else if (rows.size() == 1) {
    session.say("nothing is held");
  } else {
    session.print(render_table(rows));
  }
  return {};
}

using Deed = Result<void> (*)(Session&, const HoldOptions&, Execution&);

/// `words`: how a reason is said to it; empty: it is of all snapshots and needs none.
CLI::App* add_deed(CLI::App& verb,
                   Session& session,
                   const char* name,
                   const char* about,
                   const std::string& words,
                   Deed deed) {
  const auto options = std::make_shared<HoldOptions>();
  CLI::App* sub = verb.add_subcommand(name, about);
  add_source_options(*sub, options->source);
  if (!words.empty()) {
    sub->add_option("SNAPSHOT", options->snapshot, "Id, unique prefix, latest, latest~N or @DATE")
        ->required();
    sub->add_option("because", options->words, words)->required();
  } else {
    sub->add_option("-f,--format", options->format, "text or json")
        ->check(CLI::IsMember({"text", "json"}));
  }
  sub->callback([options, &session, deed] {
    Execution execution(session, OutputFormat::Text);
    if (const auto done = deed(session, *options, execution); !done)
      execution.fail(done.error());
  });
  return sub;
}

}  // namespace

void add_hold(CLI::App& app, Session& session) {
  CLI::App* verb =
      app.add_subcommand("hold", "Keep a snapshot, whatever the retention says, and say why");
  verb->require_subcommand(1);
  add_deed(*verb, session, "add", "Hold a snapshot", "because TEXT [until DATE]", hold);
  add_deed(*verb, session, "list", "What is held, until when and why", "", list);
  add_deed(*verb, session, "remove", "Let a snapshot go", "because TEXT", remove);
  verb->footer(
      "Examples:\n"
      "  backstay hold add controller.plan.yaml 42 because \"the auditors look at it\" until "
      "2027-06-01\n"
      "  backstay hold list controller.plan.yaml\n"
      "  backstay hold remove controller.plan.yaml 42 because \"the audit is over\"");
}

}  // namespace backstay::cli
