#include "compiler/check/allows.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <string_view>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "compiler/calendar/date.hpp"
#include "compiler/calendar/time_text.hpp"
#include "compiler/check/report.hpp"
#include "compiler/model/declared_names.hpp"
#include "lang/base/suggest.hpp"

namespace backstay::compiler {
namespace {

using lang::Diagnostic;
using lang::DiagnosticKind;
using lang::Diagnostics;

bool is_known_code(std::string_view code) {
  const auto& kinds = lang::all_diagnostic_kinds();
  return std::any_of(kinds.begin(), kinds.end(),
                     [code](DiagnosticKind kind) { return lang::info(kind).code == code; });
}

/// Why no `allow` can be of this code; empty where it can.
std::string_view refusal(std::string_view code) {
  using Refusal = std::pair<std::string_view, std::string_view>;
  constexpr std::array<Refusal, 15> kRefused{{
      {"BST00", "what cannot be read cannot be carried out"},
      {"BST01", "what is not there cannot be carried out"},
      {"BST02", "what has no sound value cannot be carried out"},
      {"BST0401", "without a zone no schedule has a time"},
      {"BST0402", "without a zone no schedule has a time"},
      {"BST0405", "a schedule that cannot be read never runs"},
      {"BST0408", "a schedule that cannot be read never runs"},
      {"BST0603", "the secret would stand in every plan"},
      {"BST0640", "the secret would stand in every plan"},
      {"BST0641", "the secret would stand in every plan"},
      {"BST07", "without a sound order nothing can be restored"},
      {"BST0901", "a reason is written, not waived"},
      {"BST0907", "an `allow` does not allow another one"},
      {"BST0908", "an `allow` does not allow another one"},
      {"BST0909", "an `allow` does not allow another one"},
  }};
  for (const auto& [family, why] : kRefused) {
    if (code.starts_with(family)) {
      return why;
    }
  }
  return {};
}

/// What an `allow` says, as one key.
using StandingKey = std::tuple<std::string_view, std::string_view, std::string_view>;

class AllowPass {
 public:
  AllowPass(const Policy& policy,
            const DeclarationPlaces& places,
            std::optional<std::chrono::local_days> today,
            Diagnostics& diagnostics)
      : policy_(policy), places_(places), today_(today), diagnostics_(diagnostics) {}

  void run() {
    for (const Allow& allow : policy_.allows) {
      if (accept(allow)) {
        standing_.try_emplace({allow.code.value, allow.kind.value, allow.name.value},
                              Standing{&allow});
      }
    }
    diagnostics_.silence([this](const Diagnostic& finding) { return allowance_of(finding); });
    report_idle();
    for (Diagnostic& finding : findings_) {
      diagnostics_.add(std::move(finding));
    }
  }

 private:
  struct Standing {
    const Allow* allow;
    bool used = false;
  };

  void report(DiagnosticKind kind,
              const Allow& allow,
              const Span& place,
              std::string message,
              std::string help) {
    Diagnostic finding{
        .kind = kind, .primary = place, .message = std::move(message), .help = std::move(help)};
    add_subject(finding, "allow", allow.code.value);
    findings_.push_back(std::move(finding));
  }

  /// Does it hold? What keeps it from that is reported.
  bool accept(const Allow& allow) {
    if (allow.because.value.find_first_not_of(" \t") == std::string::npos) {
      report(DiagnosticKind::MissingBecause, allow, allow.because.span,
             fmt::format("the `allow` of {} gives no reason", allow.code.value),
             "say in `because \"…\"` why the finding may stand until then");
    }
    if (!is_known_code(allow.code.value)) {
      report(DiagnosticKind::AllowRefused, allow, allow.code.span,
             fmt::format("no finding has the code {}", allow.code.value),
             "copy the code from the finding: it stands in brackets");
      return false;
    }
    if (const std::string_view why = refusal(allow.code.value); !why.empty()) {
      report(DiagnosticKind::AllowRefused, allow, allow.code.span,
             fmt::format("{} cannot be allowed: {}", allow.code.value, why),
             "remove the line, and mend what the finding shows");
      return false;
    }
    return stands_with_promise(allow) && !is_over(allow);
  }

