// Reads artefacts of a snapshot: see the header.
#include "runtime/database/artefacts.hpp"

#include <span>
#include <vector>

#include "runtime/restore/restore.hpp"
#include "runtime/store/snapshot_reader.hpp"

namespace backstay::runtime {

Result<std::string> read_artefact(StepContext& context,
                                  const std::string& component,
                                  const std::string& stream) {
  BACKSTAY_ASSIGN(const auto reader, context.snapshot->open_stream(component, stream));
  std::string text;
  std::vector<std::byte> buffer(1U << 16U);
  while (true) {
    BACKSTAY_ASSIGN(const std::size_t size, reader->read(buffer));
    if (size == 0)
      return text;
    text.append(reinterpret_cast<const char*>(buffer.data()), size);
  }
}

Result<void> copy_artefact(StepContext& context,
                           const std::string& component,
                           const std::string& stream,
                           const std::string& path) {
  BACKSTAY_ASSIGN(const auto reader, context.snapshot->open_stream(component, stream));
  BACKSTAY_ASSIGN(const auto file, context.world.files.create(path, 0600));
  std::vector<std::byte> buffer(1U << 18U);
  while (true) {
    BACKSTAY_ASSIGN(const std::size_t size, reader->read(buffer));
    if (size == 0)
      break;
    BACKSTAY_TRY(file->write(std::span(buffer).first(size)));
  }
  BACKSTAY_TRY(file->sync());
  BACKSTAY_TRY(file->close());
  context.restore->kept.push_back(path);
  return {};
}

Error not_in_snapshot(const std::string& component) {
  return {.kind = ErrorKind::NotFound,
          .message = "component " + component + " is not in the snapshot",
          .hint = "choose another snapshot with --snapshot, or leave the component out"};
}

}  // namespace backstay::runtime
