#include "runtime/target/rsync_run.hpp"

#include <algorithm>

#include "runtime/target/rsync_target.hpp"
#include "runtime/target/watched_run.hpp"

namespace backstay::runtime {

Result<RsyncOutcome> run_rsync(CommandRunner& commands,
                               const SshPeer& peer,
                               const RsyncRun& run,
                               const MoveProgress& progress,
                               const std::stop_token& stop) {
  Command command{.program = {}, .arguments = run.options, .environment = peer.environment};
  BACKSTAY_ASSIGN(command.program, find_program("rsync"));
  command.arguments.insert(command.arguments.end(), {"-e", peer.remote_shell()});
  std::string list;
  if (!run.paths.empty()) {
    command.arguments.insert(command.arguments.end(), {"--files-from=-", "--from0"});
    for (const std::string& path : run.paths)
      list += path + '\0';
    std::string_view left = list;
    command.standard_input = [left](std::span<std::byte> room) mutable -> Result<std::size_t> {
      const std::size_t size = std::min(room.size(), left.size());
      std::copy_n(reinterpret_cast<const std::byte*>(left.data()), size, room.begin());
      left.remove_prefix(size);
      return size;
    };
  }
  command.arguments.emplace_back("--");
  command.arguments.insert(command.arguments.end(), run.places.begin(), run.places.end());
  RsyncOutcome outcome;
  command.standard_output = [&](std::span<const std::byte> bytes) -> Result<void> {
    const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    outcome.output += text;
    if (const std::uint64_t moved = bytes_so_far(text); moved > 0)
      progress(moved);
    return {};
  };
  BACKSTAY_ASSIGN(outcome.exit, run_watched(commands, std::move(command), peer.stall, stop));
  return outcome;
}

Result<std::map<std::string, std::vector<std::string>>> by_directory(
    const std::vector<Artefact>& parts) {
  std::map<std::string, std::vector<std::string>> found;
  for (const Artefact& part : parts) {
    if (!part.from.ends_with("/" + part.path)) {
      return Error{.kind = ErrorKind::Usage,
                   .message = "`" + part.from + "` does not lie below its name"};
    }
    found[part.from.substr(0, part.from.size() - part.path.size())].push_back(part.path);
  }
  return found;
}

}  // namespace backstay::runtime
