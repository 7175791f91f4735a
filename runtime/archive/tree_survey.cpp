#include "runtime/archive/tree_survey.hpp"

#include <fcntl.h>
#include <unistd.h>

#include "runtime/archive/tree_walk.hpp"

namespace backstay::runtime {

namespace {

constexpr std::size_t kItems = 256;
constexpr std::size_t kNamedProblems = 5;

void count(const WalkItem& item, TreeSurvey& survey) {
  if (item.entry) {
    ++survey.directories;
    return;
  }

  struct stat status {};

  const int directory = item.directory->descriptor.get();
  if (fstatat(directory, item.name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0)
    return;  // gone again
  if (!S_ISREG(status.st_mode)) {
    ++survey.others;
    return;
  }
  ++survey.files;
  survey.bytes += static_cast<std::uint64_t>(status.st_size);
  if (faccessat(directory, item.name.c_str(), R_OK, AT_EACCESS) != 0 &&
      survey.problems.size() < kNamedProblems) {
    survey.problems.push_back("`/" + item.directory->child(item.name) + "` cannot be read");
  }
}

}  // namespace

Result<TreeSurvey> survey_tree(const plan::ArchiveFiles& files, const std::stop_token& stop) {
  TreeSurvey survey;
  TreeWalk walk(files, [&](const std::string& /*path*/, const Error& error) {
    if (survey.problems.size() < kNamedProblems)
      survey.problems.push_back(error.message);
  });
  if (auto opened = walk.open(); !opened) {
    if (opened.error().kind != ErrorKind::NotFound || !files.optional)
      return std::move(opened).error();
    survey.absent = true;
    return survey;
  }
  std::vector<WalkItem> items;
  bool more = true;
  while (more) {
    if (stop.stop_requested())
      return Error{.kind = ErrorKind::Interrupted, .message = "interrupted"};
    items.clear();
    more = walk.next(items, kItems);
    for (const WalkItem& item : items)
      count(item, survey);
  }
  survey.left_out = walk.counts().left_out;
  survey.reserved = walk.counts().reserved;
  survey.sockets = walk.counts().sockets;
  return survey;
}

}  // namespace backstay::runtime
