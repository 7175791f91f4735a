#include "compiler/plan/plan_diff_text.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "lang/base/printable.hpp"

namespace backstay::plan {
namespace {

char symbol(ChangeKind kind) {
  switch (kind) {
    case ChangeKind::Removed:
      return '-';
    case ChangeKind::Changed:
      return '~';
    case ChangeKind::Added:
      return '+';
  }
  return ' ';
}

std::string_view word(ChangeKind kind) {
  switch (kind) {
    case ChangeKind::Removed:
      return "removed";
    case ChangeKind::Changed:
      return "changed";
    case ChangeKind::Added:
      return "added";
  }
  return "";
}

std::string line_of(const Change& change) {
  const std::string arrow = change.before.empty() || change.after.empty() ? "" : " -> ";
  return fmt::format("{} {}: {}{}{}{}", symbol(change.kind), change.subject, change.before, arrow,
                     change.after, change.code.empty() ? "" : fmt::format(" [{}]", change.code));
}

std::size_t weakening(const PlanDiff& diff) {
  return static_cast<std::size_t>(
      std::count_if(diff.changes.begin(), diff.changes.end(),
                    [](const Change& change) { return weakens(change.effect); }));
}

std::string counts(const PlanDiff& diff) {
  if (diff.changes.empty()) {
    return diff.old_digest == diff.new_digest ? "No effect: the plans are equal."
                                              : "No effect: the plans differ in names only.";
  }
  const std::size_t weaker = weakening(diff);
  return fmt::format(
      "{} change{}, {}.", diff.changes.size(), diff.changes.size() == 1 ? "" : "s",
      weaker == 0 ? "none weakens protection"
                  : fmt::format("{} of them weaken{} protection", weaker, weaker == 1 ? "s" : ""));
}

// A cell of a Markdown table: no pipe, no line end, no tag, no mention, no emphasis of its own.
std::string cell(std::string_view text) {
  if (text.empty()) {
    return "–";
  }
  std::string out;
  for (const char byte : lang::printable(text, true)) {
    switch (byte) {
      case '|':
        out += "\\|";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '&':
        out += "&amp;";
        break;
      case '@':
        out += "&#64;";
        break;
      case '`':
      case '*':
      case '_':
      case '[':
      case ']':
      case '\\':
        out += '\\';
        out += byte;
        break;
      default:
        out += byte;
    }
  }
  return out;
}

// What it was and what it would be; of what is new or gone, the one that there is.
std::string both_values(const Change& change) {
  if (change.kind == ChangeKind::Changed) {
    return cell(change.before) + " → " + cell(change.after);
  }
  return cell(change.kind == ChangeKind::Removed ? change.before : change.after);
}

std::string row_of(const Change& change) {
  const std::string_view light = weakens(change.effect)          ? "🔴"
                                 : change.effect < Effect::Cost  ? "🟡"
                                 : change.effect == Effect::Cost ? "🟢"
                                                                 : "⚪";
  return fmt::format("| {} {} {} | {} | {} | {} | {} |\n", light, symbol(change.kind),
                     word(change.kind), to_string(change.effect), cell(change.subject),
                     cell(change.before), cell(change.after));
}

}  // namespace

std::string to_text(const PlanDiff& diff, const PlanTextOptions& options) {
  std::string text = fmt::format("Plan diff  {}  (sha256:{} -> sha256:{})\n", diff.policy,
                                 diff.old_digest.substr(0, 12), diff.new_digest.substr(0, 12));
  const Effect* current = nullptr;
  for (const Change& change : diff.changes) {
    if (current == nullptr || *current != change.effect) {
      const bool red = options.color && weakens(change.effect);
      text += fmt::format("\n{}{}{}{}\n", red ? "\x1b[31m" : "", weakens(change.effect) ? "! " : "",
                          to_string(change.effect), red ? "\x1b[0m" : "");
      current = &change.effect;
    }
    text += "  " + lang::printable(line_of(change), options.unicode) + "\n";
  }
  return text + "\n" + counts(diff) + "\n";
}

std::string to_markdown(const PlanDiff& diff, std::size_t budget) {
  std::string text = fmt::format("<!-- backstay:diff v1 {} -->\n### Backup plan changes: {}\n\n",
                                 cell(diff.policy), cell(diff.policy));
  if (weakening(diff) > 0) {
    text += "> **Danger.** " + counts(diff) + " The worst:\n>\n";
    std::size_t shown = 0;
    for (const Change& change : diff.changes) {
      if (weakens(change.effect) && shown++ < 8) {
        text += fmt::format("> - **{}**: {} {}\n", to_string(change.effect), cell(change.subject),
                            both_values(change));
      }
    }
    text += "\n";
  } else {
    text += counts(diff) + "\n\n";
  }
  const std::string footer = fmt::format(
      "\nplan sha256 `{}` → `{}`\n", diff.old_digest.substr(0, 12), diff.new_digest.substr(0, 12));
  if (!diff.changes.empty()) {
    text += "| | effect | what | before | after |\n|---|---|---|---|---|\n";
  }
  constexpr std::size_t kRoomForCount = 80;
  for (std::size_t at = 0; at < diff.changes.size(); ++at) {
    const std::string row = row_of(diff.changes[at]);
    if (text.size() + row.size() + footer.size() + kRoomForCount > budget) {
      text += fmt::format("\n{} more changes do not fit here.\n", diff.changes.size() - at);
      break;
    }
    text += row;
  }
  return text + footer;
}

std::string to_json(const PlanDiff& diff) {
  nlohmann::ordered_json changes = nlohmann::ordered_json::array();
  for (const Change& change : diff.changes) {
    changes.push_back({{"effect", to_string(change.effect)},
                       {"weakens", weakens(change.effect)},
                       {"kind", word(change.kind)},
                       {"subject", change.subject},
                       {"before", change.before},
                       {"after", change.after},
                       {"code", change.code}});
  }
  const nlohmann::ordered_json document = {{"schema_version", 1},
                                           {"policy", diff.policy},
                                           {"old_digest", diff.old_digest},
                                           {"new_digest", diff.new_digest},
                                           {"weaker", diff.weaker()},
                                           {"orphans", diff.orphans()},
                                           {"changes", changes}};
  return lang::safe_json(
             document.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace)) +
         "\n";
}

}  // namespace backstay::plan
