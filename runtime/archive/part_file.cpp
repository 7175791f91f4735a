#include "runtime/archive/part_file.hpp"

#include <algorithm>
#include <utility>

#include <fcntl.h>

#include "runtime/seal/bytes_file.hpp"
#include "runtime/store/part_check.hpp"
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

Digest PartDirectory::tag(std::span<const std::byte> plain) const {
  std::call_once(keyed_, [&] {
    if (key_source_)
      tag_key_ = key_source_();
  });
  Digest tag{};
  std::ranges::copy(keyed_hash(tag_key_, plain), tag.begin());
  return tag;
}

std::string PartDirectory::new_temporary() {
  const std::lock_guard guard(mutex_);
  return path_ + "/.writing-" + std::to_string(next_temporary_++);
}

bool PartDirectory::claim(const std::string& name) {
  const std::lock_guard guard(mutex_);
  return names_.insert(name).second;
}

void PartDirectory::remember(KnownParts parts, bool links) {
  previous_ = std::move(parts);
  links_ = links;
}

void PartDirectory::add(PartRecord record) {
  const std::lock_guard guard(mutex_);
  if (record.segment)
    segments_.emplace(record.plain, record);
  records_.push_back(std::move(record));
}

std::optional<PartRecord> PartDirectory::segment(const Digest& plain) const {
  const std::lock_guard guard(mutex_);
  const auto found = segments_.find(plain);
  return found == segments_.end() ? std::nullopt : std::optional(found->second);
}

void PartDirectory::set_live(const std::string& path, std::uint64_t live) {
  const std::lock_guard guard(mutex_);
  const auto record = std::ranges::find(records_, path, &PartRecord::path);
  BACKSTAY_CHECK(record != records_.end(), "a pack is linked before its files are counted");
  record->live = live;
}

Result<PartRecord> PartDirectory::link(const PartRecord& known, const std::string& name) {
  PartRecord record = known;
  record.linked = true;
  if (!name.empty())
    record.path = name;
  if (!links_)
    return copy(known, std::move(record));
  if (!claim(record.path))
    return record;
  BACKSTAY_FAILPOINT("store.part.link");
  const std::string from = previous_.directory() + "/" + known.stored_name();
  BACKSTAY_ASSIGN(const LinkOutcome outcome, files_.link(from, path_ + "/" + record.stored_name()));
  switch (outcome) {
    case LinkOutcome::Linked:
      add(record);
      return record;
    case LinkOutcome::TooMany:
    case LinkOutcome::Unsupported: {
      const std::lock_guard guard(mutex_);
      names_.erase(record.path);
      break;
    }
    case LinkOutcome::Forbidden:
      return Error{.kind = ErrorKind::Refused,
                   .message = "linking `" + from + "` is not permitted",
                   .hint =
                       "the user of this run must own the store; look for an immutable flag "
                       "(lsattr) and at fs.protected_hardlinks"};
    case LinkOutcome::OtherFilesystem:
      return Error{.kind = ErrorKind::Refused,
                   .message = "`" + from + "` is on another file system than `" + path_ + "`",
                   .hint =
                       "staging/ and snapshots/ of a store must be one file system: remove the "
                       "mount between them"};
  }
  return copy(known, std::move(record));
}

// Read, compared, written and read back like a new part.
Result<PartRecord> PartDirectory::copy(const PartRecord& known, PartRecord record) {
  const std::string known_path = previous_.directory() + "/" + known.stored_name();
  BACKSTAY_ASSIGN(auto from, files_.open_read(known_path));
  PartFile part(*this, PartBytes::AsTheyAre);
  std::vector<std::byte> buffer(std::size_t{1} << 20U);
  Sha256 hash;
  while (true) {
    BACKSTAY_ASSIGN(const std::size_t count, from->read(buffer));
    if (count == 0)
      break;
    hash.update(std::span(buffer).first(count));
    BACKSTAY_TRY(part.write(std::span(buffer).first(count)));
  }
  if (hash.finish() != known.stored) {
    return Error{.kind = ErrorKind::Verification,
                 .message = "`" + known_path + "` is damaged",
                 .hint = "run again with --rehash: what it holds is then read from the source"};
  }
  return part.finish({.check = record.check,
                      .plain = record.plain,
                      .name = record.path,
                      .segment = record.segment,
                      .members = record.members,
                      .content = record.content,
                      .segments = record.segments});
}

