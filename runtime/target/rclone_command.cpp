#include "runtime/target/rclone_command.hpp"

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

#include "lang/base/units.hpp"
#include "runtime/system/secret_source.hpp"
#include "runtime/system/subprocess.hpp"
#include "runtime/target/watched_run.hpp"

namespace backstay::runtime {
namespace {

constexpr int kConfigDescriptor = 3;
constexpr int kDirectoryNotFound = 3;
constexpr int kObjectNotFound = 4;
// Fewer bytes a second than this over a whole call is a stall, however it looks.
constexpr std::uint64_t kSlowest = std::uint64_t{64} << 10U;
constexpr std::chrono::seconds kOverhead{600};
/// What a call moves at least, within the time of a stall, where its peer answers at all.
constexpr std::uint64_t kLifeBytes = 256;

std::string as_lines(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names)
    text += name + "\n";
  return text;
}

// `50MiB/s` as rclone writes it: `50M`, binary too.
std::string bandwidth_word(const std::string& rate) {
  const std::size_t unit = rate.find_first_not_of("0123456789");
  return unit == std::string::npos ? rate : rate.substr(0, unit + 1);
}

template <typename Take>
void each_line(const std::string& text, const Take& take) {
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    take(text.substr(begin, end - begin));
    begin = end + 1;
  }
}

std::function<Result<std::size_t>(std::span<std::byte>)> reader_of(const std::string& text) {
  return [rest = std::string_view(text)](std::span<std::byte> room) mutable -> Result<std::size_t> {
    const std::size_t size = std::min(room.size(), rest.size());
    std::memcpy(room.data(), rest.data(), size);
    rest.remove_prefix(size);
    return size;
  };
}

}  // namespace

std::string Rclone::at(const std::string& below) const {
  if (below.empty())
    return target_.remote;
  const bool joined = target_.remote.ends_with(':') || target_.remote.ends_with('/');
  return target_.remote + (joined ? "" : "/") + below;
}

std::vector<std::string> Rclone::common_words() const {
  std::vector<std::string> words = {
      fmt::format("--config=/proc/self/fd/{}", kConfigDescriptor),
      "--ask-password=false",
      "--use-json-log=false",
      "--stats=0",
      fmt::format("--contimeout={}s", patience_.connect.count()),
      fmt::format("--timeout={}s", patience_.idle.count()),
      fmt::format("--low-level-retries={}", patience_.low_level_tries),
      fmt::format("--retries={}", patience_.tries),
      "--retries-sleep=1s"};
  if (!target_.bandwidth.empty())
    words.push_back("--bwlimit=" + bandwidth_word(target_.bandwidth));
  return words;
}

std::chrono::seconds Rclone::deadline(std::uint64_t bytes) const {
  std::uint64_t slowest = kSlowest;
  if (!target_.bandwidth.empty()) {
    const std::string size = target_.bandwidth.substr(0, target_.bandwidth.find('/'));
    if (const auto rate = parse_byte_size(size); rate && rate->bytes > 1)
      slowest = std::min(slowest, rate->bytes / 2);
  }
  return kOverhead + std::chrono::seconds(static_cast<std::int64_t>(bytes / slowest));
}

Result<std::string> Rclone::run(const Call& call, const std::stop_token& stop) {
  Command command{.grace = std::chrono::seconds(2)};
  BACKSTAY_ASSIGN(command.program, find_program("rclone"));
  if (!config_) {
    BACKSTAY_ASSIGN(config_, read_secret(login_, world_.commands, stop));
  }
  command.descriptors = {{.ours = config_->descriptor(), .theirs = kConfigDescriptor}};
  command.arguments = call.words;
  const auto common = common_words();
  command.arguments.insert(command.arguments.begin() + 1, common.begin(), common.end());
  command.standard_input = reader_of(call.input);
  command.deadline = deadline(call.bytes);
  std::string output;
  command.standard_output = [&](std::span<const std::byte> bytes) -> Result<void> {
    output.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    return {};
  };
  auto ended = run_watched_by_traffic(world_.commands, command, stall_time(), kLifeBytes, stop);
  if (!ended && ended.error().kind == ErrorKind::Timeout) {
    ended.error().message = fmt::format("rclone and {}: {}", describe(), ended.error().message);
    ended.error().hint = "look at the network and the server; the next run takes up what is there";
    ended.error().retry = Retry::Temporary;
  }
  BACKSTAY_ASSIGN(const Exit exit, std::move(ended));
  if (exit.ok())
    return output;
  const bool missing =
      !exit.signalled && (exit.code == kDirectoryNotFound || exit.code == kObjectNotFound);
  if (call.may_be_missing && missing)
    return std::string();
  return rclone_failure(describe(), exit);
}

Result<std::map<std::string, std::uint64_t>> Rclone::sizes(const std::string& below,
                                                           const std::stop_token& stop) {
  BACKSTAY_ASSIGN(const std::string text,
                  run({.words = {"lsf", "--recursive", "--files-only", "--format=sp",
                                 "--separator=\t", "--", at(below)},
                       .may_be_missing = true},
                      stop));
  std::map<std::string, std::uint64_t> found;
  each_line(text, [&](const std::string& line) {
    const std::size_t tab = line.find('\t');
    const bool sized = tab != std::string::npos && tab > 0 &&
                       line.find_first_not_of("0123456789") == tab && tab < 20;
    if (sized)
      found.emplace(line.substr(tab + 1), std::stoull(line.substr(0, tab)));
  });
  return found;
}

