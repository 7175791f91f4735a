#include "memory_store.hpp"

#include <algorithm>
#include <cstring>

namespace backstay::runtime::testing {
namespace {

class MemoryWriter final : public StreamWriter {
 public:
  MemoryWriter(std::string& place, std::shared_ptr<Error> broken)
      : x_place(&place), x_broken(std::move(broken)) {}

  Result<void> write(std::span<const std::byte> bytes) override {
    if (x_broken)
      return Error(*x_broken);
    x_text.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    return {};
  }

  Result<StreamInfo> finish() override {
    *x_place = x_text;
    return StreamInfo{
        .size = x_text.size(), .sha256 = sha256(x_text), .stored_size = x_text.size()};
  }

 private:
  std::string* x_place;
  std::shared_ptr<Error> x_broken;
  std::string x_text;
};

class MemoryStream final : public StreamReader {
 public:
  explicit MemoryStream(const std::string& text) : x_text(&text) {}

  Result<std::size_t> read(std::span<std::byte> buffer) override {
    const std::size_t size = std::min(buffer.size(), x_text->size() - x_at);
    std::memcpy(buffer.data(), x_text->data() + x_at, size);
    x_at += size;
    return size;
  }

 private:
  const std::string* x_text;
  std::size_t x_at = 0;
};

}  // namespace

Result<std::unique_ptr<StreamWriter>> MemoryStaging::open_stream(const std::string& component,
                                                                 const std::string& name) {
  return std::unique_ptr<StreamWriter>(
      std::make_unique<MemoryWriter>(x_snapshot->streams[{component, name}], x_broken));
}

Result<void> MemoryStaging::archive_files(const plan::ArchiveFiles&, StepContext&) {
  return {};
}

Result<void> MemoryStaging::complete(const std::string& component,
                                     const std::string& kind,
                                     const std::string& source,
                                     const ComponentFacts& facts) {
  x_snapshot->components.push_back(
      {.name = component, .kind = kind, .source = source, .facts = facts});
  return {};
}

void MemoryStaging::fail(const std::string& component, const std::string& why) {
  x_snapshot->failed[component] = why;
}

Result<std::string> MemoryStaging::commit() {
  return snapshot_id();
}

Completeness MemoryStaging::completeness() const {
  return x_snapshot->failed.empty() ? Completeness::Complete : Completeness::Partial;
}

const std::vector<ComponentInfo>& MemoryReader::components() const {
  return x_snapshot->components;
}

const ComponentInfo* MemoryReader::component(const std::string& name) const {
  const auto found = std::find_if(x_snapshot->components.begin(), x_snapshot->components.end(),
                                  [&](const ComponentInfo& each) { return each.name == name; });
  return found == x_snapshot->components.end() ? nullptr : &*found;
}

bool MemoryReader::has_stream(const std::string& component, const std::string& name) const {
  return x_snapshot->streams.contains({component, name});
}

Result<std::unique_ptr<StreamReader>> MemoryReader::open_stream(const std::string& component,
                                                                const std::string& name) {
  const auto found = x_snapshot->streams.find({component, name});
  if (found == x_snapshot->streams.end()) {
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
