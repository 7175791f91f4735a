// Hosts of a plan and hosts of an inventory.
#pragma once

#include <map>
#include <string>

#include "compiler/plan/plan.hpp"
#include "lang/base/result.hpp"

namespace backstay::runtime {

/// Finds every host of a plan in what `ansible-inventory --list` printed (Kolla-Ansible's,
/// OpenStack-Ansible's or any other inventory): by `said`, by its name, by the variable
/// `backstay_host`, by its address, or by the first label of a full name. Plan's name →
/// inventory's. Errors: NotFound, naming every host that is in neither; BadInput.
/// said  name in the plan → name in the inventory, as the operator says
[[nodiscard]] Result<std::map<std::string, std::string>> match_inventory(
    const plan::Plan& plan,
    const std::string& listing,
    const std::map<std::string, std::string>& said);

/// A YAML scalar that is this string and nothing else: no other type, no template.
[[nodiscard]] std::string yaml_scalar(const std::string& text);

}  // namespace backstay::runtime
