#include "runtime/restore/change.hpp"

#include <cerrno>

#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>
#include <sys/stat.h>

#include "lang/base/overloaded.hpp"
#include "runtime/archive/list_json.hpp"

namespace backstay::runtime {
namespace {

using Json = nlohmann::ordered_json;

// Paths are bytes; JSON is text: what is no UTF-8 is an object with its base64.
Json to_value(const std::string& bytes) {
  return is_utf8(bytes) ? Json(bytes) : Json({{"base64", to_base64(bytes)}});
}

Json to_value(const std::vector<std::string>& list) {
  Json array = Json::array();
  for (const std::string& item : list)
    array.push_back(to_value(item));
  return array;
}

Json to_value(const FileIdentity& identity) {
  return {{"inode", identity.inode}, {"born", identity.born}};
}

Json to_value(bool value) {
  return value;
}

Json to_value(std::uint64_t value) {
  return value;
}

// A field that is absent keeps its natural value: a later version may know fewer.
void read_value(const Json& json, std::string& into) {
  if (json.is_string()) {
    into = json.get<std::string>();
  } else if (auto bytes = from_base64(json.at("base64").get<std::string>()); bytes) {
    into = *bytes;
  }
}

void read_value(const Json& json, std::vector<std::string>& into) {
  for (const Json& item : json)
    read_value(item, into.emplace_back());
}

void read_value(const Json& json, FileIdentity& into) {
  into = {json.at("inode").get<std::uint64_t>(), json.at("born").get<std::int64_t>()};
}

void read_value(const Json& json, bool& into) {
  into = json.get<bool>();
}

void read_value(const Json& json, std::uint64_t& into) {
  into = json.get<std::uint64_t>();
}

template <std::size_t Index = 0>
Result<Change> parse_kind(const Json& json, std::string_view kind) {
  if constexpr (Index == std::variant_size_v<Change>) {
    return Error{.kind = ErrorKind::BadInput,
                 .message = fmt::format("this version does not know changes of kind `{}`", kind)};
  } else {
    std::variant_alternative_t<Index, Change> change;
    if (change.kind != kind)
      return parse_kind<Index + 1>(json, kind);
    std::variant_alternative_t<Index, Change>::fields(change, [&](const char* name, auto& field) {
      if (const auto found = json.find(name); found != json.end())
        read_value(*found, field);
    });
    return Change(std::move(change));
  }
}

}  // namespace

Result<FileIdentity> identity_of(int directory, const std::string& name) {
  struct statx status {};

  if (statx(directory, name.c_str(), AT_SYMLINK_NOFOLLOW, STATX_INO | STATX_BTIME, &status) != 0) {
    if (errno == ENOENT)
      return FileIdentity{};
    return errno_error(errno, "cannot look at `" + name + "`");
  }
  const bool born = (status.stx_mask & STATX_BTIME) != 0;
  return FileIdentity{
      status.stx_ino,
      born ? status.stx_btime.tv_sec * 1'000'000'000 + std::int64_t{status.stx_btime.tv_nsec} : 0};
}

std::string to_json(const Change& change) {
  return std::visit(
      [](const auto& each) {
        Json json = {{"kind", each.kind}};
        std::decay_t<decltype(each)>::fields(
            each, [&](const char* name, const auto& field) { json[name] = to_value(field); });
        return json.dump();
      },
      change);
}

Result<Change> parse_change(std::string_view text) {
  try {
    const Json json = Json::parse(text);
    return parse_kind(json, json.at("kind").get<std::string>());
  } catch (const Json::exception& error) {
    return Error{
        .kind = ErrorKind::BadInput,
        .message = std::string("a change in a restore's record cannot be read: ") + error.what()};
  }
}

const std::string& component_of(const Change& change) {
  return std::visit([](const auto& each) -> const std::string& { return each.component; }, change);
}

std::string describe(const Change& change) {
  return std::visit(
      Overloaded{
          [](const PathCreated& each) { return "make `" + each.path + "`"; },
          [](const PathExchanged& each) {
            return fmt::format("exchange `{}`, keeping the old one as `{}`", each.path, each.aside);
          },
          [](const TreeMerged& each) {
            return fmt::format("restore `{}` entry by entry, keeping what is replaced in `{}`",
                               each.path, each.aside);
          },
          [](const SqliteExchanged& each) {
            return each.old.there() ? fmt::format("exchange `{}`, keeping the old one as `{}`",
                                                  each.path, each.aside)
                                    : "make `" + each.path + "`";
          },
          [](const DatabaseImported& each) {
            return fmt::format("import into database {} on {}", each.scratch, each.server);
          },
          [](const MariadbExchanged& each) {
            return each.keeps_none
                       ? fmt::format("exchange database {} on {}", each.target, each.server)
                       : fmt::format("exchange database {} on {}, keeping the old tables in {}",
                                     each.target, each.server, each.aside);
          },
          [](const MariadbDropped& each) {
            return fmt::format("drop the old tables of database {} on {}, which snapshot {} holds",
                               each.target, each.server, each.snapshot);
          },
          [](const MariadbAccounts& each) {
            return fmt::format("set accounts and grants of {}", each.server);
          },
          [](const PostgresqlExchanged& each) {
            return each.created
                       ? fmt::format("make database {} on {}", each.target, each.server)
                       : fmt::format("exchange database {} on {}, keeping the old one as {}",
                                     each.target, each.server, each.aside);
          },
          [](const PostgresqlRoles& each) { return fmt::format("set roles of {}", each.server); },
          [](const CommandFed& each) {
            return fmt::format("feed {} to {}", each.component, fmt::join(each.command, " "));
          }},
      change);
}

}  // namespace backstay::runtime
