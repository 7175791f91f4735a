#include "runtime/mirror/replicas.hpp"

#include <fmt/format.h>

#include "runtime/store/layout.hpp"
#include "runtime/system/failpoint.hpp"
#include "runtime/system/subprocess.hpp"

namespace backstay::runtime {
namespace {

constexpr const char* kReadCurrent =
    "[ -e \"$1/current/$2\" ] || exit 44; exec cat -- \"$1/current/$2\"";
// A replica that was cut short is begun anew: rings are small.
constexpr const char* kPrepareReplica =
    "umask 077; mkdir -p -- \"$1\" && cd -- \"$1\" && rm -rf -- .incoming && mkdir -p "
    ".incoming/files";
constexpr const char* kWrite =
    "umask 077; cd -- \"$1/.incoming\" && cat >\"$2\" && [ \"$(wc -c <\"$2\")\" = \"$3\" ]";
// The one that was current stays; what is older goes only now.
constexpr const char* kExchange =
    "cd -- \"$1\" && sync -f .incoming && old=$(readlink current || true) && rm -rf -- \"./$2\" && "
    "mv -T -- .incoming \"$2\" && ln -sfn -- \"$2\" .current-new && mv -fT -- .current-new current "
    "&& "
    "sync -f . && [ \"$(readlink current)\" = \"$2\" ] && for one in *; do "
    "case $one in current | \"$2\" | \"$old\") ;; *) [ ! -e \"$one/SHA256SUMS\" ] || rm -rf -- "
    "\"./$one\" ;; "
    "esac; done";

std::string escaped_line(const Digest& digest, const std::string& name) {
  std::string text;
  bool escaped = false;
  for (const char c : name) {
    escaped = escaped || c == '\\' || c == '\n' || c == '\r';
    text += c == '\\' ? "\\\\" : c == '\n' ? "\\n" : c == '\r' ? "\\r" : std::string(1, c);
  }
  return (escaped ? "\\" : "") + to_hex(digest) + "  " + text + "\n";
}

Result<void> write_paper(const FarPlace& place,
                         const std::string& directory,
                         const std::string& name,
                         const std::string& text,
                         const std::stop_token& stop) {
  BACKSTAY_TRY(place.ask(kWrite, {directory, name, std::to_string(text.size())}, text, {}, stop));
  return {};
}

// Every file of the sheet, as it lies there.
Result<void> prove(const FarPlace& place,
                   const std::string& files,
                   const TreeSheet& sheet,
                   const std::stop_token& stop) {
  const auto names = sheet.files();
  BACKSTAY_ASSIGN(const auto found, place.hashes(files, names, stop));
  for (const std::string& name : names) {
    const auto hash = found.find(name);
    if (hash != found.end() && hash->second == sheet.entries.at(name).sha256)
      continue;
    return Error{
        .kind = ErrorKind::Verification,
        .message = fmt::format("`{}` is not there as it is here", escape_control_bytes(name)),
        .hint =
            "a file that changes while it is copied, a broken disk, or somebody who "
            "writes there"};
  }
  return {};
}

}  // namespace

std::string replica_directory(const FarPlace& place,
                              const std::string& service,
                              const std::string& path) {
  return place.root() + "/" + service + path;
}

std::string sums_of(const TreeSheet& sheet) {
  std::string text;
  for (const std::string& name : sheet.files())
    text += escaped_line(sheet.entries.at(name).sha256, "files/" + name);
  return text;
}

Result<TreeSheet> read_replica_sheet(const FarPlace& place,
                                     const std::string& directory,
                                     const std::stop_token& stop) {
  BACKSTAY_ASSIGN(const auto answer,
                  place.ask(kReadCurrent, {directory, "sheet"}, "", {kAbsent}, stop));
  if (answer.code == kAbsent)
    return Error{.kind = ErrorKind::NotFound,
                 .message = "there is no replica in " + place.describe()};
  return parse_tree_sheet(answer.output);
}

Result<ReplicaState> look_at_replica(const FarPlace& place,
                                     const std::string& directory,
                                     const TreeSheet& sheet,
                                     const std::stop_token& stop) {
  BACKSTAY_ASSIGN(const auto answer,
                  place.ask(kReadCurrent, {directory, "sheet"}, "", {kAbsent}, stop));
  if (answer.code == kAbsent)
    return ReplicaState::None;
  if (answer.output != to_text(sheet))
    return ReplicaState::Other;
  const auto proven = prove(place, directory + "/current/files", sheet, stop);
  if (!proven && proven.error().kind != ErrorKind::Verification)
    return proven.error();
  return proven ? ReplicaState::Same : ReplicaState::Other;
}

Result<void> replicate_tree(const FarPlace& place,
                            const std::string& directory,
                            const TreeReading& reading,
                            const std::string& run,
                            const std::stop_token& stop) {
  BACKSTAY_TRY(layout::check_plain_name(run, "a replica"));
  BACKSTAY_ASSIGN(const ReplicaState state, look_at_replica(place, directory, reading.sheet, stop));
  if (state == ReplicaState::Same)
    return {};
  const std::string incoming = directory + "/.incoming";
  const auto names = reading.sheet.files();
  BACKSTAY_TRY(place.ask(kPrepareReplica, {directory}, "", {}, stop));
  BACKSTAY_FAILPOINT("replica.push");
  BACKSTAY_TRY(place.push(
      reading.base, names, incoming + "/files", {}, [](std::uint64_t) {}, stop));
  BACKSTAY_TRY(write_paper(place, directory, "SHA256SUMS", sums_of(reading.sheet), stop));
  BACKSTAY_TRY(write_paper(place, directory, "sheet", to_text(reading.sheet), stop));
  BACKSTAY_TRY(prove(place, incoming + "/files", reading.sheet, stop));
  BACKSTAY_FAILPOINT("replica.exchange");
  BACKSTAY_TRY(place.ask(kExchange, {directory, run}, "", {}, stop));
  return {};
}

}  // namespace backstay::runtime
