#include "runtime/target/restic_command.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <pwd.h>
#include <unistd.h>

#include "lang/base/units.hpp"
#include "runtime/system/redact.hpp"
#include "runtime/system/secret_source.hpp"
#include "runtime/system/subprocess.hpp"
#include "runtime/target/watched_run.hpp"

namespace backstay::runtime {
namespace {

constexpr int kPasswordDescriptor = 3;
constexpr std::uint64_t kSlowest = std::uint64_t{64} << 10U;  // bytes a second, over a whole call
/// What a call that says nothing of itself moves at least where its peer answers at all.
constexpr std::uint64_t kLifeBytes = 256;
/// A second: more than restic says of a backup twice a second (some 400 bytes each) while it waits.
constexpr std::uint64_t kProgressBytes = 2048;

struct Meaning {
  std::string_view words;
  ErrorKind kind;
  std::string_view hint;
};

constexpr std::string_view kPeer =
    "look at the network and the server; the next run takes up what is there";

constexpr std::array kMeanings = {
    Meaning{"wrong password or no key found", ErrorKind::Credentials,
            "the login of the target must be the password of the repository"},
    Meaning{"Is there a repository at the following location", ErrorKind::NotFound,
            "make it: `backstay store init PLAN`"},
    Meaning{"already locked", ErrorKind::Busy,
            "another restic works on the repository: wait, or look at `restic list locks`"},
    Meaning{"no space left", ErrorKind::NoSpace, "make room at the target, or raise its quota"},
    Meaning{"Insufficient Storage", ErrorKind::NoSpace,
            "make room at the target, or raise its quota"},
    Meaning{"quota", ErrorKind::NoSpace, "make room at the target, or raise its quota"},
    Meaning{"Permission denied", ErrorKind::Credentials, "look at the login of the target"},
    Meaning{"permission denied", ErrorKind::Credentials, "look at the login of the target"},
    Meaning{"403 Forbidden", ErrorKind::Credentials, "look at the login of the target"},
    Meaning{"i/o timeout", ErrorKind::Timeout, kPeer},
    Meaning{"deadline exceeded", ErrorKind::Timeout, kPeer},
};

std::string last_line(const std::string& text) {
  std::string last;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    if (end > begin)
      last = text.substr(begin, end - begin);
    begin = end + 1;
  }
  return last;
}

Error failure(const std::string& repository, const Exit& exit) {
  std::string said = last_line(exit.errors);
  if (const std::size_t fatal = exit.errors.find("Fatal: "); fatal != std::string::npos)
    said = exit.errors.substr(fatal + 7, exit.errors.find('\n', fatal) - fatal - 7);
  Error error{.kind = ErrorKind::Io,
              .message = "restic could not reach or use " + repository + ": " +
                         (said.empty() ? runtime::describe(exit) : redact_secrets(said)),
              .hint = std::string(kPeer),
              .retry = Retry::Temporary};
  for (const Meaning& meaning : kMeanings) {
    if (exit.errors.find(meaning.words) == std::string::npos)
      continue;
    error.kind = meaning.kind;
    error.hint = std::string(meaning.hint);
    error.retry = meaning.kind == ErrorKind::Timeout ? Retry::Temporary : Retry::Permanent;
    break;
  }
  return error;
}

std::string home_directory() {
  const struct passwd* account = ::getpwuid(::geteuid());  // NOLINT(concurrency-mt-unsafe)
  return account == nullptr ? "/" : account->pw_dir;
}

std::string absolute(const std::string& path) {
  return path.starts_with('/') ? path : "/" + path;
}

template <typename Take>
void each_json_line(const std::string& text, const Take& take) {
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    const auto json = nlohmann::json::parse(text.substr(begin, end - begin), nullptr, false);
    if (json.is_object())
      take(json);
    begin = end + 1;
  }
}

