// Weaker than approved: what is promised to each service, compared part by part.
//
// A promise is weaker where keeping the new one no longer keeps the old one, and incomparable where
// neither keeps the other (`rpo 26h` against `rpo 30h tolerates 1`).
#include <algorithm>
#include <array>
#include <charconv>
#include <set>
#include <sstream>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "compiler/plan/change_list.hpp"
#include "lang/base/units.hpp"

namespace backstay::plan {
namespace {

/// One promise of a service, in numbers.
struct Promised {
  std::int64_t amount = 0;  ///< seconds or a count
  std::int64_t tolerates = 0;
  std::string text;  ///< without its word
  bool proven = false;

  friend bool operator<(const Promised& one, const Promised& other) {
    return one.text < other.text;
  }
};

/// By word: `rpo`, `copies`, … of one service.
using Vector = std::map<std::string, std::vector<Promised>>;

/// How a part of the vector is judged.
struct Part {
  std::string_view word;
  bool less_is_better;
  Effect when_weaker;
};

constexpr std::array<Part, 10> kParts{{{"rpo", true, Effect::LongerObjective},
                                       {"offsite-rpo", true, Effect::LongerObjective},
                                       {"rto", true, Effect::LongerObjective},
                                       {"drill", true, Effect::LongerObjective},
                                       {"history", false, Effect::DeletedEarlier},
                                       {"immutable", false, Effect::DeletedEarlier},
                                       {"copies", false, Effect::FewerCopies},
                                       {"media", false, Effect::FewerCopies},
                                       {"offsite", false, Effect::FewerCopies},
                                       {"encrypted", false, Effect::WeakerEncryption}}};

std::int64_t number_of(const std::string& word) {
  if (const auto duration = parse_duration(word)) {
    return duration->seconds;
  }
  std::int64_t number = 0;
  std::from_chars(word.data(), word.data() + word.size(), number);
  return number;
}

/// `rpo 26h tolerates 1`, `drill every 35d`, `copies 3`, `encrypted`
void add_promise(const Promise& promise, Vector& vector) {
  std::istringstream words(promise.promise);
  std::string word;
  words >> word;
  Promised one{.text = promise.promise.substr(std::min(word.size() + 1, promise.promise.size())),
               .proven = promise.verdict == "proven"};
  for (std::string next; words >> next;) {
    if (next == "tolerates") {
      words >> next;
      one.tolerates = number_of(next);
    } else if (next != "every") {
      one.amount = number_of(next);
    }
  }
  vector[word].push_back(std::move(one));
}

std::map<std::string, Vector> vectors_of(const Plan& plan) {
  std::map<std::string, Vector> vectors;
  for (const Promise& promise : plan.promises) {
    add_promise(promise, vectors[promise.subject]);
  }
  return vectors;
}

bool keeps(const Part& part, const Promised& one, const Promised& other) {
  const bool amount = part.less_is_better ? one.amount <= other.amount : one.amount >= other.amount;
  return amount && one.tolerates >= other.tolerates;
}

/// Does keeping all of `ones` keep all of `others`?
bool keep_all(const Part& part,
              const std::vector<Promised>& ones,
              const std::vector<Promised>& others) {
  return std::all_of(others.begin(), others.end(), [&](const Promised& other) {
    return std::any_of(ones.begin(), ones.end(),
                       [&](const Promised& one) { return keeps(part, one, other); });
  });
}

std::string text_of(const std::vector<Promised>& promises, bool verdicts) {
  std::vector<std::string> texts;
  for (const Promised& one : promises) {
    texts.push_back(one.text.empty() ? "promised" : one.text);
    texts.back() += verdicts ? (one.proven ? " (proven)" : " (unproven)") : "";
  }
  return fmt::format("{}", fmt::join(texts, " and "));
}

bool all_proven(const std::vector<Promised>& promises) {
  return std::all_of(promises.begin(), promises.end(),
                     [](const Promised& one) { return one.proven; });
}

/// One change of one part, for as many services as it is the same.
struct Difference {
  Effect effect;
  std::string word;
  std::string was;
  std::string is;
  bool weaker;

  friend auto operator<=>(const Difference&, const Difference&) = default;
};

using Differences = std::map<Difference, std::vector<std::string>>;

void compare_part(const Part& part,
                  const std::string& service,
                  std::vector<Promised> was,
                  std::vector<Promised> is,
                  Differences& differences) {
  std::sort(was.begin(), was.end());
  std::sort(is.begin(), is.end());
  const bool old_kept = keep_all(part, is, was);
  const bool new_kept = keep_all(part, was, is);
  const bool less_certain = all_proven(was) && !all_proven(is);
  const bool more_certain = !all_proven(was) && all_proven(is);
  const bool verdicts = old_kept && new_kept;
  Effect effect = Effect::Cosmetic;
  if (!old_kept) {
    effect = new_kept ? part.when_weaker : Effect::ObjectiveChanged;
  } else if (less_certain && !was.empty()) {
    effect = part.when_weaker;
  } else if (new_kept && !more_certain) {
    return;  // the same promises with the same certainty
  }
  differences[{effect, std::string(part.word), text_of(was, verdicts), text_of(is, verdicts),
               weakens(effect)}]
      .push_back(service);
}

std::string services_text(const std::vector<std::string>& services) {
  constexpr std::size_t kMostNames = 3;
  if (services.size() == 1) {
    return "service " + services.front();
  }
  if (services.size() <= kMostNames + 1) {
    return fmt::format("services {}", fmt::join(services, ", "));
  }
  return fmt::format("services {} and {} more",
                     fmt::join(services.begin(), services.begin() + kMostNames, ", "),
                     services.size() - kMostNames);
}

std::set<std::string> covered_of(const Plan& plan) {
  std::set<std::string> covered;
  for (const Backup& backup : plan.backups) {
    covered.insert(backup.services.begin(), backup.services.end());
  }
  return covered;
}

std::vector<Promised> part_of(const std::map<std::string, Vector>& vectors,
                              const std::string& service,
                              const Part& part) {
  const auto vector = vectors.find("service " + service);
  if (vector == vectors.end()) {
    return {};
  }
  const auto found = vector->second.find(std::string(part.word));
  return found == vector->second.end() ? std::vector<Promised>{} : found->second;
}

}  // namespace

void compare_promises(const Plan& before, const Plan& after, ChangeList& changes) {
  const auto was = vectors_of(before);
  const auto is = vectors_of(after);
  const std::set<std::string> old_cover = covered_of(before);
  const std::set<std::string> new_cover = covered_of(after);
  Differences differences;
  for (const Service& service : after.services) {
    const bool is_new = before.service(service.name) == nullptr;
    for (const Part& part : kParts) {
      compare_part(part, service.name, part_of(was, service.name, part),
                   part_of(is, service.name, part), differences);
    }
    if (!is_new && old_cover.contains(service.name) && !new_cover.contains(service.name)) {
      differences[{Effect::CoverageLost, "coverage", "in a backup", "in none", true}].push_back(
          service.name);
    }
  }
  for (const auto& [difference, services] : differences) {
    changes.add(difference.effect,
                fmt::format("promise {} of {}", difference.word, services_text(services)),
                difference.was, difference.is);
    if (difference.weaker) {
      changes.mark("BST0820");
    }
  }
}

}  // namespace backstay::plan
