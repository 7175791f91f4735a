// One mariadb-dump process, its stream split into artefacts and accepted only when it is whole.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "runtime/database/dump_parts.hpp"
#include "runtime/database/dump_splitter.hpp"
#include "runtime/database/mariadb.hpp"
#include "runtime/steps/context.hpp"
#include "runtime/store/staging.hpp"

namespace backstay::runtime {

/// A part that was dumped. Its writers are not finished: what is not accepted is discarded.
struct DumpedPart {
  DumpPart part;
  DumpSummary summary;
  std::map<std::string, std::unique_ptr<StreamWriter>> writers;  ///< by database
};

/// What a stream needs of the run. All of it is called from the thread of the stream.
struct DumpHooks {
  std::map<std::string, std::string> components;  ///< of each database
  /// The first marker came: the process is in its snapshot. May wait; an Error ends the process.
  std::function<Result<void>()> in_snapshot = [] { return Result<void>(); };
  /// Bytes came of `database`.
  std::function<void(std::size_t bytes, const std::string& database)> progress;
};

/// Runs the process of a part to its end. Errors: as server_error(); ToolFailed (stderr holds what
/// is not known), Verification (no trailer; other databases than asked for), BadInput, what the
/// staging and the hooks say.
[[nodiscard]] Result<DumpedPart> dump_part(const MariadbServer& server,
                                           const DumpPart& part,
                                           bool log_position,
                                           Staging& staging,
                                           const DumpHooks& hooks,
                                           std::stop_token stop);

}  // namespace backstay::runtime
