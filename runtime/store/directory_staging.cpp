// Collecting components; the commit itself is in commit.cpp.
#include "runtime/store/directory_staging.hpp"

#include <chrono>
#include <utility>

#include "runtime/archive/segment_writer.hpp"
#include "runtime/archive/zstd_frames.hpp"
#include "runtime/store/layout.hpp"
#include "runtime/store/segment_key.hpp"
#include "runtime/system/failpoint.hpp"

namespace backstay::runtime {

namespace {

std::int64_t days_since_epoch(std::chrono::system_clock::time_point now) {
  return std::chrono::floor<std::chrono::days>(now).time_since_epoch().count();
}

Error not_open(const std::string& component) {
  return Error{.kind = ErrorKind::Usage, .message = "the component `" + component + "` is closed"};
}

}  // namespace

// Tells the component what became of its stream.
class DirectoryStaging::RegisteredStream final : public StreamWriter {
 public:
  RegisteredStream(std::mutex& mutex, Component& component, const std::string& name)
      : mutex_(mutex),
        component_(component),
        name_(name),
        segments_(component.parts, component.pool, name) {}

  Result<void> write(std::span<const std::byte> bytes) override { return segments_.write(bytes); }

  Result<StreamInfo> finish() override {
    BACKSTAY_FAILPOINT("store.stream.finish");
    BACKSTAY_ASSIGN(const StreamInfo info, segments_.finish());
    const std::lock_guard guard(mutex_);
    component_.streams[name_] = info;
    return info;
  }

