#!/usr/bin/env bash
# Four hosts that hold still for each other, and what can go wrong with one of them or with who calls: after each
# fault the exit code and the report name the host and what it lacks, nothing stays stopped anywhere, and the
# same call again does what is missing and nothing else.
source "$(dirname "$0")/../support/hosts.sh"
enter_lab "$@"
source "$(dirname "$0")/lib.sh"
share_program "$backstay" backstay

all="ctl01 compute01 compute02 storage01"
quiet="ctl01 compute01 compute02"  # whose services stop for a backup

add_systemd_hosts $all
for host in $all; do
  root=$(host_root "$host")
  mkdir -p "$root"/{srv,etc/app,etc/backstay,var/backups/backstay}
  head -c 20000 /dev/urandom >"$root/etc/app/data"
  printf '[Service]\nExecStart=/usr/bin/sleep infinity\n' >"$root/etc/systemd/system/app.service"
  printf '#!/bin/sh\necho $$ >>/srv/began-$1\nwhile [ -e /srv/hold-$1 ]; do sleep 0.1; done\necho held\n' >"$root/srv/hook"
  chmod 755 "$root/srv/hook"
  on "$host" systemctl start app
done
cat >"$scratch/cloud.stay" <<'END'
language 1
policy cloud
zone UTC

hosts compute[01-02] { user "root" }
host ctl01 { user "root" }
host storage01 { user "root" }

group computes {
    members compute[01-02]
}

service api {
    on ctl01
    path /etc/app as etc
    export state run ["/srv/hook", "api"]
    units app
    quiesce stop
}

## Stops before what it needs stops, and starts after it: the computes and the controller wait for each other.
service agent {
    on computes
    needs api
    path /etc/app as etc
    units app
    quiesce stop
}

service storage {
    on storage01
    path /etc/app as etc
    export state run ["/srv/hook", "storage"]
}

target local {
    directory /var/backups/backstay
    media disk
}

schedule nightly {
    every day at 02:30
}

retention standard {
    daily 7
}

backup cloud {
    cover all services
    run nightly
    to local keep standard
    deadline 10m
}
END
plan=$scratch/cloud.plan.yaml
expect 0 "$backstay" -q plan "$scratch/cloud.stay" -o "$plan"
# The same, where nobody waits for long: a host that hears nothing for half a minute puts right what it holds.
sed 's/deadline 10m/deadline 30s/' "$scratch/cloud.stay" >"$scratch/hasty.stay"
hasty=$scratch/hasty.plan.yaml
expect 0 "$backstay" -q plan "$scratch/hasty.stay" -o "$hasty"
for host in $all; do
  cp "$plan" "$(host_root "$host")/etc/backstay/plan.yaml"
  expect 0 on "$host" backstay -q store init /etc/backstay/plan.yaml
done

report=
# run_all CODE [ARGUMENT…]: the report of all hosts is in $report.
run_all() {
  local wanted=$1 code=0
  shift
  report=$("$backstay" run "$plan" --engine ansible -f json "$@" 2>"$scratch/ansible.log") || code=$?
  [ "$code" = "$wanted" ] || die "exit $code instead of $wanted:"$'\n'"$report"$'\n'"$(tail -n 60 "$scratch/ansible.log")"
}
# begin_run PLAN: in the background, as a controller of its own process group.
begin_run() {
  setsid "$backstay" run "$1" --engine ansible -f json >"$scratch/report" 2>"$scratch/ansible.log" &
  run_pid=$!
}
ill() { die "$1:"$'\n'"$report"$'\n'"$(tail -n 80 "$scratch/ansible.log")"; }
ask() { jq -r "$1" <<<"$report"; }
good() { ask "[.members[] | select(.exit == 0) | .host] | join(\" \")"; }
bad() { ask "[.members[] | select(.exit != 0) | .host] | join(\" \")"; }
active() { [ "$(on "$1" systemctl is-active app)" = active ]; }
stopped() { ! active "$1"; }
all_active() { for host in $all; do active "$host" || return 1; done; }
nothing_held() { for host in $all; do [ -z "$(ls "$(host_root "$host")/var/lib/backstay/pending" 2>/dev/null)" ] || return 1; done; }
snapshots() { ls "$(host_root "$1")/var/backups/backstay/snapshots" 2>/dev/null | wc -l; }
hold() { touch "$(host_root "$1")/srv/hold-$2"; }
let_go() { rm -f "$(host_root "$1")/srv/hold-$2"; }
began() { [ -s "$(host_root "$1")/srv/began-$2" ]; }
forget_began() { rm -f "$(host_root "$1")/srv/began-$2"; }
everything_runs() { # AFTER-WHAT
  wait_for "every service to run after $1" all_active
  wait_for "nothing to be held after $1" nothing_held
}
whole() { # AFTER-WHAT: the same call does what is missing
  run_all 0
  [ "$(good)" = "compute01 compute02 ctl01 storage01" ] || die "after $1: $report"
  everything_runs "$1"
}

