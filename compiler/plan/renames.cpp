#include "compiler/plan/renames.hpp"

#include <algorithm>
#include <map>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>

#include "compiler/plan/field.hpp"

namespace backstay::plan {
namespace {

template <typename T>
concept Record = requires(T& record) {
  T::fields(record, [](FieldKey, auto&) {});
};

/// Old names and what they are called at the end of their chain.
using Names = std::map<std::string, std::string>;

Names names_of(const std::vector<Moved>& moved, std::string_view kind) {
  Names steps;
  for (const Moved& one : moved) {
    if (one.kind == kind) {
      steps.emplace(one.old_name, one.new_name);
    }
  }
  Names names;
  for (const auto& [old_name, next] : steps) {
    std::string name = next;
    // A chain is no longer than there are renames, so a circle ends, too.
    for (std::size_t step = 0; step < steps.size() && steps.contains(name); ++step) {
      name = steps.at(name);
    }
    names.emplace(old_name, std::move(name));
  }
  return names;
}

class Renamer {
 public:
  explicit Renamer(const std::vector<Moved>& moved)
      : services_(names_of(moved, "service")),
        components_(names_of(moved, "component")),
        hosts_(names_of(moved, "host")),
        backups_(names_of(moved, "backup")),
        targets_(names_of(moved, "target")) {}

  template <Record T>
  void rename(T& record) const {
    T::fields(record, [this](FieldKey key, auto& value) { visit(key.name, value); });
    rename_itself(record);
  }

 private:
  static void replace(const Names& names, std::string& name) {
    if (const auto found = names.find(name); found != names.end()) {
      name = found->second;
    }
  }

  static void rename_itself(auto& /*record*/) {}

  static void sort(std::vector<std::string>& names) { std::sort(names.begin(), names.end()); }

  void rename_itself(Service& service) const {
    replace(services_, service.name);
    sort(service.hosts);
    sort(service.needs);
    sort(service.instant_with);
  }

  void rename_itself(Host& host) const { replace(hosts_, host.name); }

  void rename_itself(Backup& backup) const {
    replace(backups_, backup.name);
    sort(backup.services);
    sort(backup.hosts);
    std::sort(backup.copies.begin(), backup.copies.end(),
              [](const Copy& one, const Copy& other) { return one.target < other.target; });
  }

  static void rename_itself(Drill& drill) { sort(drill.services); }

  static void rename_itself(ReplicateFiles& files) { sort(files.hosts); }

  void rename_itself(Target& target) const {
    replace(targets_, target.name);
    sort(target.needs);
  }

  void rename_itself(Suppression& suppression) const {
    if (suppression.kind == "component") {
      rename_component(suppression.name);
    } else if (const Names* names = names_for(suppression.kind)) {
      replace(*names, suppression.name);
    }
  }

  void rename_itself(Step& step) const {
    std::visit([this](auto& action) { rename(action); }, step.action);
  }

  [[nodiscard]] const Names* names_for(std::string_view kind) const {
    return kind == "service"  ? &services_
           : kind == "host"   ? &hosts_
           : kind == "backup" ? &backups_
           : kind == "target" ? &targets_
                              : nullptr;
  }

  void visit(std::string_view key, std::string& text) const {
    if (key == "service" || key == "services" || key == "needs" || key == "instant-with") {
      replace(services_, text);
    } else if (key == "host" || key == "hosts" || key == "run-on" || key == "source-host") {
      replace(hosts_, text);
    } else if (key == "target" || key == "source") {
      replace(targets_, text);
    } else if (key == "component" || key == "all-component" || key == "accounts-component") {
      rename_component(text);
    } else if (key == "id" || key == "after" || key == "undoes") {
      rename_id(text);
    } else if (key == "from" || key == "subject") {
      rename_declaration(text);
    }
  }

  template <Record T>
  void visit(std::string_view /*key*/, T& record) const {
    rename(record);
  }

  template <typename T>
  void visit(std::string_view key, std::vector<T>& values) const {
    for (T& value : values) {
      visit(key, value);
    }
    if constexpr (std::is_same_v<T, std::string>) {
      if (key == "after") {
        std::sort(values.begin(), values.end());
      }
    }
  }

  template <typename T>
  requires std::is_arithmetic_v<T> || std::is_same_v<T, Duration>

  void visit(std::string_view /*key*/, T& /*value*/) const {}

  /// `nova.etc`
  void rename_component(std::string& component) const {
    if (const auto found = components_.find(component); found != components_.end()) {
      component = found->second;
      return;
    }
    const std::size_t dot = std::min(component.find('.'), component.size());
    std::string service = component.substr(0, dot);
    replace(services_, service);
    component = service + component.substr(dot);
    replace(components_, component);
  }

  /// `archive.nova.etc@ctl01`, `commit.local@ctl01`, `dump.control-db@ctl01`
  void rename_id(std::string& id) const {
    const std::size_t at = std::min(id.rfind('@'), id.size());
    const std::size_t dot = std::min(id.find('.'), at);
    std::string what = dot < at ? id.substr(dot + 1, at - dot - 1) : std::string();
    std::string host = at < id.size() ? id.substr(at + 1) : std::string();
    if (targets_.contains(what)) {
      replace(targets_, what);
    } else {
      rename_component(what);
    }
    replace(hosts_, host);
    id = id.substr(0, dot) + (dot < at ? "." + what : "") + (at < id.size() ? "@" + host : "");
  }

  /// `service nova: path /etc/nova`, `backup controller: copy to offsite keep archive`
  void rename_declaration(std::string& text) const {
    constexpr std::string_view kTo = " to ";
    if (const std::size_t to = text.find(kTo); to != std::string::npos) {
      const std::size_t begin = to + kTo.size();
      const std::size_t end = std::min(text.find(' ', begin), text.size());
      std::string target = text.substr(begin, end - begin);
      replace(targets_, target);
      text = text.substr(0, begin) + target + text.substr(end);
    }
    const std::size_t blank = text.find(' ');
    const Names* const names =
        blank == std::string::npos ? nullptr : names_for(text.substr(0, blank));
    if (names == nullptr) {
      return;
    }
    const std::size_t end = std::min(text.find_first_of(": ,", blank + 1), text.size());
    std::string name = text.substr(blank + 1, end - blank - 1);
    replace(*names, name);
    text = text.substr(0, blank + 1) + name + text.substr(end);
  }

  Names services_;
  Names components_;
  Names hosts_;
  Names backups_;
  Names targets_;
};

}  // namespace

Plan renamed(Plan plan, const std::vector<Moved>& moved) {
  if (!moved.empty()) {
    Renamer(moved).rename(plan);
  }
  return plan;
}

}  // namespace backstay::plan
