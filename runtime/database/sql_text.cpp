// Quoting, batch rows and names: see the header.
#include "runtime/database/sql_text.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "lang/base/sha256.hpp"

namespace backstay::runtime {
namespace {

char unescape(char byte) {
  switch (byte) {
    case 'n':
      return '\n';
    case 't':
      return '\t';
    case '0':
      return '\0';
    default:
      return byte;
  }
}

bool plain_in_artefact(char byte) {
  return (byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9') || byte == '_' || byte == '-';
}

}  // namespace

std::size_t characters(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char byte) {
    return (static_cast<unsigned char>(byte) & 0xC0U) != 0x80U;
  }));
}

std::string quote_name(std::string_view name) {
  std::string quoted = "`";
  for (const char byte : name) {
    quoted += byte;
    if (byte == '`')
      quoted += '`';
  }
  return quoted + '`';
}

std::string quote_text(std::string_view text) {
  std::string quoted = "'";
  for (const char byte : text) {
    if (byte == '\'' || byte == '\\')
      quoted += '\\';
    quoted += byte;
  }
  return quoted + '\'';
}

std::string quote_list(const std::vector<std::string>& texts) {
  std::string list;
  for (const std::string& text : texts)
    list += (list.empty() ? "" : ",") + quote_text(text);
  return list.empty() ? "''" : list;
}

std::vector<std::vector<std::string>> parse_batch_rows(std::string_view output) {
  std::vector<std::vector<std::string>> rows;
  for (std::size_t at = 0; at < output.size();) {
    std::vector<std::string> row(1);
    for (; at < output.size() && output[at] != '\n'; ++at) {
      if (output[at] == '\t') {
        row.emplace_back();
      } else if (output[at] == '\\' && at + 1 < output.size()) {
        row.back() += unescape(output[++at]);
      } else {
        row.back() += output[at];
      }
    }
    ++at;
    rows.push_back(std::move(row));
  }
  return rows;
}

std::string side_name(std::string_view database,
                      std::string_view kind,
                      std::string_view run_id,
                      std::size_t longest) {
  const std::string tail = fmt::format("__{}_{}", kind, run_id);
  if (database.size() + tail.size() <= longest)
    return std::string(database) + tail;
  const std::string hash = to_hex(sha256(database)).substr(0, 8);
  std::size_t keep = longest - std::min(longest, tail.size() + hash.size());
  keep = std::min(keep, database.size());
  while (keep > 0 && (static_cast<unsigned char>(database[keep]) & 0xC0U) == 0x80U)
    --keep;
  return std::string(database.substr(0, keep)) + hash + tail;
}

bool is_side_name(std::string_view database) {
  for (const std::string_view kind : {"__backstay_", "__orig_"}) {
    const std::size_t at = database.rfind(kind);
    if (at == std::string_view::npos)
      continue;
    // A run begins with its time: 20261122T023000Z
    const std::string_view run = database.substr(at + kind.size());
    const auto digit = [](char byte) { return byte >= '0' && byte <= '9'; };
    if (run.size() >= 16 && std::all_of(run.begin(), run.begin() + 8, digit) && run[8] == 'T') {
      return true;
    }
  }
  return false;
}

std::string artefact_name(std::string_view database) {
  // A file system holds names of 255 bytes, and what is around this one needs some of them.
  constexpr std::size_t kLongest = 120;
  std::string name;
  for (const char byte : database) {
    if (plain_in_artefact(byte)) {
      name += byte;
    } else {
      name += fmt::format(".{:02x}", static_cast<unsigned char>(byte));
    }
  }
  if (name.size() > kLongest)
    name = name.substr(0, kLongest - 17) + "." + to_hex(sha256(database)).substr(0, 16);
  return name;
}

std::string free_delimiter(std::string_view body) {
  std::string delimiter = ";;";
  for (int number = 1; body.find(delimiter) != std::string_view::npos; ++number) {
    delimiter = fmt::format(";;{}", number);
  }
  return delimiter;
}

}  // namespace backstay::runtime
