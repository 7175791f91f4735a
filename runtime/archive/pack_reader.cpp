#include "runtime/archive/pack_reader.hpp"

#include <utility>

#include "runtime/archive/pax.hpp"

namespace backstay::runtime {

PackReader::PackReader(FrameReader frames, std::string name)
    : frames_(std::move(frames)), name_(std::move(name)) {}

Result<bool> PackReader::next(ArchiveMember& member) {
  const auto damaged = [&](const char* how) {
    return Error{.kind = ErrorKind::Verification, .message = "`" + name_ + "` " + how};
  };
  if (ended_)
    return false;
  if (frame_.empty()) {
    BACKSTAY_ASSIGN(frame_, frames_.next());
    if (frame_.empty())
      return damaged("ends without the end of its archive");
  }
  const auto header = read_tar_header(frame_);
  if (!header)
    return damaged("is not an archive that Backstay wrote");
  if (header->header_bytes == 0) {
    frame_ = {};
    BACKSTAY_ASSIGN(const auto rest, frames_.next());
    if (!rest.empty() || !frames_.at_end())
      return damaged("goes on after the end of its archive");
    ended_ = true;
    return false;
  }
  const std::uint64_t content = header->content;
  const std::uint64_t room = frame_.size() - header->header_bytes;
  if (content > room || tar_padding(content) > room - content) {
    return damaged("has a member that is cut short");
  }
  member.header = frame_.first(header->header_bytes);
  member.content = frame_.subspan(header->header_bytes, content);
  frame_ = frame_.subspan(header->header_bytes + content + tar_padding(content));
  return true;
}

Result<bool> PackReader::next_frame(std::vector<ArchiveMember>& members) {
  members.clear();
  do {
    ArchiveMember member;
    BACKSTAY_ASSIGN(const bool more, next(member));
    if (!more)
      return !members.empty();
    members.push_back(member);
  } while (!frame_.empty());
  return true;
}

Result<void> PackReader::seek_frame(std::uint64_t offset) {
  ended_ = false;
  frame_ = {};
  return frames_.seek(offset);
}

Result<void> walk_archive(PackReader& reader) {
  ArchiveMember member;
  bool more = true;
  while (more) {
    BACKSTAY_ASSIGN(more, reader.next(member));
  }
  return {};
}

}  // namespace backstay::runtime
