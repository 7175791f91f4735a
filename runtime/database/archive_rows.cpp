// The counter of rows and the thread that feeds the decoder: see the header.
#include "runtime/database/archive_rows.hpp"

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

namespace backstay::runtime {
namespace {

constexpr std::size_t kWaitingPieces = 64;
/// A row longer than this is not kept: only whether it is `\.` matters.
constexpr std::size_t kRowHead = 8;

/// The table of `COPY public.t (a, b) FROM stdin;`; empty for another line.
std::string_view copied_table(std::string_view line) {
  constexpr std::string_view kStart = "COPY ";
  constexpr std::string_view kEnd = " FROM stdin;";
  if (!line.starts_with(kStart) || !line.ends_with(kEnd))
    return {};
  line.remove_prefix(kStart.size());
  bool quoted = false;
  for (std::size_t at = 0; at < line.size(); ++at) {
    if (line[at] == '"')
      quoted = !quoted;
    if (line[at] == ' ' && !quoted)
      return line.substr(0, at);
  }
  return {};
}

}  // namespace

void RowCounter::add(std::string_view text) {
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    const std::string_view piece = text.substr(0, end);
    const bool whole = end != std::string_view::npos;
    text.remove_prefix(whole ? end + 1 : text.size());
    if (table_ == nullptr) {
      line_ += piece;
    } else {
      line_ += piece.substr(0, kRowHead - std::min(kRowHead, line_.size()));
    }
    if (whole) {
      take_line(line_);
      line_.clear();
    }
  }
}

void RowCounter::take_line(std::string_view line) {
  if (table_ == nullptr) {
    const std::string_view name = copied_table(line);
    if (!name.empty())
      table_ = &rows_[std::string(name)];
  } else if (line == "\\.") {
    table_ = nullptr;
  } else {
    ++*table_;
  }
}

ArchiveCheck::ArchiveCheck(const PostgresServer& server)
    : thread_([this, &server] {
        Result<Exit> exit =
            server.decode([this](std::span<std::byte> buffer) { return read(buffer); },
                          [this](std::span<const std::byte> data) -> Result<void> {
                            counter_.add({reinterpret_cast<const char*>(data.data()), data.size()});
                            return {};
                          });
        const std::lock_guard lock(mutex_);
        exit_ = std::move(exit);
        ended_ = true;
        pieces_.clear();
        changed_.notify_all();
      }) {}

ArchiveCheck::~ArchiveCheck() {
  if (thread_.joinable()) {
    close(true);
    thread_.join();
  }
}

void ArchiveCheck::close(bool abandon) {
  const std::lock_guard lock(mutex_);
  closed_ = true;
  abandoned_ = abandon;
  changed_.notify_all();
}

void ArchiveCheck::write(std::span<const std::byte> piece) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return ended_ || pieces_.size() < kWaitingPieces; });
  if (ended_ || piece.empty())
    return;
  pieces_.emplace_back(piece.begin(), piece.end());
  changed_.notify_all();
}

Result<std::size_t> ArchiveCheck::read(std::span<std::byte> buffer) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return closed_ || !pieces_.empty(); });
  if (abandoned_ || pieces_.empty())
    return std::size_t{0};
  const std::vector<std::byte>& first = pieces_.front();
  const std::size_t size = std::min(buffer.size(), first.size() - at_);
  std::memcpy(buffer.data(), first.data() + at_, size);
  at_ += size;
  if (at_ == first.size()) {
    pieces_.pop_front();
    at_ = 0;
    changed_.notify_all();
  }
  return size;
}

Result<TableRows> ArchiveCheck::finish() {
  close(false);
  thread_.join();
  BACKSTAY_TRY(exit_);
  const Exit& exit = exit_.value();
  if (exit.ok() && counter_.complete())
    return counter_.rows();
  return Error{
      .kind = ErrorKind::Verification,
      .message = fmt::format("pg_restore cannot decode what pg_dump wrote ({}): {}", describe(exit),
                             exit.errors.empty() ? "it ended early" : exit.errors),
      .hint = "pg_dump and pg_restore must be of the same release"};
}

}  // namespace backstay::runtime
