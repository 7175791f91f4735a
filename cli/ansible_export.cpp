#include "cli/ansible_export.hpp"

#include <cerrno>
#include <cstdlib>
#include <map>

#include <fmt/format.h>
#include <pwd.h>
#include <unistd.h>

#include "cli/output_file.hpp"
#include "cli/plan_host.hpp"
#include "cli/session.hpp"
#include "runtime/approval/approval_record.hpp"
#include "runtime/engine/ansible/export.hpp"
#include "runtime/engine/ansible/inventory.hpp"

namespace backstay::cli {
namespace {

using Names = std::map<std::string, std::string>;

std::string home_directory() {
  const passwd* user = ::getpwuid(::geteuid());
  return user != nullptr && user->pw_dir != nullptr ? user->pw_dir : "/root";
}

Result<Names> names_by_inventory(runtime::World& world,
                                 const plan::Plan& plan,
                                 const ExportWords& words,
                                 const std::string& inventory) {
  for (const std::string& one : words.maps) {
    if (one.find('=') == std::string::npos) {
      return Error{.kind = ErrorKind::Usage,
                   .message = fmt::format("--map takes HOST=NAME, not `{}`", one)};
    }
  }
  BACKSTAY_ASSIGN(const Names said, parse_settings(words.maps));
  for (const auto& [host, name] : said) {
    BACKSTAY_TRY(check_host(plan, host));
  }
  if (inventory.empty() && !said.empty()) {
    return Error{.kind = ErrorKind::Usage,
                 .message = "--map names hosts of your inventory, and there is none",
                 .hint = "--inventory FILE, or `inventory` in the policy"};
  }
  if (inventory.empty()) {
    return Names();
  }
  runtime::Command command{.arguments = {"-i", inventory, "--list"},
                           .environment = ansible_environment(""),
                           .deadline = std::chrono::minutes(2)};
  // What is no inventory is else taken for an empty one.
  command.environment["ANSIBLE_INVENTORY_UNPARSED_FAILED"] = "1";
  BACKSTAY_ASSIGN(command.program, runtime::find_program("ansible-inventory"));
  BACKSTAY_ASSIGN(const auto exit, world.commands.run(command, {}));
  if (!exit.ok()) {
    return Error{.kind = ErrorKind::ToolFailed,
                 .message = fmt::format("Ansible cannot read the inventory `{}` ({}): {}",
                                        inventory, describe(exit), exit.errors),
                 .hint = fmt::format("try it: ansible-inventory -i {} --list", inventory)};
  }
  return runtime::match_inventory(plan, exit.output, said);
}

/// Those that are there: a host that asks for one and has none refuses by itself.
Result<Names> read_approvals(runtime::World& world,
                             const plan::Plan& plan,
                             const ExportWords& words) {
  Names approvals;
  const std::string base = words.approvals.empty() ? world.directories.config + "/approved"
                                                   : absolute_path(words.approvals);
  if (!words.approvals.empty()) {
    BACKSTAY_TRY(world.files.list(base));
  }
  for (const std::string& host : runtime::hosts_of(plan)) {
    const std::string name = plan.policy + "@" + host;
    if (auto text = runtime::read_file(world.files, base + "/" + name)) {
      approvals[name] = *std::move(text);
    }
  }
  return approvals;
}

Result<void> check_directory(runtime::World& world, const std::string& directory) {
  const auto names = world.files.list(directory);
  if (!names || names->empty() || runtime::exists(world.files, directory + "/inventory.yml")) {
    return {};
  }
  return Error{.kind = ErrorKind::Usage,
               .message = fmt::format("`{}` holds something else than an export", directory),
               .hint = "name an empty directory, or one that is not there yet"};
}

}  // namespace

std::map<std::string, std::string> ansible_environment(const std::string& config) {
  std::map<std::string, std::string> environment = {{"HOME", home_directory()},
                                                    {"ANSIBLE_NOCOLOR", "1"}};
  if (!config.empty()) {
    environment["ANSIBLE_CONFIG"] = config;
  }
  if (const char* agent = std::getenv("SSH_AUTH_SOCK"); agent != nullptr) {
    environment["SSH_AUTH_SOCK"] = agent;
  }
  return environment;
}

Result<std::string> inventory_of(const PlanFile& file, const ExportWords& words) {
  std::string path = words.inventory.empty() ? file.plan.inventory : words.inventory;
  if (path.empty()) {
    return path;
  }
  const bool of_policy = words.inventory.empty();
  if (of_policy && !path.starts_with('/')) {
    const std::string plan = absolute_path(file.name);
    path = plan.substr(0, plan.rfind('/') + 1) + path;
  }
  path = absolute_path(path);
  if (::access(path.c_str(), R_OK) == 0) {
    return path;
  }
  const bool absent = errno == ENOENT || errno == ENOTDIR;
  return Error{
      .kind = absent ? ErrorKind::NotFound : ErrorKind::Refused,
      .message = fmt::format("the inventory {}`{}` {}", of_policy ? "of the policy, " : "", path,
                             absent ? "is not there" : "cannot be read"),
      .hint = of_policy ? "it is looked for beside the plan; --inventory names another one" : ""};
}

Result<std::map<std::string, std::string>> write_export(runtime::World& world,
                                                        const PlanFile& file,
                                                        const ExportWords& words,
                                                        const std::string& directory) {
  BACKSTAY_TRY(check_directory(world, directory));
  BACKSTAY_ASSIGN(const std::string inventory, inventory_of(file, words));
  runtime::AnsibleOptions options{.plan_bytes = file.bytes,
                                  .names = {},
                                  .inventory = inventory,
                                  .approvals = {},
                                  .forks = words.forks};
  BACKSTAY_ASSIGN(options.approvals, read_approvals(world, file.plan, words));
  BACKSTAY_ASSIGN(options.names, names_by_inventory(world, file.plan, words, inventory));
  for (const auto& [name, text] : runtime::export_ansible(file.plan, options)) {
    const std::string path = directory + "/" + name;
    BACKSTAY_TRY(runtime::make_directories(world.files, path.substr(0, path.rfind('/')), 0755));
    BACKSTAY_TRY(write_output_file(path, text));
  }
  return options.names;
}

}  // namespace backstay::cli
