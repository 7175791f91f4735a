#!/usr/bin/env bash
# A PostgreSQL server by drill: roles and databases come back in a scratch server, rows are counted, and a
# kill leaves neither process nor shared memory.
source "$(dirname "$0")/lib.sh"
source "$e2e_dir/postgresql_server.sh"

finish() {
  stop_server KILL
  clean_up
}
trap finish EXIT

start_server
client postgres --file="$e2e_dir/postgresql_fill.sql" >/dev/null
printf '*:*:*:backup:b-secret\n' >"$scratch/pgpass"
chmod 0600 "$scratch/pgpass"
mkdir "$scratch/sandboxes"
cat >"$scratch/metrics.stay" <<POLICY
language 1
policy metrics

zone UTC

host ctl01

secret backup-login {
    file $scratch/pgpass
}

postgresql metrics-db {
    on ctl01
    socket $socket
    login backup-login
    units postgresql
}

service gnocchi {
    on ctl01
    database gnocchi on metrics-db
    units gnocchi-api
}

service rest {
    on ctl01
    database all on metrics-db
}

target local {
    directory $scratch/store on ctl01
}

retention standard {
    daily 7
}

schedule nightly {
    every day at 02:30
    window 1h
}

schedule weekly {
    every sat at 10:00
    window 1h
}

backup metrics {
    cover all services
    run nightly
    to local keep standard
}

drill practice {
    run weekly
    restore all services from local into sandbox
    expect rows gnocchi.drilled at-least 7
    expect run ["look"]
}
POLICY
ask gnocchi "CREATE TABLE drilled (id int PRIMARY KEY); INSERT INTO drilled SELECT generate_series(1, 7)" >/dev/null
mkdir "$scratch/programs"
cat >"$scratch/programs/look" <<'LOOK'
#!/bin/sh
psql --host="$BACKSTAY_SOCKET_METRICS_DB" --username=postgres --dbname=gnocchi --command 'SELECT 1' >/dev/null
LOOK
chmod 0755 "$scratch/programs/look"
export BACKSTAY_TEST_PROGRAMS=$scratch/programs
plan=$scratch/metrics.plan.yaml
into=$scratch/sandboxes/s
memory() { awk 'NR > 1 { print $2 }' /proc/sysvipc/shm | sort; }
running() {
  local file
  for file in /proc/[0-9]*/cmdline; do
    case $({ tr '\0' ' ' <"$file"; } 2>/dev/null) in *"$into/servers/"*) echo "$file" ;; esac
  done
}
gone() { [ -z "$(running)" ]; }
expect 0 "$backstay" -q plan "$scratch/metrics.stay" -o "$plan"
expect 0 "$backstay" -q store init "$plan"
expect 0 "$backstay" run "$plan"
state_of_server >"$scratch/server.before"
before=$(memory)

say "a drill"
expect 0 "$backstay" drill "$plan" --into "$into"
says ": drilled"
says "gnocchi.drilled has 7 rows, at least 7 are expected"
[ -z "$(running)$(ls -A "$scratch/sandboxes")" ] || die "something is left: $(running)"
[ "$(memory)" = "$before" ] || die "shared memory is left"
record=$(ls "$scratch"/store/records/*/drill-1.json)
jq -e '.databases | length > 1 and all(.[]; .server_version | startswith("15")) and (map(.rows) | add > 0)' "$record" >/dev/null ||
  die "the evidence says $(cat "$record")"
! grep -q b-secret "$record" "$BACKSTAY_STATE_DIR"/runs/*.json || die "a secret is in the evidence"
state_of_server | diff "$scratch/server.before" - || die "the drill touched the real server"

say "killed in the middle: the next drill clears the way"
for point in drill.server-started:1 restore-postgresql.imported:1; do
  code=0
  { BACKSTAY_FAILPOINT=$point:kill "$backstay" drill "$plan" --into "$into"; } >/dev/null 2>&1 || code=$?
  [ "$code" != 0 ] || { echo "(no failpoints in this build)"; break; }
  [ "$code" = 137 ] || die "exit $code at $point"
  wait_for "everything to end after a kill at $point" gone
done
expect 0 "$backstay" drill "$plan" --into "$into"
[ -z "$(ls -A "$scratch/sandboxes")" ] || die "a sandbox is left"
[ "$(memory)" = "$before" ] || die "shared memory is left after a kill"
