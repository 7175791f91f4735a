#include "runtime/target/receive_protocol.hpp"
#include "runtime/target/receive_server.hpp"
#include "runtime/target/rsync_target.hpp"
#include "runtime/target/rsync_words.hpp"
#include "tests/support/catch.hpp"

namespace backstay::runtime {
namespace {

constexpr const char* kId = "00000001-20261122T023000Z-controller-ctl01-0a1b2c3d";

std::string server(const std::string& options, const std::string& place) {
  return "rsync --server " + options + " . " + place;
}

TEST_CASE("The receiver admits what our sender says, and nothing else", "[target]") {
  const std::string place = std::string("incoming/controller/ctl01/") + kId + "/";
  const std::string options =
      "-pRe.LsfxCIvu --timeout=90 --stats --partial-dir .backstay-partial --no-implied-dirs";
  const auto words = parse_rsync_server(server(options, place));
  REQUIRE(words);
  CHECK(words->copy.snapshot == kId);
  CHECK(words->copy.policy == "controller");
  CHECK(words->copy.host == "ctl01");
  for (const std::string& hostile : {
           server(options + " --delete", place),
           server(options + " --sender", place),
           server("--sender " + options, place),
           server("-spRe.LsfxCIvu", place),
           server("-pRe.LsfxCIvu --log-file=/etc/cron.d/x", place),
           server("-pRe.LsfxCIvu --partial-dir /etc", place),
           server("-pRe.LsfxCIvu --link-dest=/etc", place),
           server("-pRe.LsfxCIvu --write-devices", place),
           server(options, "/etc/"),
           server(options, "incoming/../../etc/"),
           server(options, "incoming/controller/ctl01/../x"),
           server(options, "incoming/controller/ctl01/"),
           server(options, place + " /etc/"),
           std::string("rsync --daemon"),
           std::string("rsync"),
           server(options, place) + ";id",
           server(options, "incoming/controller/ctl01/$(id)"),
       }) {
    INFO(hostile);
    CHECK_FALSE(parse_rsync_server(hostile));
  }
}

TEST_CASE("A request is taken word by word", "[target]") {
  const IncomingCopy copy{.snapshot = kId, .policy = "controller", .host = "ctl01"};
  const auto back = parse_receive_command(to_text(ReceiveCommand{.verb = "prove", .copy = copy}));
  REQUIRE(back);
  CHECK(back->verb == "prove");
  CHECK(back->copy.host == "ctl01");
  for (const char* hostile :
       {"", "id", "backstay-receive 1", "backstay-receive 2 hello", "backstay-receive 1 hello x",
        "backstay-receive 1 get", "backstay-receive 1 get ../x", "backstay-receive 1 get -x",
        "backstay-receive 1 rm x", "backstay-receive  1 hello", "backstay-receive 1 get a;b"}) {
    INFO(hostile);
    CHECK_FALSE(parse_receive_command(hostile));
  }
}

TEST_CASE("A reply that is cut short anywhere is no reply", "[target]") {
  const std::string whole = "ok\nabc\ndef\nend\n";
  REQUIRE(parse_reply(whole));
  CHECK(*parse_reply(whole) == "abc\ndef\n");
  CHECK(*parse_reply(".\n.\nok\n.\nabc\nend\n") == "abc\n");
  for (std::size_t size = 0; size < whole.size(); ++size) {
    INFO(size);
    CHECK_FALSE(parse_reply(std::string_view(whole).substr(0, size)));
  }
  const auto error = parse_reply(
      to_reply(Error{.kind = ErrorKind::NoSpace, .message = "full\nof it", .hint = "make room"}));
  REQUIRE_FALSE(error);
  CHECK(error.error().kind == ErrorKind::NoSpace);
  CHECK(error.error().hint == "make room");
  CHECK_FALSE(parse_reply("Welcome to vault\n"));
}

TEST_CASE("Names of files in a copy are plain", "[target]") {
  CHECK(is_copy_path("manifest.json"));
  CHECK(is_copy_path("data/nova.etc/list/000000.jsonl.zst"));
  for (const char* path : {"", "/", "/etc", "..", "data", "data/", "data/x", "data/../x/y",
                           "data//x", "x/y", "data/a b/c", "data/a/\x1b[2J", "-e", ".hidden",
                           "data/a/.partial", "data/a/b/c/d/e/f/g/h/i"}) {
    INFO(path);
    CHECK(is_copy_path(path) == (std::string_view(path) == "data"));
  }
}

TEST_CASE("What rsync says of its bytes is read with and without commas", "[target]") {
  CHECK(bytes_sent("Number of files: 3\nTotal bytes sent: 1,234,567\nTotal bytes received: 9\n") ==
        1234567);
  CHECK(bytes_sent("Total bytes sent: 42\n") == 42);
  CHECK(bytes_sent("") == 0);
  CHECK(bytes_so_far("\r     32,768  10%  1.00MB/s") == 32768);
  CHECK(bytes_so_far("\r 10  1% x\r 20  2% x") == 20);
  CHECK(bytes_so_far("data/x\n") == 0);
}

}  // namespace
}  // namespace backstay::runtime
