#include "compiler/resolve/targets.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "compiler/resolve/block_rules.hpp"

namespace backstay::compiler {
namespace {

/// A kind of place.
struct KindRow {
  std::string_view word;
  TargetKind kind;
  bool needs_login;
  std::string_view shape;  ///< of the text after the word
};

constexpr std::array<KindRow, 4> kKinds = {{
    {"directory", TargetKind::Directory, false, ""},
    {"rsync", TargetKind::Rsync, false, "user@host:/path"},
    {"rclone", TargetKind::Rclone, true, "remote:path"},
    {"restic", TargetKind::Restic, true, "rest:https://backup.example.org/controller"},
}};
constexpr std::array<std::string_view, 4> kPlaces = {"directory", "rsync", "rclone", "restic"};

// rsync(1): a single colon parts host and path; two would mean a daemon. rclone(1): the remote's
// name comes first. Where a restic repository lies is restic's own to say.
bool has_shape(TargetKind kind, std::string_view remote) {
  const std::size_t colon = remote.find(':');
  const bool named = colon != std::string_view::npos && colon > 0;
  switch (kind) {
    case TargetKind::Directory:
      return true;
    case TargetKind::Rsync: {
      const std::size_t path = remote.find(":/");  // an address of IPv6 holds colons of its own
      return path != std::string_view::npos && path > 0 && remote.front() != '-' &&
             remote.front() != '@' && remote[path - 1] != '@' && remote[path - 1] != ':';
    }
    case TargetKind::Rclone:
      return named && remote.front() != '-';
    case TargetKind::Restic:
      return !remote.empty() && remote.front() != '-';
  }
  return false;
}

std::optional<Located<std::string>> read_remote(Context& context,
                                                const BlockReader& block,
                                                const KindRow& row) {
  auto remote = block.text(row.word);
  if (remote && !has_shape(row.kind, remote->value)) {
    context.diagnostics.add(
        {.kind = lang::DiagnosticKind::WrongType,
         .primary = remote->span,
         .message = fmt::format("`{}` is no place that {} reaches", remote->value, row.word),
         .help = fmt::format("write `{} \"{}\"`", row.word, row.shape)});
    return std::nullopt;
  }
  return remote;
}

void check_login(Context& context,
                 const Declaration& declaration,
                 const BlockReader& block,
                 const KindRow& row) {
  const auto login = block.fact("login");
  if (row.needs_login && !block.says("login")) {
    report_missing(context, declaration.span,
                   fmt::format("target `{}` does not say what opens it", declaration.name),
                   row.kind == TargetKind::Rclone
                       ? "add `login SECRET`, a `secret` whose file is a configuration of rclone"
                       : "add `login SECRET`, a `secret` that holds the repository's password");
  }
  if (row.kind == TargetKind::Directory && login) {
    if (const auto directory = block.fact("directory")) {
      report_conflict(context, login->span(), directory->span(), "a directory needs no login",
                      "take the `login` out");
    }
  }
}

void read_place(Context& context,
                const BlockReader& block,
                const KindRow& row,
                const std::vector<Host>& hosts,
                Target& target) {
  if (row.kind != TargetKind::Directory) {
    target.remote = read_remote(context, block, row);
    return;
  }
  target.directory = block.path("directory");
  const auto directory = block.fact("directory");
  if (!directory || !directory->has("on")) {
    return;
  }
  target.host = refer_one_host(context, directory->clause("on"));
  if (target.host && !target.site) {
    target.site = hosts[target.host->value].site;
  }
}

std::optional<Located<Deleter>> deleter_of(const BlockReader& block) {
  const auto word = block.literal("deletable-by");
  if (!word) {
    return std::nullopt;
  }
  const Deleter deleter = word->value == "admin"    ? Deleter::Admin
                          : word->value == "nobody" ? Deleter::Nobody
                                                    : Deleter::Host;
  return Located<Deleter>{deleter, word->span};
}

std::vector<Reference> needs_of(Context& context, const BlockReader& block) {
  std::vector<Reference> needs;
  if (const auto fact = block.fact("needs")) {
    needs = refer_all(context, DeclarationKind::Service, fact->values());
  }
  return needs;
}

Target resolve_target(Context& context,
                      const Declaration& declaration,
                      const std::vector<Host>& hosts) {
  const BlockReader block(context, declaration);
  at_most_one(context, block, kPlaces, "a target is one place");
  Target target{.name = declaration.name, .span = declaration.span};
  target.site = block.reference("at", DeclarationKind::Site);
  const auto* const row = std::find_if(kKinds.begin(), kKinds.end(),
                                       [&](const KindRow& one) { return block.says(one.word); });
  if (row != kKinds.end()) {
    target.kind = row->kind;
    read_place(context, block, *row, hosts, target);
    check_login(context, declaration, block, *row);
  } else {
    report_missing(context, declaration.span,
                   fmt::format("target `{}` does not say where it is", declaration.name),
                   "add `directory /var/backups/backstay on HOST`");
  }
  target.media = block.literal("media");
  target.login = block.reference("login", DeclarationKind::Secret);
  target.seal = block.reference("seal", DeclarationKind::Key);
  target.needs = needs_of(context, block);
  target.locked = block.some_time("locked");
  target.deletable_by = deleter_of(block);
  target.capacity = block.size("capacity");
  target.bandwidth = block.rate("bandwidth");
  return target;
}

}  // namespace

std::vector<Target> resolve_targets(Context& context, const std::vector<Host>& hosts) {
  std::vector<Target> targets;
  for (const Declaration* declaration : context.symbols.all(DeclarationKind::Target)) {
    targets.push_back(resolve_target(context, *declaration, hosts));
  }
  return targets;
}

}  // namespace backstay::compiler