std::string text_of(const nlohmann::json& json, const char* key) {
  const auto found = json.find(key);
  return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::uint64_t number_of(const nlohmann::json& json, const char* key) {
  const auto found = json.find(key);
  return found != json.end() && found->is_number_unsigned() ? found->get<std::uint64_t>() : 0;
}

// What `backup --json` says while it works: bytes done, and at the end what was added.
class BackupProgress {
 public:
  explicit BackupProgress(const MoveProgress& progress) : progress_(progress) {}

  Result<void> take(std::span<const std::byte> bytes) {
    rest_.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    const std::size_t whole = rest_.rfind('\n');
    if (whole != std::string::npos) {
      each_json_line(rest_.substr(0, whole), [&](const nlohmann::json& line) { see(line); });
      rest_.erase(0, whole + 1);
    }
    return {};
  }

  [[nodiscard]] std::uint64_t added() const { return added_; }

  [[nodiscard]] std::uint64_t files() const { return files_; }

 private:
  void see(const nlohmann::json& line) {
    if (text_of(line, "message_type") == "summary") {
      added_ = number_of(line, "data_added");
      files_ = number_of(line, "total_files_processed");
      return;
    }
    const std::uint64_t done = number_of(line, "bytes_done");
    if (done == done_)
      return;
    done_ = done;
    progress_(done);
  }

  const MoveProgress& progress_;
  std::string rest_;
  std::uint64_t done_ = 0;
  std::uint64_t added_ = 0;
  std::uint64_t files_ = 0;
};

}  // namespace

std::string ResticSnapshot::tag(const std::string& key) const {
  const std::string begin = key + "=";
  const auto found = tags.lower_bound(begin);
  return found != tags.end() && found->starts_with(begin) ? found->substr(begin.size())
                                                          : std::string();
}

std::chrono::seconds Restic::deadline(std::uint64_t bytes) const {
  return patience_.call + std::chrono::seconds(static_cast<std::int64_t>(bytes / kSlowest));
}

// Why env: our children begin in `/`, and restic stores paths as it is given them.
Result<Exit> Restic::run(const Call& call, const std::stop_token& stop) {
  Command command{.grace = std::chrono::seconds(5)};
  BACKSTAY_ASSIGN(command.program, find_program("env"));
  BACKSTAY_ASSIGN(const std::string restic, find_program("restic"));
  if (!password_) {
    BACKSTAY_ASSIGN(password_, read_secret(login_, world_.commands, stop));
  }
  command.descriptors = {{.ours = password_->descriptor(), .theirs = kPasswordDescriptor}};
  command.environment = {{"HOME", home_directory()}};
  if (call.tells_progress)
    command.environment.emplace("RESTIC_PROGRESS_FPS", "2");
  command.arguments = {"-C",
                       call.directory,
                       restic,
                       "--repo=" + target_.remote,
                       fmt::format("--password-file=/proc/self/fd/{}", kPasswordDescriptor),
                       "--cache-dir=" + world_.directories.state + "/cache/restic-" + target_.name};
  if (!target_.bandwidth.empty()) {
    const auto rate = parse_byte_size(target_.bandwidth.substr(0, target_.bandwidth.find('/')));
    if (rate)
      command.arguments.push_back(
          fmt::format("--limit-upload={}", std::max<std::uint64_t>(1, rate->bytes >> 10U)));
  }
  command.arguments.insert(command.arguments.end(), call.words.begin(), call.words.end());
  command.standard_input = [rest = std::string_view(call.input)](
                               std::span<std::byte> room) mutable -> Result<std::size_t> {
    const std::size_t size = std::min(room.size(), rest.size());
    std::memcpy(room.data(), rest.data(), size);
    rest.remove_prefix(size);
    return size;
  };
  command.standard_output = call.output;
  command.deadline = call.deadline.count() == 0 ? patience_.call : call.deadline;
  const std::uint64_t least =
      call.tells_progress ? kProgressBytes * static_cast<std::uint64_t>(patience_.stall.count())
                          : kLifeBytes;
  auto exit = run_watched_by_traffic(world_.commands, command, patience_.stall, least, stop);
  if (exit || exit.error().kind != ErrorKind::Timeout)
    return exit;
  return Error{.kind = ErrorKind::Timeout,
               .message = fmt::format("restic and {}: {}", describe(), exit.error().message),
               .hint = std::string(kPeer),
               .retry = Retry::Temporary};
}

