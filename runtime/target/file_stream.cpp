#include "runtime/target/file_stream.hpp"

#include <algorithm>
#include <charconv>

#include "runtime/target/receive_protocol.hpp"

namespace backstay::runtime {
namespace {

constexpr std::size_t kLongestLine = 4096;

Error broken() {
  return {.kind = ErrorKind::BadInput, .message = "the far side sent files that make no sense"};
}

}  // namespace

Result<void> FileStream::take(std::string_view bytes) {
  while (!bytes.empty()) {
    if (!error_.empty()) {
      error_ += bytes;
      return error_.size() > kLongestLine ? Result<void>(broken()) : Result<void>();
    }
    if (left_ > 0) {
      const std::string_view piece = bytes.substr(0, left_);
      BACKSTAY_TRY(write(piece));
      bytes.remove_prefix(piece.size());
      continue;
    }
    const std::size_t end = bytes.find('\n');
    line_ += bytes.substr(0, end);
    if (line_.size() > kLongestLine)
      return broken();
    if (end == std::string_view::npos)
      return {};
    bytes.remove_prefix(end + 1);
    const std::string line = std::exchange(line_, {});
    BACKSTAY_TRY(take_line(line));
  }
  return {};
}

Result<void> FileStream::take_line(const std::string& line) {
  if (ended_)
    return broken();
  if (!ok_) {
    ok_ = line + "\n" == kOkLine;
    if (!ok_ && line + "\n" != kBeatLine)
      error_ = line + "\n";
    return {};
  }
  if (line + "\n" == kEndLine) {
    ended_ = true;
    return {};
  }
  constexpr std::string_view kFile = "file ";
  const std::size_t blank = line.find(' ', kFile.size());
  if (!line.starts_with(kFile) || blank == std::string::npos)
    return broken();
  return begin(line.substr(kFile.size(), blank - kFile.size()), line.substr(blank + 1));
}

Result<void> FileStream::begin(const std::string& size, const std::string& path) {
  const auto [end, error] = std::from_chars(size.data(), size.data() + size.size(), left_);
  if (error != std::errc{} || end != size.data() + size.size() || wanted_.erase(path) == 0)
    return broken();
  const std::string to = directory_ + "/" + path;
  BACKSTAY_TRY(make_directories(files_, to.substr(0, to.rfind('/')), 0700));
  if (exists(files_, to))
    BACKSTAY_TRY(files_.unlink(to));
  BACKSTAY_ASSIGN(file_, files_.create(to));
  return left_ == 0 ? file_->close() : Result<void>();
}

Result<void> FileStream::write(std::string_view bytes) {
  BACKSTAY_TRY(file_->write(std::as_bytes(std::span(bytes.data(), bytes.size()))));
  left_ -= bytes.size();
  return left_ == 0 ? file_->close() : Result<void>();
}

Result<void> FileStream::finish() {
  if (!error_.empty()) {
    if (const auto said = parse_reply(error_); !said)
      return said.error();
    return broken();
  }
  if (!ended_ || left_ > 0) {
    return Error{.kind = ErrorKind::Io,
                 .message = "the line was cut before all files had come",
                 .retry = Retry::Temporary};
  }
  if (!wanted_.empty())
    return Error{.kind = ErrorKind::NotFound, .message = "`" + *wanted_.begin() + "` did not come"};
  return {};
}

}  // namespace backstay::runtime
