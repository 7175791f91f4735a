// What a store holds may have been tampered with: any bytes are read as a manifest, a component's
// description or a line of a file list, or refused. What is read is safe and means the same once
// written.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "runtime/archive/list_json.hpp"
#include "runtime/store/manifest.hpp"

using namespace backstay;

namespace {

void require(bool holds) {
  if (!holds) {
    std::abort();
  }
}

void read_manifest(const std::string& text) {
  const auto manifest = runtime::parse_manifest(text, "fuzz/manifest.json");
  if (!manifest) {
    require(!manifest.error().message.empty());
    return;
  }
  const std::string bytes = runtime::to_json(*manifest);
  const auto again = runtime::parse_manifest(bytes, "fuzz/manifest.json");
  require(again && runtime::to_json(*again) == bytes);
}

void read_line(const std::string& text) {
  const auto entry = runtime::parse_list_line(text);
  if (!entry) {
    require(!entry.error().message.empty());
    return;
  }
  require(entry->path == "." || runtime::is_safe_path(entry->path));
  std::string line = runtime::to_list_line(*entry);
  line.pop_back();
  const auto again = runtime::parse_list_line(line);
  require(again && *again == *entry);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  read_manifest(text);
  static_cast<void>(runtime::parse_component_json(text));
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    read_line(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return 0;
}
