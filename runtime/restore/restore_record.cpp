#include "runtime/restore/restore_record.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/file.h>

#include "runtime/restore/record_lines.hpp"
#include "runtime/store/layout.hpp"
#include "runtime/system/failpoint.hpp"

namespace backstay::runtime {
namespace {

constexpr std::string_view kHeader = "/restore.json";
constexpr std::string_view kPlan = "/plan.yaml";
constexpr std::string_view kLines = "/record.jsonl";

std::string restores_of(const std::string& state_directory) {
  return state_directory + "/restores";
}

Result<RecordContent> read_record(Filesystem& files, const std::string& directory) {
  RecordContent content;
  BACKSTAY_ASSIGN(const std::string header, read_file(files, directory + std::string(kHeader)));
  BACKSTAY_ASSIGN(content.header, parse_header(header));
  const std::string path = directory + std::string(kLines);
  if (!exists(files, path))
    return content;
  constexpr std::uint64_t kLongest = std::uint64_t{1} << 30U;
  BACKSTAY_ASSIGN(const std::string text, read_file(files, path, kLongest));
  std::string_view rest = text;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    const std::string_view line = rest.substr(0, end);
    if (!line.empty())
      BACKSTAY_TRY(take_line(line, content));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return content;
}

bool whole_lines(Filesystem& files, const std::string& path) {
  constexpr std::uint64_t kLongest = std::uint64_t{1} << 30U;
  const auto text = read_file(files, path, kLongest);
  return !text || text->empty() || text->ends_with('\n');
}

}  // namespace

Result<std::unique_ptr<RestoreRecord>> RestoreRecord::begin(Filesystem& files,
                                                            Clock& clock,
                                                            const std::string& state_directory,
                                                            RestoreHeader header,
                                                            const std::string& plan_yaml) {
  const std::string above = restores_of(state_directory);
  BACKSTAY_TRY(make_directories(files, above, 0700));
  const std::string directory = above + "/" + header.id;
  for (const RecordContent& each : read_restores(files, state_directory))
    header.sequence = std::max(header.sequence, each.header.sequence);
  ++header.sequence;
  BACKSTAY_FAILPOINT("restore.record.begin");
  BACKSTAY_TRY(files.make_directory(directory, 0700));
  BACKSTAY_TRY(write_new_file(files, directory + std::string(kPlan), plan_yaml, 0600));
  // Last: a directory without it is no record, and nothing was changed.
  BACKSTAY_TRY(replace_file(files, directory + std::string(kHeader), header_to_json(header), 0600));
  BACKSTAY_TRY(files.sync_directory(above));
  BACKSTAY_ASSIGN(auto record, open(files, clock, state_directory, header.id));
  BACKSTAY_TRY(record->set_incomplete(true));
  return record;
}

Result<std::unique_ptr<RestoreRecord>> RestoreRecord::open(Filesystem& files,
                                                           Clock& clock,
                                                           const std::string& state_directory,
                                                           const std::string& id) {
  BACKSTAY_TRY(layout::check_plain_name(id, "restore"));
  std::unique_ptr<RestoreRecord> record(
      new RestoreRecord(files, clock, restores_of(state_directory) + "/" + id));
  const std::string lines = record->directory_ + std::string(kLines);
  BACKSTAY_ASSIGN(record->file_, files.open_append(lines));
  const int descriptor = record->file_->descriptor();
  if (descriptor >= 0 && ::flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
    return Error{.kind = ErrorKind::Busy,
                 .message = "restore " + id + " is being worked on by another process"};
  }
  BACKSTAY_TRY(files.sync_directory(record->directory_));
  BACKSTAY_ASSIGN(record->content_, read_record(files, record->directory_));
  if (!whole_lines(files, lines))
    BACKSTAY_TRY(record->append("\n"));
  return record;
}

Result<void> RestoreRecord::append(const std::string& json) {
  BACKSTAY_FAILPOINT("restore.record.append");
  BACKSTAY_TRY(file_->write(std::as_bytes(std::span(json.data(), json.size()))));
  BACKSTAY_TRY(file_->sync());
  BACKSTAY_FAILPOINT("restore.record.appended");
  return {};
}

Result<std::size_t> RestoreRecord::about_to(const Change& change) {
  const std::lock_guard lock(mutex_);
  const std::size_t number = content_.changes.size() + 1;
  BACKSTAY_TRY(append(change_line(number, change)));
  content_.changes.push_back({number, change, ChangeState::Noted});
  return number;
}

Result<void> RestoreRecord::mark(std::size_t number, ChangeState state) {
  const std::lock_guard lock(mutex_);
  BACKSTAY_CHECK(number >= 1 && number <= content_.changes.size(), "a mark is of a noted change");
  BACKSTAY_TRY(append(mark_line(number, state)));
  content_.changes[number - 1].state = state;
  return {};
}

Result<void> RestoreRecord::made(std::size_t number) {
  return mark(number, ChangeState::Made);
}

Result<void> RestoreRecord::taken_back(std::size_t number) {
  return mark(number, ChangeState::TakenBack);
}

Result<std::string> RestoreRecord::keep(const std::string& name, std::string_view text) {
  const std::lock_guard lock(mutex_);
  for (int count = 1;; ++count) {
    const std::string numbered = count == 1 ? name : fmt::format("{}.{}", name, count);
    const std::string path = directory_ + "/" + numbered;
    if (exists(files_, path))
      continue;
    BACKSTAY_TRY(write_new_file(files_, path, text, 0600));
    BACKSTAY_TRY(files_.sync_directory(directory_));
    return numbered;
  }
}

Result<void> RestoreRecord::note(RestoreEvent event, const std::string& detail) {
  const std::lock_guard lock(mutex_);
  const std::string now = to_rfc3339(clock_.now());
  BACKSTAY_TRY(append(event_line(event, detail, now)));
  take_event(event, detail, now, content_);
  return {};
}

Result<std::string> RestoreRecord::read_kept(const std::string& name) const {
  BACKSTAY_TRY(layout::check_plain_name(name, "file of a restore"));
  constexpr std::uint64_t kLongest = std::uint64_t{4} << 30U;
  return read_file(files_, directory_ + "/" + name, kLongest);
}

Result<std::string> RestoreRecord::plan_yaml() const {
  return read_file(files_, directory_ + std::string(kPlan));
}

Result<void> RestoreRecord::set_incomplete(bool incomplete) {
  const bool there = exists(files_, marker());
  if (incomplete && !there) {
    BACKSTAY_TRY(write_new_file(
        files_, marker(), "units of this restore do not start while this file is here\n", 0600));
  } else if (!incomplete && there) {
    BACKSTAY_TRY(files_.unlink(marker()));
  }
  return files_.sync_directory(directory_);
}

Result<void> RestoreRecord::forget() {
  // The header first: without it there is no record, whatever else is left.
  BACKSTAY_TRY(files_.unlink(directory_ + std::string(kHeader)));
  BACKSTAY_TRY(files_.sync_directory(directory_));
  return remove_tree(files_, directory_);
}

std::vector<RecordContent> read_restores(Filesystem& files,
                                         const std::string& state_directory,
                                         std::vector<std::string>* problems) {
  std::vector<RecordContent> found;
  const std::string above = restores_of(state_directory);
  const auto names = files.list(above);
  if (!names)
    return found;
  for (auto name = names->rbegin(); name != names->rend(); ++name) {
    const std::string directory = above + "/" + *name;
    if (!exists(files, directory + std::string(kHeader)))
      continue;
    auto content = read_record(files, directory);
    if (content) {
      found.push_back(std::move(*content));
    } else if (problems != nullptr) {
      problems->push_back(*name + ": " + to_string(content.error()));
    }
  }
  std::stable_sort(found.begin(), found.end(), [](const auto& left, const auto& right) {
    return left.header.sequence > right.header.sequence;
  });
  return found;
}

Result<RecordContent> find_restore(Filesystem& files,
                                   const std::string& state_directory,
                                   const std::string& name) {
  std::vector<std::string> problems;
  auto all = read_restores(files, state_directory, &problems);
  if (name != "latest") {
    std::erase_if(all,
                  [&](const RecordContent& each) { return !each.header.id.starts_with(name); });
  }
  if (all.empty()) {
    return Error{.kind = ErrorKind::NotFound,
                 .message = fmt::format(
                     "this machine has no restore `{}`{}{}", name,
                     problems.empty() ? "" : "; not readable: ", fmt::join(problems, "; ")),
                 .hint = "`backstay status` and `backstay logs` name restores"};
  }
  if (name != "latest" && all.size() > 1) {
    return Error{.kind = ErrorKind::Usage,
                 .message = fmt::format("`{}` fits {} restores, as {} and {}", name, all.size(),
                                        all[0].header.id, all[1].header.id),
                 .hint = "give more of its name"};
  }
  return std::move(all.front());
}

}  // namespace backstay::runtime
