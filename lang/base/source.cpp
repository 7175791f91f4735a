#include "lang/base/source.hpp"

#include <algorithm>

namespace backstay::lang {
namespace {

constexpr std::size_t kStride = 1024;

}  // namespace

SourceFile::SourceFile(std::string name, std::string text)
    : name_(std::move(name)), text_(std::move(text)) {}

const std::vector<std::size_t>& SourceFile::line_starts() const {
  if (line_starts_.empty()) {
    line_starts_.push_back(0);
    for (std::size_t at = text_.find('\n'); at != std::string::npos;
         at = text_.find('\n', at + 1)) {
      line_starts_.push_back(at + 1);
    }
  }
  return line_starts_;
}

// Bytes before `offset` that begin no code point; quick also in a file of one long line.
std::size_t SourceFile::continuation_bytes_before(std::size_t offset) const {
  const auto count = [this](std::size_t begin, std::size_t end) {
    std::size_t bytes = 0;
    for (std::size_t at = begin; at < end; ++at) {
      bytes += (static_cast<unsigned char>(text_[at]) & 0xC0U) == 0x80U ? 1 : 0;
    }
    return bytes;
  };
  if (continuation_bytes_.empty()) {
    continuation_bytes_.push_back(0);
    for (std::size_t end = kStride; end <= text_.size(); end += kStride) {
      continuation_bytes_.push_back(continuation_bytes_.back() + count(end - kStride, end));
    }
  }
  const std::size_t block = offset / kStride;
  return continuation_bytes_[block] + count(block * kStride, offset);
}

LineColumn SourceFile::locate(std::size_t offset) const {
  offset = std::min(offset, text_.size());
  const auto& starts = line_starts();
  const auto after = std::upper_bound(starts.begin(), starts.end(), offset);
  const auto line = static_cast<std::size_t>(after - starts.begin());
  const std::size_t begin = starts[line - 1];
  const std::size_t continuations =
      continuation_bytes_before(offset) - continuation_bytes_before(begin);
  return {line, offset - begin - continuations + 1};
}

std::string_view SourceFile::line(std::size_t line) const {
  const auto& starts = line_starts();
  if (line == 0 || line > starts.size()) {
    return {};
  }
  const std::size_t begin = starts[line - 1];
  const std::size_t end = line < starts.size() ? starts[line] - 1 : text_.size();
  return std::string_view(text_).substr(begin, end - begin);
}

std::size_t SourceFile::line_begin(std::size_t line) const {
  const auto& starts = line_starts();
  return line == 0 || line > starts.size() ? text_.size() : starts[line - 1];
}

std::size_t SourceFile::line_count() const {
  return line_starts().size();
}

FileId SourceSet::add(std::string name, std::string text) {
  files_.push_back(std::make_unique<SourceFile>(std::move(name), std::move(text)));
  return static_cast<FileId>(files_.size() - 1);
}

std::string_view SourceSet::text(const Span& span) const {
  return file(span.file).text().substr(span.begin, span.end - span.begin);
}

}  // namespace backstay::lang
