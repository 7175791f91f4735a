#include "lang/base/withheld.hpp"

#include <algorithm>
#include <cctype>
#include <optional>

#include "lang/base/secret_text.hpp"

namespace backstay::lang {
namespace {

constexpr std::size_t kShortestText = 4;    // shorter ones are parts of common words
constexpr std::size_t kMostTexts = 10'000;  // a hostile file has a million
constexpr std::size_t kShortened = 60;      // characters that a quoted token keeps

/// A string as it stands, with its quotes.
struct Quoted {
  std::size_t begin;
  std::size_t end;
  std::string value;
};

bool is_blank(char byte) {
  return byte == ' ' || byte == '\t' || byte == '\r';
}

bool ends_bare(char byte) {
  return is_blank(byte) || std::string_view("\n,;{}#\"[]").find(byte) != std::string_view::npos;
}

}  // namespace

/// One file, read by its quotes, brackets and comments alone.
class SecretScan {
 public:
  SecretScan(Withheld& withheld, const SourceSet& sources, FileId file)
      : withheld_(withheld), text_(sources.file(file).text()), file_(file) {}

  void run() {
    while (at_ < text_.size()) {
      const char byte = text_[at_];
      if (byte == '#') {
        skip_comment();
      } else if (byte == '"') {
        judge(string());
      } else if (byte == '[') {
        vector();
      } else if (ends_bare(byte)) {
        ++at_;
      } else {
        bare();
      }
    }
  }

 private:
  void skip_comment() { at_ = std::min(text_.find('\n', at_), text_.size()); }

  // Without its closing quote a string ends with its line.
  Quoted string() {
    Quoted quoted{at_, at_, {}};
    ++at_;
    while (at_ < text_.size() && text_[at_] != '"' && text_[at_] != '\n') {
      at_ += text_[at_] == '\\' && at_ + 1 < text_.size() && text_[at_ + 1] != '\n' ? 1 : 0;
      quoted.value += text_[at_++];
    }
    at_ += at_ < text_.size() && text_[at_] == '"' ? 1 : 0;
    quoted.end = at_;
    return quoted;
  }

  // `["a", "b"]`; also of several lines, with comments. `compute[01-99]` has no strings.
  void vector() {
    std::vector<Quoted> strings;
    std::vector<std::string> arguments;
    for (++at_; at_ < text_.size();) {
      const char byte = text_[at_];
      if (byte == '"') {
        arguments.push_back(strings.emplace_back(string()).value);
      } else if (byte == '#') {
        skip_comment();
      } else if (is_blank(byte) || byte == '\n' || byte == ',') {
        ++at_;
      } else {
        break;
      }
    }
    for (const SecretArgument& secret : secret_arguments(arguments)) {
      keep(strings[secret.index]);
    }
  }

  void bare() {
    const std::size_t begin = at_;
    while (at_ < text_.size() && !ends_bare(text_[at_])) {
      ++at_;
    }
    const std::string_view word = text_.substr(begin, at_ - begin);
    if (word.front() == '/' && find_secret_in_text(word)) {
      keep({begin, at_, std::string(word)});
    }
    if (word != "=") {
      owner_ = before_ == "param" ? word_ : std::string_view();
      before_ = word_;
      word_ = word.substr(0, std::min(word.find_last_not_of('=') + 1, word.size()));
    }
  }

  void judge(const Quoted& quoted) {
    const bool address = word_ == "address" || word_ == "rsync" || word_ == "mail";
    if (address ? find_secret_in_address(quoted.value)
                : find_secret_in_setting(owner_.empty() ? word_ : owner_, quoted.value)) {
      keep(quoted);
    }
  }

  void keep(const Quoted& quoted) {
    withheld_.keep(file_, quoted.begin, quoted.end);
    const std::string_view raw = text_.substr(quoted.begin, quoted.end - quoted.begin);
    const bool quotes = raw.front() == '"';
    add(std::string(raw.substr(quotes ? 1 : 0, raw.size() - (quotes ? 2 : 0))));
    add(quoted.value);
    // What follows the name is the secret itself: `--password=…`.
    if (const std::size_t equals = quoted.value.find('='); equals != std::string::npos) {
      add(quoted.value.substr(equals + 1));
    }
  }

  void add(std::string text) {
    std::vector<std::string>& texts = withheld_.texts_;
    if (text.size() < kShortestText || texts.size() >= kMostTexts) {
      return;
    }
    if (text.size() >= kShortened) {
      texts.push_back(text.substr(0, kShortened - 1));  // of a token that is quoted in part
    }
    texts.push_back(std::move(text));
  }

  Withheld& withheld_;
  std::string_view text_;
  FileId file_;
  std::size_t at_ = 0;
  std::string_view word_;    // the last one: what the next string is of
  std::string_view before_;  // the one before it
  std::string_view owner_;   // `param NAME TYPE`: the name
};

Withheld::Withheld(const SourceSet& sources) : sources_(sources) {
  for (FileId file = 0; file < sources.size(); ++file) {
    look_through(file);
  }
  std::sort(texts_.begin(), texts_.end(), [](const std::string& left, const std::string& right) {
    return left.size() != right.size() ? left.size() > right.size() : left < right;
  });
  texts_.erase(std::unique(texts_.begin(), texts_.end()), texts_.end());
}

void Withheld::look_through(FileId file) {
  SecretScan(*this, sources_, file).run();
}

void Withheld::keep(FileId file, std::size_t begin, std::size_t end) {
  places_[file].push_back(
      {file, static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end)});
}

std::string Withheld::line(FileId file, std::size_t line) const {
  const SourceFile& source = sources_.file(file);
  std::string text(source.line(line));
  const auto places = places_.find(file);
  if (places == places_.end()) {
    return text;
  }
  const std::size_t begin = source.line_begin(line);
  const std::size_t end = begin + text.size();
  const auto& spans = places->second;
  auto span = std::lower_bound(spans.begin(), spans.end(), begin,
                               [](const Span& one, std::size_t at) { return one.end <= at; });
  for (; span != spans.end() && span->begin < end; ++span) {
    const std::size_t from = std::max<std::size_t>(span->begin, begin) - begin;
    const std::size_t to = std::min<std::size_t>(span->end, end) - begin;
    std::fill(text.begin() + static_cast<std::ptrdiff_t>(from),
              text.begin() + static_cast<std::ptrdiff_t>(to), '*');
  }
  return text;
}

std::string Withheld::text(std::string text) const {
  constexpr std::string_view kStars = "***";
  for (const std::string& secret : texts_) {
    for (std::size_t at = text.find(secret); at != std::string::npos;
         at = text.find(secret, at + kStars.size())) {
      text.replace(at, secret.size(), kStars);
    }
  }
  return text;
}

Diagnostic Withheld::finding(Diagnostic finding) const {
  if (texts_.empty()) {
    return finding;
  }
  const auto clean = [this](std::string& one) { one = text(std::move(one)); };
  clean(finding.message);
  clean(finding.primary_label);
  clean(finding.help);
  for (Label& label : finding.labels) {
    clean(label.text);
  }
  for (std::string& line : finding.witness) {
    clean(line);
  }
  std::erase_if(finding.fixes, [this](const Fix& fix) {
    return std::any_of(fix.edits.begin(), fix.edits.end(),
                       [this](const Edit& edit) { return text(edit.text) != edit.text; });
  });
  for (Fix& fix : finding.fixes) {
    clean(fix.title);
  }
  return finding;
}

}  // namespace backstay::lang
