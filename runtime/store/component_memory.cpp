#include "runtime/store/component_memory.hpp"

#include <algorithm>
#include <mutex>
#include <utility>

#include "runtime/archive/list_writer.hpp"
#include "runtime/store/layout.hpp"
#include "runtime/store/manifest.hpp"
#include "runtime/store/parallel.hpp"
#include "runtime/store/part_check.hpp"
#include "runtime/store/records.hpp"
#include "runtime/store/sequence.hpp"
#include "runtime/store/verification.hpp"
#include "runtime/system/failpoint.hpp"

namespace backstay::runtime {

namespace {

constexpr std::string_view kFirstLine = "backstay-parts 2\n";
constexpr std::string_view kLastLine = "end\n";
constexpr const char* kParts = ".parts";
constexpr const char* kEntries = ".entries";
constexpr const char* kChanges = ".changes";
constexpr const char* kNew = "new";
constexpr std::size_t kDigestText = 64;
// Instead of the hash of a file that is not there.
constexpr std::string_view kNone = "-";
// The changes are written anew by each run, all of it when they are this part of it.
constexpr std::uint64_t kMostChanges = 4;

// `COMPONENT.DIGEST.parts` → DIGEST; empty for other names.
std::string digest_in(const std::string& name, const std::string& component) {
  const std::string prefix = component + ".";
  const std::string suffix = kParts;
  if (!name.starts_with(prefix) || !name.ends_with(suffix) ||
      name.size() != prefix.size() + kDigestText + suffix.size())
    return {};
  return name.substr(prefix.size(), kDigestText);
}

std::string_view take_line(std::string_view& rest) {
  const std::size_t end = std::min(rest.find('\n'), rest.size());
  const std::string_view line = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return line;
}

}  // namespace

std::string ComponentMemory::file(const std::string& digest, const char* what) const {
  return place_.directory + "/" + component_ + "." + digest + what;
}

std::optional<ComponentMemory::Bound> ComponentMemory::find_bound() {
  const auto names = place_.files.list(place_.directory);
  if (!names)
    return std::nullopt;
  for (const std::string& name : *names) {
    const std::string digest = digest_in(name, component_);
    if (digest.empty())
      continue;
    const auto text = read_file(place_.files, place_.directory + "/" + name);
    if (!text || !text->starts_with(kFirstLine))
      continue;
    const std::size_t begin = kFirstLine.size();
    Bound bound{text->substr(begin, text->find('\n', begin) - begin), digest};
    if (layout::is_plain_name(bound.snapshot) && fits(bound))
      return bound;
  }
  return std::nullopt;
}

// The snapshot is there, is the one that was written, and is complete.
bool ComponentMemory::fits(const Bound& bound) {
  const std::string path =
      layout::snapshot(place_.store.path, bound.snapshot) + "/" + std::string(layout::kManifest);
  const auto text = read_file(place_.files, path);
  if (!text || to_hex(sha256(*text)) != bound.digest)
    return false;
  const auto manifest = parse_manifest(*text, path);
  return manifest && !manifest->partial && manifest->policy == place_.policy &&
         manifest->host == place_.host && manifest->store == place_.store.uuid &&
         manifest->seal.recipients == place_.seal.recipients;
}

bool ComponentMemory::sealed_otherwise(const std::string& snapshot) {
  const std::string path =
      layout::snapshot(place_.store.path, snapshot) + "/" + std::string(layout::kManifest);
  const auto text = read_file(place_.files, path);
  const auto manifest = text ? parse_manifest(*text, path) : Result<Manifest>(text.error());
  return manifest && manifest->seal.recipients != place_.seal.recipients;
}

Result<void> ComponentMemory::read_parts(const Bound& bound) {
  BACKSTAY_ASSIGN(const std::string text, read_file(place_.files, file(bound.digest, kParts)));
  KnownParts parts(
      layout::component(layout::snapshot(place_.store.path, bound.snapshot), component_));
  std::string_view rest = text;
  rest.remove_prefix(kFirstLine.size());
  (void)take_line(rest);  // the snapshot
  for (EntriesFile* entries : {&whole_, &changes_}) {
    entries->sha256 = take_line(rest);
  }
  whole_.path = file(bound.digest, kEntries);
  changes_.path = file(bound.digest, kChanges);
  while (rest != kLastLine) {
    const std::size_t end = rest.find('\n');
    if (end == std::string_view::npos)
      return Error{.kind = ErrorKind::BadInput, .message = "it is cut short"};
    BACKSTAY_ASSIGN(PartRecord part, parse_part(rest.substr(0, end)));
    parts.add(std::move(part));
    rest.remove_prefix(end + 1);
  }
  parts_ = std::move(parts);
  return {};
}

// Said only where the predecessor has the component, so that something could have been linked.
FullRun ComponentMemory::why_full_run() {
  const auto before = find_predecessor(place_.files, place_.store, place_.policy, place_.host);
  const bool had_it =
      before && !before->id.empty() &&
      exists(place_.files,
             layout::component(layout::snapshot(place_.store.path, before->id), component_));
  if (!had_it)
    return FullRun::No;
  return sealed_otherwise(before->id) ? FullRun::OtherwiseSealed : FullRun::Forgotten;
}

void ComponentMemory::load(const ReadAgain& again, const Warn& warn) {
  discard();
  const auto bound = find_bound();
  if (!bound) {
    full_run_ = why_full_run();
    return;
  }
  if (auto read = read_parts(*bound); !read) {
    parts_ = KnownParts();
    warn("what earlier runs remember of `" + component_ + "` is damaged (" + read.error().message +
         "): all of it is read and stored anew");
    return;
  }
  // What a verification found damaged is not linked once more for thirty days.
  ReadAgain parts_again = again;
  parts_again.all =
      again.all || is_damaged(read_verification(place_.files, place_.store, bound->snapshot, {}));
  check_parts(parts_again, warn);
  for (const std::string& pack : packs_to_rewrite(parts_))
    parts_.retire(pack);
  if (auto opened = open_entries(); !opened) {
    entries_.reset();
    warn("what earlier runs remember of `" + component_ + "` is damaged (" +
         opened.error().message + "): all of it is read and stored anew");
  }
}

// Compared with its hash first: without all of it nobody knows what of a pack is dead.
Result<FrameReader> ComponentMemory::open_entries(const EntriesFile& entries) {
  BACKSTAY_ASSIGN(const StoredDigest stored, hash_stored(place_.files, entries.path));
  if (to_hex(stored.sha256) != entries.sha256) {
    return Error{.kind = ErrorKind::Verification,
                 .message = "`" + entries.path + "` is not what was written"};
  }
  BACKSTAY_ASSIGN(auto opened, place_.files.open_read(entries.path));
  return FrameReader(std::move(opened), entries.path);
}

Result<void> ComponentMemory::open_entries() {
  if (whole_.sha256.empty() || whole_.sha256 == kNone)
    return {};
  BACKSTAY_ASSIGN(FrameReader whole, open_entries(whole_));
  std::optional<FrameReader> changes;
  if (changes_.sha256 != kNone) {
    BACKSTAY_ASSIGN(changes, open_entries(changes_));
  }
  entries_.emplace(std::move(whole), std::move(changes));
  return {};
}

void ComponentMemory::check_parts(const ReadAgain& again, const Warn& warn) {
  std::vector<PartRecord> all;
  for (const auto& [path, part] : parts_.all())
    all.push_back(part);
  std::mutex mutex;
  std::vector<std::pair<std::string, std::string>> rotten;
  (void)for_each_parallel(all.size(), [&](std::size_t i) -> Result<void> {
    PartRecord& part = all[i];
    const std::string path = parts_.directory() + "/" + part.stored_name();
    const char* why = nullptr;
    const auto status = place_.files.status(path);
    if (!status || status->size != part.stored_size)
      why = status ? "has another size" : "is missing";
    if (why == nullptr && (again.all || is_due(part.path, part.checked, again.today))) {
      const auto stored = hash_stored(place_.files, path, ReadFrom::Device);
      if (!stored || stored->sha256 != part.stored)
        why = "is damaged: its SHA-256 differs";
      part.checked = again.today;
    }
    if (why != nullptr) {
      const std::lock_guard guard(mutex);
      rotten.emplace_back(part.path, why);
    }
    return {};
  });
  for (const PartRecord& part : all)
    parts_.add(part);
  for (const auto& [part, why] : rotten) {
    report_rotten(parts_.find(part)->stored_name(), why, warn);
    parts_.remove(part);
  }
}

// A part is one file with a name in several snapshots: what is wrong is wrong in all of them.
void ComponentMemory::report_rotten(const std::string& part,
                                    const std::string& why,
                                    const Warn& warn) {
  std::string holders;
  const auto names = place_.files.list(layout::snapshots(place_.store.path));
  const auto first = place_.files.status(parts_.directory() + "/" + part);
  for (const std::string& name : names ? *names : std::vector<std::string>{}) {
    const auto other = place_.files.status(
        layout::component(layout::snapshot(place_.store.path, name), component_) + "/" + part);
    if (!other || (first && other->inode != first->inode))
      continue;
    holders += (holders.empty() ? "" : ", ") + name;
    (void)write_record(place_.files, place_.store, name, "damage",
                       R"({"component":")" + component_ + R"(","part":")" + part + R"(","run":")" +
                           place_.run_id + "\"}");
  }
  warn("`" + part + "` of `" + component_ + "` " + why + (holders.empty() ? "" : " in " + holders) +
       "; what it holds is read and stored anew; look at the disk of the store");
}

