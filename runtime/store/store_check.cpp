#include "runtime/store/store_check.hpp"

#include <set>
#include <utility>

#include "runtime/store/layout.hpp"
#include "runtime/store/store_list.hpp"
#include "runtime/store/verify.hpp"

namespace backstay::runtime {

namespace {

// Counts each inode's bytes once.
class Checking {
 public:
  explicit Checking(const StoreCheck& request) : request_(request) {}

  Result<StoreCheckReport> run() {
    BACKSTAY_TRY(check_aside());
    BACKSTAY_ASSIGN(const auto snapshots, list_snapshots(request_.files, request_.store, {}));
    for (const SnapshotSummary& snapshot : snapshots)
      BACKSTAY_TRY(check_snapshot(snapshot.id));
    note_foreign();
    report_.stored_bytes = hashes_.bytes();
    return std::move(report_);
  }

 private:
  Result<void> check_aside() const {
    const std::string& aside = request_.aside;
    const bool inside =
        aside == request_.store.path || aside.starts_with(request_.store.path + "/");
    if (aside.empty() || (aside.starts_with('/') && !inside))
      return {};
    return Error{.kind = ErrorKind::Refused,
                 .message = "`" + aside + "` is no place to copy damaged files to",
                 .hint = "give an absolute path outside of the store"};
  }

  Result<void> check_snapshot(const std::string& id) {
    ++report_.snapshots;
    BACKSTAY_ASSIGN(const VerifyReport verified,
                    verify_snapshot(request_.files, request_.store,
                                    {.snapshot = id,
                                     .level = request_.level,
                                     .components = {},
                                     .hashes = &hashes_,
                                     .has_identity = request_.has_identity},
                                    request_.stop));
    if (!verified.not_proven.empty()) {
      ++report_.not_proven;
      report_.notes.push_back("snapshot `" + id + "`: not proven at level " +
                              std::to_string(request_.level) + ": " + verified.not_proven);
    }
    report_.problems.insert(report_.problems.end(), verified.problems.begin(),
                            verified.problems.end());
    if (request_.aside.empty())
      return {};
    for (const std::string& path : verified.damaged)
      BACKSTAY_TRY(copy_aside(id, path));
    return {};
  }

  Result<void> copy_aside(const std::string& id, const std::string& path) {
    const std::string from = layout::snapshot(request_.store.path, id) + "/" + path;
    BACKSTAY_ASSIGN(const FileStatus status, request_.files.status(from));
    if (!copied_.emplace(status.device, status.inode).second)
      return {};
    const std::string to = request_.aside + "/" + id + "/" + path;
    if (exists(request_.files, to))
      return {};
    BACKSTAY_TRY(make_directories(request_.files, to.substr(0, to.rfind('/')), 0700));
    BACKSTAY_ASSIGN(auto in, request_.files.open_read(from));
    BACKSTAY_ASSIGN(auto out, request_.files.create(to, 0600));
    std::vector<std::byte> buffer(std::size_t{1} << 20U);
    while (true) {
      BACKSTAY_ASSIGN(const std::size_t count, in->read(buffer));
      if (count == 0)
        break;
      BACKSTAY_TRY(out->write(std::span(buffer).first(count)));
    }
    BACKSTAY_TRY(out->sync());
    BACKSTAY_TRY(out->close());
    report_.copied.push_back(to);
    return {};
  }

  void note_foreign() {
    const auto look = [&](const std::string& directory, const char* what,
                          bool (*ours)(const std::string&)) {
      const auto names = request_.files.list(directory);
      for (const std::string& name : names ? *names : std::vector<std::string>{}) {
        if (!ours(name))
          report_.notes.push_back("`" + directory + "/" + name + "` " + what);
      }
    };
    look(layout::snapshots(request_.store.path), "is no snapshot", [](const std::string& name) {
      return layout::is_plain_name(name) && layout::sequence_of(name).has_value();
    });
    look(layout::staging(request_.store.path),
         "is a run that goes on, or died; the next run removes what died",
         [](const std::string&) { return false; });
  }

  const StoreCheck& request_;
  StoredHashes hashes_;
  std::set<std::pair<std::uint64_t, std::uint64_t>> copied_;
  StoreCheckReport report_;
};

}  // namespace

Result<StoreCheckReport> StoreCheck::run() const {
  return Checking(*this).run();
}

}  // namespace backstay::runtime
