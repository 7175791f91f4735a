// Hosts that bear the same services are asked about once: a group of two hundred machines alike is
// as much work as one of them.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "compiler/model/policy.hpp"

namespace backstay::compiler {

/// Stands for the one host of a policy that names none.
inline constexpr Index no_host = static_cast<Index>(-1);

/// Where a service lives: never empty.
[[nodiscard]] std::vector<Index> hosts_of(const Service& service);

/// Where a database server may run: never empty.
[[nodiscard]] std::vector<Index> hosts_of(const DatabaseServer& server);

/// Where that lies which the backups of a service read: its own hosts for its paths, its SQLite
/// files and its exports, that of the server for its databases (of a cluster the first, which is
/// read); its own hosts where it has nothing. Declared hosts only, sorted, each once. A mirror
/// reads from the hosts of the service.
[[nodiscard]] std::vector<Index> data_hosts(const Policy& policy, const Service& service);

/// Hosts on which exactly the same protected services live.
struct HostClass {
  std::vector<Index> hosts;     ///< sorted, never empty; no_host at the end
  std::vector<Index> services;  ///< sorted, never empty
};

/// All classes of a policy. O(n log n) in the number of services and their hosts.
class HostClasses {
 public:
  explicit HostClasses(const Policy& policy);

  /// In the order of their first hosts.
  [[nodiscard]] const std::vector<HostClass>& all() const { return classes_; }

  /// The class of a host → all(); nothing where no service lives on it.
  [[nodiscard]] const Index* find(Index host) const;

  /// The classes that a service lives in → all(), sorted; none for one that is not protected.
  [[nodiscard]] const std::vector<Index>& of(Index service) const { return of_service_[service]; }

 private:
  std::vector<HostClass> classes_;
  std::map<Index, Index> class_of_;             // host → class
  std::vector<std::vector<Index>> of_service_;  // parallel to Policy::services
};

/// `nova` on `ctl01`: names the host only where a service has several.
[[nodiscard]] std::string on_host_text(const Policy& policy,
                                       const HostClass& hosts,
                                       const std::vector<Index>& services);

}  // namespace backstay::compiler
