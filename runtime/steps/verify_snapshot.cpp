// verify-snapshot: looks at the committed snapshot as a reader would, and leaves a record of it.
#include <fmt/format.h>

#include "lang/base/units.hpp"
#include "runtime/steps/steps.hpp"
#include "runtime/store/staging.hpp"
#include "runtime/store/store.hpp"
#include "runtime/store/verification.hpp"
#include "runtime/store/verify.hpp"
#include "runtime/system/failpoint.hpp"

namespace backstay::runtime {

namespace {

Error damaged(const VerifyReport& report) {
  return Error{.kind = ErrorKind::Verification,
               .message = report.problems.front() +
                          (report.problems.size() > 1
                               ? " (and " + std::to_string(report.problems.size() - 1) + " more)"
                               : ""),
               .hint =
                   "look at the disk of the store, then back up with --rehash; `backstay verify` "
                   "names every snapshot that holds the damaged part"};
}

}  // namespace

Result<void> execute(const plan::VerifySnapshot& action, StepContext& context) {
  BACKSTAY_CHECK(context.staging != nullptr, "a backup has a staging");
  const plan::Target* target = context.plan.target(action.target);
  BACKSTAY_CHECK(target != nullptr, "plan::verify proves that the target exists");
  const std::string id = context.staging->snapshot_id();
  if (id.empty())
    return Error{.kind = ErrorKind::NotFound, .message = "no snapshot was committed"};
  BACKSTAY_FAILPOINT("verify-snapshot.begin");
  Filesystem& files = context.world.files;
  BACKSTAY_ASSIGN(const Store store, open_store(files, *target, context.world.directories));
  BACKSTAY_ASSIGN(const VerifyReport report, verify_snapshot(files, store,
                                                             {.snapshot = id,
                                                              .level = action.level,
                                                              .components = {},
                                                              .proven = context.staging->proven()},
                                                             context.stop));
  if (!report.not_proven.empty()) {
    context.events.warning(context.step.id,
                           "looked at on level 1 only, as it is sealed; every part of it was "
                           "decoded and compared before it was sealed");
  }
  Verification found = verification_of(report, to_rfc3339(context.world.clock.now()));
  found.run = context.run_id;
  BACKSTAY_TRY(keep_verification(files, store, id, found, {}));
  return report.intact() ? Result<void>() : Result<void>(damaged(report));
}

Preview preview(const plan::VerifySnapshot& action, StepContext& /*context*/) {
  constexpr const char* kWhat[] = {
      "compares manifest, chain and sizes",
      "hashes every stored byte but those that the commit has just read back, and linked ones that "
      "were compared within thirty days",
      "decodes every file and dump, and compares it with its hash"};
  const int level = action.level < 0 || action.level > 2 ? 2 : action.level;
  return {{.text = fmt::format("verifies the new snapshot at level {} and records the result: {}",
                               action.level, kWhat[level])}};
}

}  // namespace backstay::runtime