KnownEntriesWriter* ComponentMemory::writer(const Warn& warn) {
  const auto open = [&]() -> Result<void> {
    BACKSTAY_TRY(make_directories(place_.files, place_.directory, 0700));
    BACKSTAY_ASSIGN(auto created, place_.files.create(file(kNew, kEntries), 0600));
    writer_ = std::make_unique<KnownEntriesWriter>(std::move(created), next_form());
    return {};
  };
  if (auto opened = open(); !opened) {
    warn("the next run reads all of `" + component_ + "`: " + to_string(opened.error()));
    return nullptr;
  }
  return writer_.get();
}

// A list that is written whole moves every line.
KnownEntriesWriter::Form ComponentMemory::next_form() const {
  if (!entries_ || next_list_form(parts_) == ListForm::Whole)
    return KnownEntriesWriter::Form::Whole;
  const auto whole = place_.files.status(whole_.path);
  const auto changes = changes_.sha256 != kNone ? place_.files.status(changes_.path)
                                                : Result<FileStatus>(FileStatus{});
  const bool small = whole && changes && changes->size <= whole->size / kMostChanges;
  return small ? KnownEntriesWriter::Form::Changes : KnownEntriesWriter::Form::Whole;
}

// What was written whole by an earlier run gets a second name; the first one goes when the list of
// parts that belongs to it does. Returns the lines that say what there is.
Result<std::string> ComponentMemory::place_entries(const std::string& manifest_digest) {
  const std::string entries = file(manifest_digest, kEntries);
  if (writer_->form() == KnownEntriesWriter::Form::Whole) {
    BACKSTAY_TRY(place_.files.rename_replace(file(kNew, kEntries), entries));
    return to_hex(writer_->digest()) + "\n" + std::string(kNone) + "\n";
  }
  std::string changes(kNone);
  if (writer_->nothing()) {
    BACKSTAY_TRY(place_.files.unlink(file(kNew, kEntries)));
  } else {
    BACKSTAY_TRY(
        place_.files.rename_replace(file(kNew, kEntries), file(manifest_digest, kChanges)));
    changes = to_hex(writer_->digest());
  }
  BACKSTAY_ASSIGN(const LinkOutcome linked, place_.files.link(whole_.path, entries));
  if (linked != LinkOutcome::Linked)
    BACKSTAY_TRY(place_.files.rename_replace(whole_.path, entries));
  return whole_.sha256 + "\n" + changes + "\n";
}

