#include "runtime/target/open_target.hpp"

#include <array>

#include <fmt/format.h>

#include "runtime/target/directory_target.hpp"
#include "runtime/target/rclone_target.hpp"
#include "runtime/target/restic_target.hpp"
#include "runtime/target/rsync_target.hpp"

namespace backstay::runtime {
namespace {

using Make = Result<std::unique_ptr<TargetDriver>> (*)(World&,
                                                       const plan::Plan&,
                                                       const plan::Target&);

struct Driver {
  std::string_view kind;
  Make make;
};

constexpr std::array kDrivers = {
    Driver{"directory", make_directory_target},
    Driver{"rclone", make_rclone_target},
    Driver{"restic", make_restic_target},
    Driver{"rsync", make_rsync_target},
};

}  // namespace

bool has_driver(std::string_view kind) {
  for (const Driver& driver : kDrivers) {
    if (driver.kind == kind)
      return true;
  }
  return false;
}

Result<std::unique_ptr<TargetDriver>> open_target(World& world,
                                                  const plan::Plan& plan,
                                                  const plan::Target& target) {
  for (const Driver& driver : kDrivers) {
    if (driver.kind == target.kind)
      return driver.make(world, plan, target);
  }
  return Error{.kind = ErrorKind::ToolMissing,
               .message = fmt::format("this version has no driver for target {}, which is of kind "
                                      "{}",
                                      target.name, target.kind)};
}

}  // namespace backstay::runtime
