#!/usr/bin/env bash
# Four hosts that hold still for each other, of which one goes away, or whose controller is killed: after each
# fault the exit code and the report name the host and what it lacks, nothing stays stopped anywhere, and the
# same call again does what is missing and nothing else.
source "$(dirname "$0")/../support/hosts.sh"
enter_lab "$@"
source "$(dirname "$0")/lib.sh"
source "$(dirname "$0")/many_hosts_lib.sh"

say "all four, once: each stood still for the others, and each has its snapshot"
run_all 0
[ "$(ask '.members | length')" = 4 ] || ill "wrong report"
for host in $all; do [ "$(snapshots "$host")" = 1 ] || die "$host has $(snapshots "$host") snapshots"; done
everything_runs "a backup"

say "a host that is away before it begins: named; the others' own parts are there; then only what is missing"
unplug compute02
drop_connections
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
begin_run "$plan" --new-set
has_more() { [ "$(snapshots storage01)" -gt "$before" ]; }
wait_for "storage01's part" has_more
wait_for "the controller's part" began ctl01 api
unplug storage01
let_go ctl01 api
ended_with 3
[ "$(bad)" = storage01 ] || ill "wrong report"
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

say "two controllers that begin at the same moment: whoever gets what, nothing stays down, and both can be completed"
for round in 1 2; do
  begin_run "$plan" --new-set
  second=0
  other=$(BACKSTAY_STATE_DIR=$scratch/other "$backstay" run "$plan" --engine ansible --new-set -f json 2>"$scratch/other.log") || second=$?
  first=0
  wait "$run_pid" || first=$?
  for code in "$first" "$second"; do
    [[ " 0 3 11 " == *" $code "* ]] || die "exits $first and $second: $other"$'\n'"$(tail -n 40 "$scratch/other.log")"
  done
  everything_runs "two controllers"
done
whole "two controllers"
report=$(BACKSTAY_STATE_DIR=$scratch/other "$backstay" run "$plan" --engine ansible -f json 2>"$scratch/ansible.log") || ill "the second, again"
everything_runs "the second controller"
