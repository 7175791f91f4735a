#include "runtime/store/verification.hpp"

#include <algorithm>

#include <nlohmann/json.hpp>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/store/records.hpp"
#include "runtime/system/clock.hpp"

namespace backstay::runtime {
namespace {

using Json = nlohmann::json;

constexpr const char* kVerifyRecord = "verify";
constexpr const char* kDamageRecord = "damage";
constexpr const char* kCopyRecord = "copy-verify";

Json to_json(const Verification& found) {
  Json json = {{"at", found.at},
               {"intact", found.intact},
               {"level", found.level},
               {"problems", found.problems},
               {"stored-bytes", found.read}};
  if (!found.run.empty())
    json["run"] = found.run;
  if (!found.whole)
    json["whole"] = false;
  return json;
}

template <typename Value>
Value member(const Json& json, const char* name, Value otherwise) {
  const auto found = json.find(name);
  try {
    return found == json.end() ? otherwise : found->get<Value>();
  } catch (const Json::exception&) {
    return otherwise;
  }
}

std::optional<Verification> parse(const std::string& text) {
  const Json json = Json::parse(text, nullptr, false);
  if (!json.is_object())
    return std::nullopt;
  return Verification{.level = member(json, "level", 0),
                      .intact = member(json, "intact", false),
                      .at = member(json, "at", std::string()),
                      .problems = member(json, "problems", std::size_t{0}),
                      .read = member(json, "stored-bytes", std::uint64_t{0}),
                      .run = member(json, "run", std::string()),
                      .whole = member(json, "whole", true)};
}

/// `20261122T220147Z-…`, the id of a run, as `2026-11-22T22:01:47Z`; what is none is older than
/// all.
std::string begin_of(const std::string& run) {
  constexpr std::size_t kLength = 16;
  if (run.size() < kLength || run[8] != 'T' || run[15] != 'Z')
    return {};
  return run.substr(0, 4) + "-" + run.substr(4, 2) + "-" + run.substr(6, 2) + "T" +
         run.substr(9, 2) + ":" + run.substr(11, 2) + ":" + run.substr(13, 2) + "Z";
}

/// A run that met a rotten part of the snapshot compared its stored bytes: level 1.
std::optional<Verification> parse_damage(const std::string& text) {
  auto found = parse(text);
  if (found) {
    found->level = 1;
    found->intact = false;
    found->at = begin_of(found->run);
    found->problems = 1;
  }
  return found;
}

// What cannot be read tells of nothing, as if it were not there.
void append(Filesystem& files,
            const Store& store,
            const std::string& snapshot,
            const char* kind,
            std::optional<Verification> (*read)(const std::string&),
            std::vector<Verification>& all) {
  const auto records = read_records(files, store, snapshot, kind);
  for (const std::string& text : records ? *records : std::vector<std::string>()) {
    if (auto found = read(text))
      all.push_back(std::move(*found));
  }
}

/// Which stands in for a store that cannot be written.
Store beside(const Store& store, const std::string& state) {
  return {.path = state + "/verifications/" + store.uuid, .uuid = store.uuid};
}

std::vector<Verification> read_all(Filesystem& files,
                                   const Store& store,
                                   const std::string& snapshot,
                                   const std::string& state) {
  std::vector<Verification> all;
  append(files, store, snapshot, kVerifyRecord, parse, all);
  const std::size_t of_store = all.size();
  append(files, store, snapshot, kDamageRecord, parse_damage, all);
  if (!state.empty())
    append(files, beside(store, state), snapshot, kVerifyRecord, parse, all);
  // Why not always: in one place records are in the order of writing, whatever clocks say.
  if (all.size() > of_store) {
    std::stable_sort(all.begin(), all.end(),
                     [](const auto& a, const auto& b) { return a.at < b.at; });
  }
  return all;
}

/// A directory that root makes among the records of another account (one that receives copies)
/// would keep that account from writing its own. What cannot be looked at is found out by writing.
bool is_anothers(const Store& store) {
  struct stat status {};

  return ::stat(store.path.c_str(), &status) == 0 && status.st_uid != ::geteuid();
}

bool repeats(const std::optional<Verification>& last, const Verification& found) {
  constexpr std::size_t kDay = 10;  // 2026-11-22
  return found.intact && last && last->intact && last->level == found.level &&
         last->at.substr(0, kDay) == found.at.substr(0, kDay);
}

}  // namespace

Verification verification_of(const VerifyReport& report, const std::string& at) {
  return {.level = report.level,
          .intact = report.intact(),
          .at = at,
          .problems = report.problems.size(),
          .read = report.stored_bytes};
}

std::optional<Verification> standing(const std::vector<Verification>& found) {
  std::optional<Verification> stands;
  for (const Verification& one : found) {
    const bool damaged = is_damaged(stands);
    if (!one.intact) {
      // Of two that found damage the deeper look is the one that has to be passed.
      const int level = damaged ? std::max(stands->level, one.level) : one.level;
      stands = one;
      stands->level = level;
    } else if (!stands || (one.level >= stands->level && (one.whole || !damaged))) {
      stands = one;
    }
  }
  return stands;
}

Result<KeptAt> keep_verification(Filesystem& files,
                                 const Store& store,
                                 const std::string& snapshot,
                                 const Verification& found,
                                 const std::string& state) {
  const bool by_hand = found.run.empty();
  if (by_hand && found.intact && found.level == 0)
    return KeptAt::Nowhere;
  if (by_hand && repeats(read_verification(files, store, snapshot, state), found))
    return KeptAt::Nowhere;
  const std::string json = to_json(found).dump();
  if (state.empty() || !is_anothers(store)) {
    auto written = write_record(files, store, snapshot, kVerifyRecord, json);
    if (written)
      return KeptAt::Store;
    if (state.empty())
      return std::move(written).error();
  }
  BACKSTAY_TRY(write_record(files, beside(store, state), snapshot, kVerifyRecord, json));
  return KeptAt::Host;
}

std::optional<Verification> read_verification(Filesystem& files,
                                              const Store& store,
                                              const std::string& snapshot,
                                              const std::string& state) {
  return standing(read_all(files, store, snapshot, state));
}

Result<KeptAt> keep_copy_verification(Filesystem& files,
                                      const Store& main,
                                      const std::string& snapshot,
                                      const std::string& target,
                                      const Verification& found) {
  if (found.intact && found.level == 0)
    return KeptAt::Nowhere;
  if (repeats(read_copy_verification(files, main, snapshot, target, {}), found))
    return KeptAt::Nowhere;
  Json json = to_json(found);
  json["target"] = target;
  BACKSTAY_TRY(write_record(files, main, snapshot, kCopyRecord, json.dump()));
  return KeptAt::Store;
}

std::optional<Verification> read_copy_verification(Filesystem& files,
                                                   const Store& main,
                                                   const std::string& snapshot,
                                                   const std::string& target,
                                                   const std::string& since) {
  std::vector<Verification> all;
  const auto records = read_records(files, main, snapshot, kCopyRecord);
  for (const std::string& text : records ? *records : std::vector<std::string>()) {
    const Json json = Json::parse(text, nullptr, false);
    if (!json.is_object() || member(json, "target", std::string()) != target)
      continue;
    auto found = parse(text);
    if (found && found->at >= since)
      all.push_back(std::move(*found));
  }
  return standing(all);
}

}  // namespace backstay::runtime
