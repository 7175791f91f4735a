#include "cli/render/findings_sarif.hpp"

#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/render/finding_fingerprints.hpp"
#include "cli/render/json_text.hpp"
#include "lang/base/embedded.hpp"
#include "lang/base/fix.hpp"
#include "lang/base/printable.hpp"
#include "lang/base/withheld.hpp"

namespace backstay::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kSchema =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";
constexpr std::string_view kStandardLibrary = "<stdlib>/";  // as standard_library_source_name()

std::string_view level_of(lang::Severity severity) {
  switch (severity) {
    case lang::Severity::Warning:
      return "warning";
    case lang::Severity::Error:
      return "error";
  }
  return "none";
}

// A path as the path of a URI (RFC 3986): what is not unreserved is escaped.
std::string uri_path(std::string_view path) {
  constexpr std::string_view kPlain = "-._~/!$&'()*+,;=@";
  std::string uri;
  for (const char byte : path) {
    const bool letter = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
                        (byte >= '0' && byte <= '9');
    if (letter || kPlain.find(byte) != std::string_view::npos) {
      uri += byte;
    } else {
      uri += fmt::format("%{:02X}", static_cast<unsigned char>(byte));
    }
  }
  return uri;
}

Json artifact_location(std::string_view file) {
  if (file.starts_with(kStandardLibrary)) {
    return {{"uri", uri_path(file.substr(kStandardLibrary.size()))}, {"uriBaseId", "STDLIB"}};
  }
  if (file.starts_with("/")) {
    return {{"uri", "file://" + uri_path(file)}};
  }
  while (file.starts_with("./")) {
    file.remove_prefix(2);
  }
  return {{"uri", uri_path(file)}, {"uriBaseId", "SRCROOT"}};
}

Json region(const lang::Span& span, const lang::SourceSet& sources) {
  const lang::SourceFile& file = sources.file(span.file);
  const lang::LineColumn begin = file.locate(span.begin);
  const lang::LineColumn end = file.locate(span.end);
  return {{"startLine", begin.line},
          {"startColumn", begin.column},
          {"endLine", end.line},
          {"endColumn", end.column}};
}

Json message(std::string_view text) {
  return {{"text", lang::printable(text, true)}};
}

Json location(const lang::Span& span, std::string_view label, const lang::SourceSet& sources) {
  Json place;
  place["physicalLocation"] = {
      {"artifactLocation", artifact_location(sources.file(span.file).name())},
      {"region", region(span, sources)}};
  if (!label.empty()) {
    place["message"] = message(label);
  }
  return place;
}

std::string whole_message(const lang::Diagnostic& finding) {
  std::string text = lang::printable(finding.message, true);
  for (const std::string& line : finding.witness) {
    text += "\nWitness: " + lang::printable(line, true);
  }
  if (!finding.help.empty()) {
    text += "\nHelp: " + lang::printable(finding.help, true);
  }
  return text;
}

// The edits of a fix by file, each file once.
Json fix(const lang::Fix& mending, const lang::SourceSet& sources) {
  std::map<lang::FileId, Json> replacements;
  for (const lang::Edit& edit : mending.edits) {
    const lang::Edit bytes = exact(edit, sources);
    auto [changes, added] = replacements.emplace(bytes.span.file, Json::array());
    Json change = {{"deletedRegion", region(bytes.span, sources)}};
    if (!bytes.text.empty()) {
      change["insertedContent"] = {{"text", bytes.text}};
    }
    changes->second.push_back(std::move(change));
  }
  Json changes = Json::array();
  for (auto& [file, list] : replacements) {
    changes.push_back({{"artifactLocation", artifact_location(sources.file(file).name())},
                       {"replacements", std::move(list)}});
  }
  return {{"description", message(mending.title)}, {"artifactChanges", std::move(changes)}};
}

Json result(const lang::Diagnostic& finding,
            const std::string& fingerprint,
            const lang::SourceSet& sources) {
  const lang::DiagnosticInfo& kind = lang::info(finding.kind);
  Json json = {{"ruleId", kind.code},
               {"level", level_of(kind.severity)},
               {"message", {{"text", whole_message(finding)}}}};
  json["locations"] = Json::array({location(finding.primary, finding.primary_label, sources)});
  for (std::size_t index = 0; index < finding.labels.size(); ++index) {
    const lang::Label& label = finding.labels[index];
    Json place = {{"id", index + 1}};
    place.update(location(label.span, label.text, sources));
    json["relatedLocations"].push_back(std::move(place));
  }
  json["partialFingerprints"] = {{"backstayFinding/v1", fingerprint}};
  for (const lang::Fix& mending : finding.fixes) {
    if (!mending.edits.empty()) {
      json["fixes"].push_back(fix(mending, sources));
    }
  }
  return json;
}

