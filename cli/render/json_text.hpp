// JSON as commands print it: for programs, and safe on a terminal, too.
#pragma once

#include <string>

#include <nlohmann/json_fwd.hpp>

namespace backstay::cli {

/// Several lines, with a newline at the end. Names need not be UTF-8: what is not is replaced; what
/// a terminal obeys or nobody sees is escaped (lang::safe_json).
[[nodiscard]] std::string json_document(const nlohmann::ordered_json& json);

/// The same in one line, without a newline.
[[nodiscard]] std::string json_line(const nlohmann::ordered_json& json);

}  // namespace backstay::cli
