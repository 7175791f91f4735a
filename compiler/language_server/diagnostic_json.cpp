#include "compiler/language_server/diagnostic_json.hpp"

#include <nlohmann/json.hpp>

namespace backstay::compiler::lsp {
namespace {

using lang::DiagnosticKind;

// DiagnosticSeverity and DiagnosticTag of the protocol.
constexpr int kError = 1;
constexpr int kWarning = 2;
constexpr int kUnnecessary = 1;

bool is_unnecessary(DiagnosticKind kind) {
  return kind == DiagnosticKind::UnusedDeclaration || kind == DiagnosticKind::RedundantExcept ||
         kind == DiagnosticKind::RedundantKeep || kind == DiagnosticKind::UnreachableExcept;
}

// A label on the command line stands in no document.
bool has_place(const Project& project, const lang::Span& span) {
  const std::string& name = project.sources.file(span.file).name();
  return (name.starts_with('/') || name.starts_with("<stdlib>")) && !is_stand_in(name);
}

}  // namespace

Json diagnostic_json(const lang::Diagnostic& finding,
                     const lang::Span& place,
                     const Project& project,
                     const Client& client,
                     Places& places) {
  const lang::DiagnosticInfo& kind = lang::info(finding.kind);
  Json json{{"range", places.range(project.range_of(place))},
            {"severity", kind.severity == lang::Severity::Error ? kError : kWarning},
            {"code", kind.code},
            {"source", "backstay"},
            {"message", message_of(finding)},
            {"data", {{"summary", kind.summary}, {"explain", std::string(kind.code)}}}};
  if (is_unnecessary(finding.kind)) {
    json["tags"] = Json::array({kUnnecessary});
  }
  if (!client.related_information) {
    return json;
  }
  Json related = Json::array();
  if (place != finding.primary && has_place(project, finding.primary)) {
    related.push_back({{"location", places.location(project.range_of(finding.primary))},
                       {"message", "found here"}});
  }
  for (const lang::Label& label : finding.labels) {
    if (has_place(project, label.span)) {
      related.push_back(
          {{"location", places.location(project.range_of(label.span))}, {"message", label.text}});
    }
  }
  if (!related.empty()) {
    json["relatedInformation"] = std::move(related);
  }
  return json;
}

}  // namespace backstay::compiler::lsp