std::string_view page_of(std::string_view code) {
  for (const EmbeddedFile& page : embedded_explain()) {
    if (page.name.starts_with(code)) {
      return page.text;
    }
  }
  return {};
}

Json rule(const lang::DiagnosticInfo& kind) {
  const std::string_view page = page_of(kind.code);
  return {{"id", kind.code},
          {"name", kind.name},
          {"shortDescription", {{"text", kind.summary}}},
          {"defaultConfiguration", {{"level", level_of(kind.severity)}}},
          {"help", {{"text", page}, {"markdown", page}}}};
}

// What an `allow` of the policy silences: shown by readers that show what was accepted.
Json suppression(const lang::Allowance& by, const lang::SourceSet& sources) {
  return {{"kind", "inSource"},
          {"status", "accepted"},
          {"justification", lang::printable(by.because, true) + " (until " + by.until + ")"},
          {"location", location(by.span, "", sources)}};
}

/// Collects results, each once, and the kinds that occur.
class Results {
 public:
  void add(const lang::Diagnostic& finding, Json json) {
    if (seen_.insert(json.dump(-1, ' ', false, Json::error_handler_t::replace)).second) {
      codes_.insert(lang::info(finding.kind).code);
      list_.push_back(std::move(json));
    }
  }

  void add_all(const lang::Findings& policy) {
    FindingFingerprints fingerprints(policy.sources);
    const lang::Withheld withheld(policy.sources);
    for (const lang::Diagnostic& finding : policy.diagnostics.sorted()) {
      add(finding, result(withheld.finding(finding), fingerprints.of(finding), policy.sources));
    }
    for (const lang::Silenced& one : policy.diagnostics.silenced()) {
      Json json =
          result(withheld.finding(one.finding), fingerprints.of(one.finding), policy.sources);
      lang::Allowance by = one.by;
      by.because = withheld.text(std::move(by.because));
      json["suppressions"] = Json::array({suppression(by, policy.sources)});
      add(one.finding, std::move(json));
    }
  }

  [[nodiscard]] const std::set<std::string_view>& codes() const { return codes_; }

  [[nodiscard]] Json take() { return std::move(list_); }

 private:
  Json list_ = Json::array();
  std::set<std::string> seen_;
  std::set<std::string_view> codes_;
};

Json invocation(const std::vector<lang::Findings>& policies,
                const std::vector<std::string>& failures) {
  Json json = {{"executionSuccessful", failures.empty()}};
  const auto notify = [&json](std::string_view level, std::string_view text) {
    json["toolExecutionNotifications"].push_back({{"level", level}, {"message", message(text)}});
  };
  for (const std::string& failure : failures) {
    notify("error", failure);
  }
  for (const lang::Findings& policy : policies) {
    if (policy.diagnostics.not_kept() > 0) {
      notify("warning",
             fmt::format("{} more findings are not shown", policy.diagnostics.not_kept()));
    }
  }
  return json;
}

Json bases() {
  return {{"SRCROOT", {{"description", message("the directory that the program was started in")}}},
          {"STDLIB",
           {{"description", message("the policies of the standard library, within the program")}}}};
}

}  // namespace

std::string findings_as_sarif(const std::vector<lang::Findings>& policies,
                              const std::vector<std::string>& failures) {
  Results found;
  for (const lang::Findings& policy : policies) {
    found.add_all(policy);
  }
  Json rules = Json::array();
  std::map<std::string, std::size_t> index;
  for (const lang::DiagnosticKind kind : lang::all_diagnostic_kinds()) {
    if (found.codes().contains(lang::info(kind).code)) {
      index.emplace(lang::info(kind).code, rules.size());
      rules.push_back(rule(lang::info(kind)));
    }
  }
  Json results = found.take();
  for (Json& one : results) {
    one["ruleIndex"] = index.at(one["ruleId"].get<std::string>());
  }
  const Json driver = {
      {"name", "backstay"}, {"semanticVersion", BACKSTAY_VERSION}, {"rules", rules}};
  const Json run = {{"tool", {{"driver", driver}}},
                    {"invocations", Json::array({invocation(policies, failures)})},
                    {"columnKind", "unicodeCodePoints"},
                    {"originalUriBaseIds", bases()},
                    {"results", std::move(results)}};
  const Json log = {{"$schema", kSchema}, {"version", "2.1.0"}, {"runs", Json::array({run})}};
  return json_document(log);
}

}  // namespace backstay::cli
