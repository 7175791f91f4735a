#include "runtime/status/run_history.hpp"

#include <algorithm>
#include <charconv>
#include <map>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace backstay::runtime {
namespace {

using Json = nlohmann::json;
constexpr std::string_view kSuffix = ".json";

std::string runs_directory(const std::string& state_directory) {
  return state_directory + "/runs";
}

/// Ids of all runs with a report, newest first: an id begins with its time.
Result<std::vector<std::string>> run_ids(Filesystem& files, const std::string& state_directory) {
  std::vector<std::string> ids;
  const std::string directory = runs_directory(state_directory);
  // Why not exists(): of a directory that may not be looked at it would say that nothing ever ran.
  const auto status = files.status(directory);
  if (!status && status.error().kind == ErrorKind::NotFound)
    return ids;
  BACKSTAY_TRY(status);
  BACKSTAY_ASSIGN(const auto names, files.list(directory));
  for (const std::string& name : names) {
    if (name.ends_with(kSuffix))
      ids.push_back(name.substr(0, name.size() - kSuffix.size()));
  }
  std::sort(ids.rbegin(), ids.rend());
  return ids;
}

/// Takes the words of a report's top level and skips the rest: steps are most of it, and thousands
/// of reports are read for one line of a status.
class TopWords final : public nlohmann::json_sax<Json> {
 public:
  [[nodiscard]] std::string word(const std::string& key) const {
    const auto found = words_.find(key);
    return found == words_.end() ? std::string() : found->second;
  }

  [[nodiscard]] bool is_object() const { return object_; }

  bool null() override { return true; }

  bool boolean(bool value) override {
    if (depth_ == 1 && object_)
      words_[key_] = value ? "true" : "false";
    return true;
  }

  bool number_integer(number_integer_t /*value*/) override { return true; }

  bool number_unsigned(number_unsigned_t /*value*/) override { return true; }

  bool number_float(number_float_t /*value*/, const string_t& /*text*/) override { return true; }

  bool binary(binary_t& /*value*/) override { return true; }

  bool string(string_t& value) override {
    if (depth_ == 1 && object_)
      words_[key_] = std::move(value);
    return true;
  }

  bool key(string_t& value) override {
    if (depth_ == 1)
      key_ = std::move(value);
    return true;
  }

  bool start_object(std::size_t /*elements*/) override {
    object_ = object_ || depth_ == 0;
    ++depth_;
    return true;
  }

  bool end_object() override { return --depth_, true; }

  bool start_array(std::size_t /*elements*/) override { return ++depth_, true; }

  bool end_array() override { return --depth_, true; }

  bool parse_error(std::size_t /*position*/,
                   const std::string& /*token*/,
                   const nlohmann::detail::exception& /*error*/) override {
    return false;
  }

 private:
  std::map<std::string, std::string> words_;
  std::string key_;
  int depth_ = 0;
  bool object_ = false;
};

std::optional<PastRun> parse_report(const std::string& text) {
  TopWords report;
  if (!Json::sax_parse(text, &report) || !report.is_object())
    return std::nullopt;
  return PastRun{.run_id = report.word("run"),
                 .what = report.word("what"),
                 .policy = report.word("policy"),
                 .backup = report.word("backup"),
                 .host = report.word("host"),
                 .started = report.word("started"),
                 .finished = report.word("finished"),
                 .status = report.word("status"),
                 .snapshot = report.word("snapshot"),
                 .failure = report.word("failure"),
                 .drill = report.word("drill"),
                 .copy = report.word("copy"),
                 .begun = report.word("begun") != "false"};
}

Error no_run(const std::string& name) {
  return {.kind = ErrorKind::NotFound,
          .message = "no run `" + name + "` on this machine",
          .hint = "`backstay logs` without a run lists them"};
}

/// The place in `ids` that `latest~N` means; nothing for another name.
std::optional<std::size_t> counted_back(const std::string& name) {
  constexpr std::string_view kLatest = "latest";
  if (name == kLatest)
    return 0;
  std::size_t back = 0;
  if (!name.starts_with("latest~"))
    return std::nullopt;
  const char* const end = name.data() + name.size();
  const auto [stop, error] = std::from_chars(name.data() + kLatest.size() + 1, end, back);
  return error == std::errc() && stop == end ? std::optional(back) : std::nullopt;
}

Result<std::string> find_run(const std::vector<std::string>& ids, const std::string& name) {
  if (const auto back = counted_back(name))
    return *back < ids.size() ? Result<std::string>(ids[*back]) : no_run(name);
  std::vector<std::string> fitting;
  for (const std::string& id : ids) {
    if (id == name)
      return id;
    if (id.starts_with(name))
      fitting.push_back(id);
  }
  if (fitting.empty())
    return no_run(name);
  if (fitting.size() == 1)
    return fitting.front();
  return Error{.kind = ErrorKind::Usage,
               .message = fmt::format("`{}` fits {} runs: {} and {}", name, fitting.size(),
                                      fitting.back(), fitting.front()),
               .hint = "give more of the id"};
}

}  // namespace

Result<std::vector<PastRun>> read_past_runs(Filesystem& files, const std::string& state_directory) {
  BACKSTAY_ASSIGN(const auto ids, run_ids(files, state_directory));
  std::vector<PastRun> runs;
  for (const std::string& id : ids) {
    const auto text = read_file(files, runs_directory(state_directory) + "/" + id + ".json");
    auto run = text ? parse_report(*text) : std::nullopt;
    if (run && run->run_id == id)
      runs.push_back(std::move(*run));
  }
  return runs;
}

Result<std::string> read_run_report(Filesystem& files,
                                    const std::string& state_directory,
                                    const std::string& name) {
  BACKSTAY_ASSIGN(const auto ids, run_ids(files, state_directory));
  BACKSTAY_ASSIGN(const std::string id, find_run(ids, name));
  return read_file(files, runs_directory(state_directory) + "/" + id + ".json");
}

}  // namespace backstay::runtime
