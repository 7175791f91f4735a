#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/doctor/doctor.hpp"

namespace backstay::cli {

std::string_view health_word(Health health) {
  switch (health) {
    case Health::Ok:
      return "ok";
    case Health::Warning:
      return "warning";
    case Health::Problem:
      return "problem";
  }
  return "";
}

void DoctorCall::add_error(std::string area, const Error& error, std::string otherwise) {
  findings.push_back({.area = std::move(area),
                      .health = Health::Problem,
                      .text = to_string(error),
                      .mend = error.hint.empty() ? std::move(otherwise) : error.hint,
                      .missing_tool = error.kind == ErrorKind::ToolMissing});
}

std::string findings_as_text(const std::vector<DoctorFinding>& findings) {
  std::string text;
  std::size_t problems = 0;
  std::size_t warnings = 0;
  for (const DoctorFinding& each : findings) {
    problems += each.health == Health::Problem ? 1 : 0;
    warnings += each.health == Health::Warning ? 1 : 0;
    text +=
        fmt::format("{:<8} {}: {}\n", health_word(each.health), each.area, printable(each.text));
    if (!each.mend.empty()) {
      text += fmt::format("         mend: {}\n", printable(each.mend));
    }
  }
  return text + fmt::format("{} looked at: {} problem{}, {} warning{}\n", findings.size(), problems,
                            problems == 1 ? "" : "s", warnings, warnings == 1 ? "" : "s");
}

std::string findings_as_json(const std::vector<DoctorFinding>& findings) {
  nlohmann::ordered_json all = nlohmann::ordered_json::array();
  for (const DoctorFinding& each : findings) {
    all.push_back({{"area", each.area},
                   {"health", health_word(each.health)},
                   {"text", each.text},
                   {"mend", each.mend}});
  }
  const nlohmann::ordered_json document = {{"schema_version", 1}, {"findings", all}};
  return document.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace backstay::cli
