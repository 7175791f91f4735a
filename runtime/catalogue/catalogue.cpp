// Opening the catalogue; the transaction of a change.
#include "runtime/catalogue/catalogue.hpp"

#include <nlohmann/json.hpp>

#include "runtime/catalogue/catalogue_parts.hpp"
#include "runtime/catalogue/catalogue_schema.hpp"

namespace backstay::runtime {
namespace {

/// A catalogue's errors in the words of one: a lock is Busy, and what cannot be read is damage.
Error in_our_words(Error error) {
  if (error.kind == ErrorKind::Timeout) {
    error.kind = ErrorKind::Busy;
    error.hint = "another program holds the catalogue locked; look with `fuser`";
  } else if (error.kind == ErrorKind::BadInput || error.kind == ErrorKind::Verification) {
    error.kind = ErrorKind::Verification;
    error.hint = "`backstay catalogue rebuild` makes it anew";
  }
  return error;
}

Error no_catalogue(const std::string& path) {
  return {.kind = ErrorKind::NotFound,
          .message = "there is no catalogue `" + path + "`",
          .hint = "the next run makes one; `backstay catalogue rebuild` makes it from the stores"};
}

}  // namespace

std::string Catalogue::path_in(const std::string& state_directory) {
  return state_directory + "/catalogue.sqlite";
}

Catalogue::Catalogue(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

Catalogue::~Catalogue() = default;
Catalogue::Catalogue(Catalogue&&) noexcept = default;
Catalogue& Catalogue::operator=(Catalogue&&) noexcept = default;

Result<Catalogue> Catalogue::open(Filesystem& files,
                                  const std::string& path,
                                  std::chrono::milliseconds patience) {
  BACKSTAY_ASSIGN(const bool there, is_there(files, path));
  if (!there) {
    // Why by us: SQLite would make it readable for whoever the umask lets.
    const auto made = write_new_file(files, path, "", 0600);
    if (!made && !exists(files, path))
      return made.error();
  }
  auto session = SqliteSession::open(path, SqliteSession::Access::ReadWrite, patience);
  if (!session)
    return in_our_words(std::move(session).error());
  auto parts = std::make_unique<Parts>(Parts{path, std::move(*session)});
  if (auto ready = migrate_catalogue(parts->session, path); !ready)
    return in_our_words(std::move(ready).error());
  return Catalogue(std::move(parts));
}

Result<Catalogue> Catalogue::open_for_reading(Filesystem& files, const std::string& path) {
  BACKSTAY_ASSIGN(const bool there, is_there(files, path));
  if (!there)
    return no_catalogue(path);
  constexpr std::chrono::seconds kPatience{10};
  auto session = SqliteSession::open(path, SqliteSession::Access::ReadWrite, kPatience);
  if (!session)
    session = SqliteSession::open(path, SqliteSession::Access::ReadOnly, kPatience);
  if (!session)
    return in_our_words(std::move(session).error());
  if (auto ready = migrate_catalogue(*session, path); !ready)
    return in_our_words(std::move(ready).error());
  BACKSTAY_TRY(session->run("PRAGMA query_only=1"));
  return Catalogue(std::make_unique<Parts>(Parts{path, std::move(*session)}));
}

Result<void> Catalogue::begin() {
  return parts_->change("BEGIN IMMEDIATE", {});
}

Result<void> Catalogue::commit() {
  return parts_->change("COMMIT", {});
}

void Catalogue::make_fast() {
  // Where it fails, it is only slow.
  (void)parts_->session.run("PRAGMA synchronous=OFF; PRAGMA journal_mode=MEMORY");
}

Result<void> Catalogue::Parts::change(const std::string& statement,
                                      const std::vector<SqlValue>& values) {
  auto done = session.change(statement, values);
  return done ? Result<void>() : in_our_words(std::move(done).error());
}

Result<std::vector<SqlRow>> Catalogue::Parts::ask(const std::string& question,
                                                  const std::vector<SqlValue>& values) {
  auto rows = session.ask(question, values);
  return rows ? std::move(rows) : in_our_words(std::move(rows).error());
}

std::string to_json_list(const std::vector<std::string>& words) {
  return nlohmann::json(words).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::vector<std::string> from_json_list(const std::string& json) {
  std::vector<std::string> words;
  const auto list = nlohmann::json::parse(json, nullptr, false);
  if (!list.is_array())
    return words;
  for (const auto& word : list) {
    if (word.is_string())
      words.push_back(word.get<std::string>());
  }
  return words;
}

}  // namespace backstay::runtime
