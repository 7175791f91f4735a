#include "runtime/catalogue/rebuild.hpp"

#include <fmt/format.h>

#include "runtime/catalogue/catalogue.hpp"
#include "runtime/catalogue/catalogue_file.hpp"
#include "runtime/system/failpoint.hpp"

namespace backstay::runtime {
namespace {

constexpr std::chrono::seconds kPatience{60};

/// What was there before.
struct Before {
  bool damaged = false;
  std::vector<CatalogueAttempt> attempts = {};  ///< only it knows them
  bool had_attempts = false;                    ///< whether it could be asked for them
};

Result<Before> look_at(Filesystem& files, const std::string& path) {
  auto old = Catalogue::open_for_reading(files, path);
  if (!old && old.error().kind == ErrorKind::NotFound)
    return Before{};
  if (!old && old.error().kind == ErrorKind::Verification)
    return Before{.damaged = true};
  if (!old)
    return std::move(old).error();
  auto attempts = old->attempts({});
  if (!attempts)
    return Before{.damaged = true};
  return Before{.attempts = std::move(*attempts), .had_attempts = true};
}

/// Adds to the file what it lacks of everything.
Result<void> fill(World& world,
                  const std::string& path,
                  const std::vector<KnownStore>& stores,
                  const std::vector<CatalogueAttempt>& attempts,
                  UpdateReport& report) {
  BACKSTAY_ASSIGN(Catalogue catalogue, Catalogue::open(world.files, path, kPatience));
  catalogue.make_fast();
  BACKSTAY_TRY(catalogue.begin());
  BACKSTAY_TRY(add_reports(catalogue, world.files, world.directories.state, report));
  for (const KnownStore& store : stores)
    BACKSTAY_TRY(add_store(catalogue, store, report));
  for (const CatalogueAttempt& attempt : attempts)
    BACKSTAY_TRY(catalogue.put(attempt));
  return catalogue.commit();
}

/// What follows from where the rows came from.
Result<void> tell_gaps(Catalogue& catalogue, const Before& before, RebuildReport& report) {
  BACKSTAY_ASSIGN(const auto runs, catalogue.runs({}));
  std::size_t bare = 0;
  std::size_t silent = 0;
  std::string oldest_report;
  for (const CatalogueRun& run : runs) {
    bare += run.source == RunSource::Manifest ? 1 : 0;
    silent += run.source == RunSource::Evidence ? 1 : 0;
    if (run.source == RunSource::Report && oldest_report.empty())
      oldest_report = run.started;
  }
  report.runs = runs.size();
  if (bare > 0)
    report.unknown.push_back(fmt::format(
        "of {} runs only the snapshot is known: neither their steps nor their warnings", bare));
  if (silent > 0)
    report.unknown.push_back(
        fmt::format("of {} drills only the evidence is known: not their warnings", silent));
  report.unknown.push_back(
      oldest_report.empty()
          ? std::string("restores, and runs that left no snapshot: no reports are left on this "
                        "machine")
          : "restores, and runs that left no snapshot, of before " + oldest_report +
                ": the oldest report on this machine is of then");
  if (!before.had_attempts)
    report.unknown.push_back("calls that began no run: only the catalogue that was lost knew them");
  return {};
}

Result<void> swap(World& world,
                  const std::string& made,
                  const std::string& path,
                  const std::vector<KnownStore>& stores,
                  RebuildReport& report) {
  BACKSTAY_ASSIGN(const auto lock,
                  CatalogueLock::take(world.files, world.directories.state, kPatience));
  (void)lock;
  // What came while the stores were read. From here on nobody adds anything.
  BACKSTAY_ASSIGN(const Before before, look_at(world.files, path));
  UpdateReport late;
  BACKSTAY_TRY(fill(world, made, stores, before.attempts, late));
  report.unknown.insert(report.unknown.end(), late.unknown.begin(), late.unknown.end());
  if (before.damaged) {
    BACKSTAY_ASSIGN(report.set_aside, set_catalogue_aside(world.files, world.clock, path));
  }
  {
    BACKSTAY_ASSIGN(Catalogue catalogue, Catalogue::open(world.files, made, kPatience));
    BACKSTAY_ASSIGN(report.snapshots, catalogue.count_snapshots());
    BACKSTAY_TRY(tell_gaps(catalogue, before, report));
  }
  BACKSTAY_FAILPOINT("catalogue.replace");
  return replace_catalogue(world.files, made, path);
}

}  // namespace

Result<RebuildReport> rebuild_catalogue(World& world, const std::vector<KnownStore>& stores) {
  const std::string& state = world.directories.state;
  const std::string path = Catalogue::path_in(state);
  BACKSTAY_TRY(make_directories(world.files, state, 0700));
  BACKSTAY_ASSIGN(const Before before, look_at(world.files, path));  // refused at once, not late
  (void)before;
  BACKSTAY_ASSIGN(const auto alone,
                  CatalogueLock::take(world.files, state, kPatience, "catalogue-rebuild.lock"));
  (void)alone;
  remove_beside(world.files, path);  // of a rebuild that was killed
  const std::string made = name_beside(path);
  RebuildReport report;
  UpdateReport first;
  auto done = fill(world, made, stores, {}, first);
  if (done)
    done = swap(world, made, path, stores, report);
  if (done)
    return report;
  remove_beside(world.files, path);
  return std::move(done).error();
}

}  // namespace backstay::runtime
