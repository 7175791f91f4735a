// check-sources: looks at everything that a backup will read, before anything is read.
//
// One bad source must not cost the backup of the others: it is told at once, as a warning, and
// fails in its own step later. The step itself fails where no source is good, or where the store is
// not the registered one.
#include <array>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "runtime/database/galera_nodes.hpp"
#include "runtime/database/mariadb_catalog.hpp"
#include "runtime/database/postgresql_catalog.hpp"
#include "runtime/steps/recorded_units.hpp"
#include "runtime/steps/steps.hpp"
#include "runtime/store/staging.hpp"
#include "runtime/store/store.hpp"
#include "runtime/system/service_manager.hpp"

namespace backstay::runtime {
namespace {

/// What was found of one source.
struct Finding {
  std::string good;  ///< for the dry run
  std::optional<Error> error;
};

Finding bad(ErrorKind kind, std::string message, std::string hint) {
  return {.good = {},
          .error = Error{.kind = kind, .message = std::move(message), .hint = std::move(hint)}};
}

Finding check_path(Filesystem& files, const std::string& path, bool optional) {
  const auto found = files.status(path);
  if (!found && found.error().kind == ErrorKind::NotFound) {
    if (optional) {
      return {.good = fmt::format("`{}` is absent, which the policy allows", path), .error = {}};
    }
    return bad(ErrorKind::NotFound, fmt::format("`{}` does not exist", path),
               "correct the path in the policy, or mark it `optional`");
  }
  if (!found) {
    return {.good = {}, .error = found.error()};
  }
  const bool directory = found->type == FileType::Directory;
  const bool link = found->type == FileType::Symlink;
  if (!link &&
      ::faccessat(AT_FDCWD, path.c_str(), directory ? R_OK | X_OK : R_OK, AT_EACCESS) != 0) {
    return bad(ErrorKind::Io, fmt::format("`{}` cannot be read by this user", path),
               "run as root, or give this user the right to read it");
  }
  return {.good = fmt::format("`{}` is {}", path,
                              directory ? "a directory"
                              : link    ? "a symbolic link"
                                        : "a file"),
          .error = {}};
}

/// The first 16 bytes of a database file (sqlite.org/fileformat.html); an empty file is an empty
/// one.
Finding check_sqlite(Filesystem& files, const std::string& path) {
  constexpr std::string_view magic("SQLite format 3\0", 16);
  auto there = check_path(files, path, false);
  if (there.error) {
    return there;
  }
  auto file = files.open_read(path);
  if (!file) {
    return {.good = {}, .error = file.error()};
  }
  std::array<char, magic.size()> head{};
  const auto count = (*file)->read(std::as_writable_bytes(std::span(head)));
  if (!count) {
    return {.good = {}, .error = count.error()};
  }
  if (*count != 0 && std::string_view(head.data(), *count) != magic) {
    return bad(ErrorKind::BadInput, fmt::format("`{}` is not a SQLite database", path),
               "protect it with `path` instead of `sqlite`");
  }
  return {.good = fmt::format("`{}` is a SQLite database", path), .error = {}};
}

/// Of a cluster of several hosts, any node that may be backed up is enough.
Result<std::string> ask_mariadb(const plan::Server& facts, StepContext& context) {
  BACKSTAY_ASSIGN(const ChosenNode node, choose_node(facts, context));
  BACKSTAY_ASSIGN(const ServerState state, server_state(node.server));
  return state.version;
}

Result<std::string> ask_postgres(const plan::Server& facts, const ServerCall& call) {
  BACKSTAY_ASSIGN(const auto server, PostgresServer::open(facts, call));
  return postgres_version(server);
}

Finding check_server(const std::string& name, StepContext& context) {
  const auto* facts = context.plan.server(name);
  BACKSTAY_CHECK(facts != nullptr, "plan::verify proves that the server exists");
  ServerCall call = server_call(context, *facts);
  call.deadline = std::chrono::seconds(30);
  const Result<std::string> version =
      facts->kind == "postgresql" ? ask_postgres(*facts, call) : ask_mariadb(*facts, context);
  if (!version) {
    return {.good = {}, .error = version.error()};
  }
  return {.good = fmt::format("server `{}` answers: {}", name,
                              version->empty() ? "version unknown" : *version),
          .error = {}};
}

std::vector<Finding> look(const plan::CheckSources& action, StepContext& context) {
  auto& files = context.world.files;
  std::vector<Finding> findings;
  for (const auto& path : action.paths) {
    findings.push_back(check_path(files, path, false));
  }
  for (const auto& path : action.optional_paths) {
    findings.push_back(check_path(files, path, true));
  }
  for (const auto& path : action.sqlite) {
    findings.push_back(check_sqlite(files, path));
  }
  for (const auto& server : action.servers) {
    findings.push_back(check_server(server, context));
  }
  return findings;
}

Result<Store> look_at_target(const plan::CheckSources& action, StepContext& context) {
  const auto* target = context.plan.target(action.target);
  BACKSTAY_CHECK(target != nullptr, "plan::verify proves that the target exists");
  return open_store(context.world.files, *target, context.world.directories);
}

// Before anything is stopped. A state that is not known costs a restore some work by hand, and no
// data.
void note_units(StepContext& context) {
  if (context.staging == nullptr || !systemd_runs(context.world.files)) {
    return;
  }
  auto units = look_at_units(context);
  if (!units) {
    context.events.warning(context.step.id,
                           "the states of units are not recorded: " + to_string(units.error()));
    return;
  }
  context.staging->note_units(*std::move(units));
}

}  // namespace

Result<void> execute(const plan::CheckSources& action, StepContext& context) {
  BACKSTAY_TRY(look_at_target(action, context));
  note_units(context);
  const auto findings = look(action, context);
  std::optional<Error> first;
  std::size_t bad_ones = 0;
  for (const auto& finding : findings) {
    if (finding.error) {
      ++bad_ones;
      context.events.warning(context.step.id, to_string(*finding.error));
      first = first ? first : finding.error;
    }
  }
  if (bad_ones == 0) {
    return {};
  }
  if (bad_ones == findings.size()) {
    return *first;
  }
  return Error{.kind = ErrorKind::Partial,
               .message = fmt::format("{} of {} sources cannot be read: {}", bad_ones,
                                      findings.size(), to_string(*first)),
               .hint = first->hint};
}

Preview preview(const plan::CheckSources& action, StepContext& context) {
  Preview lines;
  for (const auto& finding : look(action, context)) {
    if (!finding.error) {
      lines.push_back({.text = finding.good});
      continue;
    }
    const auto& hint = finding.error->hint;
    lines.push_back({.problem = true,
                     .text = to_string(*finding.error) + (hint.empty() ? "" : " (" + hint + ")")});
  }
  if (const auto store = look_at_target(action, context)) {
    lines.push_back({.text = fmt::format("target `{}` is the store {} at `{}`", action.target,
                                         store->uuid, store->path)});
  } else {
    lines.push_back({.problem = true, .text = to_string(store.error())});
  }
  return lines;
}

}  // namespace backstay::runtime
