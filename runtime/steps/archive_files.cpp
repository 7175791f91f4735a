// archive-files: a tree or file into the snapshot in the making.
#include <memory>
#include <utility>

#include "lang/base/units.hpp"
#include "runtime/archive/tree_survey.hpp"
#include "runtime/steps/steps.hpp"
#include "runtime/store/staging.hpp"

namespace backstay::runtime {

Result<void> execute(const plan::ArchiveFiles& action, StepContext& context) {
  BACKSTAY_CHECK(context.staging != nullptr, "a backup has a staging");
  BACKSTAY_TRY(context.staging->archive_files(action, context));
  return context.staging->complete(action.component, "files", action.path, {});
}

Preview preview(const plan::ArchiveFiles& action, StepContext& context) {
  auto survey = survey_tree(action, context.stop);
  if (!survey)
    return {{.problem = true, .text = to_string(survey.error())}};
  if (survey->absent)
    return {{.text = "`" + action.path + "` is absent and optional: nothing to keep"}};
  Preview lines;
  lines.push_back({.text = "`" + action.path + "`: " + std::to_string(survey->files) + " files, " +
                           std::to_string(survey->directories) + " directories, " +
                           std::to_string(survey->others) + " links and special files, " +
                           to_human(ByteSize{survey->bytes})});
  if (survey->left_out > 0) {
    std::string text = "left out: " + std::to_string(survey->left_out) + " names";
    for (const plan::PathRule& rule : action.except)
      text += ", except " + rule.pattern;
    lines.push_back({.text = std::move(text)});
  }
  if (survey->reserved > 0) {
    lines.push_back({.text = "left out: " + std::to_string(survey->reserved) +
                             " names that Backstay itself leaves (`*.orig-RUN`, `.backstay-*`)"});
  }
  if (survey->sockets > 0) {
    lines.push_back({.text = "left out: " + std::to_string(survey->sockets) + " sockets"});
  }
  for (const std::string& problem : survey->problems)
    lines.push_back({.problem = true, .text = problem});
  lines.push_back({.unknown = true, .text = "stored size after compression"});
  return lines;
}

}  // namespace backstay::runtime
