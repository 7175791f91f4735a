#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/doctor/doctor.hpp"
#include "cli/render/json_text.hpp"
#include "lang/base/printable.hpp"
#include "runtime/steps/commands.hpp"

namespace backstay::cli {
namespace {

bool ends_word(char letter) {
  return letter == ' ' || letter == '`' || letter == ',' || letter == ')' || letter == ';';
}

bool is_word(const std::string& text, std::size_t at, std::string_view word) {
  const std::size_t end = at + word.size();
  const bool begins = at == 0 || text[at - 1] == ' ' || text[at - 1] == '`';
  return begins && text.compare(at, word.size(), word) == 0 &&
         (end == text.size() || ends_word(text[end]));
}

}  // namespace

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

void DoctorCall::add_error(std::string area, const Error& error, std::string command) {
  findings.push_back(
      {.area = std::move(area),
       .health = Health::Problem,
       .text = to_string(error) +
               (command.empty() || error.hint.empty() ? std::string() : " (" + error.hint + ")"),
       .mend = command.empty() ? error.hint : std::move(command),
       .missing_tool = error.kind == ErrorKind::ToolMissing});
}

std::string as_typed(const std::string& text, const Session& session, const std::string& plan) {
  const std::string program = "backstay" + session.directory_words;
  std::string typed;
  for (std::size_t at = 0; at < text.size();) {
    if (is_word(text, at, "backstay") && text.compare(at + 8, 1, " ") == 0) {
      typed += program;
      at += 8;
    } else if (!plan.empty() && is_word(text, at, "PLAN")) {
      typed += runtime::shell_words({plan});
      at += 4;
    } else {
      typed += text[at++];
    }
  }
  return typed;
}

std::string findings_as_text(const std::vector<DoctorFinding>& findings) {
  std::string text;
  std::size_t problems = 0;
  std::size_t warnings = 0;
  for (const DoctorFinding& each : findings) {
    problems += each.health == Health::Problem ? 1 : 0;
    warnings += each.health == Health::Warning ? 1 : 0;
    text += fmt::format("{:<8} {}: {}\n", health_word(each.health), each.area,
                        lang::printable(each.text, true));
    if (!each.mend.empty()) {
      text += fmt::format("         mend: {}\n", lang::printable(each.mend, true));
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
  return json_document(document);
}

}  // namespace backstay::cli
