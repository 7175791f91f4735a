#include "compiler/draft/fitting_profiles.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <tuple>

namespace backstay::compiler {
namespace {

struct Candidate {
  FittingProfile fit;
  int score = 0;           ///< units installed less those that are missing
  std::size_t needed = 0;  ///< paths that must be there
  bool of_this_system = false;
};

// `rdo` and `ubuntu` say how a distribution packages a service.
bool is_of_this_system(const HostFacts& facts, const std::string& profile) {
  const std::string system = " " + facts.os_id + " " + facts.os_like + " ";
  if (profile.ends_with("rdo") || profile == "httpd") {
    return system.find(" rhel ") != std::string::npos ||
           system.find(" fedora ") != std::string::npos;
  }
  return profile == "ubuntu" && facts.os_id == "ubuntu";
}

// Every path and SQLite file that is not optional; nothing where one is missing or there is none.
std::optional<std::size_t> needed_paths(const HostFacts& facts, const Service& service) {
  std::size_t needed = 0;
  for (const PathFact& path : service.paths) {
    if (!path.optional && !has_path(facts, path.path.value)) {
      return std::nullopt;
    }
    needed += path.optional ? 0 : 1;
  }
  for (const SqliteFact& file : service.sqlites) {
    if (!has_path(facts, file.path.value)) {
      return std::nullopt;
    }
    ++needed;
  }
  return needed == 0 ? std::nullopt : std::optional(needed);
}

std::vector<std::string> all_units(const Service& service) {
  std::vector<std::string> names;
  for (const auto& unit : service.units) {
    names.push_back(unit.value);
  }
  for (const HeldFact& held : service.held) {
    for (const auto& unit : held.units) {
      names.push_back(unit.value);
    }
  }
  return names;
}

// What the library's own `needs` and comments call the service.
std::string usual_name(const LibraryProfile& profile) {
  static constexpr std::array<std::string_view, 5> kOwnNames = {"bind", "chassis", "keepalived",
                                                                "openvswitch", "proxysql"};
  const std::string last = profile.library.substr(profile.library.rfind('.') + 1);
  for (const std::string_view own : kOwnNames) {
    if (profile.profile.starts_with(own)) {
      return std::string(own);
    }
  }
  for (const std::string_view role : {"compute", "storage"}) {
    if (profile.profile.starts_with(role)) {
      return last + "-" + std::string(role);
    }
  }
  return last == "deploy" ? "kolla" : last;
}

std::optional<Candidate> candidate(const HostFacts& facts, const LibraryProfile& profile) {
  const auto needed = needed_paths(facts, profile.service);
  if (!needed) {
    return std::nullopt;
  }
  Candidate found{.fit = {.profile = &profile, .service = usual_name(profile)},
                  .needed = *needed,
                  .of_this_system = is_of_this_system(facts, profile.profile)};
  const std::vector<std::string> units = all_units(profile.service);
  for (const std::string& unit : units) {
    (facts.units.contains(unit) ? found.fit.units : found.fit.missing_units).push_back(unit);
  }
  if (!units.empty() && found.fit.units.empty()) {
    return std::nullopt;
  }
  found.score =
      static_cast<int>(found.fit.units.size()) - static_cast<int>(found.fit.missing_units.size());
  return found;
}

bool is_better(const Candidate& left, const Candidate& right) {
  const auto rank = [](const Candidate& each) {
    return std::tuple(-each.score, -static_cast<int>(each.needed), !each.of_this_system,
                      !each.fit.profile->is_default(), each.fit.profile->name);
  };
  return rank(left) < rank(right);
}

bool meets(const std::set<std::string>& kept, const std::string& path) {
  return std::any_of(kept.begin(), kept.end(), [&](const std::string& other) {
    return lies_in(path, other) || lies_in(other, path);
  });
}

// Takes the candidate's paths; false where another service keeps one that it cannot do without.
bool take_paths(Candidate& each, std::set<std::string>& kept) {
  std::vector<std::string> mine;
  for (const PathFact& path : each.fit.profile->service.paths) {
    if (!meets(kept, path.path.value)) {
      mine.push_back(path.path.value);
    } else if (path.optional) {
      each.fit.shared_paths.push_back(path.name.value);
    } else {
      return false;
    }
  }
  kept.insert(mine.begin(), mine.end());
  return true;
}

}  // namespace

std::vector<FittingProfile> fitting_profiles(const HostFacts& facts,
                                             const std::vector<LibraryProfile>& profiles) {
  std::vector<Candidate> candidates;
  for (const LibraryProfile& profile : profiles) {
    if (auto found = candidate(facts, profile)) {
      candidates.push_back(std::move(*found));
    }
  }
  std::sort(candidates.begin(), candidates.end(), is_better);
  std::set<std::string> kept;
  std::set<std::string> names;
  std::vector<FittingProfile> fitting;
  for (Candidate& each : candidates) {
    if (take_paths(each, kept)) {
      if (!names.insert(each.fit.service).second) {
        each.fit.service += "-" + std::to_string(names.size());
        names.insert(each.fit.service);
      }
      fitting.push_back(std::move(each.fit));
    }
  }
  std::sort(fitting.begin(), fitting.end(),
            [](const auto& left, const auto& right) { return left.service < right.service; });
  return fitting;
}

}  // namespace backstay::compiler
