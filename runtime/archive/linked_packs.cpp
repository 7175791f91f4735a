#include "runtime/archive/linked_packs.hpp"

#include <utility>
#include <vector>

#include "runtime/store/parallel.hpp"

namespace backstay::runtime {

Result<std::shared_ptr<const PackHandle>> LinkedPacks::take(const std::string& pack) {
  const std::lock_guard guard(mutex_);
  const auto found = packs_.find(pack);
  if (found != packs_.end())
    return found->second.handle;
  Linked linked;
  const PartRecord* known = directory_.previous().find_pack(pack);
  if (known != nullptr && known->members > 0) {
    BACKSTAY_TRY(directory_.link(*known));
    linked.live = std::make_unique<LiveNames>(*known);
    linked.handle = std::make_shared<const PackHandle>(pack, linked.live.get());
  }
  auto handle = linked.handle;
  packs_.emplace(pack, std::move(linked));
  return handle;
}

Result<void> LinkedPacks::finish() {
  const std::lock_guard guard(mutex_);
  std::vector<LiveNames*> all;
  for (const auto& [name, linked] : packs_) {
    if (linked.live)
      all.push_back(linked.live.get());
  }
  return for_each_parallel(all.size(), [&](std::size_t i) { return all[i]->finish(directory_); });
}

}  // namespace backstay::runtime
