// The inverse of the parser: tree and comments → canonical text.
#pragma once

#include <optional>
#include <string>

#include "lang/base/diagnostic.hpp"
#include "lang/base/source.hpp"

namespace backstay::lang {

/// The canonical text of a file. Nothing where the file has syntax errors (they are in
/// `diagnostics`), where the text would be over 1 MiB, or where the self-check finds that the
/// result would not have the same tree and the same comments in the same order (FormatterDisagrees
/// is reported; that is a bug of ours).
[[nodiscard]] std::optional<std::string> format(const SourceSet& sources,
                                                FileId file,
                                                Diagnostics& diagnostics);

}  // namespace backstay::lang
