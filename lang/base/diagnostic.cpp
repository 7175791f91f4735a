#include "lang/base/diagnostic.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <tuple>

namespace backstay::lang {
namespace {

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
  if (!seen_.insert(fingerprint(diagnostic)).second) {
    return;
  }
  errors_ += diagnostic.severity() == Severity::Error ? 1 : 0;
  findings_.push_back(std::move(diagnostic));
}

std::vector<Diagnostic> Diagnostics::sorted() const {
  std::vector<Diagnostic> sorted = findings_;
  std::stable_sort(
      sorted.begin(), sorted.end(), [](const Diagnostic& left, const Diagnostic& right) {
        return std::tuple(left.primary.file, left.primary.begin, info(left.kind).code) <
               std::tuple(right.primary.file, right.primary.begin, info(right.kind).code);
      });
  return sorted;
}

}  // namespace backstay::lang
