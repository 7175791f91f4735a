#include "runtime/engine/ansible/inventory.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

namespace backstay::runtime {
namespace {

using Json = nlohmann::ordered_json;

/// A host of an inventory, and what tells it from others.
struct Known {
  std::string name;
  std::string backstay_host;
  std::string address;
};

std::string text_in(const Json& variables, const char* key) {
  const auto found = variables.find(key);
  return found != variables.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::vector<Known> hosts_in(const Json& listing) {
  std::set<std::string> names;
  for (const auto& [group, content] : listing.items()) {
    const auto hosts = content.is_object() ? content.find("hosts") : content.end();
    if (group != "_meta" && content.is_object() && hosts != content.end() && hosts->is_array()) {
      for (const Json& host : *hosts) {
        if (host.is_string()) {
          names.insert(host.get<std::string>());
        }
      }
    }
  }
  const Json none = Json::object();
  const Json& all = listing.contains("_meta") && listing["_meta"].is_object() &&
                            listing["_meta"].contains("hostvars")
                        ? listing["_meta"]["hostvars"]
                        : none;
  std::vector<Known> known;
  for (const std::string& name : names) {
    const Json& variables = all.is_object() && all.contains(name) ? all[name] : none;
    std::string address = text_in(variables, "ansible_host");
    if (address.empty()) {
      address = text_in(variables, "ansible_ssh_host");
    }
    known.push_back({name, text_in(variables, "backstay_host"), std::move(address)});
  }
  return known;
}

/// The one that answers; empty where none or several do.
template <typename Test>
std::string only(const std::vector<Known>& known, const Test& test) {
  std::string found;
  for (const Known& one : known) {
    if (test(one)) {
      if (!found.empty()) {
        return {};
      }
      found = one.name;
    }
  }
  return found;
}

std::string find(const std::vector<Known>& known, const plan::Host& host) {
  std::string name = only(known, [&](const Known& one) { return one.name == host.name; });
  if (name.empty()) {
    name = only(known, [&](const Known& one) { return one.backstay_host == host.name; });
  }
  if (name.empty() && !host.address.empty()) {
    name = only(known, [&](const Known& one) {
      return one.address == host.address || one.name == host.address;
    });
  }
  if (name.empty()) {
    name = only(known, [&](const Known& one) { return one.name.starts_with(host.name + "."); });
  }
  return name;
}

}  // namespace

Result<std::map<std::string, std::string>> match_inventory(
    const plan::Plan& plan,
    const std::string& listing,
    const std::map<std::string, std::string>& said) {
  const Json json = Json::parse(listing, nullptr, false);
  if (!json.is_object()) {
    return Error{.kind = ErrorKind::BadInput,
                 .message = "what `ansible-inventory --list` printed is no JSON object"};
  }
  const std::vector<Known> known = hosts_in(json);
  std::map<std::string, std::string> names;
  std::vector<std::string> missing;
  for (const plan::Host& host : plan.hosts) {
    const auto told = said.find(host.name);
    const std::string wanted = told == said.end() ? std::string() : told->second;
    const std::string name =
        wanted.empty() ? find(known, host)
                       : only(known, [&](const Known& one) { return one.name == wanted; });
    if (name.empty()) {
      missing.push_back(wanted.empty() ? host.name : fmt::format("{} (as {})", host.name, wanted));
    } else {
      names[host.name] = name;
    }
  }
  if (missing.empty()) {
    return names;
  }
  return Error{.kind = ErrorKind::NotFound,
               .message = fmt::format("the inventory does not hold {} of the plan's hosts: {}",
                                      missing.size(), fmt::join(missing, ", ")),
               .hint =
                   "give them the variable `backstay_host` there, or say who they are with --map "
                   "HOST=NAME"};
}

std::string yaml_scalar(const std::string& text) {
  constexpr std::array<std::string_view, 9> kWords = {"true", "false", "null", "yes", "no",
                                                      "on",   "off",   "y",    "n"};
  const auto plain = [](unsigned char letter) {
    return (letter >= 'a' && letter <= 'z') || (letter >= '0' && letter <= '9') || letter == '_' ||
           letter == '-' || letter == '.' || letter == '/' || letter == '@';
  };
  const bool bare = !text.empty() && text.front() >= 'a' && text.front() <= 'z' &&
                    std::all_of(text.begin(), text.end(), plain) &&
                    std::find(kWords.begin(), kWords.end(), text) == kWords.end();
  if (bare) {
    return text;
  }
  const bool may_be_template = text.find('{') != std::string::npos;
  return (may_be_template ? "!unsafe " : "") + Json(text).dump();
}

}  // namespace backstay::runtime