  /// Promises have reviewers of their own, and so have the exceptions to them.
  bool stands_with_promise(const Allow& allow) {
    if (!allow.code.value.starts_with("BST08") || policy_.requirements.empty()) {
      return true;
    }
    const auto& all = policy_.requirements;
    if (std::any_of(all.begin(), all.end(), [&](const Requirement& requirement) {
          return requirement.span.file == allow.span.file;
        })) {
      return true;
    }
    report(DiagnosticKind::AllowRefused, allow, allow.code.span,
           fmt::format("{} can be allowed only in the file that promises it", allow.code.value),
           "move the line to the file that holds the `require`");
    add_label(findings_.back(), all.front().span, "promised here");
    return false;
  }

  bool is_over(const Allow& allow) {
    const auto last = parse_date(allow.until.value);
    if (!last || !today_ || *today_ <= *last) {
      return false;
    }
    report(DiagnosticKind::AllowExpired, allow, allow.until.span,
           fmt::format("the `allow` of {} on {} `{}` is over since {}", allow.code.value,
                       allow.kind.value, allow.name.value, date_text(*last + std::chrono::days{1})),
           "mend the finding and remove the line, or look at the reason again and set a later day");
    findings_.back().witness = {fmt::format("today is {}", date_text(*today_))};
    return true;
  }

  std::optional<lang::Allowance> allowance_of(const Diagnostic& finding) {
    if (standing_.empty()) {
      return std::nullopt;
    }
    const std::string_view code = lang::info(finding.kind).code;
    const auto by_subject = [&](const lang::Subject& subject) -> std::optional<lang::Allowance> {
      about_[std::string(code)].push_back(subject);
      const auto standing = standing_.find({code, subject.kind, subject.name});
      if (standing == standing_.end()) {
        return std::nullopt;
      }
      standing->second.used = true;
      const Allow& allow = *standing->second.allow;
      return lang::Allowance{subject, allow.because.value, allow.until.value, allow.span};
    };
    std::optional<lang::Allowance> found;
    for (const lang::Subject& subject : finding.subjects) {
      const auto by = by_subject(subject);
      found = found ? found : by;
    }
    if (const auto subject = places_.at(finding.primary)) {
      const auto by = by_subject(*subject);
      found = found ? found : by;
    }
    return found;
  }

  void report_idle() {
    for (const auto& [key, standing] : standing_) {
      if (!standing.used) {
        const Allow& allow = *standing.allow;
        report(DiagnosticKind::AllowUnused, allow, allow.span,
               fmt::format("the `allow` of {} on {} `{}` silences nothing", allow.code.value,
                           allow.kind.value, allow.name.value),
               help_for(allow));
      }
    }
  }

  [[nodiscard]] std::string help_for(const Allow& allow) const {
    const auto names = declared_names(policy_, allow.kind.value);
    if (!names && allow.kind.value != "profile") {
      return fmt::format("there is no declaration of kind `{}`; remove the line", allow.kind.value);
    }
    if (names && !std::binary_search(names->begin(), names->end(), allow.name.value)) {
      const std::string meant = did_you_mean(allow.name.value, *names);
      return fmt::format("no {} is called `{}`; {}", allow.kind.value, allow.name.value,
                         meant.empty() ? "remove the line" : meant);
    }
    const auto others = about_.find(allow.code.value);
    if (others != about_.end()) {
      for (const lang::Subject& subject : others->second) {
        if (!subject.name.empty()) {
          return fmt::format("remove the line; the {} that there is, is about {} `{}`",
                             allow.code.value, subject.kind, subject.name);
        }
      }
    }
    return "remove the line: the finding is gone";
  }

  const Policy& policy_;
  const DeclarationPlaces& places_;
  std::optional<std::chrono::local_days> today_;
  Diagnostics& diagnostics_;
  std::map<StandingKey, Standing> standing_;
  std::map<std::string, std::vector<lang::Subject>> about_;  // by code: what findings are about
  std::vector<Diagnostic> findings_;
};

}  // namespace

void apply_allows(const Policy& policy,
                  const DeclarationPlaces& places,
                  std::optional<std::chrono::local_days> today,
                  Diagnostics& diagnostics) {
  if (!policy.allows.empty()) {
    AllowPass(policy, places, today, diagnostics).run();
  }
}

}  // namespace backstay::compiler
