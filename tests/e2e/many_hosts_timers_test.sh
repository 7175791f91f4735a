#!/usr/bin/env bash
# Timers on many hosts: each its own, or one that runs them all, as the policy says; put there, listed and taken away
# from one host, which also brings the package; found in the operator's inventory that the policy names. Booted
# machines: the timers really fire. A drill on all hosts on the way.
set -euo pipefail
source "$(dirname "$0")/../support/hosts.sh"
enter_lab "$@"
source "$(dirname "$0")/lib.sh"
unset BACKSTAY_CONFIG_DIR BACKSTAY_STATE_DIR
package=$(ls "$(dirname "$backstay")"/../package/backstay_*.deb)

add_systemd_hosts deploy01 app01 app02
admit deploy01 app01 app02
deploy=$(host_root deploy01)
for host in app01 app02; do
  mkdir -p "$(host_root "$host")"/etc/app
  echo "app of $host" >"$(host_root "$host")/etc/app/app.conf"
done
mkdir -p "$deploy/etc/backstay"
cp "$package" "$deploy/srv/backstay.deb"
expect 0 on deploy01 dpkg -i /srv/backstay.deb
tool() { on deploy01 env HOME=/root NO_COLOR=1 backstay "$@"; }

policy() { # RULE RUN: of which a plan is made on deploy01, where the hosts have other names
  cat >"$deploy/etc/backstay/fleet.stay" <<END
language 1
policy fleet
zone UTC

inventory "./hosts.ini"

host deploy01
hosts node[01-02] { }

group nodes {
    members node[01-02]
}

service app {
    on nodes
    path /etc/app as etc
}

target local {
    directory /var/backups/backstay
    media disk
}

schedule often {
    $1
}

retention standard {
    daily 7
}

backup app {
    cover all services
    run often $2
    to local keep standard
}

drill practice {
    restore all services from local into sandbox
    expect file /etc/app/app.conf
}
END
  expect 0 tool -q plan /etc/backstay/fleet.stay -o /etc/backstay/fleet.plan.yaml
}
plan=/etc/backstay/fleet.plan.yaml
units=etc/systemd/system
unit=backstay-fleet-app
timers() { for host in deploy01 app01 app02; do [ ! -e "$(host_root "$host")/$units/$unit.timer" ] || echo -n "$host "; done; }
# A playbook is slow on a busy machine.
within_minutes() { # COMMAND…
  local round
  for round in $(seq 300); do ! "$@" || return 0; sleep 1; done
  return 1
}
snapshots() { ls "$(host_root "$1")/var/backups/backstay/snapshots" 2>/dev/null | wc -l; }

say "an inventory that is not there, or is none, is said before anything is done"
policy "every day at 02:30" ""
expect 1 tool schedule install $plan --engine ansible
says 'the inventory of the policy, `/etc/backstay/hosts.ini` is not there'
printf '\000\001 no [inventory\n' >"$deploy/etc/backstay/hosts.ini"
expect 1 tool export ansible $plan -o /srv/export
says 'cannot read the inventory `/etc/backstay/hosts.ini`'
printf '[other]\nsomewhere\n' >"$deploy/etc/backstay/hosts.ini"
expect 1 tool export ansible $plan -o /srv/export
says "does not hold"
[ ! -e "$deploy/srv/export" ] || die "half an export was left"
cat >"$deploy/etc/backstay/hosts.ini" <<'END'
[front]
app01 backstay_host=node01
[back]
app02 backstay_host=node02
[everything:children]
front
back
[everything:vars]
ansible_user=root
[deployment]
deploy01 ansible_connection=local
END

say "the export takes the policy's inventory: its names, its variables, its groups"
expect 0 tool export ansible $plan -o /srv/export
ansible() { on deploy01 env HOME=/root NO_COLOR=1 LC_ALL=C.UTF-8 sh -c 'cd /srv/export && "$@"' sh "$@"; }
expect 0 ansible ansible-inventory --graph backstay_schedule
says "app01"
expect 0 ansible ansible-playbook backup.yml --limit back --list-hosts
says "app02"
says_not "app01"

