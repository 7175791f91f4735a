// Two backups that stop one service at one time: the second finds it stopped already, and one of
// them starts it while the other still reads.
//
// A run may take from its fire to fire + jitter + window. Backups are held against each other once
// for all services that the same ones cover.
#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "compiler/calendar/time_text.hpp"
#include "compiler/check/checks.hpp"
#include "compiler/check/report.hpp"

namespace backstay::compiler {
namespace {

using lang::Diagnostic;
using lang::DiagnosticKind;
using std::chrono::minutes;
using std::chrono::seconds;

/// Two runs that meet.
struct Meeting {
  Arrival one;  ///< begins first, or together with the other
  Arrival other;
};

// Of two lists of runs, the first two that take place at one time. A run of no length takes a
// moment all the same.
std::optional<Meeting> find_meeting(const std::vector<Arrival>& ones,
                                    const std::vector<Arrival>& others,
                                    seconds later) {
  const auto end_of = [](const Arrival& run) {
    return std::max(run.available, run.begun + seconds(1));
  };
  std::size_t at = 0;
  for (const Arrival& one : ones) {
    while (at < others.size() && end_of(others[at]) + later <= one.begun) {
      ++at;
    }
    if (at < others.size() && others[at].begun + later < end_of(one)) {
      const Arrival other{others[at].begun + later, others[at].available + later};
      return one.begun <= other.begun ? Meeting{one, other} : Meeting{other, one};
    }
  }
  return std::nullopt;
}

class ContentionCheck {
 public:
  explicit ContentionCheck(ProofContext& context) : context_(context), policy_(context.policy()) {}

  void run() {
    std::map<std::vector<Index>, std::vector<Index>> stopped;
    for (Index service = 0; service < policy_.services.size(); ++service) {
      if (policy_.services[service].quiesce_stop && context_.covering(service).size() > 1) {
        stopped[context_.covering(service)].push_back(service);
      }
    }
    std::map<std::pair<Index, Index>, std::vector<Index>> pairs;
    for (const auto& [backups, services] : stopped) {
      for (std::size_t one = 0; one < backups.size(); ++one) {
        for (std::size_t other = one + 1; other < backups.size(); ++other) {
          auto& both = pairs[{backups[one], backups[other]}];
          both.insert(both.end(), services.begin(), services.end());
        }
      }
    }
    for (auto& [backups, services] : pairs) {
      std::sort(services.begin(), services.end());
      check(backups.first, backups.second, services);
    }
  }

 private:
  const std::vector<Arrival>* runs_of(Index backup) {
    const auto& schedule = policy_.backups[backup].schedule;
    return schedule ? context_.arrivals({.schedule = schedule->value}, context_.horizon().length)
                    : nullptr;
  }

  void check(Index one, Index other, const std::vector<Index>& services) {
    const auto* const ones = runs_of(one);
    const auto* const others = runs_of(other);
    if (ones == nullptr || others == nullptr) {
      return;
    }
    if (const auto meeting = find_meeting(*ones, *others, seconds(0))) {
      report(one, other, services, *meeting, find_shift(*ones, *others));
    }
  }

  // How much later the second must run not to meet the first.
  static std::optional<minutes> find_shift(const std::vector<Arrival>& ones,
                                           const std::vector<Arrival>& others) {
    constexpr minutes kStep(30);
    for (minutes shift = kStep; shift < std::chrono::days(1); shift += kStep) {
      if (!find_meeting(ones, others, shift)) {
        return shift;
      }
    }
    return std::nullopt;
  }

  void report(Index one,
              Index other,
              const std::vector<Index>& services,
              const Meeting& meeting,
              std::optional<minutes> shift) {
    const Backup& first = policy_.backups[one];
    const Backup& second = policy_.backups[other];
    const Zone& zone = *context_.zone();
    Diagnostic finding{
        .kind = DiagnosticKind::StoppedTwice,
        .primary = second.schedule->span,
        .message = fmt::format("backups `{}` and `{}` both stop {} at one time", first.name,
                               second.name, services_text(policy_, services)),
        .witness = {fmt::format("a run from {} to {}", instant_text(meeting.one.begun, zone),
                                instant_text(meeting.one.available, zone)),
                    fmt::format("the other from {} on", instant_text(meeting.other.begun, zone))},
        .help = shift ? fmt::format("let `{}` run {} later, or cover the service in one of them",
                                    second.name, elapsed_text(Duration{seconds(*shift).count()}))
                      : "cover the service in one of them",
    };
    add_subject(finding, "backup", first.name);
    add_subject(finding, "backup", second.name);
    for (const Index service : services) {
      finding.subjects.push_back({"service", policy_.services[service].name});
    }
    add_label(finding, first.schedule->span, "the other backup runs then");
    for (const Reference& schedule : {*first.schedule, *second.schedule}) {
      const Schedule& declared = policy_.schedules[schedule.value];
      add_label(finding, declared.rule.span, "runs so often");
      if (declared.window) {
        add_label(finding, declared.window->span, "a run may take so long");
      }
    }
    add_label(finding, *policy_.services[services.front()].quiesce_stop, "is stopped by both");
    context_.diagnostics().add(std::move(finding));
  }

  ProofContext& context_;
  const Policy& policy_;
};

}  // namespace

void check_contention(ProofContext& context) {
  ContentionCheck(context).run();
}

}  // namespace backstay::compiler
