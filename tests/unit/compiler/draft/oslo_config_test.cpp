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
  std::vector<std::string> unread;
  const auto found = oslo_connections(
      {{"/etc/nova/nova.conf",
        "[DEFAULT]\n# connection = mysql://no@no/no\n[api_database]\nconnection = "
        "mysql://a:b@h/nova_api\r\n"
        "[database]\n  connection=mysql://a:b@h/nova\n[a]\nconnection =\n[b]\nconnection = "
        "<None>\nconnections = 4"}},
      unread);
  REQUIRE(found.size() == 2);
  CHECK(found[0].section == "api_database");
  CHECK(found[0].line == 4);
  CHECK(found[0].database == "nova_api");
  CHECK(found[1].section == "database");
  CHECK(found[1].line == 6);
  CHECK(unread == std::vector<std::string>{
                      "/etc/nova/nova.conf:10: a `connection` that is no plain database URL"});
}

namespace {

// All connections of some files, each as `section scheme|host|port|database`; what is unread last.
std::string told(const std::vector<OsloFile>& files) {
  std::vector<std::string> unread;
  std::string text;
  for (const SeenConnection& seen : oslo_connections(files, unread)) {
    text +=
        seen.section + " " + shown(seen) + (seen.socket.empty() ? "" : " " + seen.socket) + "\n";
  }
  for (const std::string& one : unread) {
    text += one + "\n";
  }
  return text;
}

std::string told(const std::string& text) {
  return told(std::vector<OsloFile>{{"f", text}});
}

}  // namespace

TEST_CASE("connections are read as oslo.config reads them") {
  CHECK(told("[database]\nconnection: mysql://u:pw@h/nova?charset=utf8\n") ==
        "database mysql|h|0|nova|password\n");
  CHECK(told("[database]\nconnection = \"mysql://u:pw@h/nova\"\n") ==
        "database mysql|h|0|nova|password\n");
  CHECK(told("[database]\nconnection =\n    mysql://u:pw@h/nova\n") ==
        "database mysql|h|0|nova|password\n");
  CHECK(told("[database]\nconnection = mysql://u:s3\n  cret@h/nova\n") ==
        "database mysql|h|0|nova|password\n");
  CHECK(
      told(
          "[database]\nconnection = mysql://u:pw@old/nova\nconnection = mysql://u:pw@new/nova\n") ==
      "database mysql|new|0|nova|password\n");
  CHECK(told({{"nova.conf", "[database]\nconnection = mysql://u:pw@old/nova\n"},
              {"nova.conf.d/db.conf", "[database]\nconnection = mysql://u:pw@new/nova\n"}}) ==
        "database mysql|new|0|nova|password\n");
  CHECK(told("[database]\nconnection = mysql://u:a%2Fb%40c@h/nova\nslave_connection = "
             "mysql://u:pw@other/nova\n") == "database mysql|h|0|nova|password\n");
  CHECK(told("[task_flow]\npersistence_connection = mysql://u:pw@h/octavia_persistence\n[indexer]\n"
             "url = postgresql://u:pw@h/gnocchi\n[other]\nurl = http://h/x\n") ==
        "task_flow mysql|h|0|octavia_persistence|password\nindexer "
        "postgresql|h|0|gnocchi|password\n");
}

TEST_CASE(
    "options that a connection names are put in, and none of them is a password that is told") {
  const std::string my_ip = "[DEFAULT]\nmy_ip = 10.0.0.5\n[database]\n";
  for (const char* host : {"$my_ip", "${my_ip}", "$DEFAULT.my_ip", "${DEFAULT.my_ip}"}) {
    INFO(host);
    CHECK(told(my_ip + "connection = mysql://u:pw@" + host + ":3307/nova\n") ==
          "database mysql|10.0.0.5|3307|nova|password\n");
  }
  CHECK(told("[database]\nsecret = s3cret\nconnection = mysql://u:$secret@h/nova\n") ==
        "database mysql|h|0|nova|password\n");
  CHECK(told("[database]\nsecret = s3cret\nconnection = mysql://u@$secret$secret2/nova\n") ==
        "f:3: a `connection` that is no plain database URL\n");
  CHECK(told("[database]\nconnection = $connection\n") ==
        "f:2: a `connection` that is no plain database URL\n");
  CHECK(told({{"nova.conf", "[DEFAULT]\nmy_ip = 10.0.0.5\n"},
              {"nova.conf.d/db.conf", "[database]\nconnection = mysql://u:p$$w@$my_ip/nova\n"}}) ==
        "database mysql|10.0.0.5|0|nova|password\n");
}

TEST_CASE("a socket that a connection names is told, and nothing else behind its question mark") {
  CHECK(
      told("[database]\nconnection = mysql://u:pw@/nova?charset=utf8&unix_socket=/run/my.sock\n") ==
      "database mysql||0|nova|password /run/my.sock\n");
  CHECK(told("[database]\nconnection = mysql://u@localhost/nova?unix_socket=%2Frun%2Fmy.sock\n") ==
        "database mysql||0|nova /run/my.sock\n");
  CHECK(told("[database]\nconnection = postgresql://u:pw@/nova?host=/run/postgresql\n") ==
        "database postgresql||0|nova|password /run/postgresql\n");
  CHECK(told("[database]\nconnection = postgresql:///nova?host=db.example.org&password=s3cret\n") ==
        "database postgresql|db.example.org|0|nova\n");
  CHECK(told("[database]\nconnection = mysql://u:pw@/nova?unix_socket=relative\n") ==
        "f:2: a `connection` that is no plain database URL\n");
}

}  // namespace backstay::compiler
