#include "runtime/system/redact.hpp"

#include "tests/support/catch.hpp"

namespace backstay::runtime {

TEST_CASE("secrets in the words of a program are taken out, and nothing else") {
  const std::pair<std::string, std::string> samples[] = {
      {"login failed: password=hunter2 for nova", "login failed: password=*** for nova"},
      {"DB_PASSWORD: 'two words', next", "DB_PASSWORD: ***, next"},
      {"{\"api_key\": \"abc\", \"user\": \"nova\"}", "{\"api_key\": ***, \"user\": \"nova\"}"},
      {"tool --auth-token abc --verbose", "tool --auth-token *** --verbose"},
      {"tool --password=abc", "tool --password=***"},
      {"mysql://nova:hunter2@db/nova and more", "mysql://nova:***@db/nova and more"},
      {"rabbit://a:b@c:5672,d:e@f:5672/", "rabbit://a:***@f:5672/"},
      {"CREATE USER a IDENTIFIED BY 'x y'; DROP", "CREATE USER a IDENTIFIED BY ***; DROP"},
      {"IDENTIFIED BY PASSWORD '*12AB'", "IDENTIFIED BY PASSWORD ***"},
      {"key AGE-SECRET-KEY-1QQQ end", "key *** end"},
      {"-----BEGIN RSA PRIVATE KEY-----\nabc\n-----END RSA PRIVATE KEY-----\nmore", "***\nmore"},
      {"-----BEGIN PRIVATE KEY-----\nabc", "***"},
      {"Access denied for 'a'@'b' (using password: YES)",
       "Access denied for 'a'@'b' (using password: YES)"},
      {"the password is wrong", "the password is wrong"},
      {"cannot read password_file=/etc/x", "cannot read password_file=/etc/x"},
      {"https://docs.example/a:b and user@host", "https://docs.example/a:b and user@host"},
      {"", ""},
  };
  for (const auto& [said, told] : samples) {
    CHECK(redact_secrets(said) == told);
    CHECK(redact_secrets(told) == told);
  }
}

}  // namespace backstay::runtime
