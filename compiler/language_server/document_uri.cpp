#include "compiler/language_server/document_uri.hpp"

#include <cctype>

namespace backstay::compiler::lsp {
namespace {

constexpr std::string_view kScheme = "file://";
constexpr std::string_view kHex = "0123456789ABCDEF";

std::optional<unsigned> hex_digit(char c) {
  const auto at = kHex.find(static_cast<char>(std::toupper(static_cast<unsigned char>(c))));
  return at == std::string_view::npos ? std::nullopt : std::optional(static_cast<unsigned>(at));
}

bool stands_for_itself(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("-._~/").find(c) != std::string_view::npos;
}

}  // namespace

std::optional<std::string> path_of_uri(std::string_view uri) {
  if (!uri.starts_with(kScheme)) {
    return std::nullopt;
  }
  uri.remove_prefix(kScheme.size());
  constexpr std::string_view kThisHost = "localhost/";
  if (uri.starts_with(kThisHost)) {
    uri.remove_prefix(kThisHost.size() - 1);
  }
  if (!uri.starts_with('/')) {
    return std::nullopt;
  }
  std::string path;
  for (std::size_t at = 0; at < uri.size(); ++at) {
    if (uri[at] != '%') {
      path += uri[at];
      continue;
    }
    const auto high = at + 2 < uri.size() ? hex_digit(uri[at + 1]) : std::nullopt;
    const auto low = high ? hex_digit(uri[at + 2]) : std::nullopt;
    if (!low || (*high == 0 && *low == 0)) {
      return std::nullopt;
    }
    path += static_cast<char>(*high * 16 + *low);
    at += 2;
  }
  return path;
}

std::string uri_of_path(std::string_view path) {
  std::string uri(kScheme);
  for (const char c : path) {
    if (stands_for_itself(c)) {
      uri += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      uri += {'%', kHex[byte >> 4U], kHex[byte & 0xFU]};
    }
  }
  return uri;
}

}  // namespace backstay::compiler::lsp
