// replicate-files: the same files on every host of a group, proven on each.
#include <mutex>
#include <optional>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "runtime/mirror/replicas.hpp"
#include "runtime/steps/steps.hpp"
#include "runtime/store/parallel.hpp"

namespace backstay::runtime {
namespace {

struct Failure {
  std::string host;
  Error error;
};

Result<void> replicate_to(const std::string& host,
                          const plan::ReplicateFiles& action,
                          const TreeReading& reading,
                          StepContext& context) {
  BACKSTAY_ASSIGN(const FarPlace place, FarPlace::of_host(context.world, context.plan, host,
                                                          context.step.host, kReplicas));
  return replicate_tree(place, replica_directory(place, action.service, action.path), reading,
                        context.run_id, context.stop);
}

Error failure_of(const plan::ReplicateFiles& action, const std::vector<Failure>& failures) {
  std::vector<std::string> texts;
  for (const Failure& one : failures)
    texts.push_back(fmt::format("{} ({})", one.host, to_string(one.error)));
  Error error = failures.front().error;
  error.context.clear();
  error.message = fmt::format(
      "{} of {} hosts of {} {} not {} as it is here: {}", failures.size(), action.hosts.size(),
      action.group, failures.size() == 1 ? "has" : "have", action.path, fmt::join(texts, "; "));
  return error;
}

// As it is now, each file read: rings are small.
Result<TreeReading> read_source(const plan::ReplicateFiles& action, StepContext& context) {
  ContentMemory nothing;
  BACKSTAY_ASSIGN(TreeReading reading, read_tree(action.path, nothing, context.stop));
  if (!reading.changing.empty()) {
    return Error{.kind = ErrorKind::Io,
                 .message = fmt::format("`{}/{}` changed while it was read", reading.base,
                                        reading.changing.front()),
                 .retry = Retry::Temporary};
  }
  if (reading.sheet.files().empty()) {
    return Error{.kind = ErrorKind::Refused,
                 .message = action.path + " holds no file: what the hosts have is left as it is"};
  }
  return reading;
}

std::string_view text_of(ReplicaState state) {
  switch (state) {
    case ReplicaState::None:
      return "has none yet";
    case ReplicaState::Other:
      return "has another one, which stays beside the new one";
    case ReplicaState::Same:
      return "has the same already";
  }
  return {};
}

}  // namespace

Result<void> execute(const plan::ReplicateFiles& action, StepContext& context) {
  BACKSTAY_ASSIGN(const TreeReading reading, read_source(action, context));
  for (const std::string& name : reading.left_out)
    context.events.warning(context.step.id,
                           fmt::format("`{}` is no file, directory or link: left out", name));
  std::mutex mutex;
  std::vector<std::optional<Error>> errors(action.hosts.size());
  BACKSTAY_TRY(for_each_parallel(
      action.hosts.size(),
      [&](std::size_t at) -> Result<void> {
        auto done = replicate_to(action.hosts[at], action, reading, context);
        const std::lock_guard guard(mutex);
        if (!done)
          errors[at] = std::move(done).error();
        return {};
      },
      context.stop));
  std::vector<Failure> failures;
  for (std::size_t at = 0; at < errors.size(); ++at) {
    if (errors[at])
      failures.push_back({action.hosts[at], *errors[at]});
  }
  if (!failures.empty())
    return failure_of(action, failures);
  return {};
}

Preview preview(const plan::ReplicateFiles& action, StepContext& context) {
  const auto reading = read_source(action, context);
  if (!reading)
    return {{.problem = true, .text = to_string(reading.error())}};
  Preview lines{{.text = fmt::format("puts {} files of {} on {} hosts, below {}/{}, and compares "
                                     "each there",
                                     reading->sheet.files().size(), action.path,
                                     action.hosts.size(), kReplicas, action.service)}};
  for (const std::string& host : action.hosts) {
    const auto place =
        FarPlace::of_host(context.world, context.plan, host, context.step.host, kReplicas);
    const auto state =
        place ? look_at_replica(*place, replica_directory(*place, action.service, action.path),
                                reading->sheet, context.stop)
              : Result<ReplicaState>(place.error());
    if (!state)
      lines.push_back({.problem = true, .text = host + ": " + to_string(state.error())});
    else
      lines.push_back({.text = fmt::format("{} {}", host, text_of(*state))});
  }
  return lines;
}

}  // namespace backstay::runtime
