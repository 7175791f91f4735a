// Facts of a service beyond its files and databases: exports, replicas, mirrors, hooks, and what is
// declared of its size and owner.
#include <algorithm>

#include <fmt/format.h>

#include "compiler/model/component_name.hpp"
#include "compiler/resolve/service_draft.hpp"

namespace backstay::compiler {
namespace {

// A path's facts stand together, whatever they lead to.
std::string key_of(const std::string& path, const Reference& to) {
  return fmt::format("{}{}{:020}", path, '\0', to.value);
}

std::string path_key(const std::string& path) {
  return std::string(path).append(1, '\0');
}

// useradd(8): the names that it takes without being forced.
bool is_account(std::string_view name) {
  constexpr std::size_t kLongest = 32;
  const auto starts = [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; };
  const auto goes_on = [&](char c) { return starts(c) || (c >= '0' && c <= '9') || c == '-'; };
  if (name.ends_with('$')) {
    name.remove_suffix(1);
  }
  return !name.empty() && name.size() <= kLongest && starts(name.front()) &&
         std::all_of(name.begin(), name.end(), goes_on);
}

}  // namespace

bool ServiceDraft::add_effect(const FactReader& fact) {
  const std::string_view word = fact.word();
  if (word == "export") {
    add_export(fact);
  } else if (word == "replicate") {
    add_replica(fact);
  } else if (word == "mirror") {
    add_mirror(fact);
  } else if (word == "quiesce") {
    quiesce_ = fact.span();
  } else if (word.ends_with("-backup") || word.ends_with("-restore")) {
    add_hook(fact);
  } else if (word == "size") {
    add_size(fact);
  } else if (word == "owner") {
    add_owner(fact);
  } else {
    return false;
  }
  return true;
}

void ServiceDraft::add_export(const FactReader& fact) {
  const Values values = fact.values();
  if (values.size() < 2) {
    return;
  }
  const auto name = read_text(values.front());
  auto run = read_command(context_, values[1]);
  const auto import = fact.first("import");
  auto read_back = import ? read_command(context_, *import) : std::nullopt;
  if (!name || !run || (import && !read_back)) {
    return;
  }
  ExportFact made{.name = *name, .run = std::move(run->value), .import = {}, .span = fact.span()};
  if (read_back) {
    made.import = std::move(read_back->value);
  }
  put(exports_, name->value, std::move(made), fact.span());
}

void ServiceDraft::add_replica(const FactReader& fact) {
  const Values values = fact.values();
  if (values.size() < 2) {
    return;
  }
  const auto path = read_path(context_, values[0]);
  const auto group = refer_index(context_, DeclarationKind::Group, values[1]);
  if (path && group) {
    replicas_.take_inner(path_key(path->value), layer_);
    put(replicas_, key_of(path->value, *group),
        ReplicateFact{.path = *path, .group = *group, .span = fact.span()}, fact.span());
  }
}

void ServiceDraft::add_mirror(const FactReader& fact) {
  const Values values = fact.values();
  if (values.size() < 2) {
    return;
  }
  const auto path = read_path(context_, values[0]);
  const auto target = refer_index(context_, DeclarationKind::Target, values[1]);
  if (path && target) {
    mirrors_.take_inner(path_key(path->value), layer_);
    put(mirrors_, key_of(path->value, *target),
        MirrorFact{.path = *path, .target = *target, .span = fact.span()}, fact.span());
  }
}

void ServiceDraft::add_hook(const FactReader& fact) {
  const Values values = fact.values();
  auto command = values.empty() ? std::nullopt : read_command(context_, values.front());
  if (!command) {
    return;
  }
  HookFact hook{.command = std::move(command->value),
                .accepts = read_statuses(context_, fact.clause("accepts")),
                .timeout = {},
                .span = fact.span()};
  if (const auto timeout = fact.first("timeout")) {
    hook.timeout = read_some_time(context_, *timeout);
  }
  hooks_.insert_or_assign(std::string(fact.word()), std::move(hook));
}

void ServiceDraft::add_size(const FactReader& fact) {
  const Values values = fact.values();
  const auto size = values.empty() ? std::nullopt : read_size(context_, values.front());
  if (!size) {
    return;
  }
  size_ = SizeFact{.size = *size, .changes = {}, .span = fact.span()};
  if (const auto changes = fact.first("changes")) {
    size_->changes = read_size(context_, *changes);
  }
}

void ServiceDraft::add_owner(const FactReader& fact) {
  const Values values = fact.values();
  const auto owner = values.empty() ? std::nullopt : read_text(values.front());
  if (!owner) {
    return;
  }
  const std::string_view text = owner->value;
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos || !is_account(text.substr(0, colon)) ||
      !is_account(text.substr(colon + 1))) {
    context_.diagnostics.add({.kind = lang::DiagnosticKind::WrongType,
                              .primary = owner->span,
                              .message = fmt::format("`{}` names no owner and group", text),
                              .help = "write both, for example `owner \"nova:nova\"`"});
    return;
  }
  owner_ = owner;
}

void ServiceDraft::finish_effects(Service& service) {
  const auto take_hook = [&](std::string_view word) -> std::optional<HookFact> {
    const auto hook = hooks_.find(word);
    return hook == hooks_.end() ? std::nullopt : std::optional(std::move(hook->second));
  };
  service.exports = exports_.take_sorted();
  service.replicas = replicas_.take_sorted();
  service.mirrors = mirrors_.take_sorted();
  service.quiesce_stop = quiesce_;
  service.before_backup = take_hook("before-backup");
  service.after_backup = take_hook("after-backup");
  service.before_restore = take_hook("before-restore");
  service.after_restore = take_hook("after-restore");
  service.size = size_;
  service.owner = std::move(owner_);
}

}  // namespace backstay::compiler
