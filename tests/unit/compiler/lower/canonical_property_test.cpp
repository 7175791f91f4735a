// The plan's bytes depend on what a policy says, not on the order, layout, comments or files in
// which it says so.
#include <fmt/format.h>
#include <rapidcheck.h>

#include "tests/unit/compiler/compile_fixture.hpp"

namespace backstay::compiler::testing {
namespace {

/// A declaration, its facts apart so that they can be shuffled.
struct Declaration {
  std::string head;
  std::vector<std::string> facts;
  std::string grants = {};  ///< what an import must say to bring it
};

const std::vector<Declaration> kDeclarations = {
    {"site home", {}},
    {"site away", {"part-of elsewhere"}},
    {"site elsewhere", {}},
    {"host one", {"at home", "address \"10.0.0.1\"", "port 2222", "user backup"}},
    {"host two", {"at home"}},
    {"group both", {"members two, one"}},
    {"key sealing",
     {"recipient \"age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p\"",
      "recipient \"age1lvyvwawkr0mcnnnncaghunadrqkmuf9e6507x9y920xxpp866cnql7dp2z\" escrow "
      "\"safe\" at away"}},
    {"notify ops", {"mail \"ops@example.org\"", "on success, failure"}},
    {"drill monthly",
     {"run nightly", "restore shop from disk into sandbox", "expect file /etc/shop/b",
      "expect file /etc/shop/a", "expect rows shop.orders at-least 1"}},
    {"moved service store -> shop", {}},
    {"secret login", {"file /etc/backstay/login.cnf"}, "secrets"},
    {"mariadb db",
     {"on one", "socket /run/db.sock", "login login", "datadir /var/lib/mysql", "units mariadb"}},
    {"profile base",
     {"param dir path", "param owned names = shop", "path dir as tree", "database owned on db",
      "except /srv/shop/cache because \"made again\"", "check [\"probe\", \"-q\"] accepts 1, 0"}},
    {"service shop from base",
     {"on one", "set dir /srv/shop", "needs mail", "path /etc/shop as etc optional",
      "units shop-api, shop-worker", "quiesce stop", "before-backup [\"flush\"]",
      "export rules run [\"rules\"]", "replicate /etc/shop to both", "instant-with mail",
      "mirror /srv/images to far"}},
    {"service mail", {"on one", "path /etc/mail as etc", "sqlite /var/mail.db as db"}},
    {"service log", {"on one", "path /var/log/app as log may-vanish may-change"}},
    {"target disk", {"directory /backup on one", "media disk"}, "targets"},
    {"target far",
     {"rclone \"far:b\"", "login login", "at away", "seal sealing", "deletable-by admin"},
     "targets"},
    {"schedule nightly", {"every mon, thu at 02:30, 03:30", "window 1h", "jitter 5m"}},
    {"retention short", {"daily 7", "weekly 4", "at-least 2"}},
    {"backup everything",
     {"cover shop, mail, log", "run nightly", "to disk keep short", "notify ops",
      "copy to far keep short lag 1h"}},
};

template <typename Item>
std::vector<Item> shuffled(std::vector<Item> items) {
  for (std::size_t left = items.size(); left > 1; --left) {
    std::swap(items[left - 1], items[*rc::gen::inRange<std::size_t>(0, left)]);
  }
  return items;
}

std::string blank() {
  return *rc::gen::elementOf(std::vector<std::string>{" ", "  ", "\t"});
}

std::string noise() {
  return *rc::gen::elementOf(
      std::vector<std::string>{"\n", "\n\n", "   # a remark\n", "\n# another {\n", "\n## said\n"});
}

std::string written(const Declaration& declaration) {
  if (declaration.facts.empty()) {
    return declaration.head + noise();
  }
  std::string text = declaration.head + blank() + "{" + noise();
  for (const std::string& fact : shuffled(declaration.facts)) {
    text += blank() + fact + noise();
  }
  return text + blank() + "}" + noise();
}

// Every declaration into one of three files, in any order.
Files scattered() {
  Files files = {
      {"policy.stay",
       "language 1\npolicy sample\nzone UTC\nimport \"./a.stay\" with targets, secrets\n"
       "import \"./sub/b.stay\" with secrets, targets\n"},
      {"a.stay", "language 1\nlibrary a\n"},
      {"sub/b.stay", "language 1\nlibrary b\nimport \"../a.stay\" with secrets, targets\n"}};
  for (const Declaration& declaration : shuffled(kDeclarations)) {
    const bool bound = declaration.head.find("base") != std::string::npos;  // named by its library
    const std::string file =
        bound
            ? "policy.stay"
            : *rc::gen::elementOf(std::vector<std::string>{"policy.stay", "a.stay", "sub/b.stay"});
    files[file] += written(declaration);
  }
  return files;
}

Files straight() {
  Files files = {{"policy.stay", "language 1\npolicy sample\nzone UTC\n"}};
  for (const Declaration& declaration : kDeclarations) {
    if (declaration.facts.empty()) {
      files["policy.stay"] += declaration.head + "\n";
      continue;
    }
    files["policy.stay"] += declaration.head + " {\n";
    for (const std::string& fact : declaration.facts) {
      files["policy.stay"] += "    " + fact + "\n";
    }
    files["policy.stay"] += "}\n";
  }
  return files;
}

}  // namespace

TEST_CASE("order, layout, comments and files change no byte of the plan") {
  const Compilation expected = compile_files(straight());
  INFO(expected.report());
  REQUIRE(expected.plan);
  const std::string bytes = plan::to_yaml(*expected.plan);
  REQUIRE(rc::check([&] {
    const Compilation compilation = compile_files(scattered());
    if (!compilation.plan) {
      RC_FAIL(compilation.report());
    }
    RC_ASSERT(plan::to_yaml(*compilation.plan) == bytes);
  }));
}

TEST_CASE("what a policy says does change the plan") {
  Files files = straight();
  const Compilation before = compile_files(files);
  std::string& text = files["policy.stay"];
  text.replace(text.find("daily 7"), 7, "daily 8");
  const Compilation after = compile_files(files);
  REQUIRE(before.plan);
  REQUIRE(after.plan);
  REQUIRE(plan::digest(*before.plan) != plan::digest(*after.plan));
}

}  // namespace backstay::compiler::testing
