#include "compiler/draft/oslo_config.hpp"

#include "tests/support/catch.hpp"

namespace backstay::compiler {
namespace {

// Everything that a caller could show of it.
std::string shown(const std::optional<SeenConnection>& seen) {
  return seen ? seen->scheme + "|" + seen->host + "|" + std::to_string(seen->port) + "|" +
                    seen->database + (seen->has_password ? "|password" : "")
              : "nothing";
}

}  // namespace

TEST_CASE("a database URL is told without its password") {
  CHECK(shown(parse_connection("mysql+pymysql://nova:s3cret@ctl01/nova_api?charset=utf8")) ==
        "mysql+pymysql|ctl01|0|nova_api|password");
  CHECK(shown(parse_connection("postgresql://app@[fd00::1]:5433/shop")) ==
        "postgresql|fd00::1|5433|shop");
  CHECK(shown(parse_connection("mysql://ctl01:3307/glance")) == "mysql|ctl01|3307|glance");
  CHECK(shown(parse_connection("sqlite:////var/lib/keystone/keystone.db")) ==
        "sqlite||0|/var/lib/keystone/keystone.db");
}

TEST_CASE("no part of a password that nobody escaped is taken for something else") {
  for (const char* secret : {"s3cret", "s3/cret", "s3?cret", "s3@cret", "s3:cret", "@s3cret@/?:",
                             "s3#cret", "s3cret?x=y@z", "/s3cret", "s3 cret", "[s3cret"}) {
    const std::string url =
        std::string("mysql+pymysql://nova:") + secret + "@10.0.0.5:3306/nova?a=b";
    INFO(url);
    const std::string told = shown(parse_connection(url));
    CHECK(told.find("s3") == std::string::npos);
    CHECK(told.find("cret") == std::string::npos);
  }
  CHECK(shown(parse_connection("mysql://nova:s3cret/nova")) == "nothing");
  CHECK(shown(parse_connection("mysql://nova:s3cret")) == "nothing");
  CHECK(shown(parse_connection("nova:s3cret@ctl01/nova")) == "nothing");
  CHECK(shown(parse_connection("mysql://x@ctl01/nova\nrm -rf")) == "nothing");
  CHECK(shown(parse_connection("mysql://x@ctl01/")) == "nothing");
  CHECK(shown(parse_connection("sqlite:///relative.db")) == "nothing");
}

TEST_CASE("connections of a configuration file have their section and line") {
  std::vector<std::size_t> unread;
  const auto found =
      oslo_connections("/etc/nova/nova.conf",
                       "[DEFAULT]\n# connection = mysql://no@no/no\n[api_database]\nconnection = "
                       "mysql://a:b@h/nova_api\r\n"
                       "[database]\n  connection=mysql://a:b@h/nova\nconnection =\nconnection = "
                       "<None>\nconnections = 4",
                       unread);
  REQUIRE(found.size() == 2);
  CHECK(found[0].section == "api_database");
  CHECK(found[0].line == 4);
  CHECK(found[0].database == "nova_api");
  CHECK(found[1].section == "database");
  CHECK(found[1].line == 6);
  CHECK(unread == std::vector<std::size_t>{8});
}

}  // namespace backstay::compiler
