// Why Ansible could do nothing on a host, from what it prints: such a host leaves no result of its
// own.
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace backstay::cli {

class PlayerComplaints {
 public:
  /// What Ansible prints, in pieces as they come.
  void take(std::string_view text);

  /// The first complaint of each host, by its name in the inventory: one line, with what to do.
  [[nodiscard]] const std::map<std::string, std::string>& of_hosts() const { return of_hosts_; }

 private:
  void take_line(std::string_view line);

  std::string begun_;  ///< a line whose end has not come
  std::map<std::string, std::string> of_hosts_;
};

}  // namespace backstay::cli
