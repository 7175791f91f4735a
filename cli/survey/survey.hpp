// Looking at a host: everything that a first policy is drafted from. Reads only.
#pragma once

#include <string>
#include <vector>

#include "cli/survey/root_view.hpp"
#include "compiler/draft/host_facts.hpp"
#include "compiler/draft/library_profiles.hpp"

namespace backstay::cli {

/// Looks at the machine below `root`; `/` is this one, whose databases and systemd are asked, too.
/// What cannot be seen is noted in the facts. Errors: `root` itself cannot be looked at.
[[nodiscard]] Result<compiler::HostFacts> survey_host(
    const std::string& root, const std::vector<compiler::LibraryProfile>& profiles);

// --- the parts, each adds to the facts
// -------------------------------------------------------------

/// Units in systemd's directories, whether they are enabled, and, on this machine, active.
void survey_units(const RootView& root, compiler::HostFacts& facts);
/// `connection` options of the services' configuration.
void survey_connections(const RootView& root, compiler::HostFacts& facts);
/// SQLite files and other state below /var/lib.
void survey_state(const RootView& root, compiler::HostFacts& facts);
/// Database servers behind the usual sockets of this machine, asked without a password.
void survey_servers(const RootView& root, compiler::HostFacts& facts);

/// The facts as JSON (docs/schemas/host.schema.json).
[[nodiscard]] std::string facts_as_json(const compiler::HostFacts& facts);

}  // namespace backstay::cli
