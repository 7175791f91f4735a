#include "runtime/catalogue/keep.hpp"

#include "runtime/catalogue/catalogue.hpp"
#include "runtime/catalogue/catalogue_file.hpp"
#include "runtime/store/store.hpp"
#include "runtime/system/failpoint.hpp"

namespace backstay::runtime {
namespace {

Result<void> update(World& world, const std::string& path, const CatalogueUpdate& request) {
  BACKSTAY_ASSIGN(Catalogue catalogue, Catalogue::open(world.files, path, request.patience));
  UpdateReport report;
  BACKSTAY_TRY(catalogue.begin());
  BACKSTAY_TRY(add_reports(catalogue, world.files, world.directories.state, report));
  for (const KnownStore& store : request.stores)
    BACKSTAY_TRY(add_store(catalogue, store, report));
  if (request.attempt)
    BACKSTAY_TRY(catalogue.put(*request.attempt));
  BACKSTAY_FAILPOINT("catalogue.commit");
  return catalogue.commit();
}

std::string warning_of(const Error& error) {
  const std::string text =
      to_string(error.while_doing("keeping the catalogue, which costs the run nothing"));
  return error.hint.empty() ? text : text + "; " + error.hint;
}

}  // namespace

std::vector<KnownStore> stores_here(World& world, const plan::Plan& plan) {
  std::vector<KnownStore> stores;
  for (const plan::Target& target : plan.targets) {
    if (target.kind != "directory")
      continue;
    if (auto store = open_store(world.files, target, world.directories)) {
      stores.push_back({.files = world.files,
                        .store = *store,
                        .kind = target.kind,
                        .place = target.path,
                        .target = target.name});
    }
  }
  return stores;
}

std::vector<std::string> keep_catalogue(World& world, const CatalogueUpdate& request) {
  const std::string& state = world.directories.state;
  const std::string path = Catalogue::path_in(state);
  if (auto made = make_directories(world.files, state, 0700); !made)
    return {warning_of(made.error())};
  const auto lock = CatalogueLock::take(world.files, state, request.patience);
  if (!lock)
    return {warning_of(lock.error())};
  auto done = update(world, path, request);
  if (done)
    return {};
  if (done.error().kind != ErrorKind::Verification)
    return {warning_of(done.error())};
  const auto aside = set_catalogue_aside(world.files, world.clock, path);
  if (!aside)
    return {warning_of(done.error()), warning_of(aside.error())};
  std::vector<std::string> warnings = {
      "the catalogue was damaged (" + to_string(done.error()) + "): it was set aside as `" +
      *aside +
      "` and made anew from the reports of this machine and the stores of this plan; "
      "`backstay catalogue rebuild` adds those of other plans"};
  if (auto again = update(world, path, request); !again)
    warnings.push_back(warning_of(again.error()));
  return warnings;
}

}  // namespace backstay::runtime
