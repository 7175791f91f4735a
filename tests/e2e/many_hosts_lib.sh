# Shared by the tests of what can go wrong among several hosts: four machines that hold still for each other, a
# plan of them, calls of the engine, and what is asked afterwards.
#
#   source tests/support/hosts.sh; enter_lab "$@"; source tests/e2e/lib.sh
#   source tests/e2e/many_hosts_lib.sh
#
# compute01 and compute02 stop their service, then ctl01 its own; each waits for the others (three phases). storage01
# waits for nobody. A hook on ctl01 and one on storage01 wait as long as `hold HOST NAME` says. A function
# before_stores, where there is one, is called before the stores are made.
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
if declare -F before_stores >/dev/null; then before_stores; fi
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
# begin_run PLAN [ARGUMENT…]: in the background, as a controller of its own process group.
begin_run() {
  setsid "$backstay" run "$@" --engine ansible -f json >"$scratch/report" 2>"$scratch/ansible-begun.log" &
  run_pid=$!
}
# ended_with CODE: what begin_run began; its report is in $report.
ended_with() {
  local code=0
  wait "$run_pid" || code=$?
  report=$(cat "$scratch/report")
  cp "$scratch/ansible-begun.log" "$scratch/ansible.log"
  [ "$code" = "$1" ] || ill "exit $code instead of $1"
}
came_to() { grep -qF "$1" "$scratch/killed.log"; }
came_or_ended() { came_to "$1" || ! kill -0 "$caller" 2>/dev/null; }
player_gone() { ! pgrep -f ansible-playbook; }
# kill_at WORDS ARGUMENT…: a call of the engine, which dies with its player when that says WORDS (`PLAY [Phase 2 of 3]`).
kill_at() {
  local words=$1
  shift
  : >"$scratch/killed.log"
  # Unbuffered: each play is told when it begins.
  setsid env PYTHONUNBUFFERED=1 "$backstay" "$@" --engine ansible -f json >"$scratch/killed.json" 2>"$scratch/killed.log" &
  caller=$!
  wait_for "the playbook to come to $words" came_or_ended "$words"
  came_to "$words" || die "it ended before $words: $(tail -n 40 "$scratch/killed.log")"
  kill -KILL -- "-$caller"
  wait "$caller" 2>/dev/null || true
  # Its player is in a session of its own. The lab has its own process ids: nothing outside is meant.
  pkill -KILL -f ansible-playbook || true
  wait_for "the player to be gone" player_gone
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
