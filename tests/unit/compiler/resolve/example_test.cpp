// The whole policy that the language is introduced with: every kind of declaration in one.
#include "tests/unit/compiler/resolve/resolve_fixture.hpp"

namespace backstay::compiler::testing {
namespace {

const std::string kPolicy = R"(
import openstack.keystone
import openstack.glance
import openstack.nova

site dc1
site dc2

host ctl01 {
    at dc1
}

secret db-login {
    file /etc/backstay/mariadb.cnf
}

secret swift-login {
    file /etc/backstay/rclone.conf
    escrow "safe 2, printed" at dc2
}

secret offsite-identity {
    file /etc/backstay/drill-identity.txt
}

key offsite-key {
    recipient "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p"
    recipient "age1lvyvwawkr0mcnnnncaghunadrqkmuf9e6507x9y920xxpp866cnql7dp2z" escrow "safe 2, sealed envelope" at dc2
    identity offsite-identity
}

mariadb control-db {
    on ctl01
    socket /run/mysqld/mysqld.sock
    login db-login
    datadir /var/lib/mysql
    units mariadb
}

service keystone from openstack.keystone {
    on ctl01
    set server control-db
}

service glance from openstack.glance {
    on ctl01
    set server control-db
    needs keystone
}

service nova from openstack.nova {
    on ctl01
    set server control-db
    needs keystone, glance
}

target local {
    directory /var/backups/backstay on ctl01
    media disk
}

target offsite {
    rclone "swift-dc2:backups/controller"
    login swift-login
    at dc2
    media object
    seal offsite-key
    deletable-by admin
}

schedule nightly {
    every day at 02:30
    window 90m
}

schedule monthly {
    every 1st sat at 10:00
    window 4h
}

retention standard {
    daily 7
    weekly 4
    monthly 6
    at-least 3
}

retention archive {
    daily 7
    weekly 8
    monthly 24
    at-least 3
}

backup controller {
    cover all services
    run nightly
    to local keep standard
    copy to offsite keep archive lag 2h
}

drill monthly-restore {
    run monthly
    restore all services from offsite into sandbox
    expect rows keystone.user at-least 1
    expect file /etc/nova/nova.conf
}

require all services {
    rpo 26h
    offsite-rpo 28h
    history 600d
    copies 3
    media 2
    offsite 1
    drill every 35d
}
)";

}  // namespace

TEST_CASE("the policy of the language's first page resolves without a finding") {
  const Resolution resolution = resolve_text(kPolicy);
  INFO(resolution.report());
  CHECK(resolution.diagnostics.all().empty());
  const Policy& policy = resolution.policy;
  CHECK(policy.keys.at(0).recipients.size() == 2);
  CHECK(policy.backups.at(0).copies.size() == 1);
  CHECK(policy.drills.at(0).services.size() == 3);
  CHECK(policy.requirements.at(0).promises.size() == 7);
  CHECK(resolution.unused().empty());
}

}  // namespace backstay::compiler::testing
