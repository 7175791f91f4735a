#include "runtime/engine/ansible/copy_on_plays.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "compiler/plan/copy_through.hpp"

namespace backstay::runtime {

std::vector<CopyOn> copies_on(const plan::Plan& plan) {
  std::vector<CopyOn> copies;
  for (const plan::Backup& backup : plan.backups) {
    for (const plan::Copy& copy : backup.copies) {
      const std::string through = plan::through_of(copy);
      if (!through.empty() && copy.schedule.empty())
        copies.push_back({.backup = backup.name, .target = copy.target, .host = through});
    }
  }
  return copies;
}

std::string group_name(const CopyOn& copy) {
  std::string name = fmt::format("backstay_copy_{}_{}", copy.backup, copy.target);
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

std::string result_name(const CopyOn& copy) {
  return "copy-" + copy.target;
}

std::string copies_on_text(const plan::Plan& plan, const Play& play) {
  std::string text;
  for (const CopyOn& copy : copies_on(plan)) {
    if (play.what != "backup" || play.name != copy.backup)
      continue;
    text += fmt::format(
        "\n# Whoever failed before: what has come to {0} goes on to {1}.\n"
        "- name: Copy on to {1} through {0}\n  hosts: {2}\n  gather_facts: false\n"
        "  become: \"{{{{ backstay_become | default(ansible_user | default('') != 'root') }}}}\"\n"
        "  vars_files: [vars/{3}]\n  tasks:\n"
        "    - name: Copy on what has come here\n      ansible.builtin.import_role:\n"
        "        name: backstay\n        tasks_from: copy_on\n      vars:\n"
        "        backstay_what: {4}\n        backstay_backup: {5}\n        backstay_copy: {1}\n",
        copy.host, copy.target, group_name(copy), play.file, result_name(copy), copy.backup);
  }
  return text;
}

}  // namespace backstay::runtime
