#!/usr/bin/env bash
# The whole controller of examples/02 by drill: nine databases of a real MariaDB server, accounts,
# configuration and state trees come back in a sandbox beside the running service, which is not touched;
# and what makes such a drill fail, or dies in the middle of it.
#
# Runs in a mount namespace of its own: /etc, /var and /run are the test's, nothing of the machine changes.
set -euo pipefail
source "$(dirname "$0")/../support/own_namespaces.sh"
enter_own_namespaces -- "$@"
source "$(dirname "$0")/lib.sh"
source "$e2e_dir/mariadb_server.sh"
source "$e2e_dir/mariadb_state.sh"
unset BACKSTAY_CONFIG_DIR BACKSTAY_STATE_DIR

finish() {
  stop_server KILL
  clean_up
}
trap finish EXIT

chmod 0711 "$scratch"
cp -a /etc "$scratch/etc"
mkdir -p "$scratch"/{var-lib,var-log,var-backups,sandboxes,programs}
mount --bind "$scratch/etc" /etc
mount --bind "$scratch/var-lib" /var/lib
mount --bind "$scratch/var-log" /var/log
mount --bind "$scratch/var-backups" /var/backups
mount -t tmpfs -o mode=0755 tmpfs /run
export BACKSTAY_TEST_PROGRAMS=$scratch/programs
# Whoever asks for a unit in a drill is found out.
printf '#!/bin/sh\necho "$@" >>%s/units-asked\nexit 1\n' "$scratch" >"$scratch/programs/systemctl"
chmod 0755 "$scratch/programs/systemctl"

for service in keystone placement glance cinder neutron nova heat swift ceilometer; do
  mkdir -p "/etc/$service" "/var/lib/$service" "/var/log/$service"
  printf '[database]\nconnection = mysql+pymysql://%s\n' "$service" >"/etc/$service/$service.conf"
  echo log >"/var/log/$service/$service.log"
done
mkdir -p /etc/mysql /etc/keystone/{fernet,credential}-keys /var/lib/glance/images /etc/backstay
echo '[mariadb]' >/etc/mysql/my.cnf
head -c 44 /dev/urandom >/etc/keystone/fernet-keys/0
head -c 44 /dev/urandom >/etc/keystone/credential-keys/0
head -c 100000 /dev/urandom >/var/lib/glance/images/i1
printf '[client]\nuser = backstay\npassword = b-secret\n' >/etc/backstay/mariadb.cnf
chmod 0600 /etc/backstay/mariadb.cnf

start_server
client <"$e2e_dir/mariadb_fill.sql"

plan=$scratch/controller.plan.yaml
with_drill() { # FACT…
  cat "$source_dir/examples/02-controller/controller.stay" >"$scratch/controller.stay"
  {
    printf 'schedule weekly {\n    every sat at 10:00\n    window 4h\n}\n'
    printf 'drill weekly-restore {\n    run weekly\n    restore all services from local into sandbox\n'
    printf '    %s\n' "$@"
    printf '}\nrequire all services {\n    rto 4h\n    drill every 8d\n}\n'
  } >>"$scratch/controller.stay"
  expect 0 "$backstay" -q plan "$scratch/controller.stay" -o "$plan"
}
newest() { "$backstay" list "$plan" --format json | jq -r '.snapshots | max_by(.sequence) | .id'; }
into=$scratch/sandboxes/s
drill() { "$backstay" drill "$plan" --host ctl01 --into "$into" "$@"; }
# Nothing of a sandbox runs: its path is in the arguments of all that a drill starts.
running() {
  local file
  for file in /proc/[0-9]*/cmdline; do
    case $({ tr '\0' ' ' <"$file"; } 2>/dev/null) in *"$into/servers/"*) echo "$file" ;; esac
  done
}
nothing_left() {
  [ -z "$(running)" ] || die "$1: something still runs: $(running)"
  [ -z "$(ls -A "$scratch/sandboxes")" ] || die "$1: a sandbox is left"
  [ -z "$(ls -A /var/lib/backstay/drills)" ] || die "$1: a note is left"
}

with_drill 'expect rows keystone.credential at-least 4' 'expect file /etc/keystone/fernet-keys/0' 'expect run ["look"]'
cat >"$scratch/programs/look" <<'LOOK'
#!/bin/sh
[ "$(mariadb --no-defaults --socket="$BACKSTAY_SOCKET_CONTROL_DB" -BNe 'SELECT COUNT(*) FROM nova.big_instances' | wc -l)" = 1 ]
LOOK
chmod 0755 "$scratch/programs/look"
expect 0 "$backstay" -q store init "$plan"
expect 0 "$backstay" -q run "$plan" --host ctl01
rm -f "$scratch/units-asked"
state_of_server >"$scratch/server.before"

say "a dry run shows the servers that would be started"
expect 0 drill --dry-run
says "--skip-networking"
says "keystone on control-db"
nothing_left "a dry run"

