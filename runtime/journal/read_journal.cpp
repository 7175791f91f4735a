// Reading journals back: what a run did, and which run never came to its end.
#include <algorithm>

#include <sys/file.h>

#include "runtime/journal/journal.hpp"
#include "runtime/journal/journal_line.hpp"

namespace backstay::runtime {
namespace {

constexpr std::string_view kSuffix = ".jsonl";

std::string run_of(const std::string& path) {
  const auto name = path.substr(path.find_last_of('/') + 1);
  return name.ends_with(kSuffix) ? name.substr(0, name.size() - kSuffix.size()) : name;
}

void take(ReadLine line, JournalContent& content) {
  if (line.record.event == JournalEvent::Begun) {
    content.plan_digest = line.record.detail;
    content.began = line.time;
  }
  content.ended = content.ended || line.record.event == JournalEvent::Ended;
  content.records.push_back(std::move(line.record));
}

/// Whether some process still holds the journal.
bool is_alive(Filesystem& files, const std::string& path) {
  auto file = files.open_read(path);
  if (!file || (*file)->descriptor() < 0) {
    return false;
  }
  return ::flock((*file)->descriptor(), LOCK_EX | LOCK_NB) != 0;
}

}  // namespace

std::vector<std::string> JournalContent::open_steps() const {
  std::vector<std::string> open;
  for (const auto& record : records) {
    if (record.step.empty()) {
      continue;
    }
    if (record.event == JournalEvent::Started) {
      open.push_back(record.step);
    } else {
      open.erase(std::remove(open.begin(), open.end(), record.step), open.end());
    }
  }
  return open;
}

Result<JournalContent> read_journal(Filesystem& files, const std::string& path) {
  BACKSTAY_ASSIGN(const auto text, read_file(files, path));
  JournalContent content{.run_id = run_of(path)};
  std::string_view rest = text;
  for (std::size_t number = 1; !rest.empty(); ++number) {
    const auto end = rest.find('\n');
    const bool last = end == std::string_view::npos || end + 1 == rest.size();
    auto line = from_line(rest.substr(0, end));
    if (line && end != std::string_view::npos) {
      take(*std::move(line), content);
    } else if (last) {
      content.torn = true;
    } else {
      return Error{.kind = ErrorKind::BadInput,
                   .message = "line " + std::to_string(number) + " of the journal `" + path +
                              "` cannot be read"};
    }
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  }
  return content;
}

std::vector<JournalContent> find_crashed_runs(Filesystem& files,
                                              const std::string& state_directory) {
  std::vector<JournalContent> crashed;
  const auto names = files.list(state_directory + "/journal");
  if (!names) {
    return crashed;  // no run was here yet
  }
  for (const auto& name : *names) {
    const auto run = run_of(name);
    const auto path = state_directory + "/journal/" + name;
    if (!name.ends_with(kSuffix) || exists(files, state_directory + "/runs/" + run + ".json") ||
        is_alive(files, path)) {
      continue;
    }
    auto content = read_journal(files, path);
    if (!content) {
      content = JournalContent{.run_id = run};
    }
    if (!content->ended) {
      crashed.push_back(*std::move(content));
    }
  }
  return crashed;
}

}  // namespace backstay::runtime
