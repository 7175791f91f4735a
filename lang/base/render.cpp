#include "lang/base/render.hpp"

#include <algorithm>
#include <map>
#include <vector>

#include <fmt/format.h>

#include "lang/base/printable.hpp"
#include "lang/base/withheld.hpp"

namespace backstay::lang {
namespace {

constexpr std::string_view kBold = "\x1b[1m";
constexpr std::string_view kRed = "\x1b[1;31m";
constexpr std::string_view kYellow = "\x1b[1;33m";
constexpr std::string_view kBlue = "\x1b[1;34m";
constexpr std::string_view kReset = "\x1b[0m";

constexpr std::size_t kWidestExcerpt =
    140;  // longer lines are shown in part, around their first mark
constexpr std::size_t kBeforeMark = 60;

/// A span on one line of one file, with what is written beside it.
struct Mark {
  Span span;
  std::string_view text;
  bool primary = false;
};

// The kinds whose primary place holds a secret.
bool shows_secret(DiagnosticKind kind) {
  return kind == DiagnosticKind::SecretInArguments || kind == DiagnosticKind::SecretInText ||
         kind == DiagnosticKind::SecretLiteral || kind == DiagnosticKind::PrivateKeyInPolicy;
}

/// Writes one finding.
class Renderer {
 public:
  Renderer(const Diagnostic& finding,
           const SourceSet& sources,
           const Withheld& withheld,
           const RenderOptions& options)
      : finding_(withheld.finding(finding)),
        sources_(sources),
        withheld_(withheld),
        options_(options) {}

  std::string run() {
    collect_marks();
    header();
    bool first = true;
    for (const auto& [file, lines] : marks_by_order()) {
      section(file, lines, first);
      first = false;
    }
    for (const std::string& line : finding_.witness) {
      note("witness", line);
    }
    if (!finding_.help.empty()) {
      note("help", finding_.help);
    }
    return std::move(out_);
  }

 private:
  using Lines = std::map<std::size_t, std::vector<Mark>>;

  void paint(std::string_view color, std::string_view text) {
    out_ += options_.color ? color : "";
    out_ += text;
    out_ += options_.color ? kReset : "";
  }

  [[nodiscard]] std::string safe(std::string_view text) const {
    return printable(text, options_.unicode);
  }

  [[nodiscard]] std::string_view severity_color() const {
    return finding_.severity() == Severity::Error ? kRed : kYellow;
  }

  void collect_marks() {
    add_mark({finding_.primary, finding_.primary_label, true});
    for (const Label& label : finding_.labels) {
      add_mark({label.span, label.text, false});
    }
  }

  void add_mark(const Mark& mark) {
    if (mark.span.file >= sources_.size()) {
      return;
    }
    const std::size_t line = sources_.file(mark.span.file).locate(mark.span.begin).line;
    marks_[mark.span.file][line].push_back(mark);
    gutter_ = std::max(gutter_, std::to_string(line).size());
  }

  // The primary file first, then the others as they were read.
  [[nodiscard]] std::vector<std::pair<FileId, Lines>> marks_by_order() const {
    std::vector<std::pair<FileId, Lines>> ordered(marks_.begin(), marks_.end());
    std::stable_partition(ordered.begin(), ordered.end(), [this](const auto& entry) {
      return entry.first == finding_.primary.file;
    });
    return ordered;
  }

  void header() {
    const bool error = finding_.severity() == Severity::Error;
    paint(severity_color(),
          fmt::format("{}[{}]", error ? "error" : "warning", info(finding_.kind).code));
    paint(kBold, ": " + safe(finding_.message));
    out_ += '\n';
  }

  void section(FileId id, const Lines& lines, bool first) {
    const SourceFile& file = sources_.file(id);
    const Span& place = first ? finding_.primary : lines.begin()->second.front().span;
    const LineColumn at = file.locate(place.begin);
    out_ += std::string(gutter_, ' ');
    paint(kBlue, first ? "--> " : "::: ");
    out_ += fmt::format("{}:{}:{}\n", safe(file.name()), at.line, at.column);
    if (file.text().empty()) {
      return;
    }
    bar();
    out_ += '\n';
    std::size_t previous = 0;
    for (const auto& [line, marks] : lines) {
      if (previous != 0 && line > previous + 1) {
        paint(kBlue, "...");
        out_ += '\n';
      }
      excerpt(id, line, marks);
      previous = line;
    }
  }

  void bar() {
    out_ += std::string(gutter_ + 1, ' ');
    paint(kBlue, "|");
  }

