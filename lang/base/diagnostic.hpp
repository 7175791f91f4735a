// Mistakes in a policy or plan file: collected, never thrown, so that one run reports all of them.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include "lang/base/span.hpp"

namespace backstay::lang {

/// What a finding is about. The list, with codes and severities, is diagnostic_kinds.def.
enum class DiagnosticKind : std::uint16_t {
#define BACKSTAY_DIAGNOSTIC(name, code, severity, summary) name,
#include "lang/base/diagnostic_kinds.def"
#undef BACKSTAY_DIAGNOSTIC
};

enum class Severity : std::uint8_t { Warning, Error };

/// The fixed facts of a kind, from its line in diagnostic_kinds.def.
struct DiagnosticInfo {
  std::string_view name;  ///< `UnknownName`
  std::string_view code;  ///< `BST0101`: stable for ever
  Severity severity;
  std::string_view summary;  ///< one line, the same for every finding of the kind
};

[[nodiscard]] const DiagnosticInfo& info(DiagnosticKind kind);
/// All kinds in the order of their codes.
[[nodiscard]] const std::vector<DiagnosticKind>& all_diagnostic_kinds();

/// A further line that contributes to a finding.
struct Label {
  Span span;
  std::string text;
};

/// One change of a text. Made by the helpers of fix.hpp.
struct Edit {
  Span span;         ///< what goes; empty: an insertion
  std::string text;  ///< what comes in its place
  /// The change is one of whole lines: with a text, that comes as a line of its own below the line
  /// that `span` begins on; without one, the lines of `span` go where nothing else stands on them.
  bool lines = false;
};

/// A change that mends a finding for certain: a machine may carry it out when it is told to.
struct Fix {
  std::string title;  ///< what it does, as a command: `replace with `nova``
  std::vector<Edit> edits;
};

/// A declaration that a finding is about, in the words of an `allow`: `target`, `offsite`.
struct Subject {
  std::string kind;
  std::string name;

  friend bool operator==(const Subject&, const Subject&) = default;
};

/// One finding. Wording: lower-case start, no final stop, code in backticks, what was seen first.
struct Diagnostic {
  DiagnosticKind kind;
  Span primary;  ///< the smallest span that shows the mistake; one line
  std::string message;
  std::string primary_label = {};         ///< text beside the caret; may be empty
  std::vector<Label> labels = {};         ///< every other line that contributes
  std::vector<std::string> witness = {};  ///< the example that proves the finding, a line each
  std::string help = {};                  ///< what to do; may be empty
  std::vector<Fix> fixes = {};            ///< changes that mend it, the likeliest first
  std::vector<Subject> subjects = {};     ///< none: the declaration that `primary` stands in

  [[nodiscard]] Severity severity() const { return info(kind).severity; }
};

/// `allow CODE on KIND NAME because "…" until DATE`, as far as findings are concerned.
struct Allowance {
  Subject subject;
  std::string because;
  std::string until;  ///< `2027-06-30`: the last day on which it holds
  Span span;
};

/// A finding that the policy says it lives with.
struct Silenced {
  Diagnostic finding;
  Allowance by;
};

/// The sink that all phases report into. A finding equal in kind, place and message is kept once;
/// of errors and of warnings the first 1,000 are kept, the others counted: a hostile file has a
/// million.
class Diagnostics {
 public:
  void add(Diagnostic diagnostic);

  [[nodiscard]] bool has_errors() const { return errors_ > 0; }

  [[nodiscard]] std::size_t error_count() const { return errors_; }

  [[nodiscard]] std::size_t warning_count() const { return findings_.size() + not_kept_ - errors_; }

  /// Findings that were counted and not kept.
  [[nodiscard]] std::size_t not_kept() const { return not_kept_; }

  /// In the order of report.
  [[nodiscard]] const std::vector<Diagnostic>& all() const { return findings_; }

  /// What the findings are about that are added from now on and do not say so themselves.
  void set_subjects(std::vector<Subject> subjects) { subjects_ = std::move(subjects); }

  /// Takes out every finding that `allows` has an answer for; it is kept in silenced().
  void silence(const std::function<std::optional<Allowance>(const Diagnostic&)>& allows);

  /// By file, then by place, then by code.
  [[nodiscard]] const std::vector<Silenced>& silenced() const { return silenced_; }

  /// By file, then by place, then by code.
  [[nodiscard]] std::vector<Diagnostic> sorted() const;

 private:
  std::vector<Diagnostic> findings_;
  std::vector<Silenced> silenced_;
  std::vector<Subject> subjects_;
  std::unordered_set<std::uint64_t> seen_;  // hashes of (kind, primary, message)
  std::size_t errors_ = 0;
  std::size_t kept_errors_ = 0;
  std::size_t kept_warnings_ = 0;
  std::size_t not_kept_ = 0;
};

}  // namespace backstay::lang
