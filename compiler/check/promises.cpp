#include "compiler/check/promises.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "compiler/check/report.hpp"

namespace backstay::compiler {
namespace {

constexpr std::size_t kMostNames = 3;
constexpr std::size_t kMostLabels = 8;

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

std::vector<std::vector<Index>> covering_backups(const Policy& policy) {
  std::vector<std::vector<Index>> covering(policy.services.size());
  for (Index backup = 0; backup < policy.backups.size(); ++backup) {
    for (const Reference& service : policy.backups[backup].services) {
      covering[service.value].push_back(backup);
    }
  }
  return covering;
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

}  // namespace

std::vector<PromiseGroup> promise_groups(const Policy& policy) {
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
  const auto covering = covering_backups(policy);
  std::map<std::tuple<Span, std::vector<Index>>, PromiseGroup> groups;
  for (Index service = 0; service < of_service.size(); ++service) {
    for (const PromiseFact* promise : of_service[service]) {
      PromiseGroup& group = groups[{promise->span, covering[service]}];
      group.promise = promise;
      group.backups = covering[service];
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

ProofContext::ProofContext(const Policy& policy, lang::Diagnostics& diagnostics)
    : policy_(policy), diagnostics_(diagnostics) {
  if (policy.zone) {
    if (auto zone = Zone::find(policy.zone->value)) {
      zone_ = std::move(zone).value();
    }
  }
}

const std::vector<Fire>* ProofContext::fires(Index schedule, std::chrono::days length) {
  const auto rule = parse_schedule_rule(policy_.schedules[schedule].rule.value);
  if (!zone_ || !rule) {
    return nullptr;
  }
  const auto [found, is_new] = fires_.try_emplace({schedule, length.count()});
  if (is_new) {
    Horizon horizon;
    horizon.length = length;
    found->second = find_fires(*rule, *zone_, horizon);
  }
  return &found->second;
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
