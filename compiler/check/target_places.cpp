#include "compiler/check/target_places.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <string_view>

namespace backstay::compiler {
namespace {

bool is_absolute(std::string_view text) {
  return text.starts_with('/');
}

// `user@host` or `user:password@host:22` without what stands around the host.
std::string host_of_authority(std::string_view authority) {
  if (const std::size_t at = authority.rfind('@'); at != std::string_view::npos) {
    authority.remove_prefix(at + 1);
  }
  return std::string(authority.substr(0, authority.find(':')));
}

// What follows `scheme://`: the authority up to the path.
RemoteText read_url(std::string_view rest) {
  const std::size_t slash = rest.find('/');
  RemoteText read{.machine = host_of_authority(rest.substr(0, slash))};
  if (slash != std::string_view::npos) {
    read.path = rest.substr(slash);
  }
  return read;
}

// `user@host:/path`, `host::module`
RemoteText read_shell_style(std::string_view text) {
  const std::size_t at = text.find('@');
  const std::size_t colon = text.find(':', at == std::string_view::npos ? 0 : at);
  if (colon == std::string_view::npos) {
    return {.machine = host_of_authority(text)};
  }
  const std::string_view path = text.substr(colon + 1);
  return {.machine = host_of_authority(text.substr(0, colon)),
          .path = is_absolute(path) ? std::string(path) : std::string()};
}

RemoteText read_rclone(std::string_view text) {
  constexpr std::string_view kLocal = ":local:";
  if (text.starts_with(kLocal) || is_absolute(text)) {
    text.remove_prefix(is_absolute(text) ? 0 : kLocal.size());
    return {.local = true, .path = std::string(text)};
  }
  return {.machine = std::string(text.substr(0, text.find(':')))};
}

RemoteText read_restic(std::string_view text) {
  constexpr std::string_view kLocal = "local:";
  if (is_absolute(text) || text.starts_with(kLocal)) {
    text.remove_prefix(is_absolute(text) ? 0 : kLocal.size());
    return {.local = true, .path = std::string(text)};
  }
  const std::size_t colon = text.find(':');
  const std::string_view scheme = text.substr(0, colon);
  std::string_view rest = colon == std::string_view::npos ? "" : text.substr(colon + 1);
  if (scheme == "rclone") {
    return read_rclone(rest);
  }
  if (const std::size_t slashes = rest.find("//"); slashes != std::string_view::npos) {
    RemoteText read = read_url(rest.substr(slashes + 2));
    read.path = scheme == "sftp" ? read.path : std::string();
    return read;
  }
  if (scheme == "sftp") {
    return read_shell_style(rest);
  }
  if (scheme == "s3") {
    return {.machine = std::string(rest.substr(0, rest.find('/')))};
  }
  return {.machine = std::string(text.substr(0, text.find(':', colon + 1)))};
}

// Hosts by name and by address.
std::map<std::string_view, Index> host_names(const Policy& policy) {
  std::map<std::string_view, Index> names;
  for (Index host = 0; host < policy.hosts.size(); ++host) {
    names.emplace(policy.hosts[host].name, host);
  }
  for (Index host = 0; host < policy.hosts.size(); ++host) {
    if (policy.hosts[host].address) {
      names.emplace(policy.hosts[host].address->value, host);
    }
  }
  return names;
}

TargetPlace remote_place(const Target& target, const std::map<std::string_view, Index>& hosts) {
  RemoteText read = read_remote(target.kind, target.remote ? target.remote->value : "");
  if (read.local) {
    return {.on_each_host = true, .path = std::move(read.path)};
  }
  if (const auto host = hosts.find(read.machine); host != hosts.end()) {
    return {.host = host->second, .path = std::move(read.path)};
  }
  return {.machine = std::move(read.machine), .path = std::move(read.path)};
}

}  // namespace

RemoteText read_remote(TargetKind kind, const std::string& text) {
  switch (kind) {
    case TargetKind::Directory:
      return {.local = true, .path = text};
    case TargetKind::Rsync:
      if (const std::string_view scheme = "rsync://"; text.starts_with(scheme)) {
        return {.machine = read_url(std::string_view(text).substr(scheme.size())).machine};
      }
      return read_shell_style(text);
    case TargetKind::Rclone:
      return read_rclone(text);
    case TargetKind::Restic:
      return read_restic(text);
  }
  return {};
}

std::vector<TargetPlace> target_places(const Policy& policy) {
  const auto hosts = host_names(policy);
  std::vector<TargetPlace> places;
  places.reserve(policy.targets.size());
  for (const Target& target : policy.targets) {
    if (target.kind != TargetKind::Directory) {
      places.push_back(remote_place(target, hosts));
      continue;
    }
    TargetPlace& place = places.emplace_back();
    place.on_each_host = !target.host;
    place.host = target.host ? std::optional(target.host->value) : std::nullopt;
    place.path = target.directory ? target.directory->value : "";
  }
  return places;
}

std::optional<Index> root_site(const Policy& policy, const std::optional<Reference>& site) {
  if (!site) {
    return std::nullopt;
  }
  Index root = site->value;
  for (std::size_t step = 0; policy.sites[root].part_of && step < policy.sites.size(); ++step) {
    root = policy.sites[root].part_of->value;
  }
  return root;
}

std::optional<Reference> site_of(const Policy& policy,
                                 const Target& target,
                                 const TargetPlace& place,
                                 Index live_host) {
  if (target.site) {
    return target.site;
  }
  if (place.on_each_host) {
    return policy.hosts[live_host].site;
  }
  return place.host ? policy.hosts[*place.host].site : std::nullopt;
}

std::vector<Index> held_at(const Policy& policy,
                           const std::vector<TargetPlace>& places,
                           const Backup& backup,
                           Index host) {
  std::vector<Index> held;
  for (const CopyFact& copy : backup.copies) {
    const Index target = copy.target.value;
    const bool received = policy.targets[target].kind == TargetKind::Rsync &&
                          places[target].host == host && !places[target].path.empty();
    if (received && !copy.through && !copy.schedule) {
      held.push_back(target);
    }
  }
  return held;
}

std::optional<Index> source_of(const Policy& policy,
                               const std::vector<TargetPlace>& places,
                               const Backup& backup,
                               const CopyFact& copy) {
  const auto held =
      copy.through ? held_at(policy, places, backup, copy.through->value) : std::vector<Index>();
  return held.size() == 1 ? std::optional(held.front()) : std::nullopt;
}

bool is_away_from(const TargetPlace& place, Index live_host) {
  return !place.on_each_host && (!place.host || *place.host != live_host);
}

}  // namespace backstay::compiler
