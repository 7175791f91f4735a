#include "compiler/check/report.hpp"

#include <algorithm>
#include <utility>

namespace backstay::compiler {

void add_label(lang::Diagnostic& finding, const Span& span, std::string text) {
  const bool shown = span == finding.primary ||
                     std::any_of(finding.labels.begin(), finding.labels.end(),
                                 [&](const lang::Label& label) { return label.span == span; });
  if (!shown) {
    finding.labels.push_back({span, std::move(text)});
  }
}

void add_subject(lang::Diagnostic& finding, std::string kind, std::string name) {
  lang::Subject subject{std::move(kind), std::move(name)};
  auto& subjects = finding.subjects;
  if (std::find(subjects.begin(), subjects.end(), subject) == subjects.end()) {
    subjects.push_back(std::move(subject));
  }
}

void add_service_label(lang::Diagnostic& finding,
                       const Service& service,
                       const Span& contributing) {
  add_subject(finding, "service", service.name);
  const bool same_file = service.span.file == contributing.file;
  const bool inside = same_file && service.block.begin <= contributing.begin &&
                      contributing.end <= service.block.end;
  // What starts from no profile has no lines but its own.
  const bool own = inside || (same_file && service.profile.empty());
  if (!own) {
    add_label(finding, service.span, "for service `" + service.name + "`");
  }
}

std::string join_names(const std::vector<std::string>& names) {
  std::string text;
  for (std::size_t at = 0; at < names.size(); ++at) {
    const bool is_last = at + 1 == names.size();
    text += at == 0 ? "" : (is_last ? " and " : ", ");
    text += "`" + names[at] + "`";
  }
  return text;
}

}  // namespace backstay::compiler
