#include "runtime/database/mbstream_check.hpp"

#include <algorithm>
#include <string_view>

namespace backstay::runtime {
namespace {

constexpr std::string_view kMagic = "XBSTCK01";
constexpr std::size_t kHead = 8 + 1 + 1 + 4;
constexpr std::size_t kPayloadHead = 8 + 8 + 4;
constexpr std::size_t kLongestName = 512;  // FN_REFLEN of the server
/// Names the file of a table that lies outside of the data directory.
constexpr std::string_view kLink = ".isl";
constexpr char kPayload = 'P';
constexpr char kEnd = 'E';

Error bad(const std::string& what) {
  return {.kind = ErrorKind::BadInput,
          .message = "the stored data files cannot be unpacked: " + what,
          .hint = "this is not what mariadb-backup writes; who can write to the store?"};
}

/// A server that is started on the copy would open the file that the link names: the live one.
Error elsewhere(const std::string& name) {
  return {.kind = ErrorKind::Refused,
          .message = "a table has its file outside of the data directory (`" + name + "`)",
          .hint =
              "a copy of data files cannot keep such a table: bring it into the data directory "
              "(ALTER TABLE … without DATA DIRECTORY), or keep the server with `method dump`"};
}

bool leads_out(std::string_view name) {
  if (name.starts_with('/'))
    return true;
  for (std::size_t at = 0; at <= name.size();) {
    const std::size_t end = std::min(name.find('/', at), name.size());
    if (name.substr(at, end - at) == "..")
      return true;
    at = end + 1;
  }
  return name.find('\0') != std::string_view::npos;
}

}  // namespace

std::uint64_t MbstreamCheck::number(std::size_t offset, std::size_t size) const {
  std::uint64_t value = 0;
  for (std::size_t index = size; index-- > 0;)
    value = value << 8U | static_cast<unsigned char>(need_[offset + index]);
  return value;
}

Result<void> MbstreamCheck::take() {
  switch (at_) {
    case At::Head:
      if (!need_.starts_with(kMagic))
        return bad("it is no mbstream");
      type_ = need_[9];
      wanted_ = number(10, 4);
      if (type_ != kPayload && type_ != kEnd)
        return bad("it holds chunks of an unknown kind");
      if (wanted_ == 0 || wanted_ > kLongestName)
        return bad("a name in it is empty or too long");
      at_ = At::Name;
      break;
    case At::Name:
      if (leads_out(need_))
        return bad("the name `" + need_ + "` leads out of the directory");
      if (need_.ends_with(kLink))
        return elsewhere(need_);
      files_ += type_ == kEnd ? 1 : 0;
      at_ = type_ == kEnd ? At::Head : At::PayloadHead;
      wanted_ = type_ == kEnd ? kHead : kPayloadHead;
      break;
    case At::PayloadHead:
      payload_ = number(0, 8);
      at_ = payload_ == 0 ? At::Head : At::Payload;
      wanted_ = kHead;
      break;
    case At::Payload:
      break;
  }
  need_.clear();
  return {};
}

Result<void> MbstreamCheck::feed(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    if (at_ == At::Payload) {
      const auto skip = static_cast<std::size_t>(std::min<std::uint64_t>(payload_, bytes.size()));
      payload_ -= skip;
      bytes = bytes.subspan(skip);
      if (payload_ == 0)
        at_ = At::Head;
      continue;
    }
    const std::size_t size = std::min(wanted_ - need_.size(), bytes.size());
    need_.append(reinterpret_cast<const char*>(bytes.data()), size);
    bytes = bytes.subspan(size);
    if (need_.size() == wanted_)
      BACKSTAY_TRY(take());
  }
  return {};
}

Result<void> MbstreamCheck::finish() const {
  if (at_ != At::Head || !need_.empty())
    return bad("it ends within a chunk");
  return files_ == 0 ? Result<void>(bad("it holds no file")) : Result<void>();
}

}  // namespace backstay::runtime
