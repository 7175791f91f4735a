#include "compiler/draft/policy_text.hpp"

#include <algorithm>

#include "lang/base/printable.hpp"
#include "lang/base/source.hpp"
#include "lang/format/formatter.hpp"
#include "lang/syntax/literals.hpp"

namespace backstay::compiler {
namespace {

constexpr std::size_t kWidth = 100;
constexpr std::size_t kIndent = 4;

bool is_bare(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("/._-+@:=%~").find(c) != std::string_view::npos;
}

std::string quoted(std::string_view text, bool is_path) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\' || (is_path && (c == '*' || c == '?'))) {
      out += std::string("\\") + c;
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      out += "\\u{fffd}";
    } else {
      out += c;
    }
  }
  return out + "\"";
}

}  // namespace

std::string path_literal(std::string_view path) {
  return std::all_of(path.begin(), path.end(), is_bare) ? std::string(path) : quoted(path, true);
}

std::string string_literal(std::string_view text) {
  return quoted(lang::printable(text, true), false);
}

std::string declaration_name(std::string_view text) {
  std::string name;
  for (const char c : text.substr(0, 60)) {
    const bool upper = c >= 'A' && c <= 'Z';
    const char lower = upper ? static_cast<char>(c - 'A' + 'a') : c;
    const bool fits = (lower >= 'a' && lower <= 'z') || (lower >= '0' && lower <= '9');
    if (fits) {
      name += lower;
    } else if (!name.empty() && name.back() != '-') {
      name += '-';
    }
  }
  while (!name.empty() && name.back() == '-') {
    name.pop_back();
  }
  const bool begins_well = !name.empty() && name.front() >= 'a' && name.front() <= 'z';
  name = begins_well ? name : "n" + (name.empty() ? "" : "-" + name);
  return name == "all" ? "all-of-it" : name;
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) {
    text += (text.empty() ? "" : ", ") + word;
  }
  return text;
}

void PolicyText::wrapped(std::string_view mark, std::string_view text) {
  const std::string safe = lang::printable(text, true);
  const std::string indent(depth_ * kIndent, ' ');
  const std::size_t room = kWidth - indent.size() - mark.size() - 1;
  std::string_view rest = safe;
  while (!rest.empty()) {
    std::size_t end = rest.size();
    if (end > room) {
      end = rest.rfind(' ', room);
      end = end == std::string_view::npos || end == 0 ? rest.find(' ') : end;
      end = std::min(end, rest.size());
    }
    text_ += indent + std::string(mark) + " " + std::string(rest.substr(0, end)) + "\n";
    rest.remove_prefix(std::min(rest.size(), end + 1));
  }
}

void PolicyText::comment(std::string_view text) {
  if (text.empty()) {
    text_ += std::string(depth_ * kIndent, ' ') + "#\n";
  }
  wrapped("#", text);
}

void PolicyText::describe(std::string_view text) {
  wrapped("##", text);
}

void PolicyText::disabled(std::string_view line) {
  text_ += std::string(depth_ * kIndent, ' ') + "# " + lang::printable(line, true) + "\n";
}

void PolicyText::open(std::string_view head) {
  line(std::string(head) + " {");
  ++depth_;
}

void PolicyText::line(std::string_view fact) {
  text_ += std::string(depth_ * kIndent, ' ') + std::string(fact) + "\n";
}

void PolicyText::close() {
  --depth_;
  line("}");
}

void PolicyText::blank() {
  text_ += "\n";
}

void PolicyText::lines(const std::vector<std::string>& statements) {
  for (const std::string& statement : statements) {
    line(statement);
  }
}

std::string formatted_policy(const std::string& text) {
  lang::SourceSet sources;
  lang::Diagnostics findings;
  const auto formatted = lang::format(sources, sources.add("draft.stay", text), findings);
  return formatted.value_or(text);
}

}  // namespace backstay::compiler
