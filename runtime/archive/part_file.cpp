#include "runtime/archive/part_file.hpp"

#include <utility>

#include "runtime/system/failpoint.hpp"

namespace backstay::runtime {

namespace {

Error condemned(const std::string& path) {
  return Error{.kind = ErrorKind::Io,
               .message = "`" + path + "` was given up after a failed write"};
}

}  // namespace

PartDirectory::PartDirectory(Filesystem& files, std::string path)
    : files_(files), path_(std::move(path)) {}

std::string PartDirectory::new_temporary() {
  const std::lock_guard guard(mutex_);
  return path_ + "/.writing-" + std::to_string(next_temporary_++);
}

bool PartDirectory::claim(const std::string& name) {
  const std::lock_guard guard(mutex_);
  return names_.insert(name).second;
}

void PartDirectory::add(PartRecord record) {
  const std::lock_guard guard(mutex_);
  records_.push_back(std::move(record));
}

std::vector<PartRecord> PartDirectory::records() const {
  const std::lock_guard guard(mutex_);
  return records_;
}

void PartDirectory::use(const std::string& name) {
  const std::lock_guard guard(mutex_);
  used_.insert(name);
}

Result<void> PartDirectory::drop_unused_segments() {
  const std::lock_guard guard(mutex_);
  const auto unused = [&](const PartRecord& record) {
    return record.segment && !used_.contains(record.path);
  };
  for (const PartRecord& record : records_) {
    if (unused(record))
      BACKSTAY_TRY(files_.unlink(path_ + "/" + record.path));
  }
  std::erase_if(records_, unused);
  return {};
}

PartFile::PartFile(PartDirectory& directory)
    : directory_(directory), temporary_(directory.new_temporary()) {}

PartFile::~PartFile() {
  if (!file_ && temporary_.empty())
    return;
  const bool created = file_ != nullptr || condemned_;
  file_.reset();
  if (created)
    (void)directory_.files().unlink(temporary_);
}

Result<void> PartFile::open() {
  BACKSTAY_FAILPOINT("store.part.create");
  BACKSTAY_ASSIGN(file_, directory_.files().create(temporary_, 0400));
  return {};
}

Result<void> PartFile::write(std::span<const std::byte> bytes) {
  if (condemned_)
    return condemned(temporary_);
  if (!file_)
    BACKSTAY_TRY(open());
  hash_.update(bytes);
  size_ += bytes.size();
  auto written = file_->write(bytes);
  condemned_ = !written;
  return written;
}

Result<void> PartFile::seal() {
  BACKSTAY_FAILPOINT("store.part.sync");
  BACKSTAY_TRY(file_->sync());
  BACKSTAY_FAILPOINT("store.part.close");
  return file_->close();
}

Result<PartRecord> PartFile::finish(PartCheck check,
                                    const Digest& plain,
                                    const std::string& suffix,
                                    const std::string& fixed_name,
                                    bool segment) {
  if (condemned_)
    return condemned(temporary_);
  if (!file_)
    BACKSTAY_TRY(open());
  if (auto sealed = seal(); !sealed) {
    condemned_ = true;
    return std::move(sealed).error();
  }
  PartRecord record{.path = {},
                    .stored_size = size_,
                    .stored = hash_.finish(),
                    .check = check,
                    .plain = plain,
                    .segment = segment};
  record.path = fixed_name.empty() ? to_hex(record.stored) + suffix : fixed_name;
  if (!directory_.claim(record.path))
    return record;  // the destructor removes the second copy
  BACKSTAY_FAILPOINT("store.part.rename");
  if (auto named =
          directory_.files().rename_no_replace(temporary_, directory_.path() + "/" + record.path);
      !named) {
    condemned_ = true;
    return std::move(named).error();
  }
  file_.reset();
  temporary_.clear();
  directory_.add(record);
  return record;
}

}  // namespace backstay::runtime