 private:
  std::mutex& mutex_;
  Component& component_;
  std::string name_;
  SegmentWriter segments_;
};

DirectoryStaging::DirectoryStaging(World& world,
                                   Store store,
                                   StagingRequest request,
                                   StagingPlace place)
    : world_(world),
      store_(std::move(store)),
      request_(std::move(request)),
      place_(std::move(place)),
      memory_{world.files,
              store_,
              world.directories.state + "/cache/" + store_.uuid + "." +
                  layout::policy_at_host(request_.policy, request_.host),
              request_.policy,
              request_.host,
              request_.run_id,
              request_.sealer ? request_.sealer->key() : SealKey()},
      started_(to_rfc3339(world.clock.now())) {
  request_.again.today = days_since_epoch(world.clock.now());
  if (!request_.warn)
    request_.warn = [](const std::string&) {};
}

DirectoryStaging::~DirectoryStaging() {
  if (committed_)
    return;
  for (const auto& [name, component] : components_)
    component->memory.discard();
  // Why errors are ignored: what stays behind is invisible and removed by the next run.
  if (!withdrawn_)
    (void)remove_tree(world_.files, place_.path);
}

const HashKey& DirectoryStaging::tag_key() {
  std::call_once(keyed_, [&] {
    if (const auto key = segment_key(world_.files, memory_.directory)) {
      tag_key_ = *key;
    } else {
      request_.warn("the next run stores large files anew: " + to_string(key.error()));
    }
  });
  return tag_key_;
}

void DirectoryStaging::load(Component& component) {
  std::call_once(component.loaded, [&] {
    component.parts.tag_with([this] { return tag_key(); });
    component.memory.load(request_.again, request_.warn);
    component.parts.remember(component.memory.parts(), store_.links);
  });
}

Result<DirectoryStaging::Component*> DirectoryStaging::component(const std::string& name) {
  BACKSTAY_TRY(layout::check_plain_name(name, "component"));
  const std::lock_guard guard(mutex_);
  auto& slot = components_[name];
  if (slot)
    return slot.get();
  const std::string path = layout::component(place_.path, name);
  BACKSTAY_FAILPOINT("store.component.create");
  if (auto made = world_.files.make_directory(path, 0700); !made) {
    components_.erase(name);
    return std::move(made).error();
  }
  slot = std::make_unique<Component>(memory_, name, path);
  slot->manifest.name = name;
  slot->parts.seal_with(request_.sealer.get());
  slot->parts.compress_at(request_.fast ? kFastZstdLevel : kZstdLevel);
  return slot.get();
}

Result<std::unique_ptr<StreamWriter>> DirectoryStaging::open_stream(
    const std::string& component_name, const std::string& name) {
  BACKSTAY_TRY(layout::check_plain_name(name, "stream"));
  BACKSTAY_ASSIGN(Component * owner, component(component_name));
  if (owner->complete)
    return not_open(component_name);
  load(*owner);
  return std::unique_ptr<StreamWriter>(std::make_unique<RegisteredStream>(mutex_, *owner, name));
}

Result<void> DirectoryStaging::archive_files(const plan::ArchiveFiles& files,
                                             StepContext& context) {
  BACKSTAY_ASSIGN(Component * owner, component(files.component));
  if (owner->complete)
    return not_open(files.component);
  BACKSTAY_TRY(world_.files.make_directory(owner->parts.path() + "/list", 0700));
  const std::string& step = context.step.id;
  ArchiveObserver observer;
  observer.progress = [&](std::uint64_t bytes, const std::string& item) {
    context.events.progress(step, bytes, item);
  };
  observer.warning = [&](const std::string& message) { context.events.warning(step, message); };
  observer.stop = context.stop;
  load(*owner);
  const ArchiveMemory memory{owner->memory.entries(), owner->memory.writer(request_.warn),
                             request_.again};
  BACKSTAY_ASSIGN(const ArchiveCounts counts, archive_tree(owner->parts, files, observer, memory));
  if (counts.absent)
    context.events.warning(step, "`" + files.path + "` is absent and optional: nothing kept");
  if (counts.sockets > 0) {
    context.events.warning(
        step, std::to_string(counts.sockets) + " sockets left out: programs make them anew");
  }
  if (counts.grown > 0) {
    context.events.warning(step, std::to_string(counts.grown) +
                                     " files grew while they were read; kept at their first size");
  }
  owner->manifest.entries = counts.entries;
  owner->manifest.files = counts.files;
  owner->manifest.plain_bytes = counts.plain_bytes;
  return {};
}

Result<void> DirectoryStaging::complete(const std::string& component_name,
                                        const std::string& kind,
                                        const std::string& source,
                                        const ComponentFacts& facts) {
  BACKSTAY_ASSIGN(Component * owner, component(component_name));
  BACKSTAY_ASSIGN(owner->manifest.facts, canonical_json(facts.json));
  BACKSTAY_FAILPOINT("store.component.complete");
  BACKSTAY_TRY(owner->parts.drop_unused_segments());
  const std::lock_guard guard(mutex_);
  owner->manifest.kind = kind;
  owner->source = source;
  for (const auto& [name, info] : owner->streams) {
    owner->manifest.streams.push_back({name, info.size, info.sha256});
    owner->manifest.plain_bytes += info.size;
  }
  for (const PartRecord& part : owner->parts.records()) {
    owner->manifest.stored_bytes += part.stored_size;
    owner->manifest.linked_bytes += part.linked ? part.stored_size : 0;
  }
  owner->complete = true;
  return {};
}

void DirectoryStaging::note_units(std::vector<RecordedUnit> units) {
  const std::lock_guard guard(mutex_);
  units_ = std::move(units);
}

void DirectoryStaging::fail(const std::string& component_name, const std::string& /*why*/) {
  auto owner = component(component_name);
  const std::lock_guard guard(mutex_);
  if (owner) {
    (*owner)->failed = true;
    return;
  }
  // Its directory could not even be made; the manifest names it all the same.
  auto& slot = components_[component_name];
  slot = std::make_unique<Component>(memory_, component_name,
                                     layout::component(place_.path, component_name));
  slot->manifest.name = component_name;
  slot->failed = true;
}

std::vector<DirectoryStaging::Component*> DirectoryStaging::complete_components() const {
  std::vector<Component*> complete;
  for (const auto& [name, component] : components_) {
    if (component->complete && !component->failed)
      complete.push_back(component.get());
  }
  return complete;
}

Completeness DirectoryStaging::completeness() const {
  if (request_.keep_current)
    return Completeness::Partial;  // so that nothing takes it for a point
  const std::lock_guard guard(mutex_);
  for (const auto& [name, component] : components_) {
    if (component->failed)
      return Completeness::Partial;
  }
  return Completeness::Complete;
}

std::string DirectoryStaging::snapshot_id() const {
  return committed_ ? id_ : std::string();
}

}  // namespace backstay::runtime
