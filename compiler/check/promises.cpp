#include "compiler/check/promises.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <string_view>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "compiler/check/report.hpp"

namespace backstay::compiler {
namespace {

constexpr std::size_t kMostNames = 3;

// Of two promises of one kind: does keeping `one` keep `other`?
bool implies(const PromiseFact& one, const PromiseFact& other) {
  switch (one.kind) {
    case PromiseKind::Rpo:
      return one.amount <= other.amount && one.tolerates >= other.tolerates;
    case PromiseKind::OffsiteRpo:
    case PromiseKind::Rto:
    case PromiseKind::Drill:
      return one.amount <= other.amount;
    case PromiseKind::History:
    case PromiseKind::Copies:
    case PromiseKind::Media:
    case PromiseKind::Offsite:
    case PromiseKind::Immutable:
      return one.amount >= other.amount;
    case PromiseKind::Encrypted:
      return true;
  }
  return false;
}

using Promises = std::vector<const PromiseFact*>;

// Keeps of each kind those that no other implies; of equal ones, the first in the files.
void add_strictest(Promises& promises, const PromiseFact& added) {
  const auto equal_place = [&](const PromiseFact* one) {
    return implies(*one, added) && implies(added, *one) && added.span < one->span;
  };
  for (const PromiseFact* one : promises) {
    if (one->kind == added.kind && implies(*one, added) && !equal_place(one)) {
      return;
    }
  }
  promises.erase(std::remove_if(promises.begin(), promises.end(),
                                [&](const PromiseFact* one) {
                                  return one->kind == added.kind && implies(added, *one);
                                }),
                 promises.end());
  promises.push_back(&added);
}

std::string_view word_of(PromiseKind kind) {
  switch (kind) {
    case PromiseKind::Rpo:
      return "rpo";
    case PromiseKind::OffsiteRpo:
      return "offsite-rpo";
    case PromiseKind::Rto:
      return "rto";
    case PromiseKind::History:
      return "history";
    case PromiseKind::Copies:
      return "copies";
    case PromiseKind::Media:
      return "media";
    case PromiseKind::Offsite:
      return "offsite";
    case PromiseKind::Drill:
      return "drill every";
    case PromiseKind::Encrypted:
      return "encrypted";
    case PromiseKind::Immutable:
      return "immutable";
  }
  return {};
}

/// By name of the service.
std::map<std::string_view, std::set<std::string_view>> allowed_codes(const Policy& policy) {
  std::map<std::string_view, std::set<std::string_view>> codes;
  for (const Allow& allow : policy.allows) {
    if (allow.kind.value == "service") {
      codes[allow.name.value].insert(allow.code.value);
    }
  }
  return codes;
}

}  // namespace

std::vector<PromiseGroup> promise_groups(const ProofContext& context) {
  const Policy& policy = context.policy();
  std::vector<Promises> of_service(policy.services.size());
  for (const Requirement& requirement : policy.requirements) {
    for (const Reference& service : requirement.services) {
      for (const PromiseFact& promise : requirement.promises) {
        if (!policy.services[service.value].external) {
          add_strictest(of_service[service.value], promise);
        }
      }
    }
  }
  // A service with an `allow` is judged apart, so that a finding is silenced for it alone.
  const auto allowed = allowed_codes(policy);
  std::map<std::tuple<Span, std::vector<Index>, std::set<std::string_view>>, PromiseGroup> groups;
  for (Index service = 0; service < of_service.size(); ++service) {
    const auto codes = allowed.find(policy.services[service].name);
    for (const PromiseFact* promise : of_service[service]) {
      PromiseGroup& group =
          groups[{promise->span, context.covering(service),
                  codes == allowed.end() ? std::set<std::string_view>{} : codes->second}];
      group.promise = promise;
      group.backups = context.covering(service);
      group.services.push_back(service);
    }
  }
  std::vector<PromiseGroup> sorted;
  sorted.reserve(groups.size());
  for (auto& [key, group] : groups) {
    sorted.push_back(std::move(group));
  }
  return sorted;
}

std::string to_string(const PromiseFact& promise) {
  std::string text(word_of(promise.kind));
  switch (promise.kind) {
    case PromiseKind::Copies:
    case PromiseKind::Media:
    case PromiseKind::Offsite:
      return fmt::format("{} {}", text, promise.amount);
    case PromiseKind::Encrypted:
      return text;
    case PromiseKind::Rpo:
    case PromiseKind::OffsiteRpo:
    case PromiseKind::Rto:
    case PromiseKind::History:
    case PromiseKind::Drill:
    case PromiseKind::Immutable:
      break;
  }
  text += " " + backstay::to_string(Duration{promise.amount});
  return promise.tolerates == 0 ? text : fmt::format("{} tolerates {}", text, promise.tolerates);
}

std::string services_text(const Policy& policy, const std::vector<Index>& services) {
  std::vector<std::string> names;
  for (const Index service : services) {
    if (names.size() < kMostNames || services.size() == kMostNames + 1) {
      names.push_back(policy.services[service].name);
    }
  }
  const std::string word = services.size() == 1 ? "service " : "services ";
  if (names.size() == services.size()) {
    return word + join_names(names);
  }
  return fmt::format("{}`{}` and {} more", word, fmt::join(names, "`, `"),
                     services.size() - names.size());
}

bool check_windows(ProofContext& context,
                   const PromiseGroup& group,
                   const std::vector<Index>& schedules) {
  bool all = true;
  for (const Index index : schedules) {
    const Schedule& schedule = context.policy().schedules[index];
    if (schedule.window) {
      continue;
    }
    all = false;
    lang::Diagnostic finding{
        .kind = lang::DiagnosticKind::WindowMissing,
        .primary = schedule.span,
        .message = fmt::format("schedule `{}` does not say how long a run may take", schedule.name),
        .help = "add `window 2h`, or what the longest run takes",
    };
    add_label(finding, group.promise->span, "cannot be proven without it");
    context.diagnostics().add(std::move(finding));
  }
  return all;
}

void report_unknown_site(const ProofContext& context,
                         const PromiseFact& promise,
                         std::string_view kind,
                         const std::string& name,
                         const Span& place) {
  lang::Diagnostic finding{
      .kind = lang::DiagnosticKind::SiteUnknown,
      .primary = place,
      .message = fmt::format("{} `{}` does not say at which site it stands", kind, name),
      .help = kind == "host" ? "add `at SITE`" : "add `at SITE`: the place that it fails with",
  };
  add_label(finding, promise.span, "cannot be proven without it");
  context.diagnostics().add(std::move(finding));
}

lang::Diagnostic broken_promise(const Policy& policy,
                                lang::DiagnosticKind kind,
                                const PromiseFact& promise,
                                const std::vector<Index>& services) {
  lang::Diagnostic finding{.kind = kind, .primary = promise.span, .message = {}};
  for (const Index service : services) {
    finding.subjects.push_back({"service", policy.services[service].name});
  }
  return finding;
}

PromiseFact holding_promise(const PromiseFact& promise, std::chrono::seconds age) {
  using namespace std::chrono;
  PromiseFact holding = promise;
  constexpr days kLong(4);
  holding.amount =
      age < kLong ? seconds(ceil<hours>(age)).count() : seconds(ceil<days>(age)).count();
  return holding;
}

std::string join_remedies(std::vector<std::string> remedies, const std::string& holding) {
  remedies.push_back(fmt::format("promise `{}`", holding));
  std::string text;
  for (std::size_t at = 0; at < remedies.size(); ++at) {
    const bool is_last = at + 1 == remedies.size();
    text += at == 0 ? "" : (!is_last ? ", " : remedies.size() > 2 ? ", or " : " or ");
    text += remedies[at];
  }
  return text;
}

void add_backup_labels(const Policy& policy, const PromiseGroup& group, lang::Diagnostic& finding) {
  for (const Index backup : group.backups) {
    if (finding.labels.size() < kMostLabels && !policy.backups[backup].schedule) {
      add_label(finding, policy.backups[backup].span, "has no `run`: only by hand");
    }
  }
  if (group.backups.empty()) {
    for (const Index service : group.services) {
      if (finding.labels.size() < kMostLabels) {
        add_label(finding, policy.services[service].span, "no backup covers it");
      }
    }
  }
}

}  // namespace backstay::compiler
