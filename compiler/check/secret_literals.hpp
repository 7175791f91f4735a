// Does an argument vector hold a secret? Arguments are shown by `ps`, by plans and by logs.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace backstay::compiler {

/// What gives it away, without the secret: "the value of `--password`". Only shapes that are hardly
/// ever anything else are told: an option or variable named so with a literal value, a URL with a
/// password, a private key. Names of files are none.
[[nodiscard]] std::optional<std::string> find_secret_literal(
    const std::vector<std::string>& arguments);

}  // namespace backstay::compiler
