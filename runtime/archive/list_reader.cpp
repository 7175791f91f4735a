#include "runtime/archive/list_reader.hpp"

#include <utility>

#include "runtime/archive/list_json.hpp"
#include "runtime/archive/list_parts.hpp"
#include "runtime/archive/tree_order.hpp"
#include "runtime/archive/zstd_frames.hpp"

namespace backstay::runtime {

namespace {

std::string list_of(const std::string& directory) {
  return directory + "/list";
}

// The lines of some parts, one behind the other. Frames end at lines, because the writer cuts
// there.
class PartLines {
 public:
  PartLines(Filesystem& files, std::string list, std::vector<std::string> names)
      : files_(files), list_(std::move(list)), names_(std::move(names)) {}

  Result<bool> next() {
    line_ = {};
    while (rest_.empty()) {
      if (!frames_ && at_ == names_.size())
        return false;
      if (!frames_) {
        BACKSTAY_ASSIGN(auto file, files_.open_read(list_ + "/" + names_[at_]));
        frames_.emplace(std::move(file), "list/" + names_[at_]);
      }
      BACKSTAY_ASSIGN(const auto frame, frames_->next());
      if (frames_->at_end()) {
        frames_.reset();
        ++at_;
        continue;
      }
      rest_ = {reinterpret_cast<const char*>(frame.data()), frame.size()};
    }
    const std::size_t end = rest_.find('\n');
    if (end == std::string_view::npos) {
      return Error{.kind = ErrorKind::BadInput,
                   .message = "`list/" + names_[at_] + "` ends within a line"};
    }
    line_ = rest_.substr(0, end);
    rest_.remove_prefix(end + 1);
    return true;
  }

  [[nodiscard]] std::string_view line() const { return line_; }

 private:
  Filesystem& files_;
  std::string list_;
  std::vector<std::string> names_;
  std::size_t at_ = 0;
  std::optional<FrameReader> frames_;
  std::string_view rest_;  // of the frame
  std::string_view line_;
};

// One of the two sources of a merge: its next line and the path in it.
class Ahead {
 public:
  Ahead(Filesystem& files, const std::string& directory, const std::vector<std::string>& names)
      : lines_(files, list_of(directory), names) {}

  Result<void> fill(bool with_path) {
    if (full_ || ended_)
      return {};
    BACKSTAY_ASSIGN(full_, lines_.next());
    ended_ = !full_;
    if (full_ && with_path) {
      BACKSTAY_ASSIGN(path_, path_of_line(lines_.line()));
      if (path_ == ".")
        path_.clear();
    }
    return {};
  }

  void drop() { full_ = false; }

  [[nodiscard]] bool full() const { return full_; }

  [[nodiscard]] const std::string& path() const { return path_; }

  [[nodiscard]] std::string_view line() const { return lines_.line(); }

 private:
  PartLines lines_;
  std::string path_;
  bool full_ = false;
  bool ended_ = false;
};

// A stretch: its base with its changes merged in.
class MergedLines {
 public:
  MergedLines(Filesystem& files, const std::string& directory, ListStretch stretch)
      : stretch_(std::move(stretch)),
        merging_(!stretch_.changes.empty()),
        base_(files, directory, stretch_.base),
        changes_(files, directory, stretch_.changes) {}

  Result<bool> next() {
    while (true) {
      if (last_ != nullptr)
        std::exchange(last_, nullptr)->drop();
      BACKSTAY_TRY(base_.fill(merging_));
      if (merging_)
        BACKSTAY_TRY(fill_changes());
      if (!base_.full() && !changes_.full())
        return false;
      const bool from_base =
          base_.full() && (!changes_.full() || path_before(base_.path(), changes_.path()));
      if (!from_base && base_.full() && base_.path() == changes_.path())
        base_.drop();
      last_ = from_base ? &base_ : &changes_;
      if (from_base || !is_gone_line(changes_.line()))
        return true;
    }
  }

  [[nodiscard]] std::string_view line() const { return last_->line(); }

 private:
  // What is outside of the stretch belongs to another.
  Result<void> fill_changes() {
    BACKSTAY_TRY(changes_.fill(true));
    while (changes_.full() && stretch_.from && path_before(changes_.path(), *stretch_.from)) {
      changes_.drop();
      BACKSTAY_TRY(changes_.fill(true));
    }
    while (changes_.full() && stretch_.to && !path_before(changes_.path(), *stretch_.to)) {
      changes_.drop();
      BACKSTAY_TRY(changes_.fill(true));
    }
    return {};
  }

