// capture-output, feed-command: what a command prints, kept and read back.
#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "runtime/restore/by_hand.hpp"
#include "runtime/restore/change.hpp"
#include "runtime/restore/restore.hpp"
#include "runtime/steps/commands.hpp"
#include "runtime/steps/steps.hpp"
#include "runtime/store/snapshot_reader.hpp"
#include "runtime/store/staging.hpp"

namespace backstay::runtime {
namespace {

constexpr const char* kStream = "output";

Result<void> capture(const plan::CaptureOutput& action, StepContext& context) {
  BACKSTAY_ASSIGN(Command command, command_of(action.command));
  BACKSTAY_ASSIGN(const auto writer, context.staging->open_stream(action.component, kStream));
  std::uint64_t bytes = 0;
  command.standard_output = [&](std::span<const std::byte> piece) {
    bytes += piece.size();
    context.events.progress(context.step.id, bytes, action.component);
    return writer->write(piece);
  };
  BACKSTAY_ASSIGN(const Exit exit, context.world.commands.run(command, context.stop));
  BACKSTAY_TRY(accept_exit(action.command, {0}, exit));
  if (bytes == 0) {
    return Error{.kind = ErrorKind::ToolFailed,
                 .message = fmt::format("`{}` printed nothing", shell_words(action.command)),
                 .hint = exit.errors};
  }
  BACKSTAY_TRY(writer->finish());
  return context.staging->complete(action.component, "export", shell_words(action.command), {});
}

Result<void> feed(const plan::FeedCommand& action, StepContext& context) {
  BACKSTAY_ASSIGN(Command command, command_of(action.command));
  BACKSTAY_ASSIGN(const auto reader, context.snapshot->open_stream(action.component, kStream));
  command.standard_input = [&](std::span<std::byte> buffer) { return reader->read(buffer); };
  BACKSTAY_ASSIGN(const Exit exit, context.world.commands.run(command, context.stop));
  BACKSTAY_TRY(accept_exit(action.command, {0}, exit));
  if (!exit.took_all_input) {
    return Error{.kind = ErrorKind::ToolFailed,
                 .message = fmt::format("`{}` did not read all of {}", shell_words(action.command),
                                        action.component)};
  }
  return {};
}

std::string file_beside(const plan::FeedCommand& action, const StepContext& context) {
  return fmt::format("{}/{}.{}", context.restore->request.to_directory, action.component, kStream);
}

Result<void> write_beside(const plan::FeedCommand& action, StepContext& context) {
  const auto& directory = context.restore->request.to_directory;
  BACKSTAY_TRY(make_directories(context.world.files, directory, 0700));
  BACKSTAY_ASSIGN(const auto reader, context.snapshot->open_stream(action.component, kStream));
  BACKSTAY_ASSIGN(const auto file, context.world.files.create(file_beside(action, context), 0600));
  std::vector<std::byte> buffer(1U << 18U);
  while (true) {
    BACKSTAY_ASSIGN(const std::size_t size, reader->read(buffer));
    if (size == 0) {
      break;
    }
    BACKSTAY_TRY(file->write(std::span(buffer).first(size)));
  }
  BACKSTAY_TRY(file->sync());
  return file->close();
}

// What a command did with it nobody knows: it is noted, told by an undo, and not done twice by a
// restore that goes on.
Result<void> feed_once(const plan::FeedCommand& action, StepContext& context) {
  ChangeLog* changes = context.restore->changes;
  if (changes == nullptr) {
    return feed(action, context);
  }
  const auto& noted = changes->changes();
  const bool fed = std::any_of(noted.begin(), noted.end(), [&](const RecordedChange& each) {
    const auto* earlier = std::get_if<CommandFed>(&each.change);
    return each.state == ChangeState::Made && earlier != nullptr &&
           earlier->component == action.component;
  });
  if (fed) {
    return {};
  }
  BACKSTAY_ASSIGN(const std::size_t number,
                  changes->about_to(CommandFed{action.component, action.command}));
  BACKSTAY_TRY(feed(action, context));
  return changes->made(number);
}

std::string by_hand(const plan::FeedCommand& action, const std::string& why) {
  return fmt::format(
      "read {} back ({}): restore it with `--component {} --to DIR`, then {}", action.component,
      why, action.component,
      action.command.empty()
          ? "feed it to the program that reads it"
          : fmt::format("{} < DIR/{}.{}", shell_words(action.command), action.component, kStream));
}

// Why it is not fed here; nothing where it is.
std::optional<std::string> not_fed(const plan::FeedCommand& action, StepContext& context) {
  if (const auto why = left_to_hands(context)) {
    return why;
  }
  if (action.command.empty()) {
    return "the policy names no `import`";
  }
  const std::string service = action.component.substr(0, action.component.find('.'));
  return service_is_up(service, context) ? std::nullopt : std::optional("its service does not run");
}

}  // namespace

Result<void> execute(const plan::CaptureOutput& action, StepContext& context) {
  auto done = capture(action, context);
  if (!done) {
    context.staging->fail(action.component, to_string(done.error()));
  }
  return done;
}

Preview preview(const plan::CaptureOutput& action, StepContext& /*context*/) {
  return {preview_command(action.command)};
}

Result<void> execute(const plan::FeedCommand& action, StepContext& context) {
  if (!context.restore->request.to_directory.empty()) {
    return write_beside(action, context);
  }
  if (const auto why = not_fed(action, context)) {
    if (!why->empty()) {
      context.restore->checklist.push_back(by_hand(action, *why));
    }
    return {};
  }
  return feed_once(action, context);
}

Preview preview(const plan::FeedCommand& action, StepContext& context) {
  if (!context.restore->request.to_directory.empty()) {
    return {
        {.text = fmt::format("{}: written to {}", action.component, file_beside(action, context))}};
  }
  if (const auto why = left_to_hands(context); why || action.command.empty()) {
    const std::string reason = why ? *why : "the policy names no `import`";
    return reason.empty() ? Preview{} : Preview{{.text = by_hand(action, reason)}};
  }
  return {preview_command(action.command)};
}

}  // namespace backstay::runtime