Result<std::string> Restic::answer(const Call& call, const std::stop_token& stop) {
  std::string output;
  Call collecting = call;
  collecting.output = [&](std::span<const std::byte> bytes) -> Result<void> {
    output.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    return {};
  };
  BACKSTAY_ASSIGN(const Exit exit, run(collecting, stop));
  if (!exit.ok())
    return failure(describe(), exit);
  return output;
}

Result<std::string> Restic::repository_id(const std::stop_token& stop) {
  BACKSTAY_ASSIGN(const std::string text, answer({.words = {"cat", "config", "--no-lock"}}, stop));
  const auto json = nlohmann::json::parse(text, nullptr, false);
  const std::string id = json.is_object() ? text_of(json, "id") : std::string();
  const bool good =
      id.size() == 64 && id.find_first_not_of("0123456789abcdef") == std::string::npos;
  if (!good) {
    return Error{.kind = ErrorKind::BadInput,
                 .message = "restic does not say which repository " + describe() + " is"};
  }
  return id;
}

Result<void> Restic::make_repository(const std::stop_token& stop) {
  BACKSTAY_ASSIGN(const std::string text, answer({.words = {"init"}}, stop));
  return {};
}

Result<std::vector<ResticSnapshot>> Restic::snapshots(const std::string& tag,
                                                      const std::stop_token& stop) {
  BACKSTAY_ASSIGN(const std::string text,
                  answer({.words = {"snapshots", "--json", "--no-lock", "--tag=" + tag}}, stop));
  const auto json = nlohmann::json::parse(text, nullptr, false);
  std::vector<ResticSnapshot> found;
  // Without any, 0.14 says `null`.
  if (!json.is_array() && !json.is_null())
    return Error{.kind = ErrorKind::BadInput,
                 .message = "restic's list of snapshots makes no sense"};
  for (const auto& one : json) {
    ResticSnapshot snapshot{.id = text_of(one, "id"), .time = text_of(one, "time"), .tags = {}};
    for (const auto& word : one.value("tags", nlohmann::json::array()))
      snapshot.tags.insert(word.get<std::string>());
    found.push_back(std::move(snapshot));
  }
  std::ranges::stable_sort(found, {}, &ResticSnapshot::time);
  return found;
}

Result<std::map<std::string, std::uint64_t>> Restic::files(const std::string& snapshot,
                                                           const std::stop_token& stop) {
  BACKSTAY_ASSIGN(const std::string text,
                  answer({.words = {"ls", "--json", "--no-lock", snapshot}}, stop));
  std::map<std::string, std::uint64_t> found;
  each_json_line(text, [&](const nlohmann::json& line) {
    const std::string path = text_of(line, "path");
    if (text_of(line, "type") == "file" && path.starts_with('/'))
      found.emplace(path.substr(1), number_of(line, "size"));
  });
  return found;
}

Result<std::set<std::string>> Restic::changed(const std::string& from,
                                              const std::string& to,
                                              const std::stop_token& stop) {
  BACKSTAY_ASSIGN(const std::string text,
                  answer({.words = {"diff", "--json", "--no-lock", from, to}}, stop));
  std::set<std::string> paths;
  bool whole = false;
  each_json_line(text, [&](const nlohmann::json& line) {
    whole = whole || text_of(line, "message_type") == "statistics";
    if (const std::string path = text_of(line, "path"); path.starts_with('/'))
      paths.insert(path.substr(1));
  });
  if (!whole)
    return Error{.kind = ErrorKind::BadInput, .message = "restic's comparison is cut short"};
  return paths;
}

