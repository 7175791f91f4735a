#include "compiler/plan/plan.hpp"

#include <algorithm>

namespace backstay::plan {
namespace {

template <typename T>
const T* find_named(const std::vector<T>& all, const std::string& name) {
  const auto found =
      std::find_if(all.begin(), all.end(), [&](const T& one) { return one.name == name; });
  return found == all.end() ? nullptr : &*found;
}

}  // namespace

const Service* Plan::service(const std::string& name) const {
  return find_named(services, name);
}

const Retention* Plan::retention(const std::string& name) const {
  return find_named(retentions, name);
}

const Schedule* Plan::schedule(const std::string& name) const {
  return find_named(schedules, name);
}

const Server* Plan::server(const std::string& name) const {
  return find_named(servers, name);
}

const Target* Plan::target(const std::string& name) const {
  return find_named(targets, name);
}

const Backup* Plan::backup(const std::string& name) const {
  return find_named(backups, name);
}

const Drill* Plan::drill(const std::string& name) const {
  return find_named(drills, name);
}

const Secret* Plan::secret(const std::string& name) const {
  return find_named(secrets, name);
}

const Key* Plan::key(const std::string& name) const {
  return find_named(keys, name);
}

}  // namespace backstay::plan
