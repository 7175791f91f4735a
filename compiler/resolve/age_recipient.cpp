// age: https://age-encryption.org/v1; bech32: BIP 173; ssh keys: RFC 4253, section 6.6.
#include "compiler/resolve/age_recipient.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdint>
#include <vector>

namespace backstay::compiler {
namespace {

constexpr std::string_view kHelp =
    "copy the line `Public key:` that `age-keygen` prints, whole and as it is";
constexpr std::size_t kKeyBytes = 32;
constexpr std::size_t kLeastRsaBits = 2'048;

using Bytes = std::vector<std::uint8_t>;

RecipientProblem wrong(std::string message, std::string_view help = kHelp) {
  return {.private_key = false, .message = std::move(message), .help = std::string(help)};
}

// The polynomial of BIP 173 over five-bit values.
std::uint32_t checksum(const Bytes& values) {
  constexpr std::array<std::uint32_t, 5> kGenerator = {0x3b6a57b2, 0x26508e6d, 0x1ea119fa,
                                                       0x3d4233dd, 0x2a1462b3};
  std::uint32_t sum = 1;
  for (const std::uint8_t value : values) {
    const std::uint32_t top = sum >> 25U;
    sum = ((sum & 0x1ffffffU) << 5U) ^ value;
    for (std::size_t bit = 0; bit < kGenerator.size(); ++bit) {
      sum ^= ((top >> bit) & 1U) != 0 ? kGenerator.at(bit) : 0;
    }
  }
  return sum;
}

std::optional<Bytes> five_bit_values(std::string_view text) {
  constexpr std::string_view kAlphabet = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
  Bytes values;
  for (const char character : text) {
    const std::size_t value = kAlphabet.find(character);
    if (value == std::string_view::npos) {
      return std::nullopt;
    }
    values.push_back(static_cast<std::uint8_t>(value));
  }
  return values;
}

bool sound_checksum(std::string_view prefix, const Bytes& data) {
  Bytes all;
  for (const char character : prefix) {
    all.push_back(static_cast<std::uint8_t>(static_cast<unsigned char>(character) >> 5U));
  }
  all.push_back(0);
  for (const char character : prefix) {
    all.push_back(static_cast<std::uint8_t>(static_cast<unsigned char>(character) & 31U));
  }
  all.insert(all.end(), data.begin(), data.end());
  return checksum(all) == 1;
}

std::optional<RecipientProblem> age_problem(std::string_view text) {
  constexpr std::size_t kChecksum = 6;
  constexpr std::size_t kDataLength = (kKeyBytes * 8 + 4) / 5;  // five bits a character
  const std::size_t last_one = text.rfind('1');
  const std::string_view prefix = text.substr(0, last_one);
  if (prefix != "age") {
    return wrong("the recipient is one of a plugin of age, which Backstay does not use",
                 "make an identity of its own with `age-keygen`");
  }
  const auto data = five_bit_values(text.substr(last_one + 1));
  if (!data) {
    return wrong("the recipient holds a character that age's keys do not have");
  }
  if (!sound_checksum(prefix, *data)) {
    return wrong("the checksum of the recipient is wrong: it was mistyped or cut off");
  }
  // The four bits that are left over of the last character are nought.
  const bool whole =
      data->size() == kDataLength + kChecksum && ((*data)[kDataLength - 1] & 0xfU) == 0;
  return whole ? std::nullopt : std::optional(wrong("the recipient is no key of 32 bytes"));
}

std::optional<Bytes> decode_base64(std::string_view text) {
  constexpr std::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  while (text.ends_with('=')) {
    text.remove_suffix(1);
  }
  Bytes bytes;
  std::uint32_t bits = 0;
  unsigned held = 0;
  for (const char character : text) {
    const std::size_t value = kAlphabet.find(character);
    if (value == std::string_view::npos) {
      return std::nullopt;
    }
    bits = (bits << 6U | static_cast<std::uint32_t>(value)) & 0xffffU;
    held += 6;
    if (held >= 8) {
      held -= 8;
      bytes.push_back(static_cast<std::uint8_t>(bits >> held & 0xffU));
    }
  }
  return bytes;
}

// Takes one string of RFC 4251, section 5, off the front.
std::optional<Bytes> take_string(Bytes& bytes) {
  if (bytes.size() < 4) {
    return std::nullopt;
  }
  std::size_t length = 0;
  for (std::size_t at = 0; at < 4; ++at) {
    length = length << 8U | bytes[at];
  }
  if (length > bytes.size() - 4) {
    return std::nullopt;
  }
  const auto end = bytes.begin() + 4 + static_cast<std::ptrdiff_t>(length);
  Bytes taken(bytes.begin() + 4, end);
  bytes.erase(bytes.begin(), end);
  return taken;
}

std::size_t bits_of(const Bytes& number) {
  const auto first =
      std::find_if(number.begin(), number.end(), [](auto byte) { return byte != 0; });
  if (first == number.end()) {
    return 0;
  }
  std::size_t bits = static_cast<std::size_t>(number.end() - first - 1) * 8;
  for (unsigned top = *first; top != 0; top >>= 1U) {
    ++bits;
  }
  return bits;
}

std::optional<RecipientProblem> ssh_problem(std::string_view type, std::string_view rest) {
  constexpr std::string_view kSshHelp =
      "copy the line of the public key, `ssh-ed25519 AAAA…`, whole and as it is";
  auto bytes = decode_base64(rest.substr(0, rest.find(' ')));
  const auto said = bytes ? take_string(*bytes) : std::nullopt;
  if (!said || !std::equal(said->begin(), said->end(), type.begin(), type.end())) {
    return wrong("the ssh key cannot be read: it was mistyped or cut off", kSshHelp);
  }
  const auto first = take_string(*bytes);
  if (type == "ssh-ed25519") {
    const bool whole = first && first->size() == kKeyBytes && bytes->empty();
    return whole ? std::nullopt
                 : std::optional(wrong("the ssh key is no key of 32 bytes", kSshHelp));
  }
  const auto modulus = take_string(*bytes);
  if (!first || !modulus || !bytes->empty()) {
    return wrong("the ssh key cannot be read: it was mistyped or cut off", kSshHelp);
  }
  return bits_of(*modulus) < kLeastRsaBits
             ? std::optional(wrong("the ssh key is shorter than the 2048 bits that age asks for",
                                   "make an identity of its own with `age-keygen`"))
             : std::nullopt;
}

bool is_private(std::string_view text) {
  std::string upper(text.substr(0, 40));
  std::transform(upper.begin(), upper.end(), upper.begin(), [](unsigned char character) {
    return static_cast<char>(std::toupper(character));
  });
  return upper.starts_with("AGE-SECRET-KEY-") || upper.starts_with("AGE-PLUGIN-") ||
         upper.find("PRIVATE KEY-----") != std::string::npos;
}

}  // namespace

std::optional<RecipientProblem> recipient_problem(std::string_view text) {
  if (is_private(text)) {
    return RecipientProblem{
        .private_key = true,
        .message = "a private key stands where its public one is needed",
        .help =
            "whoever reads the policy can open what is sealed with it: make a new key with "
            "`age-keygen`, name its public key here, and keep the private one in a `secret`"};
  }
  if (text.starts_with("age1")) {
    return age_problem(text);
  }
  for (const std::string_view type : {"ssh-ed25519", "ssh-rsa"}) {
    if (text.starts_with(type) && text.substr(type.size()).starts_with(' ')) {
      return ssh_problem(type, text.substr(type.size() + 1));
    }
  }
  return wrong("this is no recipient of age",
               "write `\"age1…\"`, as `age-keygen` prints it, or the line of an ssh public key "
               "that begins with `ssh-ed25519` or `ssh-rsa`");
}

}  // namespace backstay::compiler
