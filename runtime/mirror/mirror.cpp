// INVARIANT: nothing is removed there before all that is here is proven there.
#include "runtime/mirror/mirror.hpp"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "runtime/store/layout.hpp"
#include "runtime/system/clock.hpp"
#include "runtime/system/failpoint.hpp"
#include "runtime/system/subprocess.hpp"

namespace backstay::runtime {
namespace {

constexpr int kNoTarget = 45;
constexpr const char* kReadSheet =
    "[ -d \"$1\" ] || exit 45; [ -e \"$2/sheet\" ] || exit 44; exec cat -- \"$2/sheet\"";
constexpr const char* kPrepare =
    "umask 077; [ -d \"$1\" ] && mkdir -p -- \"$2/current\" \"$2/replaced\"";
constexpr const char* kListReplaced = "cd -- \"$1/replaced\" 2>/dev/null && exec ls -1; exit 0";
constexpr const char* kRemove =
    "cd -- \"$1/current\" && xargs -0 -r sh -c 'for name; do rm -f -- \"./$name\"; done' sh";
constexpr const char* kRemoveReplaced =
    "cd -- \"$1/replaced\" && xargs -0 -r sh -c 'for name; do rm -rf -- \"./$name\"; done' sh";
constexpr const char* kWriteSheet =
    "umask 077; cat >\"$1/sheet.new\" && [ \"$(wc -c <\"$1/sheet.new\")\" = \"$2\" ] && "
    "sync -f \"$1/sheet.new\" && mv -fT -- \"$1/sheet.new\" \"$1/sheet\" && sync -f \"$1\"";

// `20270101T013000Z`, which sorts by time and is a plain name.
std::string stamp_of(const std::string& rfc3339) {
  std::string stamp;
  for (const char c : rfc3339) {
    if (c != '-' && c != ':')
      stamp += c;
  }
  return stamp;
}

std::string zero_terminated(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names)
    text += name + '\0';
  return text;
}

// The first few of many, for a message.
std::string some_of(const std::vector<std::string>& names) {
  constexpr std::size_t kShown = 5;
  std::string text;
  for (std::size_t at = 0; at < std::min(kShown, names.size()); ++at)
    text += (at == 0 ? "`" : ", `") + escape_control_bytes(names[at]) + "`";
  return names.size() > kShown ? fmt::format("{} and {} more", text, names.size() - kShown) : text;
}

class Mirror {
 public:
  Mirror(World& world,
         const FarPlace& place,
         const MirrorRequest& request,
         const MoveProgress& progress,
         const std::stop_token& stop)
      : world_(world),
        place_(place),
        request_(request),
        progress_(progress),
        stop_(stop),
        directory_(mirror_directory(place, request)),
        now_(to_rfc3339(world.clock.now())) {}

  Result<MirrorOutcome> preview() {
    BACKSTAY_TRY(look());
    return std::move(outcome_);
  }

  Result<MirrorOutcome> run() {
    BACKSTAY_TRY(look());
    BACKSTAY_TRY(place_.ask(kPrepare, {place_.root(), directory_}, "", {}, stop_));
    BACKSTAY_FAILPOINT("mirror.push");
    BACKSTAY_TRY(push(new_, {}));
    BACKSTAY_FAILPOINT("mirror.prove");
    BACKSTAY_TRY(prove());
    BACKSTAY_FAILPOINT("mirror.remove");
    if (!outcome_.removed.empty())
      BACKSTAY_TRY(place_.ask(kRemove, {directory_}, zero_terminated(outcome_.removed), {}, stop_));
    if (!outcome_.replaced_removed.empty())
      BACKSTAY_TRY(place_.ask(kRemoveReplaced, {directory_},
                              zero_terminated(outcome_.replaced_removed), {}, stop_));
    BACKSTAY_FAILPOINT("mirror.sheet");
    const std::string text = to_text(reading_.sheet);
    BACKSTAY_TRY(
        place_.ask(kWriteSheet, {directory_, std::to_string(text.size())}, text, {}, stop_));
    BACKSTAY_TRY(memory_.write(world_.files, request_.memory));
    return std::move(outcome_);
  }

