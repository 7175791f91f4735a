#include "compiler/language_server/message_stream.hpp"

#include <rapidcheck.h>

#include "tests/support/catch.hpp"

using namespace backstay::compiler::lsp;

namespace {

Incoming only_message(std::string_view bytes) {
  MessageStream stream;
  stream.append(bytes);
  const auto message = stream.next();
  REQUIRE(message);
  return *message;
}

}  // namespace

TEST_CASE("messages come out whole, however the bytes come in", "[lsp]") {
  CHECK(rc::check("framed → pieces → messages", [] {
    const auto contents =
        *rc::gen::container<std::vector<std::string>>(rc::gen::arbitrary<std::string>());
    std::string bytes;
    for (const std::string& content : contents) {
      bytes += framed(content);
    }
    MessageStream stream;
    std::vector<std::string> found;
    while (!bytes.empty()) {
      const auto size = *rc::gen::inRange<std::size_t>(1, 20);
      stream.append(std::string_view(bytes).substr(0, size));
      bytes.erase(0, size);
      while (const auto message = stream.next()) {
        RC_ASSERT(message->error.empty());
        found.push_back(message->content);
      }
    }
    RC_ASSERT(found == contents);
  }));
}

TEST_CASE("other headers, blanks and plain newlines do no harm", "[lsp]") {
  CHECK(only_message("Content-Type: x\r\nCONTENT-LENGTH:\t2 \r\n\r\n{}").content == "{}");
  CHECK(only_message("\r\n\nContent-Length: 2\n\n{}").content == "{}");
}

TEST_CASE("a broken header is reported once, and what follows is read", "[lsp]") {
  for (const char* const header :
       {"Content-Length: x\r\n\r\n", "Content-Length:\r\n\r\n", "Content-Length: 1 2\r\n\r\n",
        "Content-Length: -3\r\n\r\n", "nonsense\r\n\r\n",
        "Content-Length: 18446744073709551616\r\n\r\n"}) {
    INFO(header);
    MessageStream stream;
    stream.append(header + framed("{}"));
    const auto problem = stream.next();
    REQUIRE(problem);
    CHECK_FALSE(problem->error.empty());
    const auto message = stream.next();
    REQUIRE(message);
    CHECK(message->content == "{}");
  }
}

TEST_CASE("a header without end is given up", "[lsp]") {
  MessageStream stream;
  stream.append(std::string(MessageStream::kMostHeader, 'x'));
  CHECK_FALSE(stream.next());
  stream.append("xx");
  const auto problem = stream.next();
  REQUIRE(problem);
  CHECK(problem->error == "a header that does not end");
}

TEST_CASE("a message that is too long is skipped without being kept", "[lsp]") {
  MessageStream stream;
  stream.append("Content-Length: " + std::to_string(MessageStream::kMostContent + 1) + "\r\n\r\n");
  CHECK(stream.next()->error == "a message over 64 MiB");
  const std::string piece(std::size_t{1} << 20U, 'x');
  for (std::size_t sent = 0; sent < MessageStream::kMostContent; sent += piece.size()) {
    stream.append(piece);
    REQUIRE_FALSE(stream.next());
  }
  stream.append("x" + framed("{}"));
  const auto message = stream.next();
  REQUIRE(message);
  CHECK(message->content == "{}");
}
