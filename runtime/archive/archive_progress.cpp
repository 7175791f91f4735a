// What the workers of an archive share: what was kept, what went wrong, and when to stop.
#include <utility>

#include "runtime/archive/file_worker.hpp"

namespace backstay::runtime {

namespace {

constexpr std::size_t kNamedProblems = 5;

}  // namespace

void ArchiveProgress::stop(Error error) {
  const std::lock_guard guard(mutex_);
  fatal_.push_back(std::move(error));
  stopped_ = true;
}

void ArchiveProgress::problem(const std::string& /*path*/, const Error& error) {
  const std::lock_guard guard(mutex_);
  ++problem_count_;
  if (problems_.size() < kNamedProblems)
    problems_.push_back(error.message);
}

void ArchiveProgress::vanished(const std::string& path) {
  if (!files_.may_vanish) {
    problem(path, Error{.message = "`/" + path + "` vanished while it was read"});
  }
  const std::lock_guard guard(mutex_);
  any_vanished_ = true;
  ++counts_.vanished;
  if (files_.may_vanish && observer_.warning)
    observer_.warning("`/" + path + "` vanished; left out");
}

void ArchiveProgress::changed(const std::string& path) {
  if (!files_.may_change) {
    problem(path, Error{.message = "`/" + path + "` changed each time it was read"});
  }
  const std::lock_guard guard(mutex_);
  any_changed_ = true;
  ++counts_.changed;
  if (files_.may_change && observer_.warning) {
    observer_.warning("`/" + path + "` changed each time it was read; the last reading is kept");
  }
}

void ArchiveProgress::silently_changed(const std::string& path) {
  const std::lock_guard guard(mutex_);
  if (observer_.warning) {
    observer_.warning("`/" + path +
                      "` has another content than before though its size and times are the same; "
                      "the new content is kept");
  }
}

void ArchiveProgress::read(std::uint64_t bytes, const std::string& item) {
  constexpr std::uint64_t kEvery = std::uint64_t{1} << 20U;
  const std::uint64_t before = bytes_.fetch_add(bytes);
  if (observer_.progress && before / kEvery != (before + bytes) / kEvery) {
    observer_.progress(before + bytes, "/" + item);
  }
}

void ArchiveProgress::linked(LinkedName name) {
  const std::lock_guard guard(mutex_);
  linked_.push_back(std::move(name));
}

std::vector<LinkedName> ArchiveProgress::take_linked() {
  const std::lock_guard guard(mutex_);
  return std::move(linked_);
}

Result<ArchiveCounts> ArchiveProgress::outcome() {
  const std::lock_guard guard(mutex_);
  if (!fatal_.empty())
    return fatal_.front();
  if (observer_.stop.stop_requested()) {
    return Error{.kind = ErrorKind::Interrupted, .message = "interrupted while archiving files"};
  }
  if (problem_count_ == 0) {
    counts_.files = file_count;
    counts_.plain_bytes = bytes_;
    counts_.grown = grown;
    counts_.kept = kept;
    return counts_;
  }
  Error error{.kind = ErrorKind::Io, .message = {}};
  for (const std::string& text : problems_) {
    error.message += (error.message.empty() ? "" : "; ") + text;
  }
  if (problem_count_ > problems_.size()) {
    error.message += "; and " + std::to_string(problem_count_ - problems_.size()) + " more";
  }
  if (any_vanished_ && !files_.may_vanish) {
    error.hint = "say `may-vanish` at the path where files come and go";
  } else if (any_changed_ && !files_.may_change) {
    error.hint = "say `may-change` at the path where files change while they are read";
  }
  return error;
}

}  // namespace backstay::runtime
