#include "runtime/archive/shell_commands.hpp"

#include "runtime/archive/list_json.hpp"

namespace backstay::runtime {

namespace {

std::string pax_decimal(const Entry& entry) {
  // GNU touch reads `@-1.5` as one and a half seconds before 1970, as pax writes it.
  std::int64_t seconds = entry.mtime;
  std::uint32_t ns = entry.mtime_ns;
  const bool negative = seconds < 0;
  if (negative && ns > 0) {
    ++seconds;
    ns = 1'000'000'000U - ns;
  }
  const std::string digits = std::to_string(ns);
  return (negative ? "-" : "") + std::to_string(negative ? -seconds : seconds) + "." +
         std::string(9 - digits.size(), '0') + digits;
}

}  // namespace

std::string shell_quoted(std::string_view text) {
  std::string quoted = "'";
  for (const char c : text) {
    if (c == '\'') {
      quoted += "'\\''";
    } else {
      quoted += c;
    }
  }
  return quoted + "'";
}

std::string large_file_commands(const Entry& entry) {
  const std::string place = "\"$ROOT\"/" + shell_quoted(entry.path);
  std::string text = "join " + entry.part + " | dd of=" + place +
                     " bs=1M iflag=fullblock conv=notrunc,sparse status=none\n" + "truncate -s " +
                     std::to_string(entry.size) + " " + place + "\n";
  for (const ExtendedAttribute& attribute : entry.attributes) {
    // Writing to a file takes its capabilities away.
    if (attribute.name != "security.capability")
      continue;
    text +=
        "setfattr -n security.capability -v 0s" + to_base64(attribute.value) + " " + place + "\n";
  }
  return text + "touch -m -d @" + pax_decimal(entry) + " " + place + "\n";
}

}  // namespace backstay::runtime