say "all four, once: each stood still for the others, and each has its snapshot"
run_all 0
[ "$(ask '.members | length')" = 4 ] || ill "wrong report"
for host in $all; do [ "$(snapshots "$host")" = 1 ] || die "$host has $(snapshots "$host") snapshots"; done
everything_runs "a backup"

say "a host that is away before it begins: named; the others' own parts are there; then only what is missing"
unplug compute02
run_all 3 --new-set
[ "$(ask '.members[] | select(.host == "compute02") | .reached')" = false ] || ill "wrong report"
[[ " $(good) " == *" storage01 "* ]] || die "one host that is away kept a host from its backup that needs nothing of it: $report"
everything_runs "a host that was away"
plug compute02
wait_for "compute02" ssh compute02 true
before=$(snapshots storage01)
whole "a host that was away"
[ "$(snapshots storage01)" = "$before" ] || die "what was there was done again"

say "a host that goes away while others stand still for it: it starts what it stopped by itself"
hold ctl01 api
forget_began ctl01 api
begin_run "$hasty"
wait_for "the controller's part" began ctl01 api
stopped compute01 || die "compute01 does not stand still: this test proves nothing"
unplug compute01
let_go ctl01 api
wait "$run_pid" && die "a host that is gone is no failure" || code=$?
report=$(cat "$scratch/report")
[ "$code" != 0 ] || ill "a host that is gone is no failure"
[[ " $(bad) " == *" compute01 "* ]] || die "compute01 is not named: $report"
everything_runs "a host that went away"
plug compute01
wait_for "compute01" ssh compute01 true
whole "a host that went away"

say "a host that goes away after its part: told, and its part is not done again"
hold ctl01 api
forget_began ctl01 api
before=$(snapshots storage01)
setsid "$backstay" run "$plan" --engine ansible -f json --new-set >"$scratch/report" 2>"$scratch/ansible.log" &
run_pid=$!
has_more() { [ "$(snapshots storage01)" -gt "$before" ]; }
wait_for "storage01's part" has_more
wait_for "the controller's part" began ctl01 api
unplug storage01
let_go ctl01 api
code=0
wait "$run_pid" || code=$?
report=$(cat "$scratch/report")
[ "$code" = 3 ] && [ "$(bad)" = storage01 ] || ill "exit $code"
plug storage01
wait_for "storage01" ssh storage01 true
before=$(snapshots storage01)
whole "a host that went away after its part"
[ "$(snapshots storage01)" = "$before" ] || die "storage01's part was done again"

say "the controller is killed while they stand still: each starts by itself what it stopped"
for at in compute01 ctl01; do
  hold ctl01 api
  forget_began ctl01 api
  begin_run "$hasty"
  if [ "$at" = compute01 ]; then wait_for "the computes to stop" stopped compute01; else wait_for "the controller's part" began ctl01 api; fi
  kill -KILL -- "-$run_pid"
  wait "$run_pid" 2>/dev/null || true
  pkill -KILL -f 'ansible-playbook' || true
  stopped compute01 || die "nothing was stopped: this test proves nothing"
  wait_for "every service to run after the controller was killed" all_active
  let_go ctl01 api
  everything_runs "a killed controller"
done
whole "a killed controller"
