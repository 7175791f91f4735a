#include "lang/base/diagnostic.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <tuple>
#include <utility>

namespace backstay::lang {
namespace {

constexpr std::size_t kMostFindings = 1'000;      // kept, of each severity
constexpr std::size_t kMostRemembered = 100'000;  // to find equal ones

constexpr std::array kInfos = {
#define BACKSTAY_DIAGNOSTIC(name, code, severity, summary) \
  DiagnosticInfo{#name, "BST" #code, Severity::severity, summary},
#include "lang/base/diagnostic_kinds.def"
#undef BACKSTAY_DIAGNOSTIC
};

std::uint64_t fingerprint(const Diagnostic& finding) {
  std::uint64_t hash = std::hash<std::string>{}(finding.message);
  for (const std::uint64_t part :
       {static_cast<std::uint64_t>(finding.kind), std::uint64_t{finding.primary.file},
        std::uint64_t{finding.primary.begin}, std::uint64_t{finding.primary.end}}) {
    hash = (hash ^ part) * 0x9E3779B97F4A7C15U;
    hash ^= hash >> 29U;
  }
  return hash;
}

bool stands_before(const Diagnostic& left, const Diagnostic& right) {
  return std::tuple(left.primary.file, left.primary.begin, info(left.kind).code) <
         std::tuple(right.primary.file, right.primary.begin, info(right.kind).code);
}

}  // namespace

const DiagnosticInfo& info(DiagnosticKind kind) {
  return kInfos.at(static_cast<std::size_t>(kind));
}

const std::vector<DiagnosticKind>& all_diagnostic_kinds() {
  static const std::vector<DiagnosticKind> kinds = [] {
    std::vector<DiagnosticKind> all;
    for (std::size_t index = 0; index < kInfos.size(); ++index) {
      all.push_back(static_cast<DiagnosticKind>(index));
    }
    std::stable_sort(all.begin(), all.end(), [](DiagnosticKind left, DiagnosticKind right) {
      return info(left).code < info(right).code;
    });
    return all;
  }();
  return kinds;
}

void Diagnostics::add(Diagnostic diagnostic) {
  const bool known = seen_.size() < kMostRemembered ? !seen_.insert(fingerprint(diagnostic)).second
                                                    : seen_.contains(fingerprint(diagnostic));
  if (known) {
    return;
  }
  const bool error = diagnostic.severity() == Severity::Error;
  errors_ += error ? 1 : 0;
  std::size_t& kept = error ? kept_errors_ : kept_warnings_;
  if (kept == kMostFindings) {
    ++not_kept_;
    return;
  }
  ++kept;
  if (diagnostic.subjects.empty()) {
    diagnostic.subjects = subjects_;
  }
  findings_.push_back(std::move(diagnostic));
}

void Diagnostics::silence(
    const std::function<std::optional<Allowance>(const Diagnostic&)>& allows) {
  std::vector<Diagnostic> heard;
  heard.reserve(findings_.size());
  for (Diagnostic& finding : findings_) {
    std::optional<Allowance> by = allows(finding);
    if (!by) {
      heard.push_back(std::move(finding));
      continue;
    }
    const bool error = finding.severity() == Severity::Error;
    errors_ -= error ? 1 : 0;
    --(error ? kept_errors_ : kept_warnings_);
    silenced_.push_back({std::move(finding), *std::move(by)});
  }
  findings_ = std::move(heard);
  std::stable_sort(silenced_.begin(), silenced_.end(),
                   [](const Silenced& left, const Silenced& right) {
                     return stands_before(left.finding, right.finding);
                   });
}

std::vector<Diagnostic> Diagnostics::sorted() const {
  std::vector<Diagnostic> sorted = findings_;
  std::stable_sort(sorted.begin(), sorted.end(), stands_before);
  return sorted;
}

}  // namespace backstay::lang
