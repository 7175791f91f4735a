// Facts of a SQLite file as canonical JSON.
#include "runtime/database/sqlite_facts.hpp"

#include <cerrno>

#include <nlohmann/json.hpp>
#include <sys/stat.h>

#include "runtime/archive/owners.hpp"

namespace backstay::runtime {

using Json = nlohmann::json;  // sorts its keys

Result<SqliteFacts> read_owner(const std::string& path) {
  struct ::stat status {};

  if (::stat(path.c_str(), &status) != 0)
    return errno_error(errno, path);
  Owners owners;
  SqliteFacts facts;
  facts.user = owners.user_name(status.st_uid);
  facts.group = owners.group_name(status.st_gid);
  facts.uid = status.st_uid;
  facts.gid = status.st_gid;
  facts.mode = status.st_mode & 07777U;
  facts.mtime_ns = static_cast<std::int64_t>(status.st_mtim.tv_sec) * 1'000'000'000 +
                   static_cast<std::int64_t>(status.st_mtim.tv_nsec);
  return facts;
}

ComponentFacts to_json(const SqliteFacts& facts) {
  const Json json = {{"gid", facts.gid},
                     {"group", facts.group},
                     {"journal-mode", facts.copy.journal_mode},
                     {"library", facts.copy.library},
                     {"mode", facts.mode},
                     {"mtime-ns", facts.mtime_ns},
                     {"page-size", facts.copy.page_size},
                     {"pages", facts.copy.pages},
                     {"tables", facts.tables},
                     {"uid", facts.uid},
                     {"user", facts.user}};
  return {json.dump(-1, ' ', false, Json::error_handler_t::replace)};
}

Result<SqliteFacts> read_sqlite_facts(const ComponentFacts& facts) {
  try {
    const Json json = Json::parse(facts.json);
    SqliteFacts read;
    json.at("gid").get_to(read.gid);
    json.at("group").get_to(read.group);
    json.at("journal-mode").get_to(read.copy.journal_mode);
    json.at("library").get_to(read.copy.library);
    json.at("mode").get_to(read.mode);
    json.at("mtime-ns").get_to(read.mtime_ns);
    json.at("page-size").get_to(read.copy.page_size);
    json.at("pages").get_to(read.copy.pages);
    if (json.contains("tables"))
      json.at("tables").get_to(read.tables);
    json.at("uid").get_to(read.uid);
    json.at("user").get_to(read.user);
    return read;
  } catch (const Json::exception& error) {
    return Error{.kind = ErrorKind::BadInput,
                 .message = std::string("the manifest's facts of a SQLite file cannot be read: ") +
                            error.what(),
                 .hint = "run `backstay verify` on the snapshot"};
  }
}

}  // namespace backstay::runtime
