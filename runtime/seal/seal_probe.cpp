#include "runtime/seal/seal_probe.hpp"

#include <string_view>

#include "runtime/seal/sealer.hpp"
#include "runtime/system/secrets.hpp"
#include "runtime/system/text_input.hpp"

namespace backstay::runtime {

Result<bool> opens_any(CommandRunner& commands,
                       const std::string& identity,
                       const std::vector<std::string>& recipients,
                       const std::stop_token& stop) {
  constexpr std::string_view kProbe = "a probe of Backstay\n";
  BACKSTAY_ASSIGN(const auto sealer,
                  Sealer::open(commands, {.name = "probe", .recipients = recipients}, stop));
  BACKSTAY_ASSIGN(const std::string sealed, sealer->seal_text("a probe", kProbe));
  BACKSTAY_ASSIGN(const std::string age, find_program("age"));
  BACKSTAY_ASSIGN(const SecretFile opener, open_secret(identity));
  Command command{.program = age,
                  .arguments = {"--decrypt", "--identity", "/dev/fd/3"},
                  .descriptors = {{.ours = opener.descriptor(), .theirs = 3}},
                  .deadline = std::chrono::seconds(30)};
  command.standard_input = text_input(sealed);
  BACKSTAY_ASSIGN(const Exit exit, commands.run(command, stop));
  return exit.ok() && exit.output == kProbe;
}

}  // namespace backstay::runtime