  // What holds a secret is pointed at and not repeated: findings end up in logs.
  [[nodiscard]] std::string without_secrets(std::string text,
                                            std::size_t line_begin,
                                            const std::vector<Mark>& marks) const {
    for (const Mark& mark : marks) {
      if (mark.primary && shows_secret(finding_.kind)) {
        const std::size_t begin = std::min<std::size_t>(mark.span.begin - line_begin, text.size());
        const std::size_t end = std::min<std::size_t>(mark.span.end - line_begin, text.size());
        std::fill(text.begin() + static_cast<std::ptrdiff_t>(begin),
                  text.begin() + static_cast<std::ptrdiff_t>(end), '*');
      }
    }
    return text;
  }

  void excerpt(FileId file, std::size_t line, const std::vector<Mark>& marks) {
    const std::size_t line_begin = sources_.file(file).line_begin(line);
    const std::string text = without_secrets(withheld_.line(file, line), line_begin, marks);
    const std::size_t mark_byte =
        std::min<std::size_t>(marks.front().span.begin - line_begin, text.size());
    // A long line is cut before it is made printable, between code points.
    std::size_t from = 0;
    std::size_t to = text.size();
    if (text.size() > kWidestExcerpt) {
      from = between_characters(text, mark_byte > kBeforeMark ? mark_byte - kBeforeMark : 0);
      to = between_characters(text, std::min(text.size(), from + kWidestExcerpt));
    }
    const std::string_view before = from > 0 ? "..." : "";
    const PrintableLine shown = printable_line(text.substr(from, to - from), options_.unicode);
    paint(kBlue, fmt::format("{:>{}} |", line, gutter_));
    out_ += fmt::format(" {}{}{}\n", before, shown.text, to < text.size() ? "..." : "");
    for (const Mark& mark : marks) {
      const auto column = [&](std::size_t offset) {
        const std::size_t byte = std::clamp(offset - line_begin, from, to) - from;
        return before.size() + shown.column_of[byte];
      };
      const std::size_t begin = column(mark.span.begin);
      const std::size_t end = column(std::max<std::size_t>(mark.span.end, mark.span.begin));
      bar();
      out_ += std::string(begin + 1, ' ');
      const std::string line_of_carets(std::max<std::size_t>(end > begin ? end - begin : 0, 1),
                                       mark.primary ? '^' : '-');
      const std::string label = mark.text.empty() ? "" : " " + safe(mark.text);
      paint(mark.primary ? severity_color() : kBlue, line_of_carets + label);
      out_ += '\n';
    }
  }

  static std::size_t between_characters(std::string_view text, std::size_t at) {
    while (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0U) == 0x80U) {
      ++at;
    }
    return at;
  }

  void note(std::string_view name, std::string_view text) {
    out_ += std::string(gutter_ + 1, ' ');
    paint(kBlue, "=");
    paint(kBold, fmt::format(" {}:", name));
    out_ += fmt::format(" {}\n", safe(text));
  }

  const Diagnostic finding_;
  const SourceSet& sources_;
  const Withheld& withheld_;
  const RenderOptions& options_;
  std::map<FileId, Lines> marks_;
  std::size_t gutter_ = 1;
  std::string out_;
};

std::string counted(std::size_t count, std::string_view noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

}  // namespace

std::string render(const Diagnostic& finding,
                   const SourceSet& sources,
                   const RenderOptions& options) {
  return Renderer(finding, sources, Withheld(sources), options).run();
}

std::string render_all(const Diagnostics& findings,
                       const SourceSet& sources,
                       const RenderOptions& options) {
  if (findings.all().empty()) {
    return {};
  }
  const Withheld withheld(sources);
  std::string text;
  for (const Diagnostic& finding : findings.sorted()) {
    text += Renderer(finding, sources, withheld, options).run() + "\n";
  }
  const std::size_t errors = findings.error_count();
  const std::size_t warnings = findings.warning_count();
  text += errors > 0 ? counted(errors, "error") : "";
  text += errors > 0 && warnings > 0 ? ", " : "";
  text += warnings > 0 ? counted(warnings, "warning") : "";
  text += findings.not_kept() > 0 ? fmt::format("; {} of these are not shown", findings.not_kept())
                                  : "";
  return text + "\n";
}

std::string render_silenced(const Diagnostics& findings,
                            const SourceSet& sources,
                            const RenderOptions& options) {
  if (findings.silenced().empty()) {
    return {};
  }
  const Withheld withheld(sources);
  std::string text;
  for (const Silenced& one : findings.silenced()) {
    const Diagnostic& finding = one.finding;
    const SourceFile& file = sources.file(finding.primary.file);
    const std::string line = fmt::format("allowed until {}: {} on {} {}: {} ({}:{}): {}",
                                         one.by.until, info(finding.kind).code, one.by.subject.kind,
                                         one.by.subject.name, finding.message, file.name(),
                                         file.locate(finding.primary.begin).line, one.by.because);
    text += printable(withheld.text(line), options.unicode) + "\n";
  }
  return text;
}

}  // namespace backstay::lang
