#include "runtime/engine/ansible/playbook.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "compiler/plan/host_groups.hpp"
#include "compiler/plan/plan_text.hpp"

namespace backstay::runtime {
namespace {

std::string heading(const Play& play, std::size_t phases) {
  const char* what = play.what == "backup"    ? "Backs up"
                     : play.what == "restore" ? "Restores, in place,"
                                              : "Drills";
  std::string text = fmt::format(
      "---\n# {} {} of policy {}{}.\n# Made by `backstay export ansible` from plan sha256:{}.\n#\n"
      "#   ansible-playbook {} --check   look at every host, change nothing\n"
      "#   ansible-playbook {}{}\n",
      what, play.name, play.policy, phases > 1 ? fmt::format(" in {} phases", phases) : "",
      play.digest.substr(0, 12), play.file, play.file,
      play.what == "restore" ? " -e backstay_confirm=" + play.policy : "");
  if (play.what == "restore") {
    text += fmt::format(
        "#   ansible-playbook {} -e backstay_confirm={} --limit HOST,HOST   only these\n",
        play.file, play.policy);
  }
  if (phases > 1) {
    text +=
        "#\n# Between two phases every host is waited for. A host that fails is not waited for: "
        "the "
        "steps of\n# others that need its own are skipped, and told in the end. What a host has "
        "stopped it starts again\n# by itself when no next phase comes; release.yml does it at "
        "once.\n";
  }
  return text;
}

std::string play_head(const Play& play, const std::string& name, std::size_t phase) {
  std::string text = fmt::format(
      "\n- name: {}\n  hosts: {}\n  gather_facts: false\n"
      "  become: \"{{{{ backstay_become | default(ansible_user | default('') != 'root') }}}}\"\n"
      "  vars_files: [vars/{}]\n",
      name, group_name(play, phase), play.file);
  return text;
}

// Of the plays that do something to data: how many hosts at once, and how many may fail. Why no
// any_errors_fatal: tasks take over a play's without filling the template in, and any text is true,
// so that one host that goes away would end the play for all.
std::string play_limits() {
  return "  serial: \"{{ backstay_serial | default('100%') }}\"\n"
         "  max_fail_percentage: \"{{ backstay_max_fail_percentage | default(100) }}\"\n";
}

std::string task(const std::string& name, const std::string& from, const std::string& more = {}) {
  return fmt::format(
      "    - name: {}\n      ansible.builtin.import_role:\n        name: backstay\n"
      "        tasks_from: {}\n{}",
      name, from, more);
}

// What each host, or hosts that do the same, do in a phase: for the reader.
std::string steps_of_phase(const Play& play, const plan::Phases& phases, std::size_t phase) {
  std::vector<plan::Step> steps;
  for (const plan::Step& step : play.graph) {
    if (phases.of(step.id) == phase) {
      steps.push_back(step);
    }
  }
  std::string text;
  for (const plan::HostGroup& group : plan::group_hosts(steps)) {
    std::vector<std::string_view> names;
    for (const plan::Step* step : group.steps) {
      names.push_back(plan::stem(step->id));
    }
    text += fmt::format("\n#   {}: {}", plan::to_text(group), fmt::join(names, ", "));
  }
  return text;
}

std::string confirmation(const Play& play) {
  return fmt::format(
      "    - name: Ask for the name of the policy, since this replaces what is there # noqa: "
      "run-once[task]\n"
      "      ansible.builtin.assert:\n"
      "        that: ansible_check_mode or backstay_confirm | default('') == backstay_policy\n"
      "        fail_msg: This restores in place. Look with --check first, then add -e "
      "backstay_confirm={}\n"
      "        quiet: true\n      run_once: true\n\n",
      play.policy);
}

}  // namespace

std::string group_name(const Play& play, std::size_t phase) {
  std::string name = fmt::format("backstay_{}_{}", play.what, play.name);
  std::replace(name.begin(), name.end(), '-', '_');
  return phase == 0 ? name : fmt::format("{}_phase_{}", name, phase);
}

std::string playbook_text(const Play& play) {
  const plan::Phases phases(play.graph);
  std::string text = heading(play, phases.count());
  text += play_head(play, "Hand the plan to every host", 0) + "  tasks:\n";
  text += play.what == "restore" ? confirmation(play) : "";
  text += task("Hand over the plan, or look at the host with --check", "prepare");
  if (phases.count() == 1) {
    text += play_head(play, fmt::format("Do the {} of every host", play.what), 0) + play_limits() +
            "  tasks:\n" + task("Do the part of this host", "run") + "\n" +
            task("Gather its result", "gather");
    return text;
  }
  for (std::size_t phase = 0; phase < phases.count(); ++phase) {
    text += fmt::format("\n# Phase {} of {}{}", phase + 1, phases.count(),
                        steps_of_phase(play, phases, phase));
    text += play_head(play, fmt::format("Phase {} of {}", phase + 1, phases.count()), phase + 1) +
            play_limits() + "  tasks:\n" +
            task(fmt::format("Take phase {}", phase + 1), "phase",
                 fmt::format("      vars:\n        backstay_phase: {}\n", phase + 1));
  }
  text += play_head(play, "Wait for the end on every host", 0) + "  tasks:\n" +
          task("Wait for the end of its part", "finish") + "\n" +
          task("Gather its result", "gather");
  return text;
}

std::string playbook_variables(const Play& play) {
  std::string words;
  if (play.what == "backup") {
    words = fmt::format("run, \"{{{{ backstay_plan }}}}\", --backup, {}", play.name);
  } else if (play.what == "restore") {
    words = fmt::format("restore, \"{{{{ backstay_plan }}}}\", --backup, {}, --in-place, --yes",
                        play.name);
  } else {
    words = fmt::format("drill, \"{{{{ backstay_plan }}}}\", --drill, {}", play.name);
  }
  return fmt::format(
      "---\nbackstay_policy: {}\nbackstay_what: {}\nbackstay_group: {}\n"
      "backstay_plan: \"{{{{ backstay_configuration }}}}/plans/{}.plan.yaml\"\n"
      "backstay_words: [{}, --host, \"{{{{ backstay_host }}}}\"]\n",
      play.policy, play.what, group_name(play, 0), play.policy, words);
}

std::string release_playbook_text(const Play& play) {
  return play_head(play, fmt::format("Let go of what {} {} holds", play.what, play.name), 0) +
         "  tasks:\n" + task("Start again what was stopped", "release");
}

}  // namespace backstay::runtime
