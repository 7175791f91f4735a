#!/usr/bin/env bash
# The test hosts themselves (tests/support/hosts.sh): each is a machine of its own, Ansible reaches all of
# them, what is done to one is not done to its neighbours, and nothing outlives the test that made them.
set -euo pipefail
source "$(dirname "$0")/../support/hosts.sh"

doomed() {
  enter_lab "$@"
  add_hosts one
  add_systemd_hosts two
  echo "$BACKSTAY_LAB is up"
  sleep infinity
}

processes_of() { grep -lsz "^BACKSTAY_LAB=$1" /proc/[0-9]*/environ || true; }
cgroups_of() {
  unshare --mount bash -c 'mount --make-rprivate / && mount -t cgroup2 cgroup2 /mnt && ls /mnt' | grep -- "^$1-" || true
}

# Seen from outside of all name spaces.
killed_lab_leaves_nothing() {
  local pid tag round log
  log=$(mktemp)
  bash "$0" "$1" doomed >"$log" 2>&1 &
  pid=$!
  for round in $(seq 600); do
    grep -q ' is up$' "$log" && break
    kill -0 "$pid" || lab_fail "no lab to kill: $(cat "$log")"
    sleep 0.1
  done
  tag=$(awk '/ is up$/ { print $1 }' "$log")
  rm "$log"
  [ -n "$(processes_of "$tag")" ] || lab_fail "a running lab has no process: this test looks at the wrong place"
  [ -n "$(cgroups_of "$tag")" ] || lab_fail "a running lab has no cgroup: this test looks at the wrong place"
  kill -KILL "$pid"
  wait "$pid" 2>/dev/null || true
  for round in $(seq 100); do
    if [ -z "$(processes_of "$tag")$(cgroups_of "$tag")" ]; then break; fi
    sleep 0.1
  done
  [ -z "$(processes_of "$tag")" ] || lab_fail "a killed lab left processes: $(processes_of "$tag")"
  [ -z "$(cgroups_of "$tag")" ] || lab_fail "a killed lab left cgroups: $(cgroups_of "$tag")"
  ! grep -q " $lab" /proc/mounts || lab_fail "a killed lab left mounts"
  [ ! -e "$lab" ] || lab_fail "a killed lab left $lab"
}

if [ "${2:-}" = doomed ]; then doomed "$@"; fi
if [ $$ != 1 ]; then killed_lab_leaves_nothing "$1"; fi

enter_lab "$@"
source "$(dirname "$0")/lib.sh"
share_program "$backstay" backstay
all="ctl01 compute01 compute02 storage01"
add_hosts ctl01 compute01 compute02
add_systemd_hosts storage01

say "each is a machine of its own: name, address, key, root, processes, and this program"
for host in $all; do
  expect 0 ssh "$host" hostname
  [ "$output" = "$host" ] || die "$host is called $output"
  expect 0 ssh "$host" "echo $host >/etc/who; echo $host >/var/tmp/who; ip -brief address show eth0; backstay --version"
  says "$(host_address "$host")"
  says backstay
  [ "$(cat "$(host_root "$host")/etc/who")" = "$host" ] || die "/etc of $host is not its own"
done
[ "$(for host in $all; do cat "$(host_root "$host")"/etc/{machine-id,ssh/*key.pub}; done | sort -u | wc -l)" = 8 ] ||
  die "hosts share a key or a machine id"
[ ! -e /etc/who ] || die "a host wrote into this machine"
expect 0 ssh ctl01 "ls /proc | grep -c '^[0-9]'"
[ "$output" -lt 12 ] || die "ctl01 sees the processes of others: $output"

say "Ansible reaches all four"
printf '%s\n' $all >"$lab/inventory"
expect 0 ansible -i "$lab/inventory" all -m ansible.builtin.ping
[ "$(grep -c SUCCESS <<<"$output")" = 4 ] || die "$output"

say "one host logs in at another, where it was admitted, and nowhere else"
admit ctl01 storage01
expect 0 ssh ctl01 ssh storage01 hostname
[ "$output" = storage01 ] || die "$output"
expect 255 ssh ctl01 ssh -o BatchMode=yes compute01 hostname

say "what is done to one is not done to its neighbours"
unplug compute01
expect 255 ssh -o ConnectTimeout=1 compute01 true
expect 0 ssh compute02 true
plug compute01
wait_for "compute01" ssh -o ConnectTimeout=1 compute01 true
power_off compute02
expect 255 ssh -o ConnectTimeout=1 compute02 true
power_on compute02
expect 0 ssh compute02 cat /etc/who
[ "$output" = compute02 ] || die "a disk did not outlast the power: $output"
power_off storage01
power_on storage01
expect 0 ssh storage01 systemctl is-active ssh
change_host_key compute01
change_host_key storage01
for host in compute01 storage01; do
  expect 255 ssh "$host" true
  says "REMOTE HOST IDENTIFICATION HAS CHANGED"
done

say "clocks, disks and lines are bad where they are said to be"
shift_clock compute02 600
here=$(date +%s)
there=$(ssh compute02 date +%s)
[ $((there - here)) -ge 590 ] && [ $((there - here)) -le 660 ] || die "$here here, $there on compute02"
there=$(ssh ctl01 date +%s)
[ $((there - here)) -le 60 ] || die "ctl01's clock is wrong too"
small_disk ctl01 /var/lib/small 1m
expect 1 ssh ctl01 "head -c 2000000 /dev/zero >/var/lib/small/file"
says "No space left"
slow_line ctl01 400kbit
expect 124 timeout 1 ssh ctl01 "head -c 1000000 /dev/zero | tr '\\0' x"
slow_line ctl01
expect 0 timeout 30 ssh ctl01 "head -c 1000000 /dev/zero | wc -c"
[ "$(ip -brief link | awk '{ print $1 }' | grep -vcE '^(lo|lab0|host[0-9]+@)')" = 0 ] || die "the lab has a line to the outside"

say "a package that is installed on one host is on this one alone"
expect 0 ssh compute02 "rm -f /usr/bin/sqlite3 && ! command -v sqlite3"
expect 0 ssh ctl01 "command -v sqlite3"
