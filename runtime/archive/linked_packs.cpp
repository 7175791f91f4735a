#include "runtime/archive/linked_packs.hpp"

#include <utility>
#include <vector>

#include "runtime/store/parallel.hpp"

namespace backstay::runtime {

LinkedPacks::Linked& LinkedPacks::find(const std::string& pack) {
  const auto found = packs_.find(pack);
  if (found != packs_.end())
    return found->second;
  Linked linked;
  const PartRecord* known = directory_.previous().find_pack(pack);
  if (known != nullptr && known->members > 0)
    linked.live = std::make_unique<LiveNames>(*known);
  return packs_.emplace(pack, std::move(linked)).first->second;
}

Result<std::shared_ptr<const PackHandle>> LinkedPacks::take(const std::string& pack) {
  const std::lock_guard guard(mutex_);
  Linked& linked = find(pack);
  if (linked.live && !linked.handle) {
    BACKSTAY_TRY(directory_.link(*directory_.previous().find_pack(pack)));
    linked.handle = std::make_shared<const PackHandle>(pack, linked.live.get());
  }
  return linked.handle;
}

bool LinkedPacks::note_dead(const std::string& pack, std::string_view path) {
  const std::lock_guard guard(mutex_);
  const Linked& linked = find(pack);
  if (linked.live)
    linked.live->add_dead(path);
  return linked.live != nullptr;
}

Result<void> LinkedPacks::finish() {
  const std::lock_guard guard(mutex_);
  std::vector<LiveNames*> all;
  for (const auto& [name, linked] : packs_) {
    if (linked.handle)
      all.push_back(linked.live.get());
  }
  return for_each_parallel(all.size(), [&](std::size_t i) { return all[i]->finish(directory_); });
}

}  // namespace backstay::runtime
