#!/usr/bin/env bash
# Four hosts that hold still for each other, of which one has another key, a slow line, a wrong clock or a full disk,
# and two controllers that call at once: after each fault the exit code and the report name the host and what it
# lacks, nothing stays stopped anywhere, and the same call again does what is missing and nothing else.
source "$(dirname "$0")/../support/hosts.sh"
enter_lab "$@"
source "$(dirname "$0")/lib.sh"

# compute01 keeps its points and its state on small disks.
before_stores() {
  small_disk compute01 /var/backups/backstay 24m
  small_disk compute01 /var/lib/backstay 4m
}
source "$(dirname "$0")/many_hosts_lib.sh"

# fill HOST DIRECTORY: to the last byte.
fill() { on "$1" sh -c 'head -c 100000000 /dev/zero >"$1/filler" 2>/dev/null; sync' sh "$2" || true; }

say "a slow line and a clock that is ten minutes ahead change nothing but the time it takes"
slow_line compute01 4mbit
shift_clock compute02 600
run_all 0
[ -z "$(bad)" ] && [ "$(ask '.members | length')" = 4 ] || ill "wrong report"
ahead=$(ask '.members[] | select(.host == "compute02") | .snapshot')
everything_runs "a slow host and a wrong clock"
slow_line compute01
shift_clock compute02

say "another machine's key in the place of a host: refused and named; its neighbours go on"
hang_up compute02
change_host_key compute02
run_all 3 --new-set
[[ " $(bad) " == *" compute02 "* ]] || ill "wrong report"
[ "$(ask '.members[] | select(.host == "compute02") | .reached')" = false ] || ill "wrong report"
[[ " $(good) " == *" storage01 "* ]] || ill "a host that needs nothing of it was kept from its backup"
grep -q "Host key verification failed\|HOST IDENTIFICATION HAS CHANGED" "$scratch/ansible.log" || ill "the key is not named"
[ "$(snapshots compute02)" = 1 ] || die "a machine with a wrong key was given work"
everything_runs "a wrong key"
lab_tell_names
before=$(snapshots storage01)
shift_clock compute02 -600
whole "a wrong key, and a clock that is ten minutes behind"
[ "$(snapshots storage01)" = "$before" ] || die "storage01's part was done again"
# What was made while the clock was ahead is older all the same: numbers order points, clocks do not.
newest=$(ask '.members[] | select(.host == "compute02") | .snapshot')
[ "$newest" != "$ahead" ] || die "compute02 has no new point"
[ "$(on compute02 backstay list /etc/backstay/plan.yaml --host compute02 -f json | jq -r '.snapshots[0].id')" = "$newest" ] ||
  die "the point from when the clock was ahead counts as the newest"
shift_clock compute02
hang_up compute02

say "a disk that fills up while its host stands still: host and component are named, and it starts again"
hold ctl01 api
forget_began ctl01 api
begin_run "$plan" --new-set
wait_for "the controller's part" began ctl01 api
stopped compute01 || die "compute01 does not stand still: this test proves nothing"
fill compute01 /var/backups/backstay
fill compute01 /var/lib/backstay
let_go ctl01 api
ended_with 3
[[ " $(bad) " == *" compute01 "* ]] || ill "wrong report"
everything_runs "a full disk"

say "who let go early has no point of that moment, and the points that the others made of it say so"
marked() { # HOST: what its newest point says
  on "$1" backstay list /etc/backstay/plan.yaml --host "$1" -f json | jq -r '.snapshots[0].apart | join(" ")'
}
made=0
for host in ctl01 compute02; do
  [ -n "$(ask ".members[] | select(.host == \"$host\") | .snapshot")" ] || continue
  made=$((made + 1))
  [ "$(ask ".members[] | select(.host == \"$host\") | \"\(.exit) \(.apart | join(\" \"))\"")" = "3 compute01" ] ||
    ill "the report does not say that $host is apart"
  [ "$(marked "$host")" = compute01 ] || die "the point of $host does not say it: $(on "$host" backstay list /etc/backstay/plan.yaml --host "$host")"
  expect 0 on "$host" backstay list /etc/backstay/plan.yaml --host "$host"
  says "not of one moment with compute01"
  expect 0 on "$host" backstay restore /etc/backstay/plan.yaml --host "$host" --to /srv/beside --yes
  says "not of one moment with compute01"
  rm -rf "$(host_root "$host")/srv/beside"
done
[ "$made" -gt 0 ] || ill "nobody made a point: this test proves nothing"
[ -z "$(marked storage01)" ] || die "storage01 held still with nobody, and its point says otherwise"
on compute01 rm /var/backups/backstay/filler /var/lib/backstay/filler
[ -z "$(on compute01 ls /var/backups/backstay/staging)" ] || die "a full disk left something half-done"
before=$(snapshots storage01)
whole "a full disk"
for host in $quiet; do [ -z "$(marked "$host")" ] || die "a whole set, and $host says that it is apart"; done
expect 0 on ctl01 backstay restore /etc/backstay/plan.yaml --host ctl01 --to /srv/beside --yes
says_not "of one moment"
says_not "nothing here says whether"
[ "$(snapshots storage01)" = "$before" ] || die "storage01's part was done again"

say "two controllers at once: who comes second touches nothing of the first, and says who is there"
hold ctl01 api
forget_began ctl01 api
begin_run "$plan" --new-set
wait_for "the controller's part" began ctl01 api
expect 11 "$backstay" run "$plan" --engine ansible
says "cloud"
code=0
report=$(BACKSTAY_STATE_DIR=$scratch/other "$backstay" run "$plan" --engine ansible -f json 2>"$scratch/ansible.log") || code=$?
[ "$code" = 3 ] || ill "exit $code"
[ "$(bad)" = "compute01 compute02 ctl01" ] || ill "wrong report"
[[ "$(ask '.members[] | select(.host == "ctl01") | .message')" == *"lock"* ]] || ill "why is not said"
for host in compute01 compute02; do stopped "$host" || die "the second controller started what the first holds"; done
let_go ctl01 api
ended_with 0
everything_runs "two controllers"
before=$(snapshots storage01)
report=$(BACKSTAY_STATE_DIR=$scratch/other "$backstay" run "$plan" --engine ansible -f json 2>"$scratch/ansible.log") || ill "the second, again"
[ -z "$(bad)" ] && [ "$(snapshots storage01)" = "$before" ] || ill "what was there was done again"
everything_runs "the second controller"

say "the controller is killed while hosts wait in a restore: the same call goes on with it, and nobody is busy"
for host in $all; do cp "$(host_root "$host")/etc/app/data" "$scratch/$host.data"; done
for host in $all; do echo spoilt >"$(host_root "$host")/etc/app/data"; done
kill_at "PLAY [Phase 2 of " restore "$plan" --in-place --yes
stopped compute01 || die "nothing was stopped: this test proves nothing"
code=0
report=$("$backstay" restore "$plan" --engine ansible --in-place --yes -f json 2>"$scratch/ansible.log") || code=$?
[ "$code" = 0 ] || ill "the same restore, again: exit $code"
grep -q "whose call was cut off" "$scratch/ansible.log" || ill "another set was begun"
everything_runs "a restore that went on"
for host in $all; do cmp "$(host_root "$host")/etc/app/data" "$scratch/$host.data" || die "$host has other files"; done

say "each host takes its own restore back: the engine says so instead of undoing one here"
expect 2 "$backstay" restore --undo latest --engine ansible
says "on each host"
