#include "runtime/target/registration.hpp"

#include <fmt/format.h>

#include "runtime/store/layout.hpp"

namespace backstay::runtime {
namespace {

std::string path_of(const Directories& directories, const std::string& target) {
  return directories.config + "/targets/" + target;
}

std::string first_word_after(const std::string& text, const std::string& key) {
  const std::size_t at = ("\n" + text).find("\n" + key + " ");
  if (at == std::string::npos)
    return {};
  const std::size_t begin = at + key.size() + 1;
  return text.substr(begin, text.find('\n', begin) - begin);
}

}  // namespace

Result<void> register_target(Filesystem& files,
                             const Directories& directories,
                             const plan::Target& target,
                             const TargetIdentity& identity) {
  BACKSTAY_TRY(layout::check_plain_name(target.name, "target"));
  BACKSTAY_TRY(make_directories(files, directories.config + "/targets", 0755));
  return replace_file(files, path_of(directories, target.name),
                      "uuid " + identity.uuid + "\npath " + target.remote + "\n", 0644);
}

Result<void> check_registered(Filesystem& files,
                              const Directories& directories,
                              const plan::Target& target,
                              const TargetIdentity& identity) {
  constexpr std::uint64_t kSmallFile = 4096;
  const std::string hint =
      fmt::format("`backstay store init PLAN --target {}` registers it on this host", target.name);
  const auto text = read_file(files, path_of(directories, target.name), kSmallFile);
  if (!text && text.error().kind != ErrorKind::NotFound)
    return text.error();
  if (!text) {
    return Error{
        .kind = ErrorKind::Refused,
        .message = fmt::format("the target `{}` is not registered on this host", target.name),
        .hint = hint};
  }
  if (const std::string uuid = first_word_after(*text, "uuid"); uuid != identity.uuid) {
    return Error{.kind = ErrorKind::Refused,
                 .message = fmt::format("the store at `{}` is not the one that was registered as "
                                        "`{}`: its UUID is {} instead of {}",
                                        target.remote, target.name, identity.uuid, uuid),
                 .hint = "is another disk mounted there? If the change is meant: " + hint};
  }
  if (!target.deletable_by.empty() && identity.deletable_by_us) {
    return Error{
        .kind = ErrorKind::Refused,
        .message = fmt::format("the policy says that target `{}` is `deletable-by {}`, but the "
                               "login of this host can delete there",
                               target.name, target.deletable_by),
        .hint =
            "let the key do nothing but `backstay receive --store DIR` at the far side (its "
            "forced command), or say `deletable-by host`"};
  }
  return {};
}

}  // namespace backstay::runtime
