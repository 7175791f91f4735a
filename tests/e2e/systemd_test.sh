#!/usr/bin/env bash
# Units, hooks and recovery on a machine that was really booted with systemd: order, states before and
# after, runs that are killed, a machine that goes down, units that hang or do not start, a restore on a
# blank machine.
source "$(dirname "$0")/lib.sh"
source "$source_dir/tests/support/booted_systemd.sh"

machine=$scratch/machine
root=$machine/root
trap 'end_systemd; clean_up' EXIT
export -n BACKSTAY_CONFIG_DIR BACKSTAY_STATE_DIR

# unit NAME LINE…: a service that writes down when it starts and stops; `sleep` is its work.
unit() {
  local name=$1
  shift
  {
    printf '[Service]\nTimeoutStopSec=5\n'
    printf 'ExecStartPre=/bin/sh -c "echo start %%n >>/srv/log"\n'
    printf 'ExecStopPost=/bin/sh -c "echo stop %%n >>/srv/log"\n'
    if [[ " $* " != *ExecStart=* ]]; then printf 'ExecStart=/usr/bin/sleep infinity\n'; fi
    printf '%s\n' "$@"
    printf '[Install]\nWantedBy=multi-user.target\n'
  } >"$root/etc/systemd/system/$name"
}

booted_make_root "$root"
mkdir -p "$root"/{srv,opt/test,etc/db,etc/app}
cp "$backstay" "$root/opt/test/backstay"
cp "${2:?the path of system_tests}" "$root/opt/test/system_tests"
echo one >"$root/etc/db/db.conf"
echo one >"$root/etc/app/app.conf"
unit db.service
unit db-needs-it.service 'Type=simple' '[Unit]' 'Requires=db.service' 'After=db.service'
unit app.service
unit app-worker@.service
unit app-once.service 'Type=oneshot' 'RemainAfterExit=yes' 'ExecStart=/usr/bin/true'
unit app-idle.service
unit app-broken.service 'ExecStart=/usr/bin/false'
unit app-talk.service
unit app-slow.service 'Type=oneshot' 'RemainAfterExit=yes' 'ExecStartPre=/bin/sh -c "until [ -e /srv/slow-is-up ]; do sleep 0.1; done"' \
  'ExecStart=/usr/bin/true'
