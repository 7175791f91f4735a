#include "lang/format/formatter.hpp"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "lang/format/header_writer.hpp"
#include "lang/syntax/dump.hpp"
#include "lang/syntax/parser.hpp"
#include "lang/syntax/text_check.hpp"

namespace backstay::lang {
namespace {

constexpr std::size_t kIndent = 4;

/// Writes one file. Comments are merged in by their offsets; a cursor runs over both in step.
class Formatter {
 public:
  Formatter(const Parsed& parsed, const SourceFile& source)
      : parsed_(parsed), source_(source), comment_(parsed.comments.begin()) {}

  std::string run() {
    scope(parsed_.file.facts, source_.text().size(), 0);
    end_line();
    return std::move(out_);
  }

 private:
  // Facts of one block (or the file) and the comments up to `end`.
  void scope(const std::vector<ast::Fact>& facts, std::size_t end, std::size_t indent) {
    bool after_block = false;
    bool first = true;
    for (const ast::Fact& fact : facts) {
      const bool parted = !first && indent == 0 && (after_block || fact.has_block);
      comments_before(fact.word.span.begin, indent,
                      parted && !blank_line_before(fact.word.span.begin), first);
      blank_line(fact.word.span.begin, false, first);
      write_fact(fact, indent);
      after_block = fact.has_block;
      first = false;
    }
    comments_before(end, indent, false, first);
  }

  // Comments up to `end`, each on its line or behind what stands there. With `part`, an empty line
  // comes before the first that has its own line, or else before what follows.
  void comments_before(std::size_t end, std::size_t indent, bool part, bool& first) {
    for (; comment_ != parsed_.comments.end() && comment_->first < end; ++comment_) {
      const Comment& comment = comment_->second;
      if (comment.own_line || out_.empty()) {
        blank_line(comment.span.begin, part, first);
        part = false;
        out_.append(indent, ' ');
        first = false;
      } else {
        out_ += ' ';
      }
      out_ += comment_text(comment, source_);
      written_ = comment.span.end;
    }
    part_ = part;
  }

  // Whether an empty line stands anywhere between what is written and `begin`.
  [[nodiscard]] bool blank_line_before(std::size_t begin) const {
    std::size_t at = written_;
    for (auto next = comment_; next != parsed_.comments.end() && next->first < begin; ++next) {
      if (newlines(at, next->first) > 1) {
        return true;
      }
      at = next->second.span.end;
    }
    return newlines(at, begin) > 1;
  }

  [[nodiscard]] std::ptrdiff_t newlines(std::size_t begin, std::size_t end) const {
    const std::string_view between = source_.text().substr(begin, end - begin);
    return std::count(between.begin(), between.end(), '\n');
  }

  // Ends the line, and leaves one empty where the source does or where it must be.
  void blank_line(std::size_t begin, bool part, bool first) {
    end_line();
    if (!first && (part || part_ || newlines(written_, begin) > 1)) {
      out_ += '\n';
    }
    part_ = false;
  }

  void end_line() {
    if (!out_.empty() && out_.back() != '\n') {
      out_ += '\n';
    }
  }

  void write_fact(const ast::Fact& fact, std::size_t indent) {
    write_header(parsed_.file, fact, indent, source_, parsed_.comments, comment_, out_);
    written_ = fact.span.end;
    if (!fact.has_block) {
      return;
    }
    const std::size_t close = fact.block.end - 1;
    const bool has_comment = comment_ != parsed_.comments.end() && comment_->first < close;
    out_ += " {";
    written_ = fact.block.begin + 1;
    if (fact.facts.empty() && !has_comment) {
      out_ += " }";
    } else {
      scope(fact.facts, close, indent + kIndent);
      end_line();
      out_.append(indent, ' ');
      out_ += '}';
    }
    written_ = fact.block.end;
  }

  const Parsed& parsed_;
  const SourceFile& source_;
  Comments::const_iterator comment_;  // the next that is not written
  std::size_t written_ = 0;           // up to where the source is written
  bool part_ = false;                 // an empty line is due before the next fact
  std::string out_;
};

std::vector<std::string_view> comment_texts(const Parsed& parsed, const SourceFile& source) {
  std::vector<std::string_view> texts;
  for (const auto& [offset, comment] : parsed.comments) {
    texts.push_back(comment_text(comment, source));
  }
  return texts;
}

// Whether `text` says the same as the file that it was made from.
bool agrees(const Parsed& parsed, const SourceFile& source, const std::string& text) {
  SourceSet again;
  Diagnostics findings;
  const FileId id = again.add(source.name(), text);
  const Parsed reparsed = parse(again, id, findings);
  return !findings.has_errors() && dump(reparsed.file) == dump(parsed.file) &&
         comment_texts(reparsed, again.file(id)) == comment_texts(parsed, source);
}

void report_too_large(FileId file, std::size_t size, Diagnostics& diagnostics) {
  diagnostics.add(
      {DiagnosticKind::FileTooLarge,
       {file, 0, 0},
       fmt::format("the formatted text would hold {} bytes; at most 1 MiB is read", size),
       {},
       {},
       {},
       "split the file and `import` the parts"});
}

}  // namespace

std::optional<std::string> format(const SourceSet& sources, FileId file, Diagnostics& diagnostics) {
  const std::size_t errors_before = diagnostics.error_count();
  const Parsed parsed = parse(sources, file, diagnostics);
  if (diagnostics.error_count() != errors_before) {
    return std::nullopt;
  }
  const SourceFile& source = sources.file(file);
  std::string text = Formatter(parsed, source).run();
  if (text.size() > kLargestFile) {
    report_too_large(file, text.size(), diagnostics);
    return std::nullopt;
  }
  if (!agrees(parsed, source, text)) {
    diagnostics.add({DiagnosticKind::FormatterDisagrees,
                     {file, 0, 0},
                     "the formatted text would not mean the same; nothing was written",
                     {},
                     {},
                     {},
                     "this is a mistake of the formatter: please report the file"});
    return std::nullopt;
  }
  return text;
}

}  // namespace backstay::lang