Result<std::uint64_t> Restic::backup(const Backup& backup,
                                     const MoveProgress& progress,
                                     const std::stop_token& stop) {
  std::string tags;
  for (const std::string& tag : backup.tags)
    tags += (tags.empty() ? "" : ",") + tag;
  Call call{.words = {"backup", "--json", "--tag=" + tags, "--host=" + backup.host,
                      "--ignore-ctime", "--files-from-raw=/dev/stdin"},
            .directory = backup.directory,
            .deadline = deadline(backup.bytes),
            .tells_progress = true};
  if (!backup.parent.empty())
    call.words.push_back("--parent=" + backup.parent);
  else
    call.words.emplace_back("--force");
  for (const std::string& path : backup.paths)
    call.input.append(path).push_back('\0');
  BackupProgress watch(progress);
  call.output = [&](std::span<const std::byte> bytes) { return watch.take(bytes); };
  BACKSTAY_ASSIGN(const Exit exit, run(call, stop));
  if (!exit.ok())
    return failure(describe(), exit);
  if (watch.files() != backup.paths.size()) {
    return Error{
        .kind = ErrorKind::ToolFailed,
        .message = fmt::format("restic took {} files of {}", watch.files(), backup.paths.size())};
  }
  return watch.added();
}

Result<void> Restic::restore(const std::string& snapshot,
                             const std::vector<std::string>& paths,
                             const std::string& directory,
                             std::uint64_t bytes,
                             const std::stop_token& stop) {
  // As many as fit into an argument vector at ease.
  constexpr std::size_t kAtOnce = 1000;
  for (std::size_t begin = 0; begin < paths.size(); begin += kAtOnce) {
    Call call{.words = {"restore", "--no-lock", snapshot, "--target=" + directory},
              .deadline = deadline(bytes)};
    for (std::size_t at = begin; at < std::min(paths.size(), begin + kAtOnce); ++at)
      call.words.push_back("--include=" + absolute(paths[at]));
    BACKSTAY_ASSIGN(const std::string text, answer(call, stop));
  }
  return {};
}

Result<void> Restic::check(int group, int of, const std::stop_token& stop) {
  Call call{.words = {"check", fmt::format("--read-data-subset={}/{}", group, of)}};
  // A share of a repository may be large: what is slower than this is a stall all the same.
  call.deadline = patience_.call * 12;
  std::string output;
  call.output = [&](std::span<const std::byte> bytes) -> Result<void> {
    output.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    return {};
  };
  BACKSTAY_ASSIGN(const Exit exit, run(call, stop));
  if (exit.ok() && output.find("no errors were found") != std::string::npos)
    return {};
  Error error = failure(describe(), exit);
  if (exit.ok() || exit.errors.find("repository contains errors") != std::string::npos) {
    error.kind = ErrorKind::Verification;
    error.message = "`restic check` of " + describe() +
                    " finds errors: " + redact_secrets(last_line(exit.errors));
    error.hint =
        "see `restic check --read-data` and `restic rebuild-index`; no receipt was written";
    error.retry = Retry::Permanent;
  }
  return error;
}

Result<void> Restic::unlock(const std::stop_token& stop) {
  BACKSTAY_ASSIGN(const std::string text, answer({.words = {"unlock"}}, stop));
  return {};
}

Result<void> Restic::change_tag(const std::string& option,
                                const std::vector<std::string>& snapshots,
                                const std::stop_token& stop) {
  if (snapshots.empty())
    return {};
  Call call{.words = {"tag", option}};
  call.words.insert(call.words.end(), snapshots.begin(), snapshots.end());
  BACKSTAY_ASSIGN(const std::string text, answer(call, stop));
  return {};
}

Result<void> Restic::add_tag(const std::vector<std::string>& snapshots,
                             const std::string& tag,
                             const std::stop_token& stop) {
  return change_tag("--add=" + tag, snapshots, stop);
}

Result<void> Restic::remove_tag(const std::vector<std::string>& snapshots,
                                const std::string& tag,
                                const std::stop_token& stop) {
  return change_tag("--remove=" + tag, snapshots, stop);
}

Result<void> Restic::forget(const std::vector<std::string>& snapshots,
                            const std::stop_token& stop) {
  if (snapshots.empty())
    return {};
  Call call{.words = {"forget", "--prune"}, .deadline = patience_.call * 12};
  call.words.insert(call.words.end(), snapshots.begin(), snapshots.end());
  BACKSTAY_ASSIGN(const std::string text, answer(call, stop));
  return {};
}

}  // namespace backstay::runtime
