#!/usr/bin/env bash
# What a backup stopped runs again by its deadline, whatever becomes of whoever ordered it: the ssh session
# and the machine that called are killed, the line is cut, the run itself is killed or frozen, the host goes
# down. On real units of a booted host.
source "$(dirname "$0")/../support/hosts.sh"
enter_lab "$@"
source "$(dirname "$0")/lib.sh"

share_program "$backstay" backstay
add_hosts caller
add_systemd_hosts host01
admit caller host01
root=$(host_root host01)
mkdir -p "$root"/{srv,etc/app,etc/backstay}
head -c 100000 /dev/urandom >"$root/etc/app/app.conf"
cat >"$root/etc/systemd/system/app.service" <<'END'
[Service]
ExecStart=/usr/bin/sleep infinity
END
cat >"$root/srv/hook" <<'END'
#!/bin/sh
while [ -e /srv/hold ]; do sleep 0.1; done
echo held
END
chmod 755 "$root/srv/hook"
on host01 sh -c 'systemctl daemon-reload && systemctl start app'
cat >"$root/srv/app.stay" <<'END'
language 1
policy app
zone UTC
host host01

service app {
    on host01
    path /etc/app as etc
    export held run ["/srv/hook"]
    units app
    quiesce stop
}

target local {
    directory /srv/store on host01
    media disk
}

schedule nightly {
    every day at 02:30
}

retention standard {
    daily 7
}

backup app {
    cover all services
    run nightly
    to local keep standard
    deadline 10s
}
END
tool() { on host01 backstay "$@"; }
expect 0 tool -q plan /srv/app.stay -o /etc/backstay/app.plan.yaml
expect 0 tool -q store init /etc/backstay/app.plan.yaml
stopped() { [ "$(on host01 systemctl is-active app)" = inactive ]; }
running() { [ "$(on host01 systemctl is-active app)" = active ]; }
nothing_pending() { [ -z "$(ls "$root/var/lib/backstay/pending" 2>/dev/null)" ]; }
caller_pid=
# The order comes over ssh from another machine, and stops the service.
order() {
  on caller pkill -KILL ssh || true
  touch "$root/srv/hold"
  on caller ssh host01 backstay run /etc/backstay/app.plan.yaml >"$scratch/out" 2>&1 &
  caller_pid=$!
  wait_for "the service to stop" stopped
}
put_right() { # WHAT
  wait_for "the service to run again after $1" running
  wait_for "nothing to be left to do after $1" nothing_pending
  rm -f "$root/srv/hold"
  expect 0 on host01 systemctl is-system-running
  ! on host01 pgrep -f 'backstay run' >/dev/null || wait_for "the run to be gone" on host01 sh -c '! pgrep -f "backstay run"'
}

say "the caller's ssh is killed"
order
kill -KILL "$caller_pid"
on caller pkill -KILL ssh || true
put_right "the caller's ssh was killed"

say "the machine that called loses its power"
order
power_off caller
put_right "the caller's power went"
power_on caller

say "the line is cut"
order
unplug caller
put_right "the line was cut"
plug caller

say "the run is killed on its host"
order
on host01 pkill -KILL -f 'backstay run'
put_right "the run was killed"

say "the run is frozen on its host: past its deadline it is ended from outside"
order
on host01 pkill -STOP -f 'backstay run'
put_right "the run was frozen"
expect 0 on host01 journalctl --no-pager -o cat
says "hung past its deadline and was killed"

say "the host goes down in the middle"
touch "$root/srv/hold"
on caller ssh host01 backstay run /etc/backstay/app.plan.yaml >"$scratch/out" 2>&1 &
caller_pid=$!
wait_for "the service to stop" stopped
on host01 systemctl enable -q app 2>/dev/null || true
power_off host01
power_on host01
put_right "the host went down"

say "the host says honestly that none of these backups was made, and the next one is"
expect 0 tool list /etc/backstay/app.plan.yaml -f json
[ "$(jq '.snapshots | length' <<<"$output")" = 0 ] || [ "$(jq '[.snapshots[] | select(.partial | not)] | length' <<<"$output")" = 0 ] ||
  die "a backup that was cut short is shown as whole: $output"
rm -f "$root/srv/hold"
expect 0 tool run /etc/backstay/app.plan.yaml
running || die "the service is down after a backup that went well"
