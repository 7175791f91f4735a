#!/usr/bin/env bash
# What the service of a timer says while it runs, and what reaches people when it ended, on a booted machine:
# its status line, fields of the journal, notices out of its hardening, and patience when it is told to end.
source "$(dirname "$0")/lib.sh"
source "$source_dir/tests/support/booted_systemd.sh"

machine=$scratch/machine
root=$machine/root
trap 'end_systemd; clean_up' EXIT
export -n BACKSTAY_CONFIG_DIR BACKSTAY_STATE_DIR

booted_make_root "$root"
mkdir -p "$root"/{srv/sinks,opt/test/programs,etc/app,etc/backstay,etc/credstore,var/spool/queue}
cp "$backstay" "$root/opt/test/backstay"
cp "$e2e_dir/notify_sinks.py" "$root/opt/test/"
echo one >"$root/etc/app/app.conf"
# What the sendmail of a mail server on this machine does: it puts the mail into its queue.
printf '#!/bin/sh\nexec cat >>/var/spool/queue/mails\n' >"$root/opt/test/programs/sendmail"
printf '#!/bin/sh\necho "$BACKSTAY_OUTCOME $BACKSTAY_STATUS" >>/srv/told\n' >"$root/opt/test/tell"
cat >"$root/opt/test/hook" <<'END'
#!/bin/sh
echo "$1" >>/srv/hooks
while [ -e "/srv/hold-$1" ]; do sleep 0.1; done
if [ "$1" = after ] && [ -e /srv/slow ]; then sleep 6; fi
echo "$1 done" >>/srv/hooks
END
chmod 0755 "$root"/opt/test/{tell,hook,programs/sendmail}

policy() { # NOTIFY HOOKS: of which a plan is made in /etc/backstay, and installed
  cat >"$root/srv/app.stay" <<END
language 1
policy app
zone UTC
host here

secret hook {
    credential "chat-hook"
}

secret switch {
    file /etc/backstay/switch
}

notify operators {
    webhook hook
    healthcheck switch
    mail "operators@example.org"
    $1
    on failure, recovery, success
}

service app {
    on here
    path /etc/app as etc
    $2
}

target local {
    directory /srv/store on here
    media disk
}

target second {
    directory /srv/second on here
    media tape
}

schedule nightly {
    every day at 02:30
}

retention standard {
    last 50
}

drill practice {
    run nightly
    notify operators
    restore all services from local into sandbox
}

backup app {
    cover all services
    run nightly
    notify operators
    to local keep standard
    copy to second keep standard run nightly
}
END
  expect 0 tool -q plan /srv/app.stay -o /etc/backstay/app.plan.yaml
  expect 0 tool -q schedule install /etc/backstay/app.plan.yaml
}
tool() { in_systemd /opt/test/backstay "$@"; }
unit=backstay-app-app
journal() { in_systemd journalctl --no-pager -o json "$@"; }
property() { in_systemd systemctl show --value --property="$1" "$2"; }
taken() { grep "^took /hooks" "$root/srv/sinks/http.log" | tail -n "$1" | cut -d' ' -f4- | jq -r '.what + " " + .outcome + " " + .status' | xargs; }
settled() { wait_for "the end of $1" in_systemd sh -c "systemctl show --value --property=ActiveState $1 | grep -q -e inactive -e failed"; }

boot_systemd "$machine"
in_systemd python3 /opt/test/notify_sinks.py /srv/sinks &
wait_for "the sinks" test -s "$root/srv/sinks/http.port"
canary=T0PSECRET$RANDOM$RANDOM
(
  umask 077
  echo "http://127.0.0.1:$(cat "$root/srv/sinks/http.port")/hooks/$canary" >"$root/etc/credstore/chat-hook"
  echo "http://127.0.0.1:$(cat "$root/srv/sinks/http.port")/ping" >"$root/etc/backstay/switch"
)
policy "" ""
expect 0 tool -q store init /etc/backstay/app.plan.yaml
for name in $unit $unit-to-second backstay-app-drill-practice; do
  mkdir -p "$root/etc/systemd/system/$name.service.d"
  printf '[Service]\nEnvironment=BACKSTAY_TEST_PROGRAMS=/opt/test/programs\n' >"$root/etc/systemd/system/$name.service.d/test.conf"
done
in_systemd systemctl daemon-reload

say "a run, a copy and a drill by their units: an address out of a credential, a switch, a mail that is queued on this machine"
grep -q '^ProtectSystem=strict' "$root/etc/systemd/system/$unit.service" || die "the unit is not as closed as it can be"
expect 0 in_systemd systemd-analyze verify "/etc/systemd/system/$unit.service"
[ -z "$output" ] || die "systemd-analyze verify: $output"
expect 0 in_systemd systemctl start "$unit.service"
expect 0 in_systemd systemctl start "$unit-to-second.service"
expect 0 in_systemd systemctl start backstay-app-drill-practice.service
[ "$(taken 3)" = "backup success verified copy success verified drill success drilled" ] ||
  die "told: $(taken 9); $(in_systemd journalctl --no-pager -u 'backstay-*' | tail -n 20)"
