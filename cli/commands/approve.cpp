// backstay approve: sign that a plan may run on a host.
#include <memory>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "cli/accept_plan.hpp"
#include "cli/approval_gate.hpp"
#include "cli/commands/commands.hpp"
#include "cli/execution.hpp"
#include "cli/output_file.hpp"
#include "cli/plan_file.hpp"
#include "cli/plan_host.hpp"
#include "runtime/approval/approval.hpp"
#include "runtime/system/clock.hpp"

namespace backstay::cli {
namespace {

struct ApproveOptions {
  std::string plan;
  std::string key;
  std::string host;
  std::string until;
  std::string output;
  std::vector<std::string> stores;
  std::vector<std::string> programs;
  std::string into;      ///< where the plan that runs lies
  std::string approval;  ///< with `into`
};

/// A day means its first instant, UTC.
Result<std::string> parse_until(const std::string& text, runtime::Clock& clock) {
  if (text.empty())
    return std::string();
  const std::string instant = text.find('T') == std::string::npos ? text + "T00:00:00Z" : text;
  const auto at = runtime::from_rfc3339(instant);
  if (!at || runtime::to_rfc3339(*at) != instant) {
    return Error{.kind = ErrorKind::Usage,
                 .message = fmt::format("`{}` is no date", text),
                 .hint = "--until 2027-06-01, or 2027-06-01T12:00:00Z"};
  }
  if (*at <= clock.now()) {
    return Error{.kind = ErrorKind::Usage, .message = fmt::format("{} is over", instant)};
  }
  return instant;
}

std::string text_of(const runtime::ApprovalRecord& record, const plan::Plan& plan) {
  std::string text = fmt::format("policy   {}\nhost     {}\nplan     {}\nuntil    {}\n",
                                 record.policy, record.host, record.digest,
                                 record.until.empty() ? "without an end" : record.until);
  for (const plan::Target& target : plan.targets) {
    const auto store = record.stores.find(target.name);
    text += fmt::format("target   {}: {}\n", target.name,
                        store == record.stores.end() ? "any store (not registered here; --store "
                                                       "names one)"
                                                     : "store " + store->second);
  }
  for (const auto& [program, hash] : record.programs)
    text += fmt::format("program  {}: {}\n", program, hash);
  return text;
}

/// `NAME=VALUE` words of an option.
Result<std::map<std::string, std::string>> parse_pairs(const std::vector<std::string>& words,
                                                       const std::string& form) {
  std::map<std::string, std::string> pairs;
  for (const std::string& word : words) {
    const std::size_t equals = word.find('=');
    if (equals == std::string::npos || equals == 0 ||
        !pairs.emplace(word.substr(0, equals), word.substr(equals + 1)).second) {
      return Error{.kind = ErrorKind::Usage,
                   .message = fmt::format("{}, each once, not `{}`", form, word)};
    }
  }
  return pairs;
}

/// The record and its signature, as the file holds them.
Result<std::string> sign(const ApproveOptions& options, const runtime::ApprovalRecord& record) {
  const std::string text = runtime::to_json(record);
  BACKSTAY_ASSIGN(
      const std::string signature,
      runtime::sign_on_terminal(absolute_path(options.key), runtime::kPlanNamespace, text));
  return text + signature;
}

Result<void> write(runtime::World& world,
                   const ApproveOptions& options,
                   const runtime::ApprovalRecord& record,
                   const std::string& text) {
  if (!options.output.empty())
    return write_output_file(options.output, text);
  const std::string path =
      runtime::approval_path(world.directories.config, record.policy, record.host);
  BACKSTAY_TRY(
      runtime::make_directories(world.files, world.directories.config + "/approved", 0755));
  return runtime::replace_file(world.files, path, text, 0644);
}

/// Either signs or takes what was signed.
Result<void> check_words(const ApproveOptions& options) {
  const bool takes = !options.into.empty();
  if (takes == options.key.empty() && (takes || options.approval.empty())) {
    return {};
  }
  return Error{.kind = ErrorKind::Usage,
               .message =
                   "approve takes --key to sign, or --into to put an approved plan in its "
                   "place"};
}

Result<void> approve(Session& session, const ApproveOptions& options, Execution& execution) {
  runtime::World& world = execution.world();
  BACKSTAY_TRY(check_words(options));
  BACKSTAY_ASSIGN(const PlanFile file, read_plan_file(options.plan));
  if (!options.into.empty()) {
    return accept_plan(
        session, execution, file,
        {.into = absolute_path(options.into),
         .approval = options.approval.empty() ? std::string() : absolute_path(options.approval),
         .host = options.host});
  }
  BACKSTAY_TRY(check_host(file.plan, options.host));
  runtime::ApprovalRequest request;
  BACKSTAY_ASSIGN(request.host, runtime::approval_host(file.plan, options.host));
  BACKSTAY_ASSIGN(request.until, parse_until(options.until, world.clock));
  BACKSTAY_ASSIGN(request.stores, parse_pairs(options.stores, "--store takes TARGET=UUID"));
  BACKSTAY_ASSIGN(request.copies, parse_pairs(options.programs, "--program takes PATH=FILE"));
  for (auto& [program, copy] : request.copies)
    copy = absolute_path(copy);
  BACKSTAY_ASSIGN(const auto record, runtime::make_approval(world, file.plan, request));
  session.print(printable_lines(text_of(record, file.plan)));
  BACKSTAY_ASSIGN(const std::string text, sign(options, record));
  BACKSTAY_TRY(write(world, options, record, text));
  const std::string place =
      options.output.empty()
          ? runtime::approval_path(world.directories.config, record.policy, record.host)
          : options.output;
  session.say(fmt::format("wrote {}", place));
  if (!options.output.empty())
    return {};
  const ApprovalState state = approval_state(session, file.plan, record.host);
  if (state.refused)
    session.say("this host would refuse it: " + printable(state.text));
  else if (!state.asked)
    session.say("this host asks for no approval: it has no list of allowed signers");
  return {};
}

}  // namespace

void add_approve(CLI::App& app, Session& session) {
  const auto options = std::make_shared<ApproveOptions>();
  CLI::App* verb = app.add_subcommand("approve", "Sign that a plan may run on a host");
  verb->add_option("PLAN", options->plan, "A plan written by `backstay plan -o`")->required();
  verb->add_option("--key", options->key,
                   "A private key of ssh, or the public half (.pub) of one that an agent holds");
  verb->add_option("--until", options->until, "A day or instant (UTC) at which it ends");
  verb->add_option("--host", options->host, "For which host of the plan");
  verb->add_option("--store", options->stores,
                   "TARGET=UUID: only with this store (default: those registered here)")
      ->allow_extra_args(false);
  verb->add_option("--program", options->programs,
                   "PATH=FILE: where a copy of a host's own program lies on this machine")
      ->allow_extra_args(false);
  verb->add_option("-o,--output", options->output,
                   "Write the approval to this file, to be carried to "
                   "/etc/backstay/approved/POLICY@HOST of its host");
  verb->add_option("--into", options->into,
                   "Sign nothing: put the plan in this place, and its approval in its own, if it "
                   "may run here; else change nothing (exit 7)");
  verb->add_option(
      "--approval", options->approval,
      "With --into: the approval that somebody made (default: the one that lies here)");
  verb->footer(
      "A host with /etc/backstay/allowed_signers runs approved plans only (exit 7).\n\n"
      "Examples:\n  backstay show controller.plan.yaml\n"
      "  backstay approve controller.plan.yaml --key ~/.ssh/id_ed25519 --until 2027-06-01\n"
      "  backstay approve controller.plan.yaml --key ~/.ssh/token.pub --host ctl01 -o "
      "controller@ctl01");
  verb->callback([options, &session] {
    Execution execution(session, OutputFormat::Text);
    if (const auto done = approve(session, *options, execution); !done)
      execution.fail(done.error());
  });
}

}  // namespace backstay::cli
