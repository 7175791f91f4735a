#include "runtime/engine/ansible/export.hpp"

#include <algorithm>
#include <set>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "compiler/plan/action_facts.hpp"
#include "compiler/plan/plan_yaml.hpp"
#include "lang/base/embedded.hpp"
#include "runtime/engine/ansible/copy_on_plays.hpp"
#include "runtime/engine/ansible/inventory.hpp"
#include "runtime/engine/ansible/playbook.hpp"
#include "runtime/scheduling/timer_hosts.hpp"

namespace backstay {
std::span<const EmbeddedFile> embedded_ansible_role();
}  // namespace backstay

namespace backstay::runtime {
namespace {

constexpr const char* kScheduleGroup = "backstay_schedule";
constexpr const char* kStatusGroup = "backstay_status";

std::vector<Play> plays_of(const plan::Plan& plan) {
  const std::string digest = plan::digest(plan);
  std::vector<Play> plays;
  const auto add = [&](const std::string& what, const std::string& name,
                       const std::vector<plan::Step>& graph) {
    if (!graph.empty()) {
      plays.push_back({.what = what,
                       .name = name,
                       .policy = plan.policy,
                       .digest = digest,
                       .file = playbook_name(plan, what, name),
                       .graph = graph});
    }
  };
  for (const plan::Backup& backup : plan.backups) {
    add("backup", backup.name, backup.backup);
  }
  for (const plan::Backup& backup : plan.backups) {
    add("restore", backup.name, backup.restore);
  }
  for (const plan::Drill& drill : plan.drills) {
    add("drill", drill.name, drill.steps);
  }
  return plays;
}

// The stores that a host writes to, and those that lie on it.
std::vector<std::string> targets_on(const plan::Plan& plan, const std::string& host) {
  std::set<std::string> used;
  for (const plan::Backup& backup : plan.backups) {
    for (const plan::Step& step : backup.backup) {
      if (step.host == host) {
        const auto names = plan::targets_of(step.action);
        used.insert(names.begin(), names.end());
      }
    }
    for (const plan::Copy& copy : backup.copies) {
      for (const plan::Step& step : copy.steps) {
        if (step.host == host)
          used.insert(copy.target);
      }
    }
  }
  std::vector<std::string> targets;
  for (const plan::Target& target : plan.targets) {
    const bool elsewhere =
        target.kind == "directory" && !target.host.empty() && target.host != host;
    if (target.host == host || (used.contains(target.name) && !elsewhere)) {
      targets.push_back(target.name);
    }
  }
  return targets;
}

// Hosts that have, or had, timers of their own.
std::set<std::string> scheduled_hosts(const plan::Plan& plan) {
  const auto hosts = hosts_with_timers(plan);
  return {hosts.begin(), hosts.end()};
}

// Hosts that have backups: only they can say how safe they are.
std::set<std::string> backed_up_hosts(const plan::Plan& plan) {
  std::set<std::string> hosts;
  for (const plan::Backup& backup : plan.backups) {
    hosts.insert(backup.hosts.begin(), backup.hosts.end());
  }
  return hosts;
}

class Inventory {
 public:
  Inventory(const plan::Plan& plan, const AnsibleOptions& options)
      : plan_(plan), options_(options) {}

  std::string text(const std::vector<Play>& plays) {
    std::string text = fmt::format(
        "---\n# The hosts of policy {}{}.\nall:\n  children:\n    backstay:\n      hosts:\n",
        plan_.policy,
        options_.inventory.empty() ? ""
                                   : ", by their names in the inventory that is used beside it");
    for (const plan::Host& host : plan_.hosts) {
      text += host_text(host);
    }
    for (const Play& play : plays) {
      const plan::Phases phases(play.graph);
      std::set<std::string> all;
      for (const plan::Step& step : play.graph) {
        all.insert(step.host);
      }
      text += group(group_name(play, 0), all);
      for (std::size_t phase = 0; phases.count() > 1 && phase < phases.count(); ++phase) {
        std::set<std::string> hosts;
        for (const plan::HostPhase& host : phases.at(phase)) {
          hosts.insert(host.host);
        }
        text += group(group_name(play, phase + 1), hosts);
      }
    }
    for (const CopyOn& copy : copies_on(plan_)) {
      text += group(group_name(copy), {copy.host});
    }
    text += group(kStatusGroup, backed_up_hosts(plan_));
    const std::set<std::string> scheduled = scheduled_hosts(plan_);
    return scheduled.empty() ? text : text + group(kScheduleGroup, scheduled);
  }