[ "$(grep -c '^took /ping ' "$root/srv/sinks/http.log")" = 3 ] || die "the switch: $(cat "$root/srv/sinks/http.log")"
[ "$(grep -c '^Subject: \[backstay\] SUCCESS' "$root/var/spool/queue/mails")" = 3 ] || die "mails: $(cat "$root/var/spool/queue/mails")"

say "the fields of the journal, of a step and of each outcome"
# logged EXPRESSION MATCH…: one entry of the journal is such.
logged() {
  local expression=$1
  shift
  journal "$@" | jq -s -e "any(.[]; $expression)" >/dev/null ||
    die "no entry of the journal is $expression: $(in_systemd journalctl --no-pager -u 'backstay-*' | tail -n 5)"
}
for what in backup copy drill; do
  logged "(.MESSAGE | startswith(\"$what \")) and .BACKSTAY_STATUS != null and .BACKSTAY_RUN != null and .BACKSTAY_BACKUP == \"app\" and
    .BACKSTAY_SNAPSHOT != null and .PRIORITY == \"5\" and .SYSLOG_IDENTIFIER == \"backstay\"" BACKSTAY_POLICY=app
done
logged '.PRIORITY == "6"' BACKSTAY_STEP=archive.app.etc@here BACKSTAY_STATE=done

say "a run that fails, and one that cannot begin: told out of the unit, and errors of the journal"
mv "$root/etc/app" "$root/etc/gone"
rm -f "$root"/var/lib/backstay/runs/*
expect 1 in_systemd systemctl start "$unit.service"
[ "$(taken 1)" = "backup failure failed" ] || die "told: $(taken 2)"
logged '.BACKSTAY_RUN != null' BACKSTAY_STATUS=failed -p err
mv "$root/etc/gone" "$root/etc/app"
mv "$root/srv/store" "$root/srv/store.away"
rm -f "$root"/var/lib/backstay/runs/*
expect 1 in_systemd systemctl start "$unit.service"
[ "$(taken 1)" = "backup failure" ] || die "told: $(taken 2)"
logged '.BACKSTAY_RUN == null' BACKSTAY_STATUS=failed BACKSTAY_POLICY=app -p err
mv "$root/srv/store.away" "$root/srv/store"
rm -f "$root"/var/lib/backstay/runs/*
expect 0 in_systemd systemctl start "$unit.service"
[ "$(taken 1)" = "backup recovery verified" ] || die "told: $(taken 2)"

say "a command that tells may write where it does, and the status line says what goes on"
policy 'command ["/opt/test/tell"]' 'before-backup ["/opt/test/hook", "before"]
    after-backup ["/opt/test/hook", "after"]'
touch "$root/srv/hold-before"
rm -f "$root"/var/lib/backstay/runs/*
in_systemd systemctl start --no-block "$unit.service"
wait_for "the hook" grep -q before "$root/srv/hooks"
[[ $(property StatusText "$unit.service") == before-backup*hook* ]] || die "the status line is '$(property StatusText "$unit.service")'"
rm "$root/srv/hold-before"
settled "$unit.service"
[ "$(cat "$root/srv/told")" = "success verified" ] || die "the command was not told: $(in_systemd journalctl --no-pager -u "$unit" | tail -n 9)"

say "told to end: systemd waits for what has to be put right, longer than its own patience"
rm -f "$root"/var/lib/backstay/runs/* "$root/srv/hooks"
printf '[Service]\nTimeoutStopSec=2s\n' >"$root/etc/systemd/system/$unit.service.d/short.conf"
in_systemd systemctl daemon-reload
touch "$root/srv/hold-before" "$root/srv/slow"
in_systemd systemctl start --no-block "$unit.service"
wait_for "the hook" grep -q before "$root/srv/hooks"
in_systemd systemctl stop --no-block "$unit.service"
wait_for "the after-hook" grep -q after "$root/srv/hooks"
[ "$(property ActiveState "$unit.service")" = deactivating ] || die "it is $(property ActiveState "$unit.service")"
[[ $(property StatusText "$unit.service") == ending:\ * ]] || die "the status line is '$(property StatusText "$unit.service")'"
settled "$unit.service"
[ "$(tail -n 1 "$root/srv/hooks")" = "after done" ] || die "the after-hook was cut off: $(cat "$root/srv/hooks"); $(in_systemd journalctl --no-pager -u "$unit" | tail)"
[ "$(property Result "$unit.service")" != timeout ] || die "systemd lost its patience"
[ "$(tail -n 1 "$root/srv/told")" = "failure failed" ] ||
  die "nobody was told of the end: $(cat "$root/srv/told")"

say "the address stands in no journal, plan, unit or state"
in_systemd journalctl --no-pager -o export >"$scratch/all"
grep -aqF "$canary" "$scratch/all" && die "the journal holds an address"
grep -raqF "$canary" "$root"/etc/{backstay,systemd} "$root/var/lib/backstay" "$root/srv/store" && die "an address was written down"
exit 0
