#include "lang/base/render.hpp"

#include <nlohmann/json.hpp>

#include "lang/base/fix.hpp"
#include "lang/base/printable.hpp"
#include "tests/support/catch.hpp"

using namespace backstay::lang;

namespace {

Span span_of(const SourceSet& sources, FileId file, std::string_view text) {
  const std::size_t at = sources.file(file).text().find(text);
  return {file, static_cast<std::uint32_t>(at), static_cast<std::uint32_t>(at + text.size())};
}

}  // namespace

TEST_CASE("a finding is shown with its line, labels in two files, witness and help", "[render]") {
  SourceSet sources;
  const FileId first = sources.add("a.stay", "language 1\n\nservice nova {\n    needs glance\n}\n");
  const FileId second = sources.add("b.stay", "service glance {\n    needs nova\n}\n");
  const Diagnostic finding{DiagnosticKind::BadName,
                           span_of(sources, first, "needs glance"),
                           "`needs` goes round in a circle",
                           "begins here",
                           {{span_of(sources, second, "needs nova"), "and comes back here"},
                            {span_of(sources, first, "nova"), "declared here"}},
                           {"nova → glance → nova"},
                           "take one of them away"};
  CHECK(render(finding, sources, {}) == R"(error[BST0009]: `needs` goes round in a circle
 --> a.stay:4:5
  |
3 | service nova {
  |         ---- declared here
4 |     needs glance
  |     ^^^^^^^^^^^^ begins here
 ::: b.stay:2:5
  |
2 |     needs nova
  |     ---------- and comes back here
  = witness: nova → glance → nova
  = help: take one of them away
)");
}

TEST_CASE("lines between two marked ones are left out", "[render]") {
  SourceSet sources;
  const FileId file =
      sources.add("a.stay", "one\ntwo\nthree\nfour\nfive\nsix\nseven\neight\nnine\nten\n");
  const Diagnostic finding{DiagnosticKind::BadName,
                           span_of(sources, file, "ten"),
                           "x",
                           {},
                           {{span_of(sources, file, "two"), "y"}}};
  CHECK(render(finding, sources, {}) ==
        "error[BST0009]: x\n  --> a.stay:10:1\n   |\n 2 | two\n   | --- y\n...\n10 | ten\n   | "
        "^^^\n");
}

TEST_CASE("carets stand under characters: tabs, wide and combined ones, escapes", "[render]") {
  SourceSet sources;
  const FileId file = sources.add("a.stay", "\ta\t日本 e\u0301 \x1b[0m target\n");
  const std::string text =
      render({DiagnosticKind::BadName, span_of(sources, file, "target"), "x"}, sources, {});
  const std::size_t line = text.find("1 | ");
  const std::size_t carets = text.find("  | ", line);
  const std::string_view shown(text.data() + line, carets - line - 1);
  const std::string_view marks(text.data() + carets, text.size() - carets - 1);
  CHECK(shown == "1 |     a   日本 e\u0301 \\x1b[0m target");
  CHECK(display_width(shown.substr(0, shown.find("target"))) == marks.find('^'));
  CHECK(marks.substr(marks.find('^')) == "^^^^^^");
}

TEST_CASE("an empty span shows one caret, also at the end of a line and of a file", "[render]") {
  SourceSet sources;
  const FileId file = sources.add("a.stay", "path\nx");
  CHECK(render({DiagnosticKind::BadName, {file, 4, 4}, "m"}, sources, {}) ==
        "error[BST0009]: m\n --> a.stay:1:5\n  |\n1 | path\n  |     ^\n");
  CHECK(render({DiagnosticKind::BadName, {file, 6, 6}, "m"}, sources, {}) ==
        "error[BST0009]: m\n --> a.stay:2:2\n  |\n2 | x\n  |  ^\n");
  const FileId empty = sources.add("b.stay", "");
  CHECK(render({DiagnosticKind::BadName, {empty, 0, 0}, "m"}, sources, {}) ==
        "error[BST0009]: m\n --> b.stay:1:1\n");
}

TEST_CASE("a span over several lines is marked on its first", "[render]") {
  SourceSet sources;
  const FileId file = sources.add("a.stay", "needs a,\n    b\n");
  CHECK(render({DiagnosticKind::BadName, {file, 0, 14}, "m"}, sources, {}) ==
        "error[BST0009]: m\n --> a.stay:1:1\n  |\n1 | needs a,\n  | ^^^^^^^^\n");
}

TEST_CASE("a very long line is shown in part, around its mark", "[render]") {
  SourceSet sources;
  const FileId file =
      sources.add("a.stay", std::string(5000, 'a') + "HERE" + std::string(5000, 'b'));
  const std::string text =
      render({DiagnosticKind::BadName, span_of(sources, file, "HERE"), "m"}, sources, {});
  CHECK(text.size() < 500);
  const std::size_t line = text.find("1 | ");
  const std::size_t carets = text.find("  | ", line);
  CHECK(text.find("HERE") - line == text.find('^') - carets);
  CHECK(text.find("...a") != std::string::npos);
  CHECK(text.find("b...") != std::string::npos);
}

TEST_CASE("without Unicode the text is ASCII, and carets still fit", "[render]") {
  SourceSet sources;
  const FileId file = sources.add("ä.stay", "ä x … y\n");
  const std::string text = render({DiagnosticKind::BadName, span_of(sources, file, "y"), "→ here…"},
                                  sources, {.unicode = false});
  for (const char c : text) {
    CHECK(static_cast<unsigned char>(c) < 0x80);
  }
  CHECK(text ==
        "error[BST0009]: \\u{2192} here...\n --> \\u{e4}.stay:1:7\n  |\n1 | \\u{e4} x ... y\n  |   "
        "           ^\n");
}

TEST_CASE("colours change nothing but colours", "[render]") {
  SourceSet sources;
  const FileId file = sources.add("a.stay", "path x\n");
  const Diagnostic finding{
      DiagnosticKind::UnusedDeclaration, {file, 5, 6}, "m", "l", {}, {"w"}, "h"};
  std::string colored = render(finding, sources, {.color = true});
  CHECK(colored.find("\x1b[1;33mwarning") != std::string::npos);
  for (std::size_t at = colored.find('\x1b'); at != std::string::npos; at = colored.find('\x1b')) {
    colored.erase(at, colored.find('m', at) - at + 1);
  }
  CHECK(colored == render(finding, sources, {}));
}

TEST_CASE("nothing of a file can steer the terminal", "[render]") {
  SourceSet sources;
  const FileId file = sources.add("\x1b]0;x\x07.stay", "\x1b[2J \xff \u202e\n");
  const std::string text =
      render({DiagnosticKind::BadName, {file, 0, 1}, "\x1b[31m\n\u2066"}, sources, {});
  CHECK(text.find('\x1b') == std::string::npos);
  CHECK(text.find("\u202e") == std::string::npos);
  CHECK(text.find("\\xff") != std::string::npos);
}

TEST_CASE("all findings end with their number", "[render]") {
  SourceSet sources;
  const FileId file = sources.add("a.stay", "path x\n");
  Diagnostics findings;
  CHECK(render_all(findings, sources, {}).empty());
  findings.add({DiagnosticKind::UnusedDeclaration, {file, 5, 6}, "m"});
  CHECK(render_all(findings, sources, {}).ends_with("\n\n1 warning\n"));
  findings.add({DiagnosticKind::BadName, {file, 5, 6}, "m"});
  findings.add({DiagnosticKind::BadName, {file, 0, 1}, "m"});
  CHECK(render_all(findings, sources, {}).ends_with("\n\n2 errors, 1 warning\n"));
}

TEST_CASE("the JSON says the same with lines from one and offsets from zero", "[render]") {
  SourceSet sources;
  const FileId file = sources.add("a.stay", "x\npath ä y\n");
  Diagnostics findings;
  findings.add({DiagnosticKind::BadName,
                span_of(sources, file, "y"),
                "m",
                "l",
                {{{file, 0, 1}, "o"}},
                {"w"},
                "h"});
  const auto json = nlohmann::json::parse(render_json(findings, sources));
  CHECK(json["schema_version"] == 1);
  CHECK(json["errors"] == 1);
  CHECK(json["warnings"] == 0);
  const auto& finding = json["findings"][0];
  CHECK(finding["code"] == "BST0009");
  CHECK(finding["severity"] == "error");
  CHECK(finding["message"] == "m");
  CHECK(finding["primary"]["line"] == 2);
  CHECK(finding["primary"]["column"] == 8);
  CHECK(finding["primary"]["end_column"] == 9);
  CHECK(finding["primary"]["begin"] == 10);
  CHECK(finding["primary"]["label"] == "l");
  CHECK(finding["labels"][0]["label"] == "o");
  CHECK(finding["witness"][0] == "w");
  CHECK(finding["help"] == "h");
  CHECK(finding["fixes"].empty());
}

TEST_CASE("the JSON shows the edits of fixes as ranges and texts", "[render]") {
  SourceSet sources;
  const FileId file = sources.add("a.stay", "x\n  keep /a\ny\n");
  Diagnostics findings;
  Diagnostic finding{DiagnosticKind::RedundantKeep, span_of(sources, file, "/a"), "m"};
  finding.fixes.push_back(remove_lines(span_of(sources, file, "keep /a")));
  findings.add(finding);
  const auto json = nlohmann::json::parse(render_json(findings, sources));
  const auto& fix = json["findings"][0]["fixes"][0];
  CHECK(fix["title"] == "take the line out");
  CHECK(fix["edits"][0]["line"] == 2);
  CHECK(fix["edits"][0]["column"] == 1);
  CHECK(fix["edits"][0]["end_line"] == 3);
  CHECK(fix["edits"][0]["begin"] == 2);
  CHECK(fix["edits"][0]["end"] == 12);
  CHECK(fix["edits"][0]["text"] == "");
}

TEST_CASE("a file's name that is not UTF-8 does not break the JSON", "[render]") {
  SourceSet sources;
  const FileId file = sources.add("\xff.stay", "x");
  Diagnostics findings;
  findings.add({DiagnosticKind::BadName, {file, 0, 1}, "\xfe"});
  CHECK(nlohmann::json::accept(render_json(findings, sources)));
}