  ListStretch stretch_;
  bool merging_;
  Ahead base_;
  Ahead changes_;
  Ahead* last_ = nullptr;  // whose line was given
};

std::string_view relative(std::string_view top) {
  return top.substr(top.starts_with('/') ? 1 : 0);
}

Result<std::vector<ListStretch>> whole_sections(Filesystem& files, const std::string& directory) {
  BACKSTAY_ASSIGN(auto sections, list_sections(files, directory));
  std::vector<ListStretch> stretches;
  for (ListSection& section : sections)
    stretches.push_back({std::move(section.base), std::move(section.changes), {}, {}});
  return stretches;
}

// Those lines of stretches that a filter lets through.
Result<void> read_stretches(Filesystem& files,
                            const std::string& directory,
                            std::vector<ListStretch> stretches,
                            const LineFilter& wanted,
                            const EntryVisitor& visitor) {
  ListLines lines(files, directory, std::move(stretches));
  while (true) {
    BACKSTAY_ASSIGN(const bool more, lines.next());
    if (!more)
      return {};
    if (wanted && !wanted(lines.line()))
      continue;
    auto entry = parse_list_line(lines.line());
    if (!entry)
      return std::move(entry).error().while_doing("reading its file list");
    BACKSTAY_TRY(visitor(*std::move(entry)));
  }
}

}  // namespace

struct ListLines::State {
  Filesystem& files;
  std::string directory;
  std::vector<ListStretch> stretches;
  std::size_t next = 0;
  std::unique_ptr<MergedLines> lines = {};
};

ListLines::ListLines(Filesystem& files,
                     const std::string& directory,
                     std::vector<ListStretch> stretches)
    : state_(std::make_unique<State>(State{files, directory, std::move(stretches)})) {}

ListLines::~ListLines() = default;
ListLines::ListLines(ListLines&&) noexcept = default;
ListLines& ListLines::operator=(ListLines&&) noexcept = default;

Result<bool> ListLines::next() {
  State& state = *state_;
  while (true) {
    if (!state.lines) {
      if (state.next == state.stretches.size())
        return false;
      state.lines = std::make_unique<MergedLines>(state.files, state.directory,
                                                  std::move(state.stretches[state.next++]));
    }
    BACKSTAY_ASSIGN(const bool more, state.lines->next());
    if (more)
      return true;
    state.lines.reset();
  }
}

std::string_view ListLines::line() const {
  return state_->lines->line();
}

Result<std::vector<ListStretch>> list_stretches(Filesystem& files, const std::string& directory) {
  BACKSTAY_ASSIGN(const auto sections, list_sections(files, directory));
  std::vector<ListStretch> stretches;
  for (const ListSection& section : sections) {
    if (section.changes.empty() || section.base.empty()) {
      for (const std::string& name : section.base)
        stretches.push_back({{name}, {}, {}, {}});
      if (!section.changes.empty())
        stretches.push_back({{}, section.changes, {}, {}});
      continue;
    }
    ListIndex base(files, list_of(directory), section.base);
    ListIndex changes(files, list_of(directory), section.changes);
    std::optional<std::string> from;
    for (std::size_t i = 0; i < section.base.size(); ++i) {
      std::optional<std::string> to;
      if (i + 1 < section.base.size()) {
        BACKSTAY_ASSIGN(to, base.first_path(i + 1));
      }
      BACKSTAY_ASSIGN(auto between, changes.between(from, to));
      stretches.push_back({{section.base[i]}, std::move(between), from, to});
      from = std::move(to);
    }
  }
  return stretches;
}

Result<void> read_stretch(Filesystem& files,
                          const std::string& directory,
                          const ListStretch& stretch,
                          const EntryVisitor& visitor) {
  return read_stretches(files, directory, {stretch}, {}, visitor);
}

Result<void> read_list(Filesystem& files,
                       const std::string& directory,
                       const EntryVisitor& visitor) {
  return read_list_where(files, directory, {}, visitor);
}

Result<void> read_list_where(Filesystem& files,
                             const std::string& directory,
                             const LineFilter& wanted,
                             const EntryVisitor& visitor) {
  BACKSTAY_ASSIGN(auto stretches, whole_sections(files, directory));
  return read_stretches(files, directory, std::move(stretches), wanted, visitor);
}

Result<void> read_list_near(Filesystem& files,
                            const std::string& directory,
                            const std::string& top,
                            const EntryVisitor& visitor) {
  const std::string_view place = relative(top);
  BACKSTAY_ASSIGN(auto sections, list_sections(files, directory));
  std::vector<ListStretch> stretches;
  for (ListSection& section : sections) {
    if (!section.ordered) {
      stretches.push_back({std::move(section.base), {}, {}, {}});
      continue;
    }
    BACKSTAY_ASSIGN(auto base, ListIndex(files, list_of(directory), section.base).near(place));
    BACKSTAY_ASSIGN(auto changes,
                    ListIndex(files, list_of(directory), section.changes).near(place));
    stretches.push_back({std::move(base), std::move(changes), {}, {}});
  }
  return read_stretches(
      files, directory, std::move(stretches),
      [&](std::string_view line) {
        const auto path = path_of_line(line);
        return !path || on_one_line(list_key(*path), place);
      },
      visitor);
}

}  // namespace backstay::runtime
