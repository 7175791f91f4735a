// 3-2-1 against a brute-force count, and where the text of a remote target says that it is.
#include <algorithm>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <rapidcheck.h>

#include "compiler/check/service_parts.hpp"
#include "compiler/check/target_places.hpp"
#include "tests/support/catch.hpp"
#include "tests/unit/compiler/check/model_builder.hpp"
#include "tests/unit/compiler/compile_fixture.hpp"

namespace backstay::compiler::testing {
namespace {

/// A target as a reader sees it: the host, or a machine of its own; the medium; the site.
struct Seen {
  std::string machine;
  std::string medium;
  std::string site;
};

const std::vector<std::string> kHosts{"live", "near", "far"};
const std::vector<std::string> kSites{"dc1", "dc1", "dc2"};
const std::vector<std::string> kMedia{"disk", "object", "tape"};

/// Policy text of one target and what it is.
std::string declare(std::size_t number, std::size_t place, std::size_t medium, Seen& seen) {
  std::string text = fmt::format("target t{} {{\n", number);
  if (place < kHosts.size()) {
    text += fmt::format("    directory /t{} on {}\n", number, kHosts[place]);
    seen = {kHosts[place], kMedia[medium], kSites[place]};
  } else {
    const std::size_t remote = place - kHosts.size();
    text += fmt::format("    rclone \"cloud{}:t{}\"\n    login l\n    at {}\n", remote, number,
                        remote == 0 ? "room" : "dc2");
    seen = {fmt::format("cloud{}", remote), kMedia[medium], remote == 0 ? "dc1" : "dc2"};
  }
  return text + fmt::format("    media {}\n    deletable-by admin\n}}\n", kMedia[medium]);
}

std::string frame() {
  return "language 1\npolicy sample\nzone UTC\nsite dc1\nsite dc2\nsite room {\n    part-of "
         "dc1\n}\n"
         "host live {\n    at dc1\n}\nhost near {\n    at room\n}\nhost far {\n    at dc2\n}\n"
         "secret l {\n    file /etc/l\n    escrow \"safe\" at dc2\n}\n"
         "service app {\n    on live\n    path /srv/app\n}\n"
         "schedule nightly {\n    every day at 02:30\n    window 1h\n}\n"
         "retention short {\n    daily 7\n}\n";
}

/// How many of a list are unlike all before them.
template <typename Same>
std::int64_t count_unlike(const std::vector<Seen>& all, Same same) {
  std::int64_t count = 0;
  for (std::size_t at = 0; at < all.size(); ++at) {
    bool repeated = false;
    for (std::size_t before = 0; before < at; ++before) {
      repeated = repeated || same(all[before], all[at]);
    }
    count += repeated ? 0 : 1;
  }
  return count;
}

bool breaks(const std::string& policy, const std::string& promise, Kind kind) {
  const Compilation compiled =
      compile_text(policy + "require all services {\n    " + promise + "\n}\n");
  INFO(compiled.report());
  return !compiled.of(kind).empty();
}

}  // namespace

TEST_CASE("copies, media and off-site copies are those that a brute-force count finds") {
  CHECK(rc::check([] {
    const std::size_t count = *rc::gen::inRange<std::size_t>(1, 6);
    std::vector<Seen> seen(count);
    std::string policy = frame();
    std::string lines;
    for (std::size_t target = 0; target < count; ++target) {
      policy += declare(target, *rc::gen::inRange<std::size_t>(0, 5),
                        *rc::gen::inRange<std::size_t>(0, 3), seen[target]);
      lines += fmt::format("    {} t{} keep short\n", target == 0 ? "to" : "copy to", target);
    }
    policy += "backup b {\n    cover all services\n    run nightly\n" + lines + "}\n";
    const auto same_place = [](const Seen& one, const Seen& other) {
      return one.machine == other.machine && one.medium == other.medium;
    };
    const std::int64_t copies = 1 + count_unlike(seen, same_place);
    std::vector<Seen> with_live = seen;
    with_live.push_back({"live", "disk", "dc1"});
    const std::int64_t media = count_unlike(
        with_live, [](const Seen& one, const Seen& other) { return one.medium == other.medium; });
    std::vector<Seen> away;
    std::copy_if(seen.begin(), seen.end(), std::back_inserter(away),
                 [](const Seen& one) { return one.site != "dc1"; });
    const std::int64_t offsite = count_unlike(away, same_place);
    RC_ASSERT(!breaks(policy, fmt::format("copies {}", copies), Kind::TooFewCopies));
    RC_ASSERT(breaks(policy, fmt::format("copies {}", copies + 1), Kind::TooFewCopies));
    RC_ASSERT(!breaks(policy, fmt::format("media {}", media), Kind::TooFewMedia));
    RC_ASSERT(breaks(policy, fmt::format("media {}", media + 1), Kind::TooFewMedia));
    RC_ASSERT(!breaks(policy, fmt::format("offsite {}", offsite), Kind::TooFewOffsite));
    RC_ASSERT(breaks(policy, fmt::format("offsite {}", offsite + 1), Kind::TooFewOffsite));
  }));
}

TEST_CASE("the machine of a remote target is read out of its text") {
  const auto machine = [](TargetKind kind, const std::string& text) {
    const RemoteText read = read_remote(kind, text);
    return read.local ? "(here) " + read.path : read.machine + " " + read.path;
  };
  CHECK(machine(TargetKind::Rsync, "backup@bak01:/srv/backup") == "bak01 /srv/backup");
  CHECK(machine(TargetKind::Rsync, "bak01:backup") == "bak01 ");
  CHECK(machine(TargetKind::Rsync, "rsync://bak01:873/module") == "bak01 ");
  CHECK(machine(TargetKind::Rsync, "bak01::module") == "bak01 ");
  CHECK(machine(TargetKind::Rclone, "swift-dc2:backups/x") == "swift-dc2 ");
  CHECK(machine(TargetKind::Rclone, ":local:/srv/backup") == "(here) /srv/backup");
  CHECK(machine(TargetKind::Rclone, "/srv/backup") == "(here) /srv/backup");
  CHECK(machine(TargetKind::Restic, "/srv/restic") == "(here) /srv/restic");
  CHECK(machine(TargetKind::Restic, "local:/srv/restic") == "(here) /srv/restic");
  CHECK(machine(TargetKind::Restic, "sftp:user@bak01:/srv/restic") == "bak01 /srv/restic");
  CHECK(machine(TargetKind::Restic, "sftp://user@bak01:22/srv/restic") == "bak01 /srv/restic");
  CHECK(machine(TargetKind::Restic, "rest:https://user:word@bak01:8000/x") == "bak01 ");
  CHECK(machine(TargetKind::Restic, "s3:https://s3.example.org/bucket") == "s3.example.org ");
  CHECK(machine(TargetKind::Restic, "s3:s3.example.org/bucket") == "s3.example.org ");
  CHECK(machine(TargetKind::Restic, "rclone:swift:x") == "swift ");
  CHECK(machine(TargetKind::Restic, "b2:bucket:path") == "b2:bucket ");
}

TEST_CASE("a remote target whose machine is a declared host is on that host") {
  ModelBuilder model;
  const Index here = model.host("ctl01");
  const Index there = model.host("bak01");
  model.policy.hosts[there].address = model.text("10.0.0.9");
  for (const std::string text :
       {"root@bak01:/srv/x", "root@10.0.0.9:/srv/x", "root@bak02:/srv/x"}) {
    Target& target = model.policy.targets.emplace_back();
    target.kind = TargetKind::Rsync;
    target.remote = model.text(text);
  }
  const auto places = target_places(model.policy);
  CHECK(places[0].host == there);
  CHECK(places[1].host == there);
  CHECK_FALSE(places[2].host);
  CHECK(places[2].machine == "bak02");
  CHECK(is_away_from(places[0], here));
  CHECK_FALSE(is_away_from(places[0], there));
}

TEST_CASE("a mirror is a copy of the tree that it holds and of nothing else") {
  ModelBuilder model;
  Service& service = model.service("glance", model.host("ctl01"));
  model.path(service, "/etc/glance");
  service.mirrors.push_back({model.text("/var/lib/glance"), model.at(Index{4}), model.span()});
  auto parts = parts_of(service);
  REQUIRE(parts.size() == 2);
  CHECK(parts[0].in_backups);
  CHECK(parts[0].mirrors.empty());
  CHECK(parts[1].path == "/var/lib/glance");
  CHECK_FALSE(parts[1].in_backups);
  CHECK(parts[1].mirrors == std::vector<Index>{4});

  model.path(service, "/var/lib/glance");
  CHECK(parts_of(service)[1].in_backups);
  model.except(service, "/var/lib/glance");
  CHECK_FALSE(parts_of(service)[1].in_backups);
}

TEST_CASE("mirrors that hold all trees of a service are copies of the service") {
  ModelBuilder model;
  Service& service = model.service("files", model.host("ctl01"));
  model.path(service, "/srv/a");
  model.path(service, "/srv/b");
  service.mirrors.push_back({model.text("/srv"), model.at(Index{1}), model.span()});
  CHECK(parts_of(service)[0].mirrors == std::vector<Index>{1});
  model.sqlite(service, "/var/lib/x.sqlite");
  CHECK(parts_of(service)[0].mirrors.empty());
}

}  // namespace backstay::compiler::testing
