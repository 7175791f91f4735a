// Hosts by name, by list and by group. Lists and groups multiply, so all of it is bounded: a policy
// of a few lines must not stand for more hosts than the memory of a small machine holds.
#include <algorithm>
#include <tuple>
#include <unordered_set>

#include <fmt/format.h>

#include "compiler/resolve/context.hpp"
#include "lang/syntax/literals.hpp"

namespace backstay::compiler {
namespace {

using lang::DiagnosticKind;
using lang::ast::ArgumentKind;

constexpr std::size_t kMostDeclared = 65'536;
constexpr std::size_t kMostNamed = 1'000'000;

void report_too_many(Context& context, const Span& place, std::string message) {
  context.diagnostics.add({.kind = DiagnosticKind::BadHostList,
                           .primary = place,
                           .message = std::move(message),
                           .help = "make policies of their own for parts of the hosts"});
}

void report_named_twice(Context& context,
                        std::string_view name,
                        const Span& second,
                        const Span& first) {
  context.diagnostics.add({.kind = DiagnosticKind::DuplicateFact,
                           .primary = second,
                           .message = fmt::format("`{}` is named twice", name),
                           .labels = {{first, "first named here"}},
                           .help = "take one of them out"});
}

/// The hosts of one fact, as they come.
class Gathering {
 public:
  Gathering(Context& context, bool groups) : context_(context), groups_(groups) {}

  // False once the policy names too many hosts: reported, and nothing is left.
  bool add(const Value& value) {
    if (!room_for(value.span())) {
      return false;
    }
    if (value.argument.kind != ArgumentKind::HostList) {
      add_name(value);
    } else {
      // A list that cannot be expanded was reported by the parser.
      for (std::string& name : lang::expand_host_list(value.text()).hosts) {
        Value one = value;
        one.argument.kind = ArgumentKind::Word;
        one.argument.text = context_.texts.emplace_back(std::move(name));
        add_host(one);
      }
    }
    return room_for(value.span());
  }

  [[nodiscard]] std::vector<Reference> take() { return std::move(hosts_); }

 private:
  void add_name(const Value& name) {
    const bool is_name =
        name.argument.kind == ArgumentKind::Word || name.argument.kind == ArgumentKind::String;
    Declaration* group =
        is_name && groups_ ? context_.symbols.find(DeclarationKind::Group, name.text()) : nullptr;
    if (group == nullptr || context_.symbols.find(DeclarationKind::Host, name.text()) != nullptr) {
      add_host(name);
      return;
    }
    group->referenced = true;
    const std::vector<Reference>& members = context_.groups[group->index].members;
    hosts_.reserve(hosts_.size() + members.size());
    for (const Reference& member : members) {
      hosts_.push_back({member.value, name.span()});
    }
    context_.hosts_named += members.size();
  }

  void add_host(const Value& name) {
    ++context_.hosts_named;
    if (const auto host = refer_index(context_, DeclarationKind::Host, name)) {
      hosts_.push_back(*host);
    }
  }

  bool room_for(const Span& place) {
    if (context_.hosts_named <= kMostNamed) {
      return true;
    }
    if (!std::exchange(context_.too_many_hosts, true)) {
      report_too_many(context_, place, "the policy names more than 1,000,000 hosts in all");
    }
    hosts_ = {};  // with its memory: each of many services would keep it
    return false;
  }

  Context& context_;
  const bool groups_;  // may they stand here?
  std::vector<Reference> hosts_;
};

std::vector<Reference> gather(Context& context, const Values& names, bool groups) {
  Gathering gathering(context, groups);
  for (const Value& name : names) {
    if (!gathering.add(name)) {
      break;
    }
  }
  return gathering.take();
}

// `on one, one`: a name as it is written. A host that also stands in a group is no mistake.
void report_repeated_names(Context& context, const Values& names) {
  if (names.size() < 2) {
    return;
  }
  std::unordered_map<std::string_view, Span> seen;
  for (const Value& name : names) {
    const auto [first, fresh] = seen.emplace(name.text(), name.span());
    if (!fresh && name.argument.kind != ArgumentKind::Invalid) {
      report_named_twice(context, name.text(), name.span(), first->second);
    }
  }
}

void sort_by_host(std::vector<Reference>& hosts) {
  std::sort(hosts.begin(), hosts.end(), [](const Reference& left, const Reference& right) {
    return std::tie(left.value, left.span) < std::tie(right.value, right.span);
  });
}

void keep_first_of_each(std::vector<Reference>& hosts) {
  hosts.erase(std::unique(hosts.begin(), hosts.end(),
                          [](const Reference& left, const Reference& right) {
                            return left.value == right.value;
                          }),
              hosts.end());
}

}  // namespace

std::vector<std::string> listed_hosts(Context& context, const lang::ast::Argument& list) {
  if (context.hosts_declared > kMostDeclared) {
    return {};
  }
  std::vector<std::string> names = lang::expand_host_list(list.text).hosts;
  context.hosts_declared += names.size();
  if (context.hosts_declared > kMostDeclared) {
    report_too_many(context, list.span, "host lists of the policy declare more than 65,536 hosts");
    return {};
  }
  return names;
}

std::vector<Reference> refer_hosts(Context& context, const Values& names) {
  report_repeated_names(context, names);
  std::vector<Reference> hosts = gather(context, names, true);
  sort_by_host(hosts);
  keep_first_of_each(hosts);
  return hosts;
}

std::vector<Reference> refer_hosts_in_order(Context& context, const Values& names) {
  report_repeated_names(context, names);
  std::unordered_set<Index> seen;
  std::vector<Reference> hosts = gather(context, names, true);
  std::erase_if(hosts, [&](const Reference& host) { return !seen.insert(host.value).second; });
  return hosts;
}

std::vector<Reference> refer_members(Context& context, const Values& names) {
  std::vector<Reference> hosts = gather(context, names, false);
  sort_by_host(hosts);
  for (std::size_t at = 1; at < hosts.size(); ++at) {
    if (hosts[at].value == hosts[at - 1].value) {
      const auto& all = context.symbols.all(DeclarationKind::Host);
      report_named_twice(context, all[hosts[at].value]->name, hosts[at].span, hosts[at - 1].span);
      break;  // two lists that overlap have many in common
    }
  }
  keep_first_of_each(hosts);
  return hosts;
}

std::optional<Reference> refer_one_host(Context& context, const Values& names) {
  const std::vector<Reference> hosts = refer_hosts(context, names);
  if (hosts.size() > 1) {
    context.diagnostics.add(
        {.kind = DiagnosticKind::ConflictingFacts,
         .primary = hosts.front().span,
         .message = fmt::format("one host is needed here, and these are {}", hosts.size()),
         .help = "name one of them"});
  }
  return hosts.empty() ? std::nullopt : std::optional(hosts.front());
}

}  // namespace backstay::compiler
