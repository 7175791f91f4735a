#include "runtime/target/directory_target.hpp"

#include <optional>
#include <utility>

#include <fmt/format.h>

#include "runtime/store/layout.hpp"
#include "runtime/store/lock.hpp"
#include "runtime/store/store.hpp"
#include "runtime/system/failpoint.hpp"
#include "runtime/target/receiver.hpp"

namespace backstay::runtime {
namespace {

constexpr std::size_t kBuffer = std::size_t{1} << 20U;

Error interrupted() {
  return {.kind = ErrorKind::Interrupted, .message = "the copy was interrupted"};
}

class DirectoryTarget final : public TargetDriver {
 public:
  DirectoryTarget(World& world, const plan::Target& target)
      : world_(world), name_(target.name), path_(target.path) {}

  [[nodiscard]] std::string describe() const override { return "`" + path_ + "`"; }

  Result<TargetIdentity> init(const std::stop_token& /*stop*/) override {
    BACKSTAY_ASSIGN(const Store store, init_store(world_.files, world_.directories, path_, name_));
    return TargetIdentity{.uuid = store.uuid};
  }

  Result<TargetIdentity> identity(const std::stop_token& /*stop*/) override {
    BACKSTAY_ASSIGN(const Store store,
                    open_store_for_reading(world_.files, path_, world_.directories));
    return TargetIdentity{.uuid = store.uuid};
  }

  Result<std::vector<std::string>> list(const std::stop_token& /*stop*/) override {
    BACKSTAY_ASSIGN(const Receiver receiver, open());
    return receiver.list();
  }

  Result<std::set<std::string>> prepare(const Upload& upload,
                                        const std::stop_token& /*stop*/) override {
    BACKSTAY_ASSIGN(Receiver receiver, open());
    BACKSTAY_ASSIGN(const Lock lock, lock_writer(receiver, upload));
    return receiver.prepare(copy_of(upload), upload.artefacts);
  }

  Result<std::uint64_t> put(const Upload& upload,
                            const std::vector<Artefact>& parts,
                            const MoveProgress& progress,
                            const std::stop_token& stop) override {
    BACKSTAY_ASSIGN(const Receiver receiver, open());
    BACKSTAY_ASSIGN(const Lock lock, lock_writer(receiver, upload));
    BACKSTAY_ASSIGN(const std::string place, receiver.directory(copy_of(upload)));
    std::uint64_t moved = 0;
    for (const Artefact& part : parts) {
      BACKSTAY_FAILPOINT("target.put.file");
      const std::string to = place + "/" + part.path;
      BACKSTAY_TRY(make_directories(world_.files, to.substr(0, to.rfind('/')), 0700));
      BACKSTAY_TRY(copy(part.from, to, moved, progress, stop));
    }
    return moved;
  }

  Result<CopyEvidence> prove(const Upload& upload, const std::stop_token& stop) override {
    BACKSTAY_ASSIGN(Receiver receiver, open());
    BACKSTAY_ASSIGN(const Lock lock, lock_writer(receiver, upload));
    return receiver.prove(copy_of(upload), upload.artefacts, stop);
  }

  Result<void> commit(const Upload& upload, const std::stop_token& /*stop*/) override {
    BACKSTAY_ASSIGN(Receiver receiver, open());
    BACKSTAY_ASSIGN(const Lock lock, lock_writer(receiver, upload));
    BACKSTAY_ASSIGN(const std::string sums, read_file(world_.files, upload.sums.from));
    BACKSTAY_ASSIGN(const std::string manifest, read_file(world_.files, upload.manifest.from));
    return receiver.commit(copy_of(upload), sums, manifest);
  }

  Result<void> get(const std::string& snapshot,
                   const std::vector<std::string>& paths,
                   const std::string& directory,
                   const std::stop_token& stop) override {
    BACKSTAY_ASSIGN(const Receiver receiver, open());
    std::vector<std::string> wanted = paths;
    if (wanted.empty())
      wanted = {std::string(layout::kSums), std::string(layout::kManifest)};
    for (const std::string& path : wanted) {
      BACKSTAY_ASSIGN(const std::string from, receiver.file_of(snapshot, path));
      const std::string to = directory + "/" + path;
      BACKSTAY_TRY(make_directories(world_.files, to.substr(0, to.rfind('/')), 0700));
      if (exists(world_.files, to))
        BACKSTAY_TRY(world_.files.unlink(to));
      std::uint64_t moved = 0;
      BACKSTAY_TRY(copy(
          from, to, moved, [](std::uint64_t) {}, stop));
    }
    return {};
  }

 private:
  [[nodiscard]] Result<Receiver> open() {
    BACKSTAY_ASSIGN(Store store, open_store_for_reading(world_.files, path_, world_.directories));
    return Receiver(world_.files, std::move(store));
  }

  [[nodiscard]] static IncomingCopy copy_of(const Upload& upload) {
    return {.snapshot = upload.snapshot, .policy = upload.policy, .host = upload.host};
  }

  [[nodiscard]] Result<Lock> lock_writer(const Receiver& receiver, const Upload& upload) {
    return lock_policy(receiver.store(), upload.policy, upload.host,
                       {.run_id = upload.snapshot, .since = to_rfc3339(world_.clock.now())});
  }

  // Beside and renamed: what has its name is whole.
  Result<void> copy(const std::string& from,
                    const std::string& to,
                    std::uint64_t& moved,
                    const MoveProgress& progress,
                    const std::stop_token& stop) {
    BACKSTAY_ASSIGN(const auto reader, world_.files.open_read(from));
    const std::string beside = to + ".writing-" + random_hex8();
    BACKSTAY_ASSIGN(const auto writer, world_.files.create(beside, 0600));
    std::vector<std::byte> buffer(kBuffer);
    while (true) {
      if (stop.stop_requested())
        return interrupted();
      BACKSTAY_ASSIGN(const std::size_t size, reader->read(buffer));
      if (size == 0)
        break;
      BACKSTAY_TRY(writer->write(std::span<const std::byte>(buffer).first(size)));
      moved += size;
      progress(moved);
    }
    BACKSTAY_TRY(writer->sync());
    BACKSTAY_TRY(writer->close());
    return world_.files.rename_no_replace(beside, to);
  }

  World& world_;
  std::string name_;
  std::string path_;
};

}  // namespace

Result<std::unique_ptr<TargetDriver>> make_directory_target(World& world,
                                                            const plan::Plan& /*plan*/,
                                                            const plan::Target& target) {
  return std::unique_ptr<TargetDriver>(std::make_unique<DirectoryTarget>(world, target));
}

}  // namespace backstay::runtime