 private:
  [[nodiscard]] std::string name_of(const std::string& host) const {
    const auto found = options_.names.find(host);
    return yaml_scalar(found == options_.names.end() ? host : found->second);
  }

  [[nodiscard]] std::string host_text(const plan::Host& host) const {
    std::string text = fmt::format("        {}:\n          backstay_host: {}\n", name_of(host.name),
                                   yaml_scalar(host.name));
    std::vector<std::string> targets;
    for (const std::string& target : targets_on(plan_, host.name)) {
      targets.push_back(yaml_scalar(target));
    }
    text += fmt::format("          backstay_targets: [{}]\n", fmt::join(targets, ", "));
    if (!options_.names.empty()) {
      return text;
    }
    if (!host.address.empty()) {
      text += fmt::format("          ansible_host: {}\n", yaml_scalar(host.address));
    }
    if (!host.user.empty()) {
      text += fmt::format("          ansible_user: {}\n", yaml_scalar(host.user));
    }
    if (host.port != 0) {
      text += fmt::format("          ansible_port: {}\n", host.port);
    }
    return text;
  }

  [[nodiscard]] std::string group(const std::string& name,
                                  const std::set<std::string>& hosts) const {
    std::string text = fmt::format("    {}:\n      hosts:\n", name);
    for (const std::string& host : hosts) {
      text += fmt::format("        {}:\n", name_of(host));
    }
    return text;
  }