unit app-held.service
printf '[Socket]\nListenStream=/run/app-talk.sock\n' >"$root/etc/systemd/system/app-talk.socket"
unit app-job.service 'Type=oneshot' 'ExecStart=/usr/bin/true'
printf '[Timer]\nOnCalendar=2099-06-15\n' >"$root/etc/systemd/system/app-job.timer"
cat >"$root/opt/test/hook" <<'END'
#!/bin/sh
echo "hook $1" >>/srv/log
while [ -e "/srv/hold-$1" ]; do sleep 0.1; done
[ ! -e "/srv/refuse-$1" ]
END
cat >"$root/opt/test/states" <<'END'
#!/bin/sh
while [ -e /srv/hold-states ]; do sleep 0.1; done
exec systemctl show --property=Id,ActiveState --value app.service app-talk.socket app-job.timer
END
chmod 0755 "$root"/opt/test/*

cat >"$root/srv/app.stay" <<'END'
language 1
policy app
zone UTC
host here

service db {
    on here
    path /etc/db as etc
    units db
    quiesce stop
}

service app {
    on here
    path /etc/app as etc
    needs db
    export states run ["/opt/test/states"]
    units app, "app-worker@1", app-once, app-idle, app-broken, app-talk, app-job, app-held
    held app-held because "only one node may run it"
    quiesce stop
    before-backup ["/opt/test/hook", "before"]
    after-backup ["/opt/test/hook", "after"]
    check ["/opt/test/hook", "check"] within 2s
}

service other {
    on here
    path /etc/hosts as hosts
}

target local {
    directory /srv/store on here
    media disk
}

schedule nightly {
    every day at 02:30
    window 15m
}

retention standard {
    daily 7
}

backup app {
    cover all services
    run nightly
    to local keep standard
}
END

tool() { in_systemd /opt/test/backstay "$@"; }
broken_tool() { # FAILPOINT ARGUMENT…
  local failpoint=$1
  shift
  in_systemd env "BACKSTAY_FAILPOINT=$failpoint" /opt/test/backstay "$@" >/dev/null 2>&1 || true
}
all_units=(db db-needs-it app app-worker@1 app-once app-idle app-broken app-talk app-job app-held
  app-talk.socket app-job.timer)
states() {
  in_systemd systemctl show --property=Id,ActiveState,SubState,UnitFileState -- "${all_units[@]}" | grep -v '^$' |
    sed 's/^ActiveState=activating/ActiveState=inactive/'
}
logged() { # LINE…: what happened since, in this order
  printf '%s\n' "$@" | diff - "$root/srv/log" || die "not what was asked for, in this order"
  rm -f "$root/srv/log"
}
is() { [ "$(in_systemd systemctl is-active "$2")" = "$1" ] || die "$2 is not $1"; }
nothing_pending() {
  [ -z "$(ls "$root/var/lib/backstay/pending")" ] || die "something is still pending"
  [ -z "$(in_systemd systemctl list-units --all --no-legend 'backstay-recover-*')" ] || die "a guard is left"
}

say "a machine boots"
boot_systemd "$machine"
in_systemd systemctl enable -q db.service db-needs-it.service app.service
in_systemd systemctl start db db-needs-it app app-worker@1 app-once app-talk.socket app-talk app-job.timer app-held
in_systemd systemctl start app-broken || true
in_systemd systemctl reset-failed app-broken
in_systemd systemctl start app-broken || true
wait_for "the broken unit" in_systemd systemctl is-failed app-broken
rm "$root/srv/log"
states >"$scratch/before"
expect 0 tool -q plan /srv/app.stay -o /srv/app.plan.yaml
expect 0 tool -q store init /srv/app.plan.yaml

say "a dry run says what would be stopped, and what goes along"
expect 0 tool run /srv/app.plan.yaml --dry-run
says "systemctl stop app-talk.socket app-talk.service"
says "systemctl stop db.service, which stops along db-needs-it.service"
says "app-idle.service is not active: it stays so"
[ ! -e "$root/srv/log" ] || die "a dry run did something"

say "a backup: dependents stop first, all that was active starts again, and nothing else"
expect 0 tool run /srv/app.plan.yaml
logged "hook before" "stop app-held.service" "stop app-talk.service" "stop app-once.service" \
  "stop app-worker@1.service" "stop app.service" "stop db-needs-it.service" "stop db.service" \
  "start db.service" "start db-needs-it.service" "start app.service" "start app-worker@1.service" \
  "start app-once.service" "start app-talk.service" "start app-held.service" "hook after"
states | diff "$scratch/before" - || die "the units are not as they were"
nothing_pending
expect 0 tool restore /srv/app.plan.yaml --component app.states --to /srv/seen
[ "$(tr '\n' ' ' <"$root/srv/seen/app.states.output")" = \
  "app.service inactive  app-talk.socket inactive  app-job.timer inactive " ] ||
  die "something ran while it was captured: $(cat "$root/srv/seen/app.states.output")"

say "what runs and is masked is not stopped: it could not start again"
in_systemd systemctl mask --runtime -q app-worker@1
expect 3 tool run /srv/app.plan.yaml
says "app-worker@1.service is active and masked"
in_systemd systemctl unmask --runtime -q app-worker@1
states | diff "$scratch/before" - || die "the units are not as they were"
nothing_pending

say "a unit that does not start again fails the run, and is tried again later"
printf '[Service]\nExecStartPre=/usr/bin/test ! -e /srv/refuse-start\n' | in_systemd sh -c \
  'mkdir /run/systemd/system/app.service.d; cat >/run/systemd/system/app.service.d/x.conf; systemctl daemon-reload'
touch "$root/srv/refuse-start"
expect 3 tool run /srv/app.plan.yaml
says "systemctl start -- app.service"
is active app-worker@1
is failed app
expect 1 tool recover
says "left to start app.service"
rm "$root/srv/refuse-start"
in_systemd systemctl reset-failed app
expect 0 tool recover
says "start app.service"
states | diff "$scratch/before" - || die "the units are not as they were"
nothing_pending

say "a unit that does not end is killed by systemd, one that systemd lets hang fails its service alone"
unit app.service 'ExecStart=/bin/sh -c "trap \"\" TERM; while :; do sleep 1; done"' 'TimeoutStopSec=1'
in_systemd systemctl daemon-reload
in_systemd systemctl restart app
expect 0 tool run /srv/app.plan.yaml
is active app
unit app.service 'ExecStart=/bin/sh -c "trap \"\" TERM; while :; do sleep 1; done"' 'TimeoutStopSec=infinity'
in_systemd systemctl daemon-reload
in_systemd systemctl kill --signal=KILL app
in_systemd systemctl start app
expect 3 in_systemd env BACKSTAY_TEST_UNIT_DEADLINE=2 /opt/test/backstay run /srv/app.plan.yaml
says 'systemctl stop -- app.service` did not end within 2 s'
is active db
in_systemd systemctl kill --signal=KILL app
wait_for "the unit that hung" in_systemd systemctl is-active app
expect 0 tool recover
unit app.service
in_systemd systemctl daemon-reload
in_systemd systemctl kill --signal=KILL app
wait_for "its end" in_systemd sh -c '! systemctl is-active app'
in_systemd systemctl reset-failed app
in_systemd systemctl start app
states | diff "$scratch/before" - || die "the units are not as they were"
nothing_pending
rm -f "$root/srv/log"

say "killed between stop and start: a timer starts everything again, and runs the hook"
broken_tool units.stopped:9:kill run /srv/app.plan.yaml
is inactive db
is inactive app
in_systemd systemctl list-timers --no-legend | has backstay-recover- || die "no timer watches the run"
rm "$root/srv/log"
wait_for "the timer" in_systemd systemctl is-active db app app-talk.socket app-held
wait_for "the hook" grep -q "hook after" "$root/srv/log"
wait_for "the end of the guard" sh -c "[ -z \"\$(ls '$root/var/lib/backstay/pending')\" ]"
states | diff "$scratch/before" - || die "the units are not as they were"
logged "start db.service" "start db-needs-it.service" "start app.service" "start app-worker@1.service" \
  "start app-once.service" "start app-talk.service" "start app-held.service" "hook after"
wait_for "the guard" sh -c "! nsenter -t $booted_pid -a systemctl list-units --all --no-legend | grep -q backstay-recover-"

say "killed in its before-hook: the after-hook runs"
touch "$root/srv/hold-before"
tool run /srv/app.plan.yaml >/dev/null 2>&1 &
run=$!
wait_for "the hook" grep -q "hook before" "$root/srv/log"
in_systemd sh -c 'kill -KILL $(pidof backstay)'
wait "$run" || true
rm "$root/srv/hold-before"
expect 0 tool recover
says "run the after-backup hook of app: /opt/test/hook after"
logged "hook before" "hook after"
nothing_pending

say "a run that passes its deadline while services are stopped is ended, and starts them again"
sed 's/^    to local keep standard/&\n    deadline 5s/' "$root/srv/app.stay" >"$root/srv/late.stay"
expect 0 tool plan /srv/late.stay -o /srv/late.plan.yaml
touch "$root/srv/hold-states"
code=0
output=$(tool run /srv/late.plan.yaml 2>&1) || code=$?
rm "$root/srv/hold-states"
[ "$code" = 3 ] || die "exit $code: a run went past its deadline: $output"
says "did not end within 5 s"
grep -q "stop db.service" "$root/srv/log" || die "nothing was stopped: the test proves nothing"
states | diff "$scratch/before" - || die "the units are not as they were"
tail -n 1 "$root/srv/log" | grep -q "hook after" || die "the after-hook did not run"
nothing_pending
rm -f "$root/srv/log"

say "the machine goes down between stop and start: a unit at boot puts it right"
touch "$root/srv/hold-states"
tool run /srv/app.plan.yaml >/dev/null 2>&1 &
wait_for "the stop" grep -q "stop db.service" "$root/srv/log"
rm "$root/srv/hold-states" "$root/srv/log"
reboot_systemd
wait_for "what is enabled and what is not" in_systemd systemctl is-active db app app-worker@1 app-talk.socket app-held
wait_for "the hook" grep -q "hook after" "$root/srv/log"
in_systemd journalctl --no-pager -u backstay-recover >"$scratch/journal"
grep -q "start app-worker@1.service" "$scratch/journal" || die "the journal does not say what was done"
wait_for "the end" sh -c "[ -z \"\$(ls '$root/var/lib/backstay/pending')\" ]"
expect 0 tool run /srv/app.plan.yaml
rm "$root/srv/log"

say "what is put right by hand stays as it is, and what cannot be is forgotten by name"
broken_tool units.stopped:9:kill run /srv/app.plan.yaml
in_systemd systemctl start db
run=$(ls "$root/var/lib/backstay/pending" | sed 's/\.json$//')
expect 0 tool recover --forget "$run"
says "not done: start app.service"
expect 0 tool recover
says "no dead run left anything"
nothing_pending
in_systemd systemctl start app db-needs-it app-worker@1 app-once app-talk.socket app-talk app-job.timer app-held
rm "$root/srv/log"
expect 0 tool run /srv/app.plan.yaml
states >"$scratch/recorded"

say "a unit on its way up while a backup begins is waited for, and known to have been up"
in_systemd systemctl start --no-block app-slow
[ "$(in_systemd systemctl is-active app-slow)" = activating ] || die "the slow unit is not on its way up"
sed -e 's/    units db$/    units db, app-slow/' -e 's/quiesce stop//' -e 's|\["/opt/test/hook", "[a-z]*"\]|["/usr/bin/true"]|' "$root/srv/app.stay" >"$root/srv/slow.stay"
expect 0 tool -q plan /srv/slow.stay -o /srv/slow.plan.yaml
tool run /srv/slow.plan.yaml >"$scratch/slow" 2>&1 &
run=$!
sleep 1
touch "$root/srv/slow-is-up"
wait "$run" || die "the backup failed: $(cat "$scratch/slow")"
expect 0 tool restore /srv/slow.plan.yaml --in-place --dry-run
says "systemctl start app-slow.service"
in_systemd systemctl stop app-slow
rm -f "$root/srv/log" "$root/srv/slow-is-up"
expect 0 tool run /srv/app.plan.yaml
rm "$root/srv/log"

say "a restore on a blank machine: enabled and active as they were, held ones not, checked before dependents"
in_systemd systemctl stop app-talk.socket app-job.timer "${all_units[@]}"
in_systemd systemctl disable -q db app
in_systemd systemctl enable -q app-idle
in_systemd systemctl reset-failed
rm -rf "$root"/etc/{db,app} "$root/srv/log"
expect 0 tool restore /srv/app.plan.yaml --in-place --dry-run
says "db.service becomes enabled again (it is disabled)"
says "app-idle.service was not active when it was backed up: it stays stopped"
expect 0 tool restore /srv/app.plan.yaml --in-place --yes
says "leave stopped: app-held.service (only one node may run it)"
says "was not active before, start it if it shall be: systemctl start app-idle.service"
[ "$(cat "$root/etc/db/db.conf")" = one ] || die "the file did not come back"
is inactive app-held
in_systemd systemctl start app-held db-needs-it
states | diff "$scratch/recorded" - || die "the units are not as they were recorded"

say "a unit that is forbidden to start does not, across a reboot, until it is allowed again"
in_systemd systemctl enable -q app-idle
touch "$root/srv/half 100%"
expect 0 in_systemd /opt/test/system_tests "[.booted-forbid]"
says "All tests passed"
reboot_systemd
is inactive app-idle
is active db
expect 0 in_systemd /opt/test/system_tests "[.booted-allow]"
says "All tests passed"
is active app-idle