 private:
  // What is here, what is there, and what follows from both.
  Result<void> look() {
    memory_ = ContentMemory::read(world_.files, request_.memory);
    BACKSTAY_ASSIGN(reading_, read_tree(request_.path, memory_, stop_));
    for (const std::string& name : reading_.left_out)
      warn(fmt::format("`{}` is no file, directory or link and is not mirrored",
                       escape_control_bytes(name)));
    for (const std::string& name : reading_.changing)
      warn(fmt::format("`{}` changed while it was read; the next run takes it",
                       escape_control_bytes(name)));
    auto there = read_mirror_sheet(place_, request_, stop_);
    if (there)
      there_ = *std::move(there);
    else if (there.error().kind != ErrorKind::NotFound)
      return std::move(there).error();
    else if (memory_.was_there())
      return mirror_is_gone();
    compare();
    if (outcome_.files == 0 && !there_.files().empty())
      return source_is_empty();
    BACKSTAY_TRY(choose_removals());
    return {};
  }

  void warn(std::string text) { outcome_.warnings.push_back(std::move(text)); }

  [[nodiscard]] Error mirror_is_gone() const {
    return {.kind = ErrorKind::Refused,
            .message = fmt::format("the mirror of {} that was in {} is gone: is its disk mounted?",
                                   request_.path, place_.describe()),
            .hint = fmt::format("if it is meant to begin anew, remove `{}`", request_.memory)};
  }

  [[nodiscard]] Error source_is_empty() const {
    return {.kind = ErrorKind::Refused,
            .message = fmt::format("{} holds no file and its mirror {}: is its disk mounted?",
                                   request_.path, there_.files().size()),
            .hint =
                "nothing was changed there; take the `mirror` out of the policy where the "
                "tree is meant to be empty"};
  }

  void compare() {
    for (const std::string& name : reading_.sheet.files()) {
      const Entry& entry = reading_.sheet.entries.at(name);
      ++outcome_.files;
      if (there_.has_file(name, entry.sha256))
        continue;
      new_.push_back(name);
      ++outcome_.new_files;
      outcome_.new_bytes += entry.size;
    }
  }

  // Files that were here: those that change just now are not gone.
  Result<void> choose_removals() {
    const std::string before = to_rfc3339(world_.clock.now() - kMirrorGrace);
    const std::set<std::string> changing(reading_.changing.begin(), reading_.changing.end());
    std::vector<std::string> overdue;
    const std::vector<std::string> files = there_.files();
    for (const std::string& name : files) {
      if (reading_.sheet.entries.contains(name))
        continue;
      if (changing.contains(name)) {
        reading_.sheet.entries[name] = there_.entries.at(name);
        continue;
      }
      const auto known = there_.gone.find(name);
      const std::string since = known == there_.gone.end() ? now_ : known->second;
      (request_.removes && since < before ? overdue : outcome_.gone).push_back(name);
      reading_.sheet.entries[name] = there_.entries.at(name);
      reading_.sheet.gone[name] = since;
    }
    constexpr std::size_t kFew = 10;
    if (overdue.size() > kFew && overdue.size() * 4 > files.size()) {
      warn(
          fmt::format("{} of {} files are gone here for more than {} days: too many to be "
                      "removed there at once; nothing is removed (remove them there by hand)",
                      overdue.size(), files.size(), kMirrorGrace.count()));
      outcome_.gone.insert(outcome_.gone.end(), overdue.begin(), overdue.end());
      overdue.clear();
    }
    for (const std::string& name : overdue) {
      reading_.sheet.entries.erase(name);
      reading_.sheet.gone.erase(name);
    }
    outcome_.removed = std::move(overdue);
    return request_.removes ? choose_replaced(stamp_of(before)) : Result<void>{};
  }

  Result<void> choose_replaced(const std::string& before) {
    BACKSTAY_ASSIGN(const auto answer, place_.ask(kListReplaced, {directory_}, "", {}, stop_));
    std::string_view left = answer.output;
    while (!left.empty()) {
      const std::string_view name = left.substr(0, left.find('\n'));
      left.remove_prefix(std::min(left.size(), name.size() + 1));
      if (layout::is_plain_name(name) && name.size() == before.size() && name < before)
        outcome_.replaced_removed.emplace_back(name);
    }
    return {};
  }

  Result<void> push(const std::vector<std::string>& names, std::vector<std::string> more) {
    more.insert(more.end(), {"--backup", "--backup-dir=../replaced/" + stamp_of(now_)});
    BACKSTAY_ASSIGN(
        const std::uint64_t moved,
        place_.push(reading_.base, names, directory_ + "/current", more, progress_, stop_));
    outcome_.moved_bytes += moved;
    return {};
  }

