#include "cli/remote_source.hpp"

#include <utility>

#include "runtime/system/clock.hpp"
#include "runtime/system/environment.hpp"
#include "runtime/system/filesystem.hpp"
#include "runtime/system/subprocess.hpp"
#include "runtime/target/open_target.hpp"
#include "runtime/target/registration.hpp"

namespace backstay::cli {

struct RemoteSource::Parts {
  runtime::RealClock clock;
  runtime::RealFilesystem files;
  runtime::RealCommandRunner commands;
  runtime::World world{clock, files, commands, runtime::find_directories({})};
  std::unique_ptr<runtime::TargetDriver> driver;
  std::unique_ptr<runtime::TargetMirror> mirror;
};

RemoteSource::RemoteSource(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

RemoteSource::~RemoteSource() = default;

Result<std::shared_ptr<RemoteSource>> RemoteSource::open(const plan::Plan& plan,
                                                         const plan::Target& target,
                                                         const std::stop_token& stop) {
  auto parts = std::make_unique<Parts>();
  BACKSTAY_ASSIGN(parts->driver, runtime::open_target(parts->world, plan, target));
  BACKSTAY_ASSIGN(const auto identity, parts->driver->identity(stop));
  // A machine that was built anew knows no registrations; one that does is not led astray.
  const runtime::Directories& directories = parts->world.directories;
  if (runtime::exists(parts->files, directories.config + "/targets/" + target.name)) {
    plan::Target as_read = target;
    as_read.deletable_by.clear();
    BACKSTAY_TRY(runtime::check_registered(parts->files, directories, as_read, identity));
  }
  BACKSTAY_ASSIGN(parts->mirror,
                  runtime::TargetMirror::open(parts->world, *parts->driver, identity, stop));
  return std::shared_ptr<RemoteSource>(new RemoteSource(std::move(parts)));
}

runtime::TargetMirror& RemoteSource::files() const {
  return *parts_->mirror;
}

Result<runtime::Store> RemoteSource::store() const {
  return runtime::open_store_for_reading(*parts_->mirror, parts_->mirror->store(),
                                         parts_->world.directories);
}

std::string RemoteSource::describe() const {
  return parts_->driver->describe();
}

}  // namespace backstay::cli
