#include "runtime/target/target_mirror.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "lang/base/units.hpp"
#include "runtime/store/layout.hpp"
#include "runtime/store/manifest.hpp"
#include "runtime/store/part_check.hpp"
#include "runtime/store/store.hpp"

namespace backstay::runtime {
namespace {

// How many parts are fetched at a time by a reader that wants a few.
constexpr std::size_t kFewParts = 4;

std::string directory_of(const std::string& path) {
  return path.substr(0, path.rfind('/'));
}

// Lists, names and metadata of a component: small, and needed before its parts.
bool is_about_parts(const std::string& path) {
  const std::string name = path.substr(path.rfind('/') + 1);
  const bool of_hash =
      name.size() > 64 && name[64] == '.' && name.find_first_not_of("0123456789abcdef") == 64;
  return path.find("/list/") != std::string::npos || !of_hash ||
         name.find(".live.") != std::string::npos;
}

}  // namespace

Result<std::unique_ptr<TargetMirror>> TargetMirror::open(World& world,
                                                         TargetDriver& driver,
                                                         const TargetIdentity& identity,
                                                         std::stop_token stop) {
  BACKSTAY_ASSIGN(auto scratch,
                  ScratchDirectory::make(world.files, world.directories.state + "/mirrors"));
  std::unique_ptr<TargetMirror> mirror(
      new TargetMirror(world, driver, std::move(scratch), std::move(stop)));
  BACKSTAY_TRY(mirror->begin(identity));
  return mirror;
}

// A store of ours, with the identity of the one it stands for.
Result<void> TargetMirror::begin(const TargetIdentity& identity) {
  const Directories nowhere{.config = scratch_.path() + "/config", .state = {}, .locks = {}};
  BACKSTAY_ASSIGN(const Store made, init_store(below_, nowhere, store_, "mirror"));
  const std::string format = store_ + "/" + std::string(layout::kFormat);
  BACKSTAY_ASSIGN(std::string text, read_file(below_, format));
  text.replace(text.find(made.uuid), made.uuid.size(), identity.uuid);
  BACKSTAY_TRY(replace_file(below_, format, text, 0444));
  BACKSTAY_ASSIGN(const auto ids, driver_.list(stop_));
  for (const std::string& id : ids)
    BACKSTAY_TRY(below_.make_directory(layout::snapshot(store_, id), 0700));
  return driver_.manifests(ids, layout::snapshots(store_), stop_);
}

std::optional<TargetMirror::Place> TargetMirror::place_of(const std::string& path) const {
  const std::string prefix = layout::snapshots(store_) + "/";
  if (!path.starts_with(prefix))
    return std::nullopt;
  const std::size_t slash = path.find('/', prefix.size());
  Place place{.id = path.substr(prefix.size(), slash - prefix.size()), .below = {}};
  if (slash != std::string::npos)
    place.below = path.substr(slash + 1);
  return place;
}

Result<const TargetMirror::Snapshot*> TargetMirror::snapshot(const std::string& id) {
  if (const auto known = snapshots_.find(id); known != snapshots_.end())
    return &known->second;
  const std::string path = layout::snapshot(store_, id);
  BACKSTAY_TRY(driver_.get(id, {}, path, stop_));
  BACKSTAY_ASSIGN(const std::string text,
                  read_file(below_, path + "/" + std::string(layout::kSums)));
  Snapshot snapshot;
  BACKSTAY_ASSIGN(snapshot.sums, parse_sums(text));
  BACKSTAY_ASSIGN(const std::string manifest_text,
                  read_file(below_, path + "/" + std::string(layout::kManifest)));
  if (const auto manifest = parse_manifest(manifest_text, id)) {
    for (const ManifestComponent& component : manifest->components)
      snapshot.stored_bytes += component.stored_bytes;
  }
  return &snapshots_.emplace(id, std::move(snapshot)).first->second;
}

Result<void> TargetMirror::fetch(const std::string& path) {
  const auto place = place_of(path);
  if (!place || place->below.empty())
    return {};
  const std::lock_guard guard(mutex_);
  if (exists(below_, path))
    return {};
  return fetch_file(*place);
}

Result<void> TargetMirror::fetch_file(const Place& place) {
  BACKSTAY_ASSIGN(const Snapshot* const found, snapshot(place.id));
  if (exists(below_, layout::snapshot(store_, place.id) + "/" + place.below))
    return {};  // one of the papers
  if (!found->sums.contains(place.below))
    return {};
  if (wanted_ == Wanted::Whole)
    BACKSTAY_TRY(check_room(*found));
  return fetch_batch(place.id, batch_of(*found, place));
}

// The wanted one and what a reader will want next to it.
std::vector<std::string> TargetMirror::batch_of(const Snapshot& snapshot, const Place& place) {
  std::vector<std::string> batch = {place.below};
  if (!place.below.starts_with("data/"))
    return batch;
  const bool about = is_about_parts(place.below);
  const std::string component =
      place.below.substr(0, place.below.find('/', std::string_view("data/").size()) + 1);
  auto next = snapshot.sums.upper_bound(place.below);
  if (about || wanted_ == Wanted::Whole)
    next = snapshot.sums.lower_bound(component);
  for (; next != snapshot.sums.end() && next->first.starts_with(component); ++next) {
    const bool full = !about && wanted_ == Wanted::Some && batch.size() == kFewParts;
    if (full)
      break;
    const bool same_kind = is_about_parts(next->first) == about || wanted_ == Wanted::Whole;
    if (same_kind && next->first != place.below &&
        !exists(below_, layout::snapshot(store_, place.id) + "/" + next->first))
      batch.push_back(next->first);
  }
  return batch;
}

Result<void> TargetMirror::check_room(const Snapshot& snapshot) {
  BACKSTAY_ASSIGN(const SpaceStatus space, below_.space(store_));
  if (space.free_bytes >= snapshot.stored_bytes)
    return {};
  return Error{
      .kind = ErrorKind::NoSpace,
      .message = fmt::format("what is read from {} is fetched first, and `{}` has no room "
                             "for it: {} of {} are free",
                             driver_.describe(), store_, to_human(ByteSize{space.free_bytes}),
                             to_human(ByteSize{snapshot.stored_bytes})),
      .hint = "make room there, or point the state directory elsewhere (--state-dir)"};
}

// The same part of another snapshot.
Result<bool> TargetMirror::take_from_another(const std::string& path, const Digest& digest) {
  const auto here = here_.find(digest);
  if (here == here_.end())
    return false;
  BACKSTAY_TRY(make_directories(below_, directory_of(path), 0700));
  BACKSTAY_ASSIGN(const LinkOutcome outcome, below_.link(here->second, path));
  return outcome == LinkOutcome::Linked;
}

// What a copy lacks that is listed there is damage; a copy that went meanwhile is none.
Result<void> TargetMirror::get(const std::string& id,
                               const std::vector<std::string>& paths,
                               const std::string& directory) {
  auto got = driver_.get(id, paths, directory, stop_);
  if (got || got.error().kind != ErrorKind::NotFound)
    return got;
  BACKSTAY_ASSIGN(const auto listed, driver_.list(stop_));
  if (std::find(listed.begin(), listed.end(), id) == listed.end())
    return got;
  Error lacking = std::move(got).error();
  lacking.kind = ErrorKind::Verification;
  lacking.hint = "use another snapshot or copy";
  return lacking;
}

Result<void> TargetMirror::fetch_batch(const std::string& id,
                                       const std::vector<std::string>& paths) {
  const Sums& sums = snapshots_.at(id).sums;
  const std::string place = layout::snapshot(store_, id);
  std::vector<std::string> missing;
  for (const std::string& path : paths) {
    BACKSTAY_ASSIGN(const bool linked, take_from_another(place + "/" + path, sums.at(path)));
    if (!linked)
      missing.push_back(path);
  }
  if (missing.empty())
    return {};
  // Why beside: what has its name was compared.
  const std::string beside = scratch_.path() + "/incoming";
  BACKSTAY_TRY(make_directories(below_, beside, 0700));
  BACKSTAY_TRY(get(id, missing, beside));
  for (const std::string& path : missing) {
    BACKSTAY_ASSIGN(const StoredDigest stored, hash_stored(below_, beside + "/" + path));
    if (stored.sha256 != sums.at(path)) {
      BACKSTAY_TRY(below_.unlink(beside + "/" + path));
      return Error{.kind = ErrorKind::Verification,
                   .message = fmt::format("`{}` of snapshot {} at {} is not what SHA256SUMS says",
                                          path, id, driver_.describe()),
                   .hint = "use another snapshot or copy"};
    }
    BACKSTAY_TRY(make_directories(below_, directory_of(place + "/" + path), 0700));
    BACKSTAY_TRY(below_.rename_no_replace(beside + "/" + path, place + "/" + path));
    here_.emplace(stored.sha256, place + "/" + path);
  }
  return {};
}

Result<std::unique_ptr<File>> TargetMirror::open_read(const std::string& path) {
  BACKSTAY_TRY(fetch(path));
  return below_.open_read(path);
}

Result<FileStatus> TargetMirror::status(const std::string& path) {
  const auto place = place_of(path);
  if (!place || place->below.empty() || exists(below_, path))
    return below_.status(path);
  {
    const std::lock_guard guard(mutex_);
    BACKSTAY_ASSIGN(const Snapshot* const found, snapshot(place->id));
    const auto below = found->sums.lower_bound(place->below + "/");
    // A directory is there as soon as something in it is asked for.
    if (below != found->sums.end() && below->first.starts_with(place->below + "/"))
      BACKSTAY_TRY(make_directories(below_, path, 0700));
  }
  BACKSTAY_TRY(fetch(path));
  return below_.status(path);
}

Result<std::vector<std::string>> TargetMirror::list(const std::string& path) {
  const auto place = place_of(path);
  if (!place)
    return below_.list(path);
  const std::lock_guard guard(mutex_);
  BACKSTAY_ASSIGN(const Snapshot* const found, snapshot(place->id));
  const std::string prefix = place->below.empty() ? "" : place->below + "/";
  std::set<std::string> names;
  for (auto at = found->sums.lower_bound(prefix);
       at != found->sums.end() && at->first.starts_with(prefix); ++at) {
    const std::string rest = at->first.substr(prefix.size());
    names.insert(rest.substr(0, rest.find('/')));
  }
  if (place->below.empty())
    names.insert(std::string(layout::kSums));
  return std::vector<std::string>(names.begin(), names.end());
}

Result<std::unique_ptr<File>> TargetMirror::create(const std::string& path, std::uint32_t mode) {
  return below_.create(path, mode);
}

Result<std::unique_ptr<File>> TargetMirror::open_append(const std::string& path) {
  return below_.open_append(path);
}

Result<void> TargetMirror::make_directory(const std::string& path, std::uint32_t mode) {
  return below_.make_directory(path, mode);
}

Result<void> TargetMirror::sync_directory(const std::string& path) {
  return below_.sync_directory(path);
}

Result<std::unique_ptr<File>> TargetMirror::lock_directory(const std::string& path) {
  return below_.lock_directory(path);
}

Result<void> TargetMirror::rename_no_replace(const std::string& from, const std::string& to) {
  return below_.rename_no_replace(from, to);
}

Result<void> TargetMirror::rename_replace(const std::string& from, const std::string& to) {
  return below_.rename_replace(from, to);
}

Result<LinkOutcome> TargetMirror::link(const std::string& from, const std::string& to) {
  return below_.link(from, to);
}

Result<void> TargetMirror::unlink(const std::string& path) {
  return below_.unlink(path);
}

Result<void> TargetMirror::remove_directory(const std::string& path) {
  return below_.remove_directory(path);
}

Result<void> TargetMirror::change_mode(const std::string& path, std::uint32_t mode) {
  return below_.change_mode(path, mode);
}

Result<SpaceStatus> TargetMirror::space(const std::string& path) {
  return below_.space(path);
}

}  // namespace backstay::runtime