Result<void> PartDirectory::link_parts(const PartRecord& list,
                                       const std::vector<std::string>& segments) {
  for (const std::string& name : segments) {
    const PartRecord* segment = previous_.find(name);
    BACKSTAY_CHECK(segment != nullptr, "the caller looked for every segment");
    BACKSTAY_TRY(link(*segment));
    use(name);
  }
  BACKSTAY_TRY(link(list));
  return {};
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
      BACKSTAY_TRY(files_.unlink(path_ + "/" + record.stored_name()));
  }
  std::erase_if(records_, unused);
  return {};
}

PartFile::PartFile(PartDirectory& directory, PartBytes bytes)
    : directory_(directory),
      temporary_(directory.new_temporary()),
      sealer_(bytes == PartBytes::ToSeal ? directory.sealer() : nullptr) {}

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
  size_ += bytes.size();
  if (sealer_ == nullptr)
    return store(bytes);
  plain_.insert(plain_.end(), bytes.begin(), bytes.end());
  return {};
}

Result<void> PartFile::store(std::span<const std::byte> bytes) {
  if (!file_)
    BACKSTAY_TRY(open());
  hash_.update(bytes);
  written_.update(bytes);
  stored_size_ += bytes.size();
  auto written = file_->write(bytes);
  condemned_ = !written;
  if (written)
    start_writing();
  return written;
}

// The device begins while the rest is compressed, so that the fsync at the end waits for little.
// Why its answer does not matter: it waits for nothing and takes no error away from that fsync.
void PartFile::start_writing() {
  constexpr std::uint64_t kAtOnce = std::uint64_t{4} << 20U;
  const std::uint64_t fresh = stored_size_ - begun_;
  if (fresh < kAtOnce || file_->descriptor() < 0)
    return;
  (void)sync_file_range(file_->descriptor(), static_cast<off64_t>(begun_),
                        static_cast<off64_t>(fresh), SYNC_FILE_RANGE_WRITE);
  begun_ = stored_size_;
}

// Nobody here can read it once it is sealed, so what will be read one day is proven first.
Result<void> PartFile::seal(const PartSpec& spec) {
  const std::string what = "a part of `" + directory_.path() + "`";
  PartRecord expected;
  expected.path = what;
  expected.check = spec.check;
  expected.plain = spec.plain;
  expected.segment = spec.segment;
  BACKSTAY_TRY(check_decodes(std::make_unique<BytesFile>(plain_), expected));
  auto sealed = sealer_->seal(what, source_of(plain_),
                              [this](std::span<const std::byte> bytes) { return store(bytes); });
  condemned_ = !sealed;
  plain_ = {};
  return sealed;
}

Result<void> PartFile::make_durable() {
  BACKSTAY_FAILPOINT("store.part.sync");
  BACKSTAY_TRY(file_->sync());
  BACKSTAY_FAILPOINT("store.part.close");
  return file_->close();
}

Result<PartRecord> PartFile::finish(const PartSpec& spec) {
  if (condemned_)
    return condemned(temporary_);
  if (sealer_ != nullptr)
    BACKSTAY_TRY(seal(spec));
  if (!file_)
    BACKSTAY_TRY(open());
  if (auto durable = make_durable(); !durable) {
    condemned_ = true;
    return std::move(durable).error();
  }
  PartRecord record{.path = spec.name,
                    .stored_size = stored_size_,
                    .stored = hash_.finish(),
                    .check = spec.check,
                    .plain = spec.plain,
                    .segment = spec.segment,
                    .members = spec.members,
                    .content = spec.content,
                    .live = spec.content,
                    .sealed = directory_.sealer() != nullptr,
                    .written = written_.finish(),
                    .segments = spec.segments};
  if (record.path.empty())
    record.path = to_hex(record.stored) + spec.suffix;
  if (!directory_.claim(record.path))
    return record;  // the destructor removes the second copy
  BACKSTAY_FAILPOINT("store.part.rename");
  if (auto named = directory_.files().rename_no_replace(
          temporary_, directory_.path() + "/" + record.stored_name());
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
