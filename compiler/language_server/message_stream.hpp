// The base protocol: messages with a header of their length, out of a stream of bytes.
//
// Source: Language Server Protocol 3.17, "Base Protocol". A header that cannot be read is reported
// once and skipped, so that one broken message does not end the conversation.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace backstay::compiler::lsp {

/// One message, or why there is none.
struct Incoming {
  std::string content;  ///< JSON, unless `error` says otherwise
  std::string error;    ///< not empty: a header that is none
};

/// Takes messages out of a stream that comes in pieces.
class MessageStream {
 public:
  /// Longest message: a document of 1 MiB fits, escaped as wastefully as JSON allows.
  static constexpr std::size_t kMostContent = std::size_t{64} << 20U;
  static constexpr std::size_t kMostHeader = std::size_t{8} << 10U;

  void append(std::string_view bytes) { buffer_.append(bytes); }

  /// The next whole message; nothing until more bytes are there.
  [[nodiscard]] std::optional<Incoming> next();

 private:
  [[nodiscard]] std::optional<Incoming> read_header();

  std::string buffer_;
  std::size_t at_ = 0;                 // what is before was handed out
  std::optional<std::size_t> length_;  // of the content, once its header was read
  std::size_t skip_ = 0;               // bytes of a message too long that are still to come
};

/// The message with its header.
[[nodiscard]] std::string framed(std::string_view content);

}  // namespace backstay::compiler::lsp