say "with --check nothing is there yet and nothing comes"
expect 0 tool schedule install $plan --engine ansible --package /srv/backstay.deb --dry-run
says "failed=0"
[ -z "$(timers)" ] && [ ! -e "$(host_root app01)/etc/backstay/plans/fleet.plan.yaml" ] || die "a look left something"
[ ! -e "$(host_root app01)/usr/bin/backstay" ] || expect 1 on app01 dpkg-query -W backstay

say "each host gets the package and its own timer, once"
expect 0 tool schedule install $plan --engine ansible --package /srv/backstay.deb
[ "$(timers)" = "app01 app02 " ] || die "timers on: $(timers)"
for host in app01 app02; do
  expect 0 on "$host" dpkg-query -W -f '${Status}' backstay
  says "install ok installed"
  for path in /usr/bin/backstay /usr/share/man/man1/backstay.1.gz /usr/share/bash-completion/completions/backstay \
    /lib/systemd/system/backstay-recover.service; do
    expect 0 on "$host" test -s "$path"
  done
  expect 0 on "$host" systemctl is-active "$unit.timer"
  expect 0 on "$host" systemd-analyze verify "/etc/systemd/system/$unit.service" "/etc/systemd/system/$unit.timer"
  [ -z "$output" ] || die "systemd-analyze verify: $output"
done
expect 0 tool schedule install $plan --engine ansible --package /srv/backstay.deb
says "app01                      : ok="
[[ ! $output =~ changed=[1-9] ]] || die "a second time changes something: $output"
expect 0 tool schedule install $plan --engine ansible --dry-run
[[ ! $output =~ changed=[1-9] ]] || die "a look at what is there finds a change: $output"

say "a run by the timer's service, and the list of all hosts"
expect 0 ansible ansible-playbook init.yml
expect 0 on app01 systemctl start "$unit.service"
expect 0 tool -q schedule list $plan --engine ansible
[[ $output =~ node01\ +app\ .*$unit.timer.*verified ]] || die "$output"
[[ $output =~ node02\ +app\ .*$unit.timer.*never\ ran ]] || die "$output"
expect 0 tool -q schedule list $plan --engine ansible --format json
[ "$(jq -r '[.schedules[] | .host] | join(" ")' <<<"$output")" = "node01 node02" ] || die "$output"

say "a host that is away is told, and the others are listed"
power_off app02
expect 3 tool schedule list $plan --engine ansible
says "no answer"
says "node01"
power_on app02

say "the policy gives one host the timer of all: theirs go, its own fires and runs them all"
expect 0 on app02 systemctl start "$unit.service"
before=$(snapshots app01)
policy 'calendar "*-*-* *:*:0/10"' "on deploy01"
expect 0 tool schedule install $plan --engine ansible
[ "$(timers)" = "deploy01 " ] || die "timers on: $(timers)"
expect 0 on deploy01 systemd-analyze verify "/etc/systemd/system/$unit.service" "/etc/systemd/system/$unit.timer"
[ -z "$output" ] || die "systemd-analyze verify: $output"
expect 0 on deploy01 systemd-analyze security --offline=true --threshold=45 "/etc/systemd/system/$unit.service"
tail -n 1 <<<"$output"
set_of_both() { grep -lq '"complete": true' "$deploy"/var/lib/backstay/sets/*/set.json 2>/dev/null; }
within_minutes set_of_both || die "no set by the timer: $(on deploy01 journalctl --no-pager -n 60 -u "$unit.service")"
[ "$(snapshots app01)" -gt "$before" ] || die "app01 was not run"
expect 0 tool -q schedule list $plan --engine ansible
[[ $output =~ all\ hosts\ +app\ .*$unit.timer.*complete ]] || die "$output"
on deploy01 systemctl stop "$unit.timer"
at_rest() { on deploy01 systemctl show --property=ActiveState "$unit.service" | grep -qE 'inactive|failed'; }
within_minutes at_rest || die "the run by the timer does not end"

say "who does not have the timer says who does"
expect 0 on app01 backstay schedule install /etc/backstay/plans/fleet.plan.yaml --host node01
says "backup app is run by the timer of deploy01"
cp "$deploy$plan" "$deploy/etc/backstay/hosts.ini" "$scratch/"
expect 7 "$backstay" schedule install "$scratch/fleet.plan.yaml" --engine ansible
says "is run by the timer of deploy01, and this machine is lab"

say "what is due is done once; sets whose snapshots no rule keeps are forgotten, and old parts on the hosts"
record=$(grep -l '"complete": true' "$deploy"/var/lib/backstay/sets/*/set.json | tail -n 1)
for day in $(seq 10 30); do
  mkdir -p "$deploy/var/lib/backstay/sets/old-$day" "$deploy/var/lib/backstay/engine/old-$day"
  sed -E "s/(\"started\": \")[^\"]*/\12026-01-${day}T00:00:00Z/; s/(\"set\": \")[^\"]*/\1old-$day/" \
    "$record" >"$deploy/var/lib/backstay/sets/old-$day/set.json"
