// Runs a fuzz target over files, for compilers without libFuzzer: each file as it is, and so many
// times with a byte changed, added or cut. Deterministic, so that a failure repeats.
//
//   TARGET CHANGES FILE|DIRECTORY…
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

constexpr std::string_view kBytes = "{}[]\",;#\\/\n \t=->09azA_.:\x01\x80\xff";

void run(const std::string& text) {
  LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
}

void replay(const std::string& text, std::size_t changes) {
  run(text);
  std::uint32_t state = static_cast<std::uint32_t>(text.size()) * 2654435761U + 1;
  const auto next = [&state](std::size_t limit) {
    state = state * 1664525U + 1013904223U;
    return (state >> 8U) % limit;
  };
  for (std::size_t round = 0; round < changes && !text.empty(); ++round) {
    std::string changed = text;
    const std::size_t at = next(text.size());
    const char byte = kBytes[next(kBytes.size())];
    switch (next(4)) {
      case 0:
        changed[at] = byte;
        break;
      case 1:
        changed.insert(at, 1, byte);
        break;
      case 2:
        changed.erase(at, 1 + next(8));
        break;
      default:
        changed.resize(at);
    }
    run(changed);
  }
}

std::vector<std::filesystem::path> files_below(const std::filesystem::path& place) {
  if (!std::filesystem::is_directory(place)) {
    return {place};
  }
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(place)) {
    if (entry.is_regular_file()) {
      files.push_back(entry.path());
    }
  }
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace

int main(int argc, char** argv) {
  const std::size_t changes = argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 0;
  std::size_t count = 0;
  for (int index = 2; index < argc; ++index) {
    for (const auto& file : files_below(argv[index])) {
      std::ifstream in(file, std::ios::binary);
      std::ostringstream text;
      text << in.rdbuf();
      std::printf("%s\n", file.c_str());  // the last line names the file that failed
      std::fflush(stdout);
      replay(text.str(), changes);
      ++count;
    }
  }
  return count == 0 ? 1 : 0;
}