Result<void> ComponentMemory::save(const std::string& manifest_digest,
                                   const std::string& snapshot,
                                   const std::vector<PartRecord>& parts,
                                   std::int64_t today) {
  if (!writer_)
    BACKSTAY_TRY(make_directories(place_.files, place_.directory, 0700));
  BACKSTAY_FAILPOINT("store.memory.save");
  std::string entries = std::string(kNone) + "\n" + std::string(kNone) + "\n";
  if (writer_) {
    BACKSTAY_ASSIGN(entries, place_entries(manifest_digest));
    writer_.reset();
  }
  std::string text = std::string(kFirstLine) + snapshot + "\n" + entries;
  for (PartRecord part : parts) {
    if (!part.linked)
      part.checked = today;  // it was read back before the commit
    text += to_text(part) + "\n";
  }
  text += kLastLine;
  // Why last: its name is what the next run looks for.
  BACKSTAY_TRY(replace_file(place_.files, file(manifest_digest, kParts), text, 0600));
  BACKSTAY_FAILPOINT("store.memory.saved");
  BACKSTAY_ASSIGN(const auto names, place_.files.list(place_.directory));
  for (const std::string& name : names) {
    const std::string digest = digest_in(name, component_);
    if (digest.empty() || digest == manifest_digest)
      continue;
    BACKSTAY_TRY(place_.files.unlink(place_.directory + "/" + name));
    for (const char* what : {kEntries, kChanges}) {
      if (exists(place_.files, file(digest, what)))
        BACKSTAY_TRY(place_.files.unlink(file(digest, what)));
    }
  }
  return {};
}

void ComponentMemory::discard() {
  writer_.reset();
  if (exists(place_.files, file(kNew, kEntries)))
    (void)place_.files.unlink(file(kNew, kEntries));
}

}  // namespace backstay::runtime
