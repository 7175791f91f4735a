#include "tests/support/fakes.hpp"

#include <array>

namespace backstay::test {
namespace {

class FaultyFile final : public runtime::File {
 public:
  FaultyFile(FaultyFilesystem& owner, std::unique_ptr<runtime::File> below, std::string path)
      : owner_(owner), below_(std::move(below)), path_(std::move(path)) {}

  Result<void> write(std::span<const std::byte> bytes) override {
    BACKSTAY_TRY(owner_.pass(FileCall::Write, path_));
    return below_->write(bytes);
  }

  Result<std::size_t> read(std::span<std::byte> buffer) override {
    BACKSTAY_TRY(owner_.pass(FileCall::Read, path_));
    return below_->read(buffer);
  }

  Result<void> sync() override {
    BACKSTAY_TRY(owner_.pass(FileCall::Sync, path_));
    return below_->sync();
  }

  Result<void> close() override {
    BACKSTAY_TRY(owner_.pass(FileCall::Close, path_));
    return below_->close();
  }

  void drop_cache() override { below_->drop_cache(); }

  [[nodiscard]] int descriptor() const override { return below_->descriptor(); }

 private:
  FaultyFilesystem& owner_;
  std::unique_ptr<runtime::File> below_;
  std::string path_;
};

Result<std::unique_ptr<runtime::File>> wrap(FaultyFilesystem& owner,
                                            Result<std::unique_ptr<runtime::File>> file,
                                            const std::string& path) {
  if (!file) {
    return file;
  }
  return std::unique_ptr<runtime::File>(
      std::make_unique<FaultyFile>(owner, std::move(file).value(), path));
}

std::string read_all_input(const runtime::Command& command, Result<void>& failed) {
  std::string all;
  std::array<std::byte, 4096> buffer{};
  while (true) {
    auto count = command.standard_input(buffer);
    if (!count) {
      failed = std::move(count).error();
      return all;
    }
    if (*count == 0) {
      return all;
    }
    all.append(reinterpret_cast<const char*>(buffer.data()), *count);
  }
}

}  // namespace

Result<runtime::Exit> ScriptedRunner::run(const runtime::Command& command,
                                          std::stop_token /*stop*/) {
  const std::lock_guard lock(mutex_);
  asked_.push_back(command);
  fed_.emplace_back();
  if (script_.empty()) {
    return Error{.kind = ErrorKind::ToolMissing,
                 .message = "the script is at its end, but `" + command.program + "` was called"};
  }
  Turn turn = std::move(script_.front());
  script_.pop_front();
  if (!command.program.ends_with(turn.expect_program)) {
    return Error{
        .kind = ErrorKind::ToolMissing,
        .message = "expected `" + turn.expect_program + "`, called `" + command.program + "`"};
  }
  if (command.standard_input) {
    Result<void> failed;
    fed_.back() = read_all_input(command, failed);
    BACKSTAY_TRY(std::move(failed));
  }
  if (turn.answer && command.standard_output && !turn.answer->output.empty()) {
    const std::string& output = turn.answer->output;
    BACKSTAY_TRY(command.standard_output(std::as_bytes(std::span(output.data(), output.size()))));
    turn.answer->output.clear();
  }
  return std::move(turn.answer);
}

void FaultyFilesystem::fail(FileCall call, std::uint64_t nth, int error_number) {
  const std::lock_guard lock(mutex_);
  faults_[call] = {.at = counts_[call] + nth, .error_number = error_number};
}

std::uint64_t FaultyFilesystem::count(FileCall call) const {
  const std::lock_guard lock(mutex_);
  const auto found = counts_.find(call);
  return found == counts_.end() ? 0 : found->second;
}

int FaultyFilesystem::take(FileCall call) {
  const std::lock_guard lock(mutex_);
  const auto passed = ++counts_[call];
  const auto fault = faults_.find(call);
  const bool due = fault != faults_.end() && fault->second.at == passed;
  return due ? fault->second.error_number : 0;
}

Result<void> FaultyFilesystem::pass(FileCall call, const std::string& path) {
  if (const int error = take(call); error != 0) {
    return errno_error(error, "injected failure at `" + path + "`");
  }
  return {};
}

Result<std::unique_ptr<runtime::File>> FaultyFilesystem::create(const std::string& path,
                                                                std::uint32_t mode) {
  BACKSTAY_TRY(pass(FileCall::Create, path));
  return wrap(*this, below_.create(path, mode), path);
}

Result<std::unique_ptr<runtime::File>> FaultyFilesystem::open_read(const std::string& path) {
  BACKSTAY_TRY(pass(FileCall::OpenRead, path));
  return wrap(*this, below_.open_read(path), path);
}

Result<std::unique_ptr<runtime::File>> FaultyFilesystem::open_append(const std::string& path) {
  BACKSTAY_TRY(pass(FileCall::OpenAppend, path));
  return wrap(*this, below_.open_append(path), path);
}

Result<void> FaultyFilesystem::make_directory(const std::string& path, std::uint32_t mode) {
  BACKSTAY_TRY(pass(FileCall::MakeDirectory, path));
  return below_.make_directory(path, mode);
}

Result<void> FaultyFilesystem::sync_directory(const std::string& path) {
  BACKSTAY_TRY(pass(FileCall::SyncDirectory, path));
  return below_.sync_directory(path);
}

Result<std::unique_ptr<runtime::File>> FaultyFilesystem::lock_directory(const std::string& path) {
  BACKSTAY_TRY(pass(FileCall::LockDirectory, path));
  return below_.lock_directory(path);
}

Result<void> FaultyFilesystem::rename_no_replace(const std::string& from, const std::string& to) {
  BACKSTAY_TRY(pass(FileCall::Rename, from));
  return below_.rename_no_replace(from, to);
}

Result<void> FaultyFilesystem::rename_replace(const std::string& from, const std::string& to) {
  BACKSTAY_TRY(pass(FileCall::Rename, from));
  return below_.rename_replace(from, to);
}

Result<runtime::LinkOutcome> FaultyFilesystem::link(const std::string& from,
                                                    const std::string& to) {
  if (const int error = take(FileCall::Link); error != 0) {
    return runtime::link_outcome(error, from, to);
  }
  return below_.link(from, to);
}

Result<void> FaultyFilesystem::unlink(const std::string& path) {
  BACKSTAY_TRY(pass(FileCall::Unlink, path));
  return below_.unlink(path);
}

Result<void> FaultyFilesystem::remove_directory(const std::string& path) {
  BACKSTAY_TRY(pass(FileCall::RemoveDirectory, path));
  return below_.remove_directory(path);
}

Result<void> FaultyFilesystem::change_mode(const std::string& path, std::uint32_t mode) {
  BACKSTAY_TRY(pass(FileCall::ChangeMode, path));
  return below_.change_mode(path, mode);
}

Result<runtime::FileStatus> FaultyFilesystem::status(const std::string& path) {
  BACKSTAY_TRY(pass(FileCall::Status, path));
  return below_.status(path);
}

Result<std::vector<std::string>> FaultyFilesystem::list(const std::string& path) {
  BACKSTAY_TRY(pass(FileCall::List, path));
  return below_.list(path);
}

Result<runtime::SpaceStatus> FaultyFilesystem::space(const std::string& path) {
  BACKSTAY_TRY(pass(FileCall::Space, path));
  return below_.space(path);
}

}  // namespace backstay::test
