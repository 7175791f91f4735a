// What a key may take away at the far side, where its forced command says so.
//
// The host that asks may be an attacker's by now. So what goes lies in the trash of this machine
// for as long as this machine says, by its own clock; holds given here hold; and the newest
// complete copy of a writer never goes.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <string_view>

#include "lang/base/result.hpp"
#include "runtime/steps/context.hpp"
#include "runtime/store/store.hpp"
#include "runtime/target/receiver.hpp"
#include "runtime/target/target.hpp"

namespace backstay::runtime {

/// What goes over the line with a removal: the reasons, for the tombstone.
[[nodiscard]] std::string to_text_of_removal(const Removal& removal);

/// A line `ID TIME` a copy in the trash; of those that `wanted` allows.
[[nodiscard]] Result<std::string> list_removed(
    Filesystem& files, const Store& store, const std::function<bool(const std::string&)>& wanted);

/// Moves a copy to the trash. text: as to_text_of_removal(). Errors: Refused (of another writer,
/// the newest complete one), NotFound, Busy (held, being read), BadInput, Io.
[[nodiscard]] Result<void> remove_received(World& world,
                                           const Store& store,
                                           const IncomingCopy& copy,
                                           std::string_view text);

/// Removes a copy for good that has lain in the trash for longer than `grace` and since when a
/// newer one is complete; false where it stays for now.
[[nodiscard]] Result<bool> reclaim_received(World& world,
                                            const Store& store,
                                            const IncomingCopy& copy,
                                            std::chrono::seconds grace);

/// Takes a copy back from the trash. Errors: NotFound, Refused (of another writer), Io.
[[nodiscard]] Result<void> bring_back_received(World& world,
                                               const Store& store,
                                               const IncomingCopy& copy);

}  // namespace backstay::runtime
