// What of a snapshot goes up: its files as they are, or sealed on their way.
#pragma once

#include <stop_token>
#include <string>

#include "lang/base/result.hpp"
#include "runtime/steps/context.hpp"
#include "runtime/store/store.hpp"
#include "runtime/target/copy_to_target.hpp"

namespace backstay::runtime {

/// Whether a request seals: it has a sealer, and the snapshot is not sealed yet.
[[nodiscard]] Result<bool> seals_on_the_way(Filesystem& files,
                                            const Store& source,
                                            const TargetCopyRequest& request);

/// The upload of a snapshot as it is. Errors: NotFound, BadInput, Io.
[[nodiscard]] Result<Upload> plain_upload(Filesystem& files,
                                          const Store& source,
                                          const TargetCopyRequest& request);

/// The upload of a snapshot that is sealed on its way, into `directory`. Only what the far side
/// does not hold is sealed: the record `sealed-copy` of the source says which file there is which,
/// because nobody here can read it. The record is written before anything is moved, so that an
/// upload that is cut short is taken up. Every file is compared with SHA256SUMS before it is
/// sealed.
[[nodiscard]] Result<Upload> sealed_upload(World& world,
                                           const Store& source,
                                           TargetDriver& driver,
                                           const TargetIdentity& identity,
                                           const TargetCopyRequest& request,
                                           const std::string& directory,
                                           const std::stop_token& stop);

}  // namespace backstay::runtime