done
part=$(ls -d "$(host_root app01)"/var/lib/backstay/sets/*/backup@node01 | head -n 1)
mkdir "$(host_root app01)/var/lib/backstay/sets/ancient"
cp -a "$part" "$(host_root app01)/var/lib/backstay/sets/ancient/"
sed -i -E 's/("finished": ")[^"]*/\12026-01-01T00:00:00Z/' "$(host_root app01)/var/lib/backstay/sets/ancient/backup@node01/report.json"
expect 0 tool run $plan --engine ansible --new-set
for place in sets engine; do
  [ ! -e "$deploy/var/lib/backstay/$place/old-10" ] || die "a set that nothing keeps stays in $place"
  [ -e "$deploy/var/lib/backstay/$place/old-30" ] || die "a set that a rule keeps went from $place"
done
[ ! -e "$(host_root app01)/var/lib/backstay/sets/ancient" ] && [ -e "$part" ] || die "not the old part went"
expect 0 tool list $plan --sets
says "2 of 2"
says "old-30"
say "what the timer of all calls prunes on each host, as the hosts' own timers do; a run by hand does not"
trash() { ls "$(host_root "$1")/var/backups/backstay/trash" 2>/dev/null | wc -l; }
[ "$(trash app01)" = 0 ] || die "a run by hand has pruned"
grep -q -- "--then-prune" "$deploy/$units/$unit.service" || die "the timer of all does not prune"
# One goes of five: three stay at the least, and the oldest. How often the timer fired is not known.
while [ "$(snapshots app01)" -lt 4 ]; do expect 0 tool run $plan --engine ansible --new-set; done
expect 0 tool run $plan --engine ansible --new-set --then-prune
for host in app01 app02; do
  [ "$(trash "$host")" -gt 0 ] || die "$host has not pruned: $(ls -R "$(host_root "$host")/var/backups/backstay/trash")"
done
policy "every day at $(date -u -d "12 hours" +%H:%M)" "on deploy01"
expect 0 tool run $plan --engine ansible --if-due
says "is not due: the next run is"

say "a drill on all hosts"
expect 0 tool drill $plan --engine ansible --format json
[ "$(jq -r '[.members[] | .status] | join(" ")' <<<"$(sed -n '/^{/,/^}/p' <<<"$output")")" = "drilled drilled" ] || die "$output"
rm "$(host_root app02)"/var/backups/backstay/snapshots/*/manifest.json
expect 3 tool drill $plan --engine ansible
says "node02"

say "all timers go"
expect 0 tool schedule remove $plan --engine ansible
[ -z "$(timers)" ] || die "timers on: $(timers)"

say "the one timer of all on a machine that is a host of the plan: it stays there, whoever installs again"
policy "every day at 02:30" ""
expect 0 tool schedule install $plan --engine ansible
[ "$(timers)" = "app01 app02 " ] || die "timers on: $(timers)"
sed -i 's/members node/members deploy01, node/' "$deploy/etc/backstay/fleet.stay"
mkdir -p "$deploy/etc/app"
echo "app of deploy01" >"$deploy/etc/app/app.conf"
expect 0 tool -q plan /etc/backstay/fleet.stay -o $plan
for round in 1 2; do
  expect 0 tool schedule install $plan --engine ansible --on-controller
  [ "$(timers)" = "deploy01 " ] || die "after install $round there are timers on: $(timers)"
  says "its timer runs all hosts"
  expect 0 on deploy01 systemctl is-active "$unit.timer"
  grep -q -- "--engine" "$deploy/$units/$unit.service" || die "not the timer of all: $(cat "$deploy/$units/$unit.service")"
done
expect 0 tool schedule install $plan --engine ansible
[ "$(timers)" = "deploy01 app01 app02 " ] || die "timers on: $(timers)"
! grep -q -- "--engine" "$deploy/$units/$unit.service" || die "the timer of all runs beside those of the hosts"

say "timers of copies and drills: each on the hosts that do them, taken away when the policy has them no more"
cat >>"$deploy/etc/backstay/fleet.stay" <<'END'
target second {
    directory /srv/second
    media disk
}

schedule weekly {
    every sun at 05:00
}
END
sed -i -e 's/^    to local keep standard/&\n    copy to second keep standard run weekly lag 1h/' \
  -e 's/^    restore all services from local/    run weekly\n&/' "$deploy/etc/backstay/fleet.stay"
expect 0 tool -q plan /etc/backstay/fleet.stay -o $plan
expect 7 tool schedule install $plan --engine ansible --on-controller
says "has a schedule of its own"
expect 0 tool schedule install $plan --engine ansible
expect 0 tool -q schedule list $plan --engine ansible --format json
for host in deploy01 app01 app02; do
  [ "$(ls "$(host_root "$host")/$units" | grep -c '^backstay-fleet-.*\.timer$')" = 3 ] ||
    die "$host has not its three timers: $(ls "$(host_root "$host")/$units")"
done
[ "$(jq -r '[.schedules[] | select(.host == "node01")] | length' <<<"$output")" = 3 ] || die "$output"
expect 0 tool export ansible $plan -o /srv/export
expect 0 ansible ansible-playbook init.yml
expect 0 on app01 systemctl start "$unit.service"
for service in $(ls "$(host_root app01)/$units" | grep '^backstay-fleet-.*\.service$' | grep -vx "$unit.service"); do
  expect 0 on app01 systemctl start "$service"
done
[ -n "$(ls "$(host_root app01)/srv/second/snapshots")" ] || die "the timer of the copy copied nothing"
sed -i -e 's/ run weekly lag 1h//' -e '/^    run weekly$/d' "$deploy/etc/backstay/fleet.stay"
expect 0 tool -q plan /etc/backstay/fleet.stay -o $plan
expect 0 tool schedule install $plan --engine ansible
[ "$(ls "$(host_root app01)/$units" | grep -c '^backstay-fleet-.*\.timer$')" = 1 ] ||
  die "timers that the policy has no more: $(ls "$(host_root app01)/$units")"
expect 0 tool schedule remove $plan --engine ansible

say "hosts that stand still for each other need one timer, and this machine may have it"
"$backstay" -q plan "$source_dir/examples/15-many-hosts/cloud.stay" -o "$scratch/cloud.plan.yaml"
expect 7 "$backstay" schedule install "$scratch/cloud.plan.yaml" --host ctl01 --dry-run
says "write \`run nightly on HOST\` into backup cloud, or say --on-controller here"
expect 0 "$backstay" schedule install "$scratch/cloud.plan.yaml" --on-controller --dry-run
says "'--engine' 'ansible'"
