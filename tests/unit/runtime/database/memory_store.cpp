#include "memory_store.hpp"

#include <algorithm>
#include <cstring>

namespace backstay::runtime::testing {
namespace {

class MemoryWriter final : public StreamWriter {
 public:
  MemoryWriter(std::string& place, std::shared_ptr<Error> broken)
      : place_(&place), broken_(std::move(broken)) {}

  Result<void> write(std::span<const std::byte> bytes) override {
    if (broken_)
      return Error(*broken_);
    text_.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    return {};
  }

  Result<StreamInfo> finish() override {
    *place_ = text_;
    return StreamInfo{.size = text_.size(), .sha256 = sha256(text_), .stored_size = text_.size()};
  }

 private:
  std::string* place_;
  std::shared_ptr<Error> broken_;
  std::string text_;
};

class MemoryStream final : public StreamReader {
 public:
  explicit MemoryStream(const std::string& text) : text_(&text) {}

  Result<std::size_t> read(std::span<std::byte> buffer) override {
    const std::size_t size = std::min(buffer.size(), text_->size() - at_);
    std::memcpy(buffer.data(), text_->data() + at_, size);
    at_ += size;
    return size;
  }

 private:
  const std::string* text_;
  std::size_t at_ = 0;
};

}  // namespace

Result<std::unique_ptr<StreamWriter>> MemoryStaging::open_stream(const std::string& component,
                                                                 const std::string& name) {
  return std::unique_ptr<StreamWriter>(
      std::make_unique<MemoryWriter>(snapshot_->streams[{component, name}], broken_));
}

Result<void> MemoryStaging::archive_files(const plan::ArchiveFiles&, StepContext&) {
  return {};
}

Result<void> MemoryStaging::complete(const std::string& component,
                                     const std::string& kind,
                                     const std::string& source,
                                     const ComponentFacts& facts) {
  snapshot_->components.push_back(
      {.name = component, .kind = kind, .source = source, .facts = facts});
  return {};
}

void MemoryStaging::fail(const std::string& component, const std::string& why) {
  snapshot_->failed[component] = why;
}

Result<std::string> MemoryStaging::commit() {
  return snapshot_id();
}

Completeness MemoryStaging::completeness() const {
  return snapshot_->failed.empty() ? Completeness::Complete : Completeness::Partial;
}

const std::vector<ComponentInfo>& MemoryReader::components() const {
  return snapshot_->components;
}

const ComponentInfo* MemoryReader::component(const std::string& name) const {
  const auto found = std::find_if(snapshot_->components.begin(), snapshot_->components.end(),
                                  [&](const ComponentInfo& each) { return each.name == name; });
  return found == snapshot_->components.end() ? nullptr : &*found;
}

bool MemoryReader::has_stream(const std::string& component, const std::string& name) const {
  return snapshot_->streams.contains({component, name});
}

Result<std::unique_ptr<StreamReader>> MemoryReader::open_stream(const std::string& component,
                                                                const std::string& name) {
  const auto found = snapshot_->streams.find({component, name});
  if (found == snapshot_->streams.end()) {
    return Error{.kind = ErrorKind::NotFound, .message = component + "/" + name};
  }
  return std::unique_ptr<StreamReader>(std::make_unique<MemoryStream>(found->second));
}

void NotedEvents::step(std::string_view, StepState, std::string_view) {}

void NotedEvents::progress(std::string_view, std::uint64_t, std::string_view) {}

void NotedEvents::warning(std::string_view, std::string_view message) {
  warnings.emplace_back(message);
}

}  // namespace backstay::runtime::testing