Result<std::vector<std::string>> Rclone::names(const std::string& below,
                                               const std::stop_token& stop) {
  BACKSTAY_ASSIGN(const std::string text,
                  run({.words = {"lsf", "--", at(below)}, .may_be_missing = true}, stop));
  std::vector<std::string> found;
  each_line(text, [&](const std::string& line) { found.push_back(line); });
  return found;
}

Result<std::string> Rclone::read(const std::string& name, const std::stop_token& stop) {
  return run({.words = {"cat", "--", at(name)}, .may_be_missing = true}, stop);
}

Result<RemoteHash> Rclone::hash_kind(const std::stop_token& stop) {
  if (!hash_kind_) {
    BACKSTAY_ASSIGN(const std::string text,
                    run({.words = {"backend", "features", "--", at("")}}, stop));
    const std::size_t begin = text.find("\"Hashes\"");
    const std::string hashes = begin == std::string::npos
                                   ? std::string()
                                   : text.substr(begin, text.find(']', begin) - begin);
    const auto knows = [&](const char* name) { return hashes.find(name) != std::string::npos; };
    if (knows("\"sha256\"") || knows("\"SHA-256\""))
      hash_kind_ = RemoteHash::Sha256;
    else
      hash_kind_ = knows("\"md5\"") || knows("\"MD5\"") ? RemoteHash::Md5 : RemoteHash::None;
  }
  return *hash_kind_;
}

// A line is a hash, as wide as its kind or blank, two blanks, and the name. Why no-traverse: each
// object is asked for by itself then; a listing may show what is not there.
Result<std::map<std::string, std::string>> Rclone::hash_sums(const std::string& below,
                                                             const std::vector<std::string>& wanted,
                                                             std::vector<std::string> words,
                                                             std::size_t width,
                                                             std::uint64_t bytes,
                                                             const std::stop_token& stop) {
  std::map<std::string, std::string> found;
  if (wanted.empty())
    return found;
  words.insert(words.end(),
               {"--checkers=16", "--no-traverse", "--files-from-raw=-", "--", at(below)});
  BACKSTAY_ASSIGN(const std::string text, run({.words = std::move(words),
                                               .input = as_lines(wanted),
                                               .bytes = bytes,
                                               .may_be_missing = true},
                                              stop));
  each_line(text, [&](const std::string& line) {
    const bool hashed = line.size() > width + 2 &&
                        line.find_first_not_of("0123456789abcdef") == width &&
                        line.compare(width, 2, "  ") == 0;
    if (hashed)
      found.emplace(line.substr(width + 2), line.substr(0, width));
  });
  return found;
}

Result<std::map<std::string, std::string>> Rclone::hashes(const std::string& below,
                                                          const std::vector<std::string>& wanted,
                                                          RemoteHash kind,
                                                          const std::stop_token& stop) {
  switch (kind) {
    case RemoteHash::None:
      return std::map<std::string, std::string>();
    case RemoteHash::Md5:
      return hash_sums(below, wanted, {"hashsum", "MD5"}, 32, 0, stop);
    case RemoteHash::Sha256:
      return hash_sums(below, wanted, {"hashsum", "SHA-256"}, 64, 0, stop);
  }
  return std::map<std::string, std::string>();
}

Result<std::map<std::string, std::string>> Rclone::read_back(const std::string& below,
                                                             const std::vector<std::string>& wanted,
                                                             const std::stop_token& stop) {
  // Why this many bytes: how large they are is not known here, and a part has 64 MiB at most often.
  constexpr std::uint64_t kTypical = std::uint64_t{256} << 20U;
  return hash_sums(below, wanted, {"hashsum", "SHA-256", "--download"}, 64,
                   wanted.size() * kTypical, stop);
}

Result<void> Rclone::put(const std::string& from,
                         const std::vector<std::string>& wanted,
                         const std::string& below,
                         PutMode mode,
                         std::uint64_t bytes,
                         const std::stop_token& stop) {
  if (wanted.empty())
    return {};
  // Why one PUT up to 5 GiB: of what goes up in pieces a server knows no hash of the whole.
  std::vector<std::string> words = {
      "copy",          "--copy-links",          "--no-traverse",         "--no-update-modtime",
      "--transfers=4", "--s3-upload-cutoff=5G", "--swift-chunk-size=5G", "--files-from-raw=-"};
  if (mode == PutMode::Immutable)
    words.insert(words.end(), {"--immutable", "--checksum"});
  else
    words.emplace_back("--ignore-times");
  words.insert(words.end(), {"--", from, at(below)});
  BACKSTAY_ASSIGN(
      const std::string output,
      run({.words = std::move(words), .input = as_lines(wanted), .bytes = bytes}, stop));
  return {};
}

Result<void> Rclone::get(const std::string& below,
                         const std::vector<std::string>& wanted,
                         const std::string& to,
                         const std::stop_token& stop) {
  if (wanted.empty())
    return {};
  constexpr std::uint64_t kTypical = std::uint64_t{256} << 20U;
  BACKSTAY_ASSIGN(const std::string output,
                  run({.words = {"copy", "--no-traverse", "--ignore-times", "--transfers=4",
                                 "--files-from-raw=-", "--", at(below), to},
                       .input = as_lines(wanted),
                       .bytes = wanted.size() * kTypical,
                       .may_be_missing = true},
                      stop));
  return {};
}

Result<void> Rclone::remove(const std::string& below,
                            const std::vector<std::string>& wanted,
                            const std::stop_token& stop) {
  if (wanted.empty())
    return {};
  BACKSTAY_ASSIGN(const std::string output,
                  run({.words = {"delete", "--no-traverse", "--files-from-raw=-", "--", at(below)},
                       .input = as_lines(wanted),
                       .may_be_missing = true},
                      stop));
  return {};
}

}  // namespace backstay::runtime
