// Who is reached with which login, and to whom backups are sealed.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "compiler/plan/change_list.hpp"

namespace backstay::plan {
namespace {

std::string reached_text(const Server* server) {
  return server == nullptr ? std::string()
                           : fmt::format("{}{}{}, login {}", server->socket, server->address,
                                         server->port == 0 ? "" : fmt::format(":{}", server->port),
                                         !server->login_file.empty() ? server->login_file
                                         : !server->login.empty()    ? server->login
                                                                     : "of the user");
}

std::string own_text(const Server* server) {
  return server == nullptr
             ? std::string()
             : fmt::format("{} on {}{}, data in {}, units {}{}", server->kind, server->host,
                           server->hosts.empty()
                               ? ""
                               : fmt::format(" of {}", fmt::join(server->hosts, ", ")),
                           server->datadir, fmt::join(server->units, ", "),
                           server->galera ? ", a cluster" : "");
}

std::string place_text(const Host* host) {
  return host == nullptr
             ? std::string()
             : fmt::format("{}{}{}{}",
                           host->address.empty() ? "no address" : "address " + host->address,
                           host->user.empty() ? "" : ", user " + host->user,
                           host->port == 0 ? "" : fmt::format(", port {}", host->port),
                           host->site.empty() ? "" : ", site " + host->site);
}

std::string secret_text(const Secret* secret) {
  return secret == nullptr ? std::string()
                           : fmt::format("{}{}{}", secret->file, secret->credential,
                                         fmt::join(secret->command, " "));
}

std::string escrow_text(const std::string& place, const std::string& site) {
  return place.empty() ? std::string() : fmt::format("{} at {}", place, site);
}

std::map<std::string, std::string> recipients_of(const Key* key) {
  std::map<std::string, std::string> recipients;
  if (key != nullptr) {
    for (const Recipient& one : key->recipients) {
      recipients.emplace(one.recipient, escrow_text(one.escrow, one.escrow_site));
    }
  }
  return recipients;
}

/// Somebody more can read what is sealed, or somebody less can open it.
void compare_key(const std::string& name, const Key* was, const Key* is, ChangeList& changes) {
  each(recipients_of(was), recipients_of(is),
       [&](const std::string& recipient, const std::string* old_one, const std::string* new_one) {
         const std::string subject = fmt::format("key {} recipient {}", name, recipient);
         if (old_one == nullptr || new_one == nullptr) {
           changes.add(was == nullptr ? Effect::Cosmetic : Effect::WeakerEncryption, subject,
                       old_one == nullptr ? "" : "can open", new_one == nullptr ? "" : "can open");
         } else {
           changes.differ(Effect::WeakerEncryption, subject + " escrow", *old_one, *new_one, {},
                          Effect::Cosmetic);
         }
       });
  changes.differ(Effect::NewAccess, fmt::format("key {} identity", name),
                 was == nullptr ? "" : was->identity, is == nullptr ? "" : is->identity,
                 Effect::Cosmetic);
}

}  // namespace

void compare_access(const Plan& before, const Plan& after, ChangeList& changes) {
  each_named(before.servers, after.servers,
             [&](const std::string& name, const Server* was, const Server* is) {
               changes.differ(Effect::NewAccess, "server " + name, reached_text(was),
                              reached_text(is), Effect::Cosmetic);
               changes.differ(Effect::CommandChanged, "server " + name + " itself", own_text(was),
                              own_text(is), Effect::Cosmetic, Effect::Cosmetic);
             });
  each_named(before.hosts, after.hosts,
             [&](const std::string& name, const Host* was, const Host* is) {
               changes.differ(Effect::NewAccess, "host " + name, place_text(was), place_text(is),
                              Effect::Cosmetic);
             });
  each_named(before.secrets, after.secrets,
             [&](const std::string& name, const Secret* was, const Secret* is) {
               changes.differ(Effect::NewAccess, "secret " + name, secret_text(was),
                              secret_text(is), Effect::Cosmetic);
               if (was != nullptr && is != nullptr) {
                 changes.differ(Effect::Cosmetic, "secret " + name + " escrow",
                                escrow_text(was->escrow, was->escrow_site),
                                escrow_text(is->escrow, is->escrow_site), Effect::WeakerEncryption);
               }
             });
  each_named(before.keys, after.keys, [&](const std::string& name, const Key* was, const Key* is) {
    compare_key(name, was, is, changes);
  });
}

}  // namespace backstay::plan
