#include "runtime/journal/journal.hpp"

#include <utility>

#include <sys/file.h>

#include "runtime/journal/journal_line.hpp"
#include "runtime/system/failpoint.hpp"

namespace backstay::runtime {

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
  BACKSTAY_FAILPOINT("journal.append");
  std::unique_lock lock(mutex_);
  const std::string time = to_rfc3339(clock_.now());
  for (const JournalRecord& record : records) {
    pending_ += to_line(record, time);
  }
  next_ += records.size();
  const std::uint64_t mine = next_ - 1;
  while (!failure_ && durable_ <= mine) {
    if (flushing_) {
      flushed_.wait(lock);
      continue;
    }
    flushing_ = true;
    const std::string lines = std::exchange(pending_, {});
    const std::uint64_t upto = next_;
    lock.unlock();
    auto written = file_->write(std::as_bytes(std::span(lines.data(), lines.size())));
    if (written) {
      written = file_->sync();
    }
    lock.lock();
    flushing_ = false;
    if (written) {
      durable_ = upto;
    } else {
      failure_ = std::move(written).error().while_doing("writing the journal of the run");
    }
    flushed_.notify_all();
  }
  return durable_ > mine ? Result<void>() : Result<void>(*failure_);
}

}  // namespace backstay::runtime
