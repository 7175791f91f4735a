#include "runtime/journal/journal.hpp"

#include <utility>

#include <sys/file.h>

#include "runtime/journal/journal_line.hpp"
#include "runtime/system/failpoint.hpp"

namespace backstay::runtime {
namespace {

constexpr const char* kDoing = "writing the journal of the run";

}  // namespace

Result<std::unique_ptr<Journal>> Journal::open(Filesystem& files,
                                               Clock& clock,
                                               const std::string& state_directory,
                                               const std::string& run_id) {
  const std::string directory = state_directory + "/journal";
  BACKSTAY_TRY(make_directories(files, directory, 0700));
  BACKSTAY_ASSIGN(auto file, files.create(directory + "/" + run_id + ".jsonl", 0600));
  // A simulated file has no descriptor; a real one that nobody else knows yet is free.
  if (file->descriptor() >= 0) {
    (void)::flock(file->descriptor(), LOCK_EX | LOCK_NB);
  }
  BACKSTAY_TRY(files.sync_directory(directory));
  return std::unique_ptr<Journal>(new Journal(std::move(file), clock));
}

Result<void> Journal::append(const JournalRecord& record) {
  return append_all({record});
}

Result<void> Journal::append_all(const std::vector<JournalRecord>& records) {
  if (records.empty()) {
    return {};
  }
  BACKSTAY_TRY(note(records));
  return sync();
}

Result<void> Journal::note(const std::vector<JournalRecord>& records) {
  if (records.empty()) {
    return {};
  }
  BACKSTAY_FAILPOINT("journal.append");
  const std::lock_guard lock(mutex_);
  if (failure_) {
    return *failure_;
  }
  const std::string time = to_rfc3339(clock_.now());
  std::string lines;
  for (const JournalRecord& record : records) {
    lines += to_line(record, time);
  }
  if (auto written = file_->write(std::as_bytes(std::span(lines))); !written) {
    failure_ = std::move(written).error().while_doing(kDoing);
    return *failure_;
  }
  written_ += records.size();
  return {};
}

Result<void> Journal::sync() {
  std::unique_lock lock(mutex_);
  const std::uint64_t mine = written_;
  while (!failure_ && durable_ < mine) {
    if (syncing_) {
      synced_.wait(lock);
      continue;
    }
    syncing_ = true;
    const std::uint64_t upto = written_;
    lock.unlock();
    auto synced = file_->sync();
    lock.lock();
    syncing_ = false;
    if (synced) {
      durable_ = upto;
    } else {
      failure_ = std::move(synced).error().while_doing(kDoing);
    }
    synced_.notify_all();
  }
  return durable_ >= mine ? Result<void>() : Result<void>(*failure_);
}

}  // namespace backstay::runtime
