// The passes that check_targets is made of, one file each.
#pragma once

#include "compiler/check/proof_context.hpp"

namespace backstay::compiler {

/// A key with one recipient, or of which no identity survives the site of what it seals; a drill
/// that cannot open its target; the login of an off-site target that is lost with its host.
void check_custody(const ProofContext& context);
/// A target that needs a service to be reached that is restored from it; copies that the host can
/// delete, all of them; a retention where nobody can delete.
void check_target_access(const ProofContext& context);
/// A copy `through` a host that holds no copy to be read from, or that nobody begins.
void check_copies_on(const ProofContext& context);
/// A backup whose own target is no directory: a snapshot is committed to one, or not at all.
void check_main_targets(const ProofContext& context);
/// A backup that reads on another host than the one that has its directory.
void check_directories_elsewhere(const ProofContext& context);

}  // namespace backstay::compiler
