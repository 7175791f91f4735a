#include "cli/plan_file.hpp"

#include <fmt/format.h>

#include "cli/output_file.hpp"
#include "compiler/plan/plan_yaml.hpp"
#include "runtime/system/filesystem.hpp"

namespace backstay::cli {

Result<PlanFile> read_plan_file(const std::string& path) {
  if (path.ends_with(".stay")) {
    return Error{.kind = ErrorKind::Usage,
                 .message = fmt::format("`{}` is a policy; this verb takes a compiled plan", path),
                 .hint = fmt::format("backstay plan {} -o {}.plan.yaml", path,
                                     path.substr(0, path.size() - 5))};
  }
  runtime::RealFilesystem files;
  PlanFile file{.name = path, .bytes = {}, .plan = {}};
  BACKSTAY_ASSIGN(file.bytes, runtime::read_file(files, absolute_path(path), plan::kLargestPlan));
  BACKSTAY_ASSIGN(file.plan, plan::from_yaml(file.bytes, path));
  return file;
}

}  // namespace backstay::cli
