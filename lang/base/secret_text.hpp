// Does a text hold a secret? Arguments are shown by `ps`; paths, addresses and reasons by plans,
// logs and comments of merge requests.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace backstay::lang {

/// An argument that is a secret, or holds one.
struct SecretArgument {
  std::size_t index;
  std::string what;  ///< what gives it away, without it
};

/// All of a command, in their order; as find_secret_literal().
[[nodiscard]] std::vector<SecretArgument> secret_arguments(
    const std::vector<std::string>& arguments);

/// What gives it away, without the secret: "the value of `--password`". Only shapes that are hardly
/// ever anything else are told: an option or variable named so with a literal value, a URL with a
/// password, a private key. Names of files are none.
[[nodiscard]] std::optional<std::string> find_secret_literal(
    const std::vector<std::string>& arguments);

/// Likewise for a text that is no command: a path, a name, a reason. Also `password=…` in it.
[[nodiscard]] std::optional<std::string> find_secret_in_text(std::string_view text);

/// Likewise for where a target or a server lies: `user:password@host`, and the settings of an
/// rclone connection string (`:s3,secret_access_key=…:bucket`).
[[nodiscard]] std::optional<std::string> find_secret_in_address(std::string_view address);

/// Likewise for a value that bears a name: also `db_password` with a text that names no file.
[[nodiscard]] std::optional<std::string> find_secret_in_setting(std::string_view name,
                                                                std::string_view value);

}  // namespace backstay::lang
