#include "runtime/restore/privileged.hpp"

#include <algorithm>

#include <sys/stat.h>

namespace backstay::runtime {

namespace {

constexpr std::string_view kCapability = "security.capability";
// What overlay file systems and integrity checks trust; only root may set it.
constexpr std::string_view kTrusted = "trusted.";

bool is_privileged(const ExtendedAttribute& attribute) {
  return attribute.name == kCapability || attribute.name.starts_with(kTrusted);
}

bool is_device(const Entry& entry) {
  return entry.type == EntryType::CharacterDevice || entry.type == EntryType::BlockDevice;
}

}  // namespace

std::string privilege_of(const Entry& entry) {
  if (is_device(entry))
    return "it is a device";
  const bool file = entry.type == EntryType::File;
  if (file && (entry.mode & static_cast<std::uint32_t>(S_ISUID)) != 0)
    return "its set-user-id bit";
  if (file && (entry.mode & static_cast<std::uint32_t>(S_ISGID)) != 0)
    return "its set-group-id bit";
  const auto found = std::ranges::find_if(entry.attributes, is_privileged);
  return found == entry.attributes.end() ? std::string() : "its attribute `" + found->name + "`";
}

bool may_be_privileged(std::string_view line) {
  constexpr std::string_view kMode = "\"mode\":";
  const std::size_t at = line.find(kMode);
  // Set-id bits are 1024 and more, four digits; whatever is no plain number is looked at.
  std::size_t digits = 0;
  if (at != std::string_view::npos) {
    const std::string_view mode = line.substr(at + kMode.size());
    digits = std::min(mode.find_first_not_of("0123456789"), mode.size());
  }
  return digits == 0 || digits > 3 || line.find("device\"") != std::string_view::npos ||
         line.find("xattrs\"") != std::string_view::npos ||
         line.find("\\u") != std::string_view::npos;
}

void drop_privilege(Entry& entry) {
  if (entry.type == EntryType::File)
    entry.mode &= ~static_cast<std::uint32_t>(S_ISUID | S_ISGID);
  std::erase_if(entry.attributes, is_privileged);
}

Error privilege_refused(const Entry& entry) {
  return Error{.kind = ErrorKind::Refused,
               .message = "`/" + entry.path + "` gives privileges: " + privilege_of(entry) +
                          "; the store is not signed, so this needs your leave",
               .hint =
                   "restore with --privileged where you trust the store, or without set-id "
                   "bits, devices and capabilities by --without-privileged"};
}

}  // namespace backstay::runtime
