// Reading journals back: what a run did, and which run never came to its end.
#include <algorithm>

#include <sys/file.h>

#include "runtime/journal/journal.hpp"
#include "runtime/journal/journal_line.hpp"

namespace backstay::runtime {
namespace {

constexpr std::string_view kJournalSuffix = ".jsonl";

std::string run_of(const std::string& path) {
  const auto name = path.substr(path.find_last_of('/') + 1);
  return name.ends_with(kJournalSuffix) ? name.substr(0, name.size() - kJournalSuffix.size())
                                        : name;
}

void take(ReadLine line, JournalContent& content) {
  if (line.record.event == JournalEvent::Begun) {
    content.plan_digest = line.record.detail;
    content.began = line.time;
  }
  content.ended = content.ended || line.record.event == JournalEvent::Ended;
  content.records.push_back(std::move(line.record));
}

/// A journal up to the first line that cannot be read.
struct Reading {
  JournalContent content;
  std::size_t damaged_line = 0;  ///< 0: nothing readable follows, so it is a torn end at most
};

// What a power cut leaves of the last lines may be anything, also what looks like several lines.
Result<Reading> read_to_damage(Filesystem& files, const std::string& path) {
  BACKSTAY_ASSIGN(const auto text, read_file(files, path));
  Reading reading{.content = {.run_id = run_of(path)}};
  std::string_view rest = text;
  std::size_t first_bad = 0;
  for (std::size_t number = 1; !rest.empty(); ++number) {
    const auto end = rest.find('\n');
    auto line = from_line(rest.substr(0, end));
    const bool whole = line && end != std::string_view::npos;
    if (whole && first_bad != 0) {
      reading.damaged_line = first_bad;
      break;
    }
    if (whole) {
      take(*std::move(line), reading.content);
    } else if (first_bad == 0) {
      first_bad = number;
    }
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  }
  reading.content.torn = first_bad != 0;
  return reading;
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
    if (record.step.empty() || record.event == JournalEvent::Due) {
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

std::vector<std::string> JournalContent::due_steps() const {
  std::vector<std::string> due;
  for (const auto& record : records) {
    const auto known = std::find(due.begin(), due.end(), record.step);
    if (record.event == JournalEvent::Due && known == due.end()) {
      due.push_back(record.step);
    } else if (record.event != JournalEvent::Due && known != due.end()) {
      due.erase(known);
    }
  }
  return due;
}

Result<JournalContent> read_journal(Filesystem& files, const std::string& path) {
  BACKSTAY_ASSIGN(Reading reading, read_to_damage(files, path));
  if (reading.damaged_line == 0) {
    return std::move(reading.content);
  }
  return Error{.kind = ErrorKind::BadInput,
               .message = "line " + std::to_string(reading.damaged_line) + " of the journal `" +
                          path + "` cannot be read"};
}

bool run_is_alive(Filesystem& files,
                  const std::string& state_directory,
                  const std::string& run_id) {
  return is_alive(files, state_directory + "/journal/" + run_id + std::string(kJournalSuffix));
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
    if (!name.ends_with(kJournalSuffix) ||
        exists(files, state_directory + "/runs/" + run + ".json") || is_alive(files, path)) {
      continue;
    }
    // Why also of a damaged one: what it says before tells which units are still stopped.
    auto reading = read_to_damage(files, path);
    auto content = reading ? std::move(reading->content) : JournalContent{.run_id = run};
    if (!content.ended) {
      crashed.push_back(std::move(content));
    }
  }
  return crashed;
}

}  // namespace backstay::runtime
