#include "tests/unit/compiler/policy_samples.hpp"

#include <array>
#include <chrono>
#include <sstream>

#include "compiler/compile.hpp"
#include "lang/base/render.hpp"

namespace backstay::test {
namespace {

/// One part of the frame: left out where the sample has a line that begins with `word`, and where
/// neither it nor the parts below it say `wanted` (empty: always wanted).
struct FramePart {
  std::string_view word;
  std::string_view wanted;
  std::string_view text;
};

// In the order in which they must be put in front: what refers to others first.
constexpr std::array kFrame{
    FramePart{"backup", "",
              "backup everything {\n    cover all services\n    run nightly\n"
              "    to local keep standard\n}\n"},
    FramePart{"retention", "", "retention standard {\n    daily 7\n}\n"},
    FramePart{"schedule", "", "schedule nightly {\n    every day at 04:00\n}\n"},
    FramePart{"target", "", "target local {\n    directory /var/backups/backstay on ctl01\n}\n"},
    FramePart{"service", "", "service app {\n    on ctl01\n    path /srv/app\n}\n"},
    FramePart{"mariadb", "control-db",
              "mariadb control-db {\n    on ctl01\n    socket /run/mysqld/mysqld.sock\n"
              "    login db-login\n    datadir /var/lib/mysql\n}\n"},
    FramePart{"secret", "db-login", "secret db-login {\n    file /etc/backstay/mariadb.cnf\n}\n"},
    FramePart{"host", "", "host ctl01\n"},
    FramePart{"zone", "", "zone UTC\n"},
};

bool has_line(std::string_view text, std::string_view word) {
  const std::string start = std::string(word) + " ";
  return text.starts_with(start) || text.find("\n" + start) != std::string_view::npos;
}

}  // namespace

std::string complete(std::string_view sample) {
  if (has_line(sample, "language")) {
    return std::string(sample);
  }
  std::string text(sample);
  for (const FramePart& part : kFrame) {
    const bool wanted = part.wanted.empty() || text.find(part.wanted) != std::string::npos;
    if (wanted && !has_line(text, part.word)) {
      text = std::string(part.text) + "\n" + text;
    }
  }
  return "language 1\npolicy sample\n\n" + text;
}

PolicySample sample_of(std::string_view page, std::string_view title) {
  PolicySample sample;
  std::istringstream lines{std::string(page)};
  bool in_section = false;
  bool in_fence = false;
  std::vector<std::string> blocks;
  for (std::string line; std::getline(lines, line);) {
    if (!in_fence && line.starts_with("## ")) {
      in_section = line.substr(3) == title;
    } else if (in_section && line == "```stay") {
      in_fence = true;
      blocks.emplace_back();
    } else if (line == "```") {
      in_fence = false;
    } else if (in_fence) {
      blocks.back() += line + "\n";
    }
  }
  constexpr std::string_view kFile = "# file ";
  for (const std::string& block : blocks) {
    if (block.starts_with(kFile)) {
      const std::size_t end = block.find('\n');
      sample.beside[block.substr(kFile.size(), end - kFile.size())] = block.substr(end + 1);
    } else {
      sample.entry = block;
    }
  }
  return sample;
}

SampleFindings compile_sample(const PolicySample& sample) {
  const compiler::FileReader read = [&](const std::string& path) -> Result<std::string> {
    if (path == "sample.stay") {
      return complete(sample.entry);
    }
    const auto beside = sample.beside.find(path);
    if (beside == sample.beside.end()) {
      return Error{.kind = ErrorKind::NotFound, .message = "`" + path + "` is not there"};
    }
    return beside->second;
  };
  lang::SourceSet sources;
  lang::Diagnostics findings;
  SampleFindings found;
  compiler::CompileOptions options;
  options.today = std::chrono::local_days(std::chrono::year(2027) / std::chrono::January / 1);
  const auto plan = compiler::compile("sample.stay", options, read, sources, findings);
  if (!plan) {
    found.text = "error: " + to_string(plan.error()) + "\n";
    found.codes.insert("error");
  }
  for (const lang::Diagnostic& finding : findings.all()) {
    found.codes.emplace(info(finding.kind).code);
  }
  found.text += lang::render_all(findings, sources, {.color = false, .unicode = true});
  return found;
}

}  // namespace backstay::test
