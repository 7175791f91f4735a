// Pulls from the store, is pushed by the scanner: see the header.
#include "runtime/database/table_stream.hpp"

#include <span>
#include <utility>

#include <fmt/format.h>

#include "runtime/database/deferred_keys.hpp"
#include "runtime/database/sql_text.hpp"

namespace backstay::runtime {
namespace {

constexpr std::size_t kChunk = 1U << 18U;

/// `SET …`, also within a conditional comment: `/*!40103 SET TIME_ZONE='+00:00' */;`
bool is_setting(std::string_view statement) {
  if (statement.starts_with("/*!") || statement.starts_with("/*M!"))
    statement.remove_prefix(std::min(statement.find_first_of(" "), statement.size()));
  const std::size_t at = statement.find_first_not_of(" \n");
  return at != std::string_view::npos && statement.substr(at).starts_with("SET ");
}

}  // namespace

TableStream::TableStream(std::unique_ptr<StreamReader> reader,
                         std::function<void(std::size_t)> progress)
    : reader_(std::move(reader)), progress_(std::move(progress)), scanner_(*this), chunk_(kChunk) {}

Result<void> TableStream::read_more() {
  BACKSTAY_ASSIGN(const std::size_t size, reader_->read(chunk_));
  if (size == 0) {
    over_ = true;
    return scanner_.finish();
  }
  progress_(size);
  return scanner_.feed({reinterpret_cast<const char*>(chunk_.data()), size});
}

Result<std::string> TableStream::table() {
  const std::lock_guard lock(mutex_);
  while (!in_rows_ && !over_)
    BACKSTAY_TRY(read_more());
  return std::move(table_);
}

Result<std::optional<std::string>> TableStream::rows() {
  const std::lock_guard lock(mutex_);
  while (inserts_.empty() && !over_)
    BACKSTAY_TRY(read_more());
  if (inserts_.empty())
    return std::optional<std::string>();
  std::optional<std::string> next = std::move(inserts_.front());
  inserts_.pop_front();
  return next;
}

std::string TableStream::complete(bool in_place) const {
  if (keys_.empty())
    return {};
  return fmt::format("{}ALTER TABLE {} {}{};\n", settings_, quote_name(name_), keys_,
                     in_place ? "" : ", ALGORITHM=COPY");
}

Result<void> TableStream::comment(std::string_view line) {
  return between(line);
}

Result<void> TableStream::between(std::string_view text) {
  if (!in_rows_ && !text.starts_with(kSandboxLine))  // why: ImportFilter::between()
    table_ += text;
  return {};
}

Result<void> TableStream::begin(const Statement& /*statement*/) {
  text_.clear();
  return {};
}

Result<void> TableStream::bytes(std::string_view part) {
  text_ += part;
  return {};
}

Result<void> TableStream::end(const Statement& statement) {
  if (statement.kind == StatementKind::CreateDatabase || statement.kind == StatementKind::Use)
    return {};
  if (statement.kind != StatementKind::Insert)
    return take_other(statement);
  in_rows_ = true;
  inserts_.push_back(std::exchange(text_, {}) + "\n");
  return {};
}

Result<void> TableStream::take_other(const Statement& statement) {
  if (statement.kind == StatementKind::CreateTable) {
    if (!name_.empty()) {
      return Error{.kind = ErrorKind::BadInput,
                   .message = fmt::format("the stream of table {} holds another one, {}", name_,
                                          statement.name),
                   .hint = "run `backstay verify --level 2` on the snapshot"};
    }
    name_ = statement.name;
    may_share_ = text_.find("\n  PRIMARY KEY (") != std::string::npos;
    DeferredKeys deferred = defer_keys(text_);
    text_ = std::move(deferred.create);
    keys_ = std::move(deferred.add);
  }
  if (in_rows_)
    return {};  // the end of the stream puts back settings of a session that ends with it
  if (is_setting(text_))
    settings_ += text_ + "\n";
  table_ += text_;
  return {};
}

}  // namespace backstay::runtime
