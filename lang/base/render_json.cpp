#include <set>

#include <nlohmann/json.hpp>

#include "lang/base/fix.hpp"
#include "lang/base/printable.hpp"
#include "lang/base/render.hpp"
#include "lang/base/withheld.hpp"

namespace backstay::lang {
namespace {

using Json = nlohmann::ordered_json;

Json place_json(const Span& span, const SourceSet& sources) {
  Json place;
  if (span.file >= sources.size()) {
    return place;
  }
  const SourceFile& file = sources.file(span.file);
  const LineColumn begin = file.locate(span.begin);
  const LineColumn end = file.locate(span.end);
  place["file"] = file.name();
  place["line"] = begin.line;
  place["column"] = begin.column;
  place["end_line"] = end.line;
  place["end_column"] = end.column;
  place["begin"] = span.begin;
  place["end"] = span.end;
  return place;
}

Json fix_json(const Fix& fix, const SourceSet& sources) {
  Json json;
  json["title"] = fix.title;
  json["edits"] = Json::array();
  for (const Edit& edit : fix.edits) {
    const Edit bytes = exact(edit, sources);
    Json change = place_json(bytes.span, sources);
    change["text"] = bytes.text;
    json["edits"].push_back(std::move(change));
  }
  return json;
}

Json finding_json(const Diagnostic& finding, const SourceSet& sources) {
  const DiagnosticInfo& kind = info(finding.kind);
  Json json;
  json["code"] = kind.code;
  json["name"] = kind.name;
  json["severity"] = kind.severity == Severity::Error ? "error" : "warning";
  json["summary"] = kind.summary;
  json["message"] = finding.message;
  json["primary"] = place_json(finding.primary, sources);
  json["primary"]["label"] = finding.primary_label;
  json["labels"] = Json::array();
  for (const Label& label : finding.labels) {
    Json place = place_json(label.span, sources);
    place["label"] = label.text;
    json["labels"].push_back(std::move(place));
  }
  json["witness"] = finding.witness;
  json["help"] = finding.help;
  json["fixes"] = Json::array();
  for (const Fix& fix : finding.fixes) {
    json["fixes"].push_back(fix_json(fix, sources));
  }
  return json;
}

Json silenced_json(const Silenced& silenced, const SourceSet& sources, const Withheld& withheld) {
  const Allowance& by = silenced.by;
  return {{"code", info(silenced.finding.kind).code},
          {"subject", by.subject.kind + " " + by.subject.name},
          {"message", withheld.text(silenced.finding.message)},
          {"primary", place_json(silenced.finding.primary, sources)},
          {"because", withheld.text(by.because)},
          {"until", by.until},
          {"allow", place_json(by.span, sources)}};
}

std::string text_of(const Json& json, int indent) {
  return safe_json(json.dump(indent, ' ', false, Json::error_handler_t::replace));
}

}  // namespace

std::string render_json(std::span<const Findings> policies,
                        const std::vector<std::string>& failures) {
  Json findings = Json::array();
  Json silenced = Json::array();
  std::set<std::string> seen;
  std::size_t errors = 0;
  std::size_t warnings = 0;
  std::size_t not_shown = 0;
  for (const Findings& policy : policies) {
    const std::vector<Diagnostic> sorted = policy.diagnostics.sorted();
    const Withheld withheld(policy.sources);
    for (const Diagnostic& finding : sorted) {
      Json json = finding_json(withheld.finding(finding), policy.sources);
      if (policies.size() < 2 || seen.insert(text_of(json, -1)).second) {
        ++(finding.severity() == Severity::Error ? errors : warnings);
        findings.push_back(std::move(json));
      }
    }
    for (const Silenced& one : policy.diagnostics.silenced()) {
      silenced.push_back(silenced_json(one, policy.sources, withheld));
    }
    not_shown += policy.diagnostics.not_kept();
  }
  const Json document = {{"schema_version", 1},
                         {"findings", std::move(findings)},
                         {"silenced", std::move(silenced)},
                         {"errors", errors},
                         {"warnings", warnings},
                         {"not_shown", not_shown},
                         {"failures", failures}};
  return text_of(document, 2) + "\n";
}

std::string render_json(const Diagnostics& findings, const SourceSet& sources) {
  const std::vector<Findings> one = {{findings, sources}};
  return render_json(one, {});
}

}  // namespace backstay::lang
