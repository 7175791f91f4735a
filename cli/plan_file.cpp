#include "cli/plan_file.hpp"

#include <fmt/format.h>

#include "cli/output_file.hpp"
#include "compiler/plan/plan_yaml.hpp"
#include "runtime/system/filesystem.hpp"

namespace backstay::cli {
namespace {

Error with_hint(Error error) {
  if (error.hint.empty())
    error.hint = error.kind == ErrorKind::NotFound
                     ? "look at the spelling of the path; a plan is written by `backstay plan "
                       "POLICY -o PLAN`"
                     : "give the file that `backstay plan POLICY -o PLAN` wrote";
  return error;
}

}  // namespace

Result<PlanFile> read_plan_file(const std::string& path) {
  if (path.ends_with(".stay")) {
    return Error{.kind = ErrorKind::Usage,
                 .message = fmt::format("`{}` is a policy; this verb takes a compiled plan", path),
                 .hint = fmt::format("backstay plan {} -o {}.plan.yaml", path,
                                     path.substr(0, path.size() - 5))};
  }
  runtime::RealFilesystem files;
  PlanFile file{.name = path, .bytes = {}, .plan = {}};
  auto bytes = runtime::read_file(files, absolute_path(path), plan::kLargestPlan);
  if (!bytes)
    return with_hint(std::move(bytes).error());
  file.bytes = std::move(bytes).value();
  BACKSTAY_ASSIGN(file.plan, plan::from_yaml(file.bytes, path));
  return file;
}

}  // namespace backstay::cli
