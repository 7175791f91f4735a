// The texts that a compilation reads, and the way from a byte to a line and a column.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "lang/base/span.hpp"

namespace backstay::lang {

/// Line and column for people: both count from 1; the column counts code points.
struct LineColumn {
  std::size_t line = 1;
  std::size_t column = 1;
};

/// One text with its name as the user wrote it. Immutable once made.
class SourceFile {
 public:
  SourceFile(std::string name, std::string text);

  [[nodiscard]] const std::string& name() const { return name_; }

  [[nodiscard]] std::string_view text() const { return text_; }

  /// offset  0 … text().size()
  [[nodiscard]] LineColumn locate(std::size_t offset) const;
  /// line  1-based; the text of it without its newline. Out of range: empty.
  [[nodiscard]] std::string_view line(std::size_t line) const;
  /// Byte offset at which a 1-based line begins.
  [[nodiscard]] std::size_t line_begin(std::size_t line) const;
  [[nodiscard]] std::size_t line_count() const;

 private:
  const std::vector<std::size_t>& line_starts() const;
  std::size_t continuation_bytes_before(std::size_t offset) const;

  std::string name_;
  std::string text_;
  // Filled on first use: most files have no finding.
  mutable std::vector<std::size_t> line_starts_;
  mutable std::vector<std::size_t> continuation_bytes_;  // before every 1,024th byte
};

/// All files of one compilation; a file's address and text stay where they are. Not thread-safe.
class SourceSet {
 public:
  FileId add(std::string name, std::string text);

  [[nodiscard]] const SourceFile& file(FileId id) const { return *files_.at(id); }

  [[nodiscard]] std::string_view text(const Span& span) const;

  [[nodiscard]] std::size_t size() const { return files_.size(); }

 private:
  std::vector<std::unique_ptr<SourceFile>> files_;
};

}  // namespace backstay::lang
