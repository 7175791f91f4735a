// What the two ends of an ssh connection say to each other, where the far side has Backstay.
//
// One request a connection. The command is words without blanks or quotes, so no shell can read it
// otherwise; lists go over stdin. A reply says first whether it went well and ends with a line of
// its own, so that one that was cut short is never taken for a whole one.
//
//   backstay-receive 1 hello                      → uuid, version
//   backstay-receive 1 init                       → uuid, version
//   backstay-receive 1 list                       → a line an id
//   backstay-receive 1 manifests                  ← ids         → files
//   backstay-receive 1 prepare ID POLICY HOST     ← artefacts   → a line a missing path
//   rsync --server …                              the parts, into what prepare made ready
//   backstay-receive 1 prove ID POLICY HOST       ← artefacts   → artefacts, as they lie there
//   backstay-receive 1 commit ID POLICY HOST      ← two papers  → nothing
//   backstay-receive 1 get ID                     ← paths       → files
//   backstay-receive 1 receipts                   ← ids         → a line `ID JSON` a receipt
//
// and, where the forced command says `--may-remove`:
//   backstay-receive 1 removed                    → a line `ID TIME` a copy in the trash
//   backstay-receive 1 remove ID POLICY HOST      ← reasons     → nothing
//   backstay-receive 1 reclaim ID POLICY HOST     → `gone` or `stays`
//   backstay-receive 1 bring-back ID POLICY HOST  → nothing
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lang/base/result.hpp"
#include "runtime/target/receiver.hpp"

namespace backstay::runtime {

inline constexpr std::string_view kReceiveWord = "backstay-receive";
/// Raised only when an older end could misunderstand.
inline constexpr std::string_view kReceiveVersion = "1";
/// Sent now and then during long work; skipped by who reads.
inline constexpr std::string_view kBeatLine = ".\n";
inline constexpr std::string_view kEndLine = "end\n";
inline constexpr std::string_view kOkLine = "ok\n";
/// A line of `hello` where copies may be removed.
inline constexpr std::string_view kMayRemove = "may-remove";

struct ReceiveCommand {
  std::string verb;
  IncomingCopy copy = {};  ///< what of it the verb has
};

/// The command as it goes over the line.
[[nodiscard]] std::string to_text(const ReceiveCommand& command);
/// Nothing where it is no command of ours, of another version, or holds a name that cannot be one.
[[nodiscard]] std::optional<ReceiveCommand> parse_receive_command(std::string_view text);

/// `HASH SIZE PATH` a line, without an end line.
[[nodiscard]] std::string to_lines(const std::vector<Artefact>& artefacts);
/// Errors: BadInput.
[[nodiscard]] Result<std::vector<Artefact>> parse_artefacts(std::string_view lines);

/// The two papers of a commit.
[[nodiscard]] std::string to_text_of_papers(std::string_view sums, std::string_view manifest);

struct ClosingPapers {
  std::string sums;
  std::string manifest;
};

[[nodiscard]] Result<ClosingPapers> parse_papers(std::string_view text);

/// Its newlines as blanks.
[[nodiscard]] std::string one_line(std::string text);

/// An error as a reply.
[[nodiscard]] std::string to_reply(const Error& error);
/// The body of a reply, without beats. Errors: what the reply says; Io (temporary) where it is cut
/// short; BadInput where it is no reply.
[[nodiscard]] Result<std::string> parse_reply(std::string_view reply);

/// Every line of a text whose lines all end.
[[nodiscard]] std::vector<std::string> lines_of(std::string_view text);

}  // namespace backstay::runtime