  // All that is new, and a thirtieth of the rest, by a number of the name and the day.
  [[nodiscard]] std::vector<std::string> due() const {
    constexpr unsigned kRounds = 30;
    const auto day = static_cast<unsigned>(
        std::chrono::floor<std::chrono::days>(world_.clock.now()).time_since_epoch().count());
    const std::set<std::string> fresh(new_.begin(), new_.end());
    std::vector<std::string> names;
    for (const auto& [name, entry] : reading_.sheet.entries) {
      if (entry.type != EntryType::File || reading_.sheet.gone.contains(name))
        continue;
      if (fresh.contains(name) || (sha256(name)[0] + day) % kRounds == 0)
        names.push_back(name);
    }
    return names;
  }

  // What is not there as it must be is moved once more, whatever its size and time say.
  Result<void> prove() {
    std::vector<std::string> names = due();
    for (int round = 0;; ++round) {
      BACKSTAY_ASSIGN(const auto found, place_.hashes(directory_ + "/current", names, stop_));
      std::vector<std::string> broken;
      for (const std::string& name : names) {
        const auto hash = found.find(name);
        if (hash == found.end() || hash->second != reading_.sheet.entries.at(name).sha256)
          broken.push_back(name);
      }
      if (round == 0)
        outcome_.proven = names.size();
      if (broken.empty())
        return {};
      if (round == 1)
        return not_proven(broken);
      warn(fmt::format(
          "{} not there as {} be, and moved once more: {}",
          broken.size() == 1 ? "1 file was" : fmt::format("{} files were", broken.size()),
          broken.size() == 1 ? "it must" : "they must", some_of(broken)));
      BACKSTAY_TRY(push(broken, {"--ignore-times"}));
      names = std::move(broken);
    }
  }

  [[nodiscard]] Error not_proven(const std::vector<std::string>& names) const {
    return {.kind = ErrorKind::Verification,
            .message =
                fmt::format("{} does not hold what is here: {}", place_.describe(), some_of(names)),
            .hint =
                "a file that changes under its mirror, a broken disk, or somebody who writes "
                "there"};
  }

  World& world_;
  const FarPlace& place_;
  const MirrorRequest& request_;
  const MoveProgress& progress_;
  const std::stop_token& stop_;
  std::string directory_;
  std::string now_;
  ContentMemory memory_;
  TreeReading reading_;
  TreeSheet there_;
  std::vector<std::string> new_;
  MirrorOutcome outcome_;
};

const MoveProgress kSilent = [](std::uint64_t) {};

}  // namespace

std::string mirror_directory(const FarPlace& place, const MirrorRequest& request) {
  return fmt::format("{}/mirrors/{}/{}{}", place.root(),
                     layout::policy_at_host(request.policy, request.host), request.service,
                     request.path);
}

Result<MirrorOutcome> preview_mirror(World& world,
                                     const FarPlace& place,
                                     const MirrorRequest& request,
                                     const std::stop_token& stop) {
  return Mirror(world, place, request, kSilent, stop).preview();
}

Result<MirrorOutcome> mirror_tree(World& world,
                                  const FarPlace& place,
                                  const MirrorRequest& request,
                                  const MoveProgress& progress,
                                  const std::stop_token& stop) {
  return Mirror(world, place, request, progress, stop).run();
}

Result<TreeSheet> read_mirror_sheet(const FarPlace& place,
                                    const MirrorRequest& request,
                                    const std::stop_token& stop) {
  BACKSTAY_ASSIGN(const auto answer,
                  place.ask(kReadSheet, {place.root(), mirror_directory(place, request)}, "",
                            {kAbsent, kNoTarget}, stop));
  if (answer.code == kNoTarget) {
    return Error{
        .kind = ErrorKind::Io,
        .message = place.describe() + " is no directory",
        .hint = "make it, or mount its disk: a mirror begins in a directory that is there"};
  }
  if (answer.code == kAbsent)
    return Error{.kind = ErrorKind::NotFound,
                 .message = "there is no mirror in " + place.describe()};
  return parse_tree_sheet(answer.output);
}

}  // namespace backstay::runtime
