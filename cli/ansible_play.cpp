#include "cli/ansible_play.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/ansible_export.hpp"
#include "cli/standard_error.hpp"
#include "runtime/system/environment.hpp"
#include "runtime/system/subprocess.hpp"

namespace backstay::cli {

Result<bool> play_book(Session& session, Execution& execution, const PlayCall& call) {
  runtime::Command command{.arguments = {"--extra-vars", call.variables},
                           .environment = ansible_environment(call.directory + "/ansible.cfg")};
  if (!call.only.empty()) {
    command.arguments.insert(command.arguments.end(),
                             {"--limit", fmt::format("{}", fmt::join(call.only, ","))});
  }
  if (call.check) {
    command.arguments.emplace_back("--check");
  }
  command.arguments.push_back(call.directory + "/" + call.book);
  BACKSTAY_ASSIGN(command.program, runtime::find_program("ansible-playbook"));
  command.standard_output = [&](std::span<const std::byte> bytes) {
    const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    if (call.complaints != nullptr) {
      call.complaints->take(text);
    }
    if (!session.quiet) {
      write_stderr(runtime::escape_control_bytes(text));
    }
    return Result<void>();
  };
  BACKSTAY_ASSIGN(const auto exit, execution.world().commands.run(command, execution.stop()));
  if (!exit.ok() && !exit.errors.empty()) {
    session.say(exit.errors);
  }
  return exit.ok();
}

std::vector<std::string> names_in_inventory(const std::vector<std::string>& hosts,
                                            const std::map<std::string, std::string>& names) {
  std::vector<std::string> found;
  for (const std::string& host : hosts) {
    found.push_back(names.contains(host) ? names.at(host) : host);
  }
  return found;
}

std::string complaint_about(const std::string& host,
                            const PlayerComplaints& complaints,
                            const std::map<std::string, std::string>& names) {
  const auto name = names.find(host);
  const auto why = complaints.of_hosts().find(name == names.end() ? host : name->second);
  return why == complaints.of_hosts().end() ? std::string() : why->second;
}

}  // namespace backstay::cli
