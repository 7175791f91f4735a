#include "runtime/seal/sealer.hpp"

#include <algorithm>
#include <utility>

#include "runtime/seal/sealed_shape.hpp"
#include "runtime/system/failpoint.hpp"

namespace backstay::runtime {

namespace {

// Sealing runs at hundreds of MiB a second; what takes longer than this hangs.
constexpr std::chrono::seconds kLongestSealing{900};
constexpr const char* kRefusal = "`age` did not seal ";

}  // namespace

ByteSource source_of(std::span<const std::byte> bytes) {
  return [rest = bytes](std::span<std::byte> room) mutable -> Result<std::size_t> {
    const std::size_t size = std::min(room.size(), rest.size());
    std::copy_n(rest.begin(), size, room.begin());
    rest = rest.subspan(size);
    return size;
  };
}

std::string age_says(const Exit& exit) {
  constexpr std::string_view kPrefix = "age: error: ";
  const std::string_view text = exit.errors;
  const std::size_t at = text.find(kPrefix);
  const std::size_t begin = at == std::string_view::npos ? 0 : at + kPrefix.size();
  const std::string said(text.substr(begin, text.find('\n', begin) - begin));
  return said.empty() ? describe(exit) : said;
}

Result<std::shared_ptr<const Sealer>> Sealer::open(CommandRunner& commands,
                                                   SealKey key,
                                                   std::stop_token stop) {
  BACKSTAY_CHECK(key.seals(), "a key has recipients");
  BACKSTAY_ASSIGN(std::string program, find_program("age"));
  std::shared_ptr<const Sealer> sealer(
      new Sealer(commands, std::move(program), std::move(key), std::move(stop)));
  if (auto tried = sealer->seal_text("a probe", "probe\n"); !tried) {
    Error error = std::move(tried).error();
    const bool refused =
        error.message.starts_with(kRefusal) && error.message.find("recipient") != std::string::npos;
    if (refused) {
      error.kind = ErrorKind::Credentials;
      error.hint = "correct the recipients of key " + sealer->key_.name + " in the policy";
    }
    return std::move(error).while_doing("trying " + describe(sealer->key_));
  }
  return sealer;
}

Result<void> Sealer::seal(const std::string& what,
                          const ByteSource& source,
                          const ByteSink& sink) const {
  BACKSTAY_FAILPOINT("seal.begin");
  Command command{.program = program_, .arguments = {"--encrypt"}, .deadline = kLongestSealing};
  for (const std::string& recipient : key_.recipients) {
    command.arguments.emplace_back("--recipient");
    command.arguments.push_back(recipient);
  }
  std::uint64_t plain = 0;
  SealedShape shape;
  command.standard_input = [&](std::span<std::byte> room) -> Result<std::size_t> {
    BACKSTAY_ASSIGN(const std::size_t size, source(room));
    plain += size;
    return size;
  };
  command.standard_output = [&](std::span<const std::byte> bytes) -> Result<void> {
    shape.see(bytes);
    return sink(bytes);
  };
  BACKSTAY_ASSIGN(const Exit exit, commands_.run(command, stop_));
  if (!exit.ok() || !exit.took_all_input) {
    return Error{.kind = ErrorKind::ToolFailed,
                 .message = kRefusal + (what + ": ") + age_says(exit)};
  }
  auto fits = shape.check(key_.recipients, plain);
  return fits ? Result<void>() : std::move(fits).error().while_doing("sealing " + what);
}

Result<std::string> Sealer::seal_text(const std::string& what, std::string_view text) const {
  std::string sealed;
  BACKSTAY_TRY(seal(what, source_of(std::as_bytes(std::span(text))),
                    [&](std::span<const std::byte> bytes) -> Result<void> {
                      sealed.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
                      return {};
                    }));
  return sealed;
}

}  // namespace backstay::runtime
