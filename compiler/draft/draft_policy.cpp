#include "compiler/draft/draft_policy.hpp"

#include <algorithm>

#include "compiler/draft/draft_parts.hpp"

namespace backstay::compiler {

Draft draft_policy(const HostFacts& facts,
                   const std::vector<LibraryProfile>& profiles,
                   bool openstack) {
  // 1. What fits, and which databases belong to what.
  std::vector<LibraryProfile> considered;
  std::copy_if(profiles.begin(), profiles.end(), std::back_inserter(considered),
               [&](const LibraryProfile& profile) {
                 return !openstack || profile.library.starts_with("openstack.") ||
                        profile.library == "linux.apache";
               });
  DraftParts parts;
  parts.facts = &facts;
  parts.host = declaration_name(facts.host);
  parts.fitting = fitting_profiles(facts, considered);
  parts.databases = draft_databases(facts, parts.fitting);

  // 2. Services, which decide what the head must declare.
  PolicyText services;
  write_library_services(services, parts);
  if (!openstack) {
    parts.sqlite_services = sqlite_services(parts);
    write_sqlite_services(services, parts);
  }
  write_other_databases(services, parts);
  write_system(services, parts);

  // 3. The whole text.
  PolicyText text;
  write_head(text, parts);
  write_servers(text, parts);
  PolicyText end;
  write_backup(end, parts);
  Draft draft{.text = formatted_policy(text.text() + services.text() + end.text()),
              .services = parts.services,
              .openstack = {},
              .databases = {}};
  std::sort(draft.services.begin(), draft.services.end());
  for (const FittingProfile& fit : parts.fitting) {
    if (fit.profile->library.starts_with("openstack.")) {
      draft.openstack.push_back(fit.service);
    }
  }
  for (const DraftServer& server : parts.databases.servers) {
    if (server.used) {
      draft.databases.push_back(server.name);
    }
  }
  return draft;
}

}  // namespace backstay::compiler
