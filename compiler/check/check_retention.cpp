// A retention that keeps nothing would delete each backup after it was made.
#include <utility>

#include <fmt/format.h>

#include "compiler/check/checks.hpp"
#include "compiler/check/report.hpp"
#include "lang/base/fix.hpp"

namespace backstay::compiler {
namespace {

using lang::Diagnostic;
using lang::DiagnosticKind;

/// The counting rules that stand in the retention.
std::vector<Located<std::int64_t>> counts_of(const Retention& retention) {
  std::vector<Located<std::int64_t>> counts;
  for (const auto* rule : {&retention.last, &retention.hourly, &retention.daily, &retention.weekly,
                           &retention.monthly, &retention.quarterly, &retention.yearly}) {
    if (*rule) {
      counts.push_back(**rule);
    }
  }
  return counts;
}

bool keeps_something(const Retention& retention) {
  for (const Located<std::int64_t>& count : counts_of(retention)) {
    if (count.value > 0) {
      return true;
    }
  }
  return (retention.all_for && retention.all_for->value.seconds > 0) ||
         (retention.at_least && retention.at_least->value > 0);
}

void report_keeps_nothing(const Retention& retention, lang::Diagnostics& diagnostics) {
  Diagnostic finding{
      .kind = DiagnosticKind::KeepsNothing,
      .primary = retention.span,
      .message = fmt::format("retention `{}` keeps nothing", retention.name),
      .help = "say what to keep, for example `daily 7` and `weekly 4`",
  };
  for (const Located<std::int64_t>& count : counts_of(retention)) {
    add_label(finding, count.span, "keeps none");
  }
  if (retention.all_for) {
    add_label(finding, retention.all_for->span, "keeps none");
  }
  diagnostics.add(std::move(finding));
}

}  // namespace

void check_retention(const Policy& policy, lang::Diagnostics& diagnostics) {
  for (const Retention& retention : policy.retentions) {
    const bool too_low = retention.at_least && retention.at_least->value < 1;
    if (too_low) {
      diagnostics.add({
          .kind = DiagnosticKind::AtLeastTooLow,
          .primary = retention.at_least->span,
          .message = fmt::format("retention `{}` may delete every backup: `at-least {}`",
                                 retention.name, retention.at_least->value),
          .help = "write `at-least 1` or more, or leave it out: 3 is meant then",
          .fixes = {lang::replace(retention.at_least->span, "1")},
      });
    }
    if (!too_low && !keeps_something(retention)) {
      report_keeps_nothing(retention, diagnostics);
    }
  }
}

}  // namespace backstay::compiler
