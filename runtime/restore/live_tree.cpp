#include "runtime/restore/live_tree.hpp"

#include <utility>

#include "runtime/restore/beneath.hpp"

namespace backstay::runtime {

namespace {

class Look {
 public:
  Look(const Selector& selector, LiveTree& tree) : selector_(selector), tree_(tree) {}

  Result<void> directory(int parent,
                         const std::string& name,
                         const std::string& path,
                         const SelectorState& state) {
    BACKSTAY_ASSIGN(Descriptor descriptor, open_beneath(parent, name));
    const SourceDirectory opened{std::move(descriptor), path.substr(1)};
    BACKSTAY_ASSIGN(const auto names, read_names(opened));
    for (const NameInDirectory& child : names) {
      BACKSTAY_TRY(
          node(opened, child.name, path + "/" + child.name, selector_.enter(state, child.name)));
    }
    return {};
  }

 private:
  Result<void> node(const SourceDirectory& parent,
                    const std::string& name,
                    const std::string& path,
                    const SelectorState& state) {
    BACKSTAY_ASSIGN(const auto status, status_beneath(parent.descriptor.get(), name));
    if (!status)
      return {};
    if (!state.selected()) {
      tree_.wholly_selected = false;
      ++tree_.left_alone;
      if (!S_ISDIR(status->st_mode) || !selector_.may_select_below(state))
        return {};
    } else {
      ++tree_.entries;
    }
    if (!S_ISDIR(status->st_mode))
      return {};
    BACKSTAY_ASSIGN(const Descriptor opened, open_beneath(parent.descriptor.get(), name));
    if (mount_of(opened.get()) != mount_of(parent.descriptor.get())) {
      tree_.wholly_selected = false;
      tree_.mounts.push_back(path);
      return {};
    }
    return directory(parent.descriptor.get(), name, path, state);
  }

  const Selector& selector_;
  LiveTree& tree_;
};

}  // namespace

Result<LiveTree> look_at_live_tree(int directory,
                                   const std::string& name,
                                   const std::string& path,
                                   const Selector& selector) {
  LiveTree tree;
  BACKSTAY_ASSIGN(const auto status, status_beneath(directory, name));
  if (!status)
    return tree;
  ++tree.entries;
  if (!S_ISDIR(status->st_mode))
    return tree;
  BACKSTAY_TRY(Look(selector, tree).directory(directory, name, path, selector.at(path)));
  return tree;
}

}  // namespace backstay::runtime
