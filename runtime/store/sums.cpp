#include "runtime/store/sums.hpp"

#include "runtime/store/manifest.hpp"

namespace backstay::runtime {

std::string to_text(const Sums& sums) {
  std::string text;
  for (const auto& [path, digest] : sums)
    text += to_hex(digest) + "  " + path + "\n";
  return text;
}

Result<Sums> parse_sums(std::string_view text) {
  constexpr std::size_t kPathAt = 66;
  const std::string_view whole = text;
  const Error broken{.kind = ErrorKind::BadInput, .message = "`SHA256SUMS` is broken"};
  Sums sums;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos || end <= kPathAt || text.substr(64, 2) != "  ")
      return broken;
    const auto digest = parse_digest(std::string(text.substr(0, 64)));
    if (!digest)
      return broken;
    sums.emplace(text.substr(kPathAt, end - kPathAt), *digest);
    text.remove_prefix(end + 1);
  }
  return to_text(sums) == whole ? Result<Sums>(std::move(sums)) : Result<Sums>(broken);
}

}  // namespace backstay::runtime