  const plan::Plan& plan_;
  const AnsibleOptions& options_;
};

std::string configuration(const AnsibleOptions& options) {
  return fmt::format(
      "[defaults]\ninventory = {}inventory.yml\nroles_path = roles\nforks = {}\n"
      "retry_files_enabled = false\n\n[ssh_connection]\npipelining = true\n"
      "ssh_args = -o ControlMaster=auto -o ControlPersist=60s -o ServerAliveInterval=30\n",
      options.inventory.empty() ? "" : options.inventory + ",", options.forks);
}

std::string book_head(const std::string& about,
                      const std::string& name,
                      const std::string& hosts,
                      const std::string& variables) {
  return fmt::format(
      "---\n{}\n- name: {}\n  hosts: {}\n  gather_facts: false\n"
      "  become: \"{{{{ backstay_become | default(ansible_user | default('') != 'root') }}}}\"\n  "
      "vars_files: [vars/{}]\n  tasks:\n",
      about, name, hosts, variables);
}

std::string book_task(const std::string& name, const std::string& from) {
  return fmt::format(
      "    - name: {}\n      ansible.builtin.import_role:\n        name: backstay\n"
      "        tasks_from: {}\n",
      name, from);
}

std::string init_playbook(const Play& any) {
  return book_head("# Once: makes and registers the stores of every host.\n",
                   "Make or register the stores", "backstay", any.file) +
         book_task("Hand over the program, the plan and its approval", "hand_over") + "\n" +
         book_task("Make or register the stores", "init");
}

std::string schedule_playbook() {
  return book_head(
             "# Timers on every host, as the policy says.\n"
             "#   -e backstay_schedule=list    who runs what when, in "
             "results/SET/schedule@HOST.json\n"
             "#   -e backstay_schedule=remove  takes them away\n",
             "Timers of every host", kScheduleGroup, "schedule.yml") +
         book_task("Install, list or remove the timers", "schedule");
}

std::string status_playbook(const Play& any) {
  return book_head(
             "# Is every host safe? It changes nothing; answers lie in "
             "results/SET/status@HOST.json\n",
             "Ask every host whether it is safe", kStatusGroup, any.file) +
         fmt::format("{}      vars:\n        backstay_what: status\n",
                     book_task("Ask what `backstay status` says", "status"));
}

std::string schedule_variables(const plan::Plan& plan) {
  return fmt::format(
      "---\nbackstay_policy: {0}\nbackstay_what: schedule\nbackstay_group: {1}\n"
      "backstay_plan: \"{{{{ backstay_configuration }}}}/plans/{0}.plan.yaml\"\n",
      plan.policy, kScheduleGroup);
}

std::string read_me(const plan::Plan& plan, const std::vector<Play>& plays) {
  std::string text = fmt::format(
      "# Policy {} on many hosts\n\nMade by `backstay export ansible` from plan sha256:{}. Export "
      "again instead of editing.\n\n| playbook | what |\n| --- | --- |\n| `init.yml` | once: makes "
      "and registers the stores |\n",
      plan.policy, plan::digest(plan).substr(0, 12));
  for (const Play& play : plays) {
    text += fmt::format("| `{}` | {} {} |\n", play.file, play.what, play.name);
  }
  text +=
      "| `release.yml` | lets go of what hosts hold, after a playbook that was stopped |\n"
      "| `schedule.yml` | timers of each host: install, list, remove |\n"
      "| `status.yml` | asks each host whether it is safe |\n\n"
      "Variables: `backstay_serial`, `backstay_max_fail_percentage`, "
      "`backstay_throttle`,\n`backstay_become`, `backstay_package`, and those of "
      "`roles/backstay/defaults/main.yml`; forks are in `ansible.cfg`.\n\n"
      "Results lie in `results/SET/`, one file a host. A second run with `-e backstay_set=SET` "
      "does "
      "only what is missing.\n";
  return text;
}

}  // namespace

std::string playbook_name(const plan::Plan& plan,
                          const std::string& what,
                          const std::string& name) {
  const std::size_t count = what == "drill" ? plan.drills.size() : plan.backups.size();
  return count == 1 ? what + ".yml" : fmt::format("{}-{}.yml", what, name);
}

std::map<std::string, std::string> export_ansible(const plan::Plan& plan,
                                                  const AnsibleOptions& options) {
  const std::vector<Play> plays = plays_of(plan);
  std::map<std::string, std::string> files;
  files["ansible.cfg"] = configuration(options);
  files["inventory.yml"] = Inventory(plan, options).text(plays);
  files["plan.yaml"] = options.plan_bytes;
  files[".ansible-lint"] =
      "---\n# Its schema takes no variable for max_fail_percentage; Ansible does.\n"
      "skip_list:\n  - schema[playbook]\n";
  files["README.md"] = read_me(plan, plays);
  std::string release =
      "---\n# After a playbook that was stopped half-way: -e backstay_set=SET, as it was told "
      "there.\n";
  for (const Play& play : plays) {
    files[play.file] = playbook_text(play) + copies_on_text(plan, play);
    files["vars/" + play.file] = playbook_variables(play);
    release += play.what == "drill" ? "" : release_playbook_text(play);
  }
  files["release.yml"] = release;
  if (!plays.empty()) {
    files["init.yml"] = init_playbook(plays.front());
    files["status.yml"] = status_playbook(plays.front());
  }
  if (!scheduled_hosts(plan).empty()) {
    files["schedule.yml"] = schedule_playbook();
    files["vars/schedule.yml"] = schedule_variables(plan);
  }
  for (const auto& [name, content] : options.approvals) {
    files["approved/" + name] = content;
  }
  for (const EmbeddedFile& file : embedded_ansible_role()) {
    files["roles/backstay/" + std::string(file.name)] = std::string(file.text);
  }
  return files;
}

}  // namespace backstay::runtime
