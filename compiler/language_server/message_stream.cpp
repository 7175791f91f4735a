#include "compiler/language_server/message_stream.hpp"

#include <algorithm>
#include <charconv>

namespace backstay::compiler::lsp {
namespace {

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool equal_without_case(std::string_view left, std::string_view right) {
  return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                    [](char a, char b) { return lower(a) == lower(b); });
}

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = std::min(text.find_first_not_of(" \t"), text.size());
  text.remove_prefix(begin);
  const std::size_t end = text.find_last_not_of(" \t\r");
  return text.substr(0, end == std::string_view::npos ? 0 : end + 1);
}

// The number of a line `Content-Length: …`. All other lines say nothing that is needed: a
// Content-Type has one value only.
std::optional<std::size_t> length_in(std::string_view line) {
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos ||
      !equal_without_case(trimmed(line.substr(0, colon)), "content-length")) {
    return std::nullopt;
  }
  const std::string_view value = trimmed(line.substr(colon + 1));
  std::size_t length = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), length);
  const bool whole = error == std::errc{} && end == value.data() + value.size();
  return whole && !value.empty() ? std::optional(length) : std::nullopt;
}

}  // namespace

std::optional<Incoming> MessageStream::next() {
  if (skip_ > 0) {
    const std::size_t gone = std::min(skip_, buffer_.size() - at_);
    at_ += gone;
    skip_ -= gone;
  }
  if (!length_) {
    if (auto problem = read_header()) {
      return problem;
    }
  }
  std::optional<Incoming> message;
  if (length_ && buffer_.size() - at_ >= *length_) {
    message = Incoming{buffer_.substr(at_, *length_), {}};
    at_ += *length_;
    length_.reset();
  }
  constexpr std::size_t kMuch = std::size_t{64} << 10U;
  if (at_ == buffer_.size() || at_ > kMuch) {
    buffer_.erase(0, at_);
    at_ = 0;
  }
  return message;
}

// Reads the header that begins at at_, once its empty line is there.
std::optional<Incoming> MessageStream::read_header() {
  std::optional<std::size_t> length;
  bool any = false;
  std::size_t at = at_;
  while (true) {
    const std::size_t newline = buffer_.find('\n', at);
    const bool too_long = std::min(newline, buffer_.size()) - at_ > kMostHeader;
    if (too_long) {
      at_ = newline == std::string::npos ? buffer_.size() : newline + 1;
      return Incoming{{}, "a header that does not end"};
    }
    if (newline == std::string::npos) {
      return std::nullopt;
    }
    const std::string_view line = trimmed(std::string_view(buffer_).substr(at, newline - at));
    at = newline + 1;
    if (line.empty() && any) {
      break;
    }
    if (line.empty()) {
      at_ = at;  // blank lines between messages do no harm
      continue;
    }
    any = true;
    if (const auto found = length_in(line)) {
      length = found;
    }
  }
  at_ = at;
  if (!length) {
    return Incoming{{}, "a header without a `Content-Length` that is a number"};
  }
  if (*length > kMostContent) {
    skip_ = *length;
    return Incoming{{}, "a message over 64 MiB"};
  }
  length_ = length;
  return std::nullopt;
}

std::string framed(std::string_view content) {
  return "Content-Length: " + std::to_string(content.size()) + "\r\n\r\n" + std::string(content);
}

}  // namespace backstay::compiler::lsp
