// The commit: read everything back, write the papers, make all of it durable, rename once.
//
// INVARIANT: a directory below snapshots/ is whole and durable from the moment it has its name.
// Every step before the rename leaves something that no reader sees and the next run removes.
#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "runtime/archive/list_writer.hpp"
#include "runtime/store/another_machine.hpp"
#include "runtime/store/directory_staging.hpp"
#include "runtime/store/layout.hpp"
#include "runtime/store/parallel.hpp"
#include "runtime/store/part_check.hpp"
#include "runtime/store/publish.hpp"
#include "runtime/store/restore_sheet.hpp"
#include "runtime/store/sealed_sheet.hpp"
#include "runtime/store/sequence.hpp"
#include "runtime/store/snapshot_signature.hpp"
#include "runtime/system/failpoint.hpp"

namespace backstay::runtime {

Result<std::string> DirectoryStaging::commit() {
  BACKSTAY_CHECK(!committed_, "a staging is committed once");
  BACKSTAY_FAILPOINT("store.commit.begin");
  BACKSTAY_TRY(drop_incomplete());
  tell_full_runs();
  BACKSTAY_TRY(read_back());
  BACKSTAY_TRY(number());
  BACKSTAY_TRY(describe_components());
  BACKSTAY_TRY(write_papers());
  BACKSTAY_TRY(seal_directories());
  BACKSTAY_TRY(publish());
  save_memory();
  return id_;
}

void DirectoryStaging::tell_full_runs() const {
  constexpr std::size_t kNamed = 4;
  const auto tell = [&](FullRun why, const std::string& because) {
    std::vector<std::string> names;
    for (const auto& [name, component] : components_) {
      if (component->memory.full_run() == why)
        names.push_back("`" + name + "`");
    }
    if (names.empty())
      return;
    const std::size_t more = names.size() - std::min(names.size(), kNamed);
    names.resize(names.size() - more);
    const std::string all = fmt::format("{}", fmt::join(names, ", "));
    request_.warn(because + (more == 0 ? all : fmt::format("{} and {} more", all, more)) +
                  ": all of it was read and stored anew");
  };
  tell(FullRun::Forgotten, "nothing fits that earlier runs remember of ");
  tell(FullRun::OtherwiseSealed, "the snapshot before is not sealed to the same recipients, of ");
}

Result<void> DirectoryStaging::drop_incomplete() {
  if (complete_components().empty()) {
    return Error{.kind = ErrorKind::Partial,
                 .message = "no component is complete: nothing was committed"};
  }
  for (const auto& [name, component] : components_) {
    if (component->complete && !component->failed)
      continue;
    BACKSTAY_FAILPOINT("store.commit.drop");
    BACKSTAY_ASSIGN(const bool there, is_there(world_.files, component->parts.path()));
    if (there) {
      BACKSTAY_TRY(remove_tree(world_.files, component->parts.path()));
    }
  }
  return {};
}

Result<void> DirectoryStaging::read_back() {
  struct Task {
    const Component* component;
    PartRecord part;
  };

  std::vector<Task> tasks;
  for (const Component* component : complete_components()) {
    for (PartRecord& part : component->parts.records()) {
      const std::string path = "data/" + component->manifest.name + "/" + part.stored_name();
      sums_[path] = part.stored;
      if (const auto stamp = stamp_of(world_.files, place_.path + "/" + path))
        compared_[path] = *stamp;
      // A linked part was read back by the run that wrote it, and is again every thirty days.
      if (!part.linked)
        tasks.push_back({component, std::move(part)});
    }
  }
  BACKSTAY_FAILPOINT("store.commit.read-back");
  return for_each_parallel(tasks.size(), [&](std::size_t i) -> Result<void> {
    const Component& component = *tasks[i].component;
    auto checked =
        check_part(world_.files, component.parts.path(), tasks[i].part, ReadFrom::Device);
    if (checked)
      return {};
    return std::move(checked).error().while_doing("reading back `" + component.manifest.name + "`");
  });
}

void DirectoryStaging::look_for_another_machine() {
  const PolicyHost owner{request_.policy, request_.host};
  const auto ids = find_points_of_another_machine(world_.files, world_.directories, store_, owner);
  if (ids && ids->empty())
    return;
  const auto noted =
      ids ? note_points_of_another_machine(world_.files, world_.directories, store_, owner, *ids)
          : Result<void>(ids.error());
  request_.warn(noted ? points_of_another_machine_text(world_.directories, store_, owner, *ids)
                      : "whether another machine of this name writes here cannot be told: " +
                            to_string(noted.error()));
}

Result<void> DirectoryStaging::number() {
  BACKSTAY_ASSIGN(const Predecessor before,
                  find_predecessor(world_.files, store_, request_.policy, request_.host));
  look_for_another_machine();  // before our number is above theirs
  BACKSTAY_ASSIGN(sequence_, next_sequence(world_.files, world_.directories, store_,
                                           {request_.policy, request_.host}, before.sequence));
  previous_ = before.id;
  previous_manifest_ = before.manifest_digest;
  id_ = layout::snapshot_id(sequence_, world_.clock.now(), request_.policy, request_.host,
                            random_hex8());
  return {};
}

Result<void> DirectoryStaging::write_paper(std::string_view name, const std::string& text) {
  BACKSTAY_FAILPOINT("store.commit.paper");
  BACKSTAY_TRY(write_new_file(world_.files, place_.path + "/" + std::string(name), text, 0400));
  if (name != layout::kSums)
    sums_[std::string(name)] = sha256(text);
  return {};
}

Result<void> DirectoryStaging::write_detail(std::string_view name, const std::string& text) {
  if (!request_.sealer)
    return write_paper(name, text);
  const std::string what(name);
  BACKSTAY_ASSIGN(const std::string sealed, request_.sealer->seal_text("`" + what + "`", text));
  return write_paper(what + kSealedSuffix, sealed);
}

Result<void> DirectoryStaging::describe_components() {
  for (const Component* component : complete_components()) {
    BACKSTAY_TRY(
        write_detail("data/" + component->manifest.name + "/" + std::string(layout::kComponentFile),
                     component_json(component->source)));
  }
  return {};
}

Manifest DirectoryStaging::manifest() const {
  Manifest manifest;
  manifest.id = id_;
  manifest.sequence = sequence_;
  manifest.policy = request_.policy;
  manifest.backup = request_.backup;
  manifest.host = request_.host;
  manifest.store = store_.uuid;
  manifest.run = request_.run_id;
  manifest.boot = boot_id();
  manifest.tool = place_.tool;
  manifest.started = started_;
  manifest.finished = to_rfc3339(world_.clock.now());
  manifest.plan_digest = request_.plan_digest;
  manifest.units = units_;
  manifest.partial = completeness() == Completeness::Partial;
  manifest.keep_current = request_.keep_current;
  manifest.previous = previous_;
  manifest.previous_manifest = previous_manifest_;
  for (const Component* component : complete_components()) {
    manifest.components.push_back(component->manifest);
  }
  for (const auto& [name, component] : components_) {
    if (component->failed)
      manifest.failed.push_back(name);
  }
  if (request_.sealer)
    manifest.seal = request_.sealer->key();
  return manifest;
}

// Of a sealed snapshot: nothing of it can be read again, but everything is still known.
std::string DirectoryStaging::sealed_commands(const Manifest& description) const {
  std::vector<SheetComponent> components;
  for (const ManifestComponent& manifest : description.components) {
    const Component& component = *components_.at(manifest.name);
    SheetComponent& found = components.emplace_back();
    found.manifest = &manifest;
    found.source = component.source;
    for (const PartRecord& part : component.parts.records())
      found.note(part.path);
    found.large_commands = "run " + std::string(kLargeCommands) + "\n";
  }
  return restore_commands(std::move(components), request_.restore_order);
}

// In the clear stays what says nothing of the content.
Result<void> DirectoryStaging::write_sealed_papers(const Manifest& description) {
  BACKSTAY_TRY(write_detail(layout::kCommands, sealed_commands(description)));
  BACKSTAY_TRY(write_detail(layout::kDetails, to_json(description)));
  return write_paper(layout::kSheet, sealed_sheet(description));
}

Result<void> DirectoryStaging::write_papers() {
  Manifest description = manifest();
  if (request_.sealer) {
    BACKSTAY_TRY(write_sealed_papers(description));
    description = without_details(std::move(description));
  } else {
    BACKSTAY_ASSIGN(const std::string sheet,
                    restore_sheet(world_.files, place_.path, description, request_.restore_order));
    BACKSTAY_TRY(write_paper(layout::kSheet, sheet));
  }
  BACKSTAY_TRY(write_detail(layout::kPlan, request_.plan_bytes));
  if (store_.signing)
    description.contents = contents_of(sums_);
  const std::string text = to_json(description);
  manifest_digest_ = to_hex(sha256(text));
  if (store_.signing) {
    BACKSTAY_ASSIGN(const std::string signature, store_.signing->sign(kSnapshotNamespace, text));
    BACKSTAY_TRY(write_paper(kManifestSignature, signature));
  }
  BACKSTAY_TRY(write_paper(layout::kManifest, text));
  return write_paper(layout::kSums, to_text(sums_));
}

Result<void> DirectoryStaging::seal_directories() {
  std::vector<std::string> directories;
  for (const Component* component : complete_components()) {
    const std::string list = component->parts.path() + "/list";
    BACKSTAY_ASSIGN(const bool lists_files, is_there(world_.files, list));
    if (lists_files)
      directories.push_back(list);
    directories.push_back(component->parts.path());
  }
  directories.push_back(place_.path + "/data");
  for (const std::string& directory : directories) {
    BACKSTAY_FAILPOINT("store.commit.seal");
    BACKSTAY_TRY(world_.files.change_mode(directory, 0500));
    BACKSTAY_TRY(world_.files.sync_directory(directory));
  }
  return world_.files.sync_directory(place_.path);
}

Result<void> DirectoryStaging::publish() {
  BACKSTAY_ASSIGN(Publication publication, publish_staging(world_.files, store_, place_.path, id_));
  withdrawn_ = publication.state == Published::Withdrawn;
  committed_ = !withdrawn_;
  BACKSTAY_TRY(std::move(publication.outcome));
  BACKSTAY_FAILPOINT("store.commit.done");
  // Why errors are ignored: the snapshot is there and durable; the next run tightens its mode.
  (void)world_.files.change_mode(layout::snapshot(store_.path, id_), 0500);
  return {};
}

std::set<std::string> DirectoryStaging::proven() const {
  std::set<std::string> paths;
  if (!committed_)
    return paths;
  const std::string snapshot = layout::snapshot(store_.path, id_);
  for (const auto& [path, stamp] : compared_) {
    if (stamp_of(world_.files, snapshot + "/" + path) == stamp)
      paths.insert(path);
  }
  return paths;
}

// The snapshot is there and durable; a memory that cannot be kept costs the next run time only.
// Nothing is ever linked from a partial snapshot, so none is remembered.
void DirectoryStaging::save_memory() {
  for (Component* component : complete_components()) {
    if (completeness() == Completeness::Partial) {
      component->memory.discard();
      continue;
    }
    const auto saved = component->memory.save(manifest_digest_, id_, component->parts.records(),
                                              request_.again.today);
    if (!saved) {
      request_.warn("the next run reads all of `" + component->manifest.name +
                    "`: " + to_string(saved.error()));
    }
  }
}

}  // namespace backstay::runtime