say "the drill, and the same state in its scratch server as in the real one"
expect 0 drill --keep
says ": drilled"
says "keystone.credential has 4 rows"
says "not drilled: start.nova@ctl01"
[ ! -e "$scratch/units-asked" ] || die "a drill asked for units: $(cat "$scratch/units-asked")"
diff -r --no-dereference /etc/keystone "$into/files/ctl01/etc/keystone" || die "the keys differ"
cmp /var/lib/glance/images/i1 "$into/files/ctl01/var/lib/glance/images/i1" || die "the image differs"
[ -z "$(running)" ] || die "the kept sandbox's server still runs: $(running)"
record=$(ls /var/backups/backstay/records/"$(newest)"/drill-1.json)
[ "$(jq '[.databases[]] | length' "$record")" = 9 ] || die "not nine databases: $(cat "$record")"
jq -e '.databases[] | select(.database == "keystone") | .tables > 3 and .rows > 5 and (.server_version | contains("MariaDB"))' \
  "$record" >/dev/null || die "the evidence lacks rows: $(cat "$record")"
jq -e '.not_drilled | length > 10' "$record" >/dev/null || die "nothing is said to be left out"
! grep -q 'b-secret\|k-secret' "$record" /var/lib/backstay/runs/*.json || die "a secret is in the evidence"
# The command that it prints brings the kept server up again.
start=$(sed -n 's/^  start its server: //p' <<<"$output")
sh -c "$start" >/dev/null 2>"$scratch/kept.log" &
kept=$!
asks() { mariadb --no-defaults --socket="$into/servers/control-db/socket" -e 'SELECT 1'; }
wait_for "the kept server" asks
(
  real=$socket socket=$into/servers/control-db/socket
  state_of_server | diff "$scratch/server.before" - || die "the drilled server differs from the real one"
)
kill "$kept"
wait "$kept" || true
expect 0 "$backstay" drill --cleanup
nothing_left "a clean-up"
state_of_server | diff "$scratch/server.before" - || die "the drill touched the real server"
expect 0 "$backstay" status "$plan" --check
says "last drill"
says "rto 4h"

say "the scratch server does not start"
cat >"$scratch/programs/mariadbd" <<'LIE'
#!/bin/sh
case "$*" in *--socket=*/sandboxes/*) echo "cannot allocate memory for the buffer pool" >&2; exit 1 ;; esac
exec /usr/sbin/mariadbd "$@"
LIE
chmod 0755 "$scratch/programs/mariadbd"
chmod 0755 "$scratch/programs"
expect 5 drill
says "did not start"
says "cannot allocate memory"
nothing_left "a server that does not start"
rm "$scratch/programs/mariadbd"

say "the scratch server is killed in the middle of the import"
"$backstay" drill "$plan" --host ctl01 --into "$into" >"$scratch/log" 2>&1 &
job=$!
importing() { [ -d "$into/servers/control-db/data/nova" ] || ls -d "$into"/servers/control-db/data/*__backstay_* 2>/dev/null | has .; }
wait_for "the import" importing
kill -KILL "$(cat "$into/servers/control-db/tmp/pid")"
code=0
wait "$job" || code=$?
[ "$code" = 5 ] || die "exit $code after the server was killed: $(cat "$scratch/log")"
grep -q "signal 9" "$scratch/log" || die "nobody says that the server was killed: $(cat "$scratch/log")"
nothing_left "a killed server"
jq -e '.failure | contains("signal 9")' "$(ls -t /var/backups/backstay/records/"$(newest)"/drill-*.json | head -1)" >/dev/null ||
  die "the failure is not in the evidence"
expect 6 "$backstay" status "$plan" --check
says "the last drill failed"

say "a sandbox that fills up"
mkdir "$into"
mount -t tmpfs -o size=40m,mode=0700 tmpfs "$into"
expect 5 drill
umount "$into"
rmdir "$into"
nothing_left "a full sandbox"

say "too few rows"
with_drill 'expect rows keystone.credential at-least 5' 'expect rows glance.nowhere at-least 1'
expect 5 drill
says "NOT MET  keystone.credential has 4 rows, at least 5 are expected"
says "NOT MET  glance.nowhere"
nothing_left "too few rows"
with_drill 'expect rows keystone.credential at-least 4'

say "the tool is killed: nothing runs on, and the next drill clears the way"
visited=0
for point in drill.server-installed:1 drill.server-started:1 restore-mariadb.imported:1 drill.finish:1; do
  code=0
  { BACKSTAY_FAILPOINT=$point:kill "$backstay" drill "$plan" --host ctl01 --into "$into"; } >/dev/null 2>&1 || code=$?
  [ "$code" != 0 ] || { echo "(no failpoints in this build)"; break; }
  [ "$code" = 137 ] || die "exit $code at $point"
  gone() { [ -z "$(running)" ]; }
  wait_for "everything to end after a kill at $point" gone
  [ -d "$into" ] || die "$point: nothing was there to clear"
  visited=$((visited + 1))
done
expect 0 drill
says "removed the sandbox"
nothing_left "drills that were killed"
expect 0 "$backstay" status "$plan" --check
state_of_server | diff "$scratch/server.before" - || die "a drill touched the real server"
[ ! -e "$scratch/units-asked" ] || die "a drill asked for units: $(cat "$scratch/units-asked")"
