#include "runtime/seal/sealed_shape.hpp"

#include <algorithm>
#include <map>
#include <string_view>

namespace backstay::runtime {

namespace {

constexpr std::string_view kFirstLine = "age-encryption.org/v1\n";
constexpr std::string_view kLastLine = "\n--- ";
constexpr std::size_t kLargestHeader = std::size_t{64} << 10U;
constexpr std::uint64_t kNonce = 16;
constexpr std::uint64_t kChunk = std::uint64_t{64} << 10U;
constexpr std::uint64_t kTag = 16;

// The word by which a stanza says what it is for.
std::string_view stanza_of(std::string_view recipient) {
  return recipient.starts_with("age1") ? "X25519" : recipient.substr(0, recipient.find(' '));
}

std::size_t count(std::string_view header, std::string_view stanza) {
  const std::string line = "\n-> " + std::string(stanza) + " ";
  std::size_t found = 0;
  for (std::size_t at = header.find(line); at != std::string_view::npos;
       at = header.find(line, at + 1))
    ++found;
  return found;
}

Error no_seal(std::string why) {
  return {.kind = ErrorKind::ToolFailed,
          .message = "what `age` wrote is not sealed as it should be: " + std::move(why),
          .hint = "look at the program `age` of this machine: `dpkg --verify age`"};
}

}  // namespace

void SealedShape::see(std::span<const std::byte> bytes) {
  size_ += bytes.size();
  if (whole_ || header_.size() > kLargestHeader)
    return;
  header_.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  const std::size_t last = header_.find(kLastLine);
  const std::size_t end =
      last == std::string::npos ? last : header_.find('\n', last + kLastLine.size());
  if (end == std::string::npos)
    return;
  header_.resize(end + 1);
  whole_ = true;
}

Result<void> SealedShape::check(const std::vector<std::string>& recipients,
                                std::uint64_t plain) const {
  if (!whole_ || !header_.starts_with(kFirstLine))
    return no_seal("it has no header of age");
  std::map<std::string_view, std::size_t> wanted;
  for (const std::string& recipient : recipients)
    ++wanted[stanza_of(recipient)];
  for (const auto& [stanza, number] : wanted) {
    if (count(header_, stanza) != number)
      return no_seal("it is not for " + std::to_string(recipients.size()) + " recipients");
  }
  const std::uint64_t chunks = std::max<std::uint64_t>((plain + kChunk - 1) / kChunk, 1);
  if (size_ - header_.size() != kNonce + plain + kTag * chunks)
    return no_seal("its length does not fit");
  return {};
}

}  // namespace backstay::runtime
