#!/usr/bin/env bash
# A real PostgreSQL server: its databases and roles are backed up under writes, destroyed, restored
# and compared statement by statement; beside, in place, and with the faults.
source "$(dirname "$0")/lib.sh"
source "$e2e_dir/postgresql_server.sh"

writer=
finish() {
  touch "$scratch/stop-writing" 2>/dev/null || true
  stop_server KILL
  clean_up
}
trap finish EXIT

sides() { ask postgres "SELECT datname FROM pg_database WHERE datname LIKE '%\_\_backstay\_%' OR datname LIKE '%\_\_orig\_%'"; }
drop_sides() {
  local name
  sides | while IFS= read -r name; do ask postgres "DROP DATABASE \"$name\""; done
}
latest() { "$backstay" list "$plan" --format json | jq -r '[.snapshots[] | select(.partial | not)] | max_by(.id) | .id'; }
same() { state_of_server | diff "$scratch/server.before" - || die "the server differs: $1"; }
# Grants that are made again change their places in the list, and say the same.
same_grants_in_any_order() {
  diff <(sort "$scratch/server.before") <(state_of_server | sort) || die "the server differs: $1"
}

write_policy() { # LOGIN-FACT
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
    $1
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

backup metrics {
    cover all services
    run nightly
    to local keep standard
}
POLICY
  plan=$scratch/metrics.plan.yaml
  expect 0 "$backstay" plan "$scratch/metrics.stay" -o "$plan"
}

start_server
client postgres --file="$e2e_dir/postgresql_fill.sql" >/dev/null
printf '*:*:*:backup:b-secret\n' >"$scratch/pgpass"
chmod 0600 "$scratch/pgpass"
write_policy "login backup-login"
expect 0 "$backstay" store init "$plan"

say "a dry run names databases and commands, never the password"
expect 0 "$backstay" run "$plan" --host ctl01 --dry-run
says "database gnocchi"
says "Odd; name"
says "pg_dump"
says_not "b-secret"

say "a backup under writes is one instant of its database"
(
  while [ ! -e "$scratch/stop-writing" ]; do
    echo "BEGIN; UPDATE account_a SET amount = amount - 1; UPDATE account_b SET amount = amount + 1; COMMIT;"
  done | as_postgres env PGOPTIONS='-c search_path=public' psql -Xq --host="$socket" --username=postgres gnocchi
) &
writer=$!
wait_for "the first transactions" test "$(sleep 0.5; ask gnocchi "SELECT amount < 500 FROM public.account_a")" = t
expect 0 "$backstay" run "$plan" --host ctl01
first=$(latest)
expect 0 "$backstay" verify "$plan" "$first" --level 2
touch "$scratch/stop-writing"
wait "$writer" || die "the writer failed"
expect 0 "$backstay" restore "$plan" --snapshot "$first" --database gnocchi --database-suffix _beside
[ "$(ask gnocchi_beside "SELECT a.amount + b.amount, a.amount < 500 FROM public.account_a a, public.account_b b")" = "1000|t" ] ||
  die "the copy is not of one instant: $(ask gnocchi_beside "TABLE public.account_a")"
[ "$(ask gnocchi_beside "SHOW search_path")" = "metrics, public" ] || die "the copy lost its settings"
ask postgres "DROP DATABASE gnocchi_beside"

say "a quiet backup, to compare exactly"
expect 0 "$backstay" run "$plan" --host ctl01
state_of_server >"$scratch/server.before"
[ "$(wc -l <"$scratch/server.before")" -gt 3000 ] || die "there is too little to compare"

say "a restore over what is there is refused, and changes nothing"
expect 7 "$backstay" restore "$plan"
expect 7 "$backstay" restore "$plan" --database aodh
says "database aodh"
same "after a refused restore"

say "the disaster"
for name in gnocchi aodh "Odd; name"; do ask postgres "DROP DATABASE \"$name\""; done
ask postgres 'DROP ROLE gnocchi; DROP ROLE readers; DROP ROLE "odd role"'

say "everything comes back"
expect 0 "$backstay" restore "$plan" --in-place --yes --dry-run
says "pg_restore"
says "database gnocchi is not on metrics-db: "
says "room on metrics-db: "
expect 0 "$backstay" restore "$plan" --in-place --yes
same "after the disaster"
[ -z "$(sides)" ] || die "databases were left behind: $(sides)"

say "in place over damage: the old database is kept, connected clients do not hold it up"
ask gnocchi "DELETE FROM metrics.measure; DROP FUNCTION metrics.touch CASCADE; CREATE TABLE public.later ()"
ask postgres "ALTER DATABASE gnocchi RESET ALL; ALTER ROLE gnocchi PASSWORD 'other'"
client gnocchi --command "SELECT pg_sleep(600)" >/dev/null 2>&1 &
sleeper=$!
expect 0 "$backstay" restore "$plan" --in-place --dry-run
says "database gnocchi on metrics-db now: "
says "not in the snapshot: public.later"
says "which rows of gnocchi differ"
expect 0 "$backstay" restore "$plan" --in-place --yes
wait "$sleeper" && die "a client stayed in a database that was exchanged"
aside=$(sides | grep '^gnocchi__orig_')
client "$aside" --command "SELECT 1" >/dev/null 2>&1 && die "clients may write into what is set aside"
ask postgres "ALTER DATABASE \"$aside\" ALLOW_CONNECTIONS true"
[ "$(ask "$aside" "SELECT count(*) FROM pg_class WHERE relname IN ('later', 'metric')")" = 2 ] || die "$aside is not the old database"
drop_sides
same "after a restore in place"

say "a restore that fails in the middle takes everything back"
for point in imported:1 exchanged:1 exchanged:2; do
  code=0
  output=$(BACKSTAY_FAILPOINT=restore-postgresql.$point:EIO "$backstay" restore "$plan" --in-place --yes 2>&1) || code=$?
  [ "$code" != 0 ] || { echo "(no failpoints in this build)"; drop_sides; break; }
  same "after a restore that failed at $point"
  [ -z "$(sides)" ] || die "a restore that failed at $point left databases behind: $(sides): $output"
done

say "a killed restore is repeated, and that is all"
{ BACKSTAY_FAILPOINT=restore-postgresql.exchanged:2:kill "$backstay" restore "$plan" --in-place --yes; } >/dev/null 2>&1 || true
expect 0 "$backstay" restore "$plan" --in-place --yes
drop_sides
same_grants_in_any_order "after a killed restore and another one"

say "its undo: databases, rows, settings, roles and grants are what they were"
ask gnocchi "DELETE FROM metrics.measure WHERE metric > 200; CREATE TABLE public.later (x int); INSERT INTO public.later VALUES (7)"
ask postgres "ALTER DATABASE gnocchi SET work_mem = '9MB'; ALTER ROLE gnocchi PASSWORD 'other'"
ask postgres 'DROP DATABASE aodh'
ask postgres 'DROP ROLE "odd role"'
state_of_server | sort >"$scratch/server.damaged"
restore() { "$backstay" restore "$plan" --in-place --yes "$@"; }
is_damaged() {
  diff "$scratch/server.damaged" <(state_of_server | sort) || die "$1"
  [ -z "$(sides)" ] || die "$1: $(sides)"
}
expect 0 restore
same_grants_in_any_order "after a restore over damage"
expect 0 "$backstay" restore --undo latest
is_damaged "the server is not what it was before the restore"

say "killed at any step: gone on with, and taken back; every row is accounted for"
for point in restore-postgresql.noted:2 restore-postgresql.aside:1 restore-postgresql.exchanged:2 restore.finish:1; do
  code=0
  { BACKSTAY_FAILPOINT=$point:kill restore --without-keep-current all; } >/dev/null 2>&1 || code=$?
  [ "$code" != 0 ] || { echo "(no failpoints in this build)"; expect 0 "$backstay" restore --undo latest; break; }
  expect 0 "$backstay" restore --undo latest
  is_damaged "killed at $point and undone, the server is not what it was"
  { BACKSTAY_FAILPOINT=$point:kill restore --without-keep-current all; } >/dev/null 2>&1 || true
  expect 0 restore --without-keep-current all
  same_grants_in_any_order "killed at $point and repeated"
  expect 0 "$backstay" restore --undo latest
  is_damaged "killed at $point, repeated and undone, the server is not what it was"
done

say "an undo that is killed is repeated, a commit too; it removes what was set aside and nothing else"
for point in undo-postgresql.renamed:1 undo-postgresql.renamed:2 undo.change:2; do
  expect 0 restore --without-keep-current all
  { BACKSTAY_FAILPOINT=$point:kill "$backstay" restore --undo latest; } >/dev/null 2>&1 || true
  expect 0 "$backstay" restore --undo latest
  is_damaged "an undo killed at $point and repeated did not put back what was there"
done
expect 0 restore --without-keep-current all
[ -n "$(sides)" ] || die "nothing was set aside"
{ BACKSTAY_FAILPOINT=commit.end:1:kill "$backstay" restore --commit latest; } >/dev/null 2>&1 || true
"$backstay" restore --commit latest >/dev/null 2>&1 || true # where the kill came behind its end
[ -z "$(sides)" ] || die "the commit left $(sides)"
same_grants_in_any_order "after a commit"
state_of_server >"$scratch/server.before"

say "plain files, for a restore by hand"
expect 0 "$backstay" restore "$plan" --database gnocchi --to "$scratch/files"
chmod -R a+rX "$scratch/files"
ask postgres "CREATE DATABASE by_hand TEMPLATE template0"
as_postgres pg_restore --host="$socket" --username=postgres --dbname=by_hand --exit-on-error "$(find "$scratch/files" -name '*gnocchi*.dump')"
[ "$(ask by_hand "SELECT count(*) FROM metrics.measure")" = 400 ] || die "rows are missing after an import by hand"
ask postgres "DROP DATABASE by_hand"

# --- the faults ---------------------------------------------------------------------------------------

kept=$(latest)
unchanged() { [ "$(latest)" = "$kept" ] || die "a run $1 counts as complete"; }
run_fails() {
  local code=0
  output=$("$backstay" run "$plan" --host ctl01 2>&1) || code=$?
  case $code in 1 | 3 | 12 | 69) ;; *) die "exit $code of a run $1: $output" ;; esac
  unchanged "$1"
}

say "a wrong password"
printf '*:*:*:backup:wrong-secret\n' >"$scratch/pgpass"
run_fails "with a wrong password"
says "password authentication failed"
says_not "wrong-secret"
expect 12 "$backstay" restore "$plan" --database aodh --database-suffix _r
printf '*:*:*:*:b-secret\n' >"$scratch/pgpass"
run_fails "without a user"
says "does not say the user"
printf '*:*:*:backup:b-secret\n' >"$scratch/pgpass"

say "an account that may not read"
ask postgres "ALTER ROLE backup NOSUPERUSER"
run_fails "by an account that may not read"
says "permission denied"
ask postgres "ALTER ROLE backup SUPERUSER"

say "one that may not restore is told what it lacks before anything is changed; the dry run says it too"
state_of_server | grep -v '^ALTER ROLE backup ' >"$scratch/server.now"
lacks() { # WHAT, ARGUMENT…
  local what=$1
  shift
  ask postgres "ALTER ROLE backup NOSUPERUSER"
  expect 12 "$backstay" restore "$plan" --in-place --yes --without-keep-current all "$@"
  says "role backup on server \`metrics-db\` lacks $what"
  output=$("$backstay" restore "$plan" --in-place --dry-run --without-keep-current all "$@" 2>&1) || true
  says "role backup on server \`metrics-db\` lacks $what"
  state_of_server | grep -v '^ALTER ROLE backup ' | diff "$scratch/server.now" - || die "it changed the server"
  ask postgres "ALTER ROLE backup SUPERUSER"
}
lacks SUPERUSER
lacks CREATEDB --database aodh
ask postgres "ALTER ROLE backup CREATEDB"
lacks "membership in role gnocchi" --database aodh
ask postgres "ALTER ROLE backup NOCREATEDB"

say "a database that is gone fails by name; the others are kept"
ask postgres "ALTER DATABASE gnocchi RENAME TO hidden"
run_fails "without a database"
says "database gnocchi"
ask postgres "ALTER DATABASE hidden RENAME TO gnocchi"

say "a run killed during the dump leaves nothing"
{ BACKSTAY_FAILPOINT=dump-postgresql.decoded:2:kill "$backstay" run "$plan" --host ctl01; } >/dev/null 2>&1 && kept=$(latest)
unchanged "that was killed"

stands_still() { grep -q '^State:.*stopped' "/proc/$1/status"; }

say "the server is killed in the middle of a dump"
BACKSTAY_FAILPOINT=dump-postgresql.decoded:1:stop "$backstay" run "$plan" --host ctl01 >"$scratch/run.log" 2>&1 &
run=$!
wait_for "the dump to stand still" stands_still "$run"
stop_server KILL
kill -CONT "$run"
code=0
wait "$run" || code=$?
case $code in 1 | 3 | 69) ;; *) die "exit $code after the server was killed: $(cat "$scratch/run.log")" ;; esac
grep -q "systemctl start postgresql\|connection\|database" "$scratch/run.log" || die "nobody says what went: $(cat "$scratch/run.log")"
unchanged "whose server was killed"
start_server

say "the server is killed in the middle of an import: in place is nothing of it, and both ways on work"
state_of_server | sort >"$scratch/server.sorted"
as_it_was() { diff "$scratch/server.sorted" <(state_of_server | sort) || die "$1"; }
for way in undo again; do
  BACKSTAY_FAILPOINT=restore-postgresql.imported:1:stop "$backstay" restore "$plan" --in-place --yes --without-keep-current all >"$scratch/restore.log" 2>&1 &
  restore=$!
  wait_for "the import to stand still" stands_still "$restore"
  stop_server KILL
  kill -CONT "$restore"
  code=0
  wait "$restore" || code=$?
  [ "$code" != 0 ] || die "a restore whose server died went well: $(cat "$scratch/restore.log")"
  grep -q "restore --undo" "$scratch/restore.log" || die "the way back is not printed: $(cat "$scratch/restore.log")"
  start_server
  if [ "$way" = undo ]; then
    expect 0 "$backstay" restore --undo latest
  else
    expect 0 "$backstay" restore "$plan" --in-place --yes --without-keep-current all
    expect 0 "$backstay" restore --commit latest
  fi
  as_it_was "killed in an import, then $way, the server is not what it was"
  [ -z "$(sides)" ] || die "killed in an import, then $way: $(sides)"
done

say "a dead server is named, with what to start"
stop_server KILL
run_fails "with a dead server"
says "$socket"
says "systemctl start postgresql"

say "without a login the server is asked as its own account"
start_server
write_policy ""
sleep 1
expect 0 "$backstay" run "$plan" --host ctl01
[ "$(latest)" != "$kept" ] || die "the last run made no snapshot"
expect 0 "$backstay" verify "$plan" latest --level 2
expect 0 "$backstay" restore "$plan" --in-place --yes
drop_sides
same "after a restore without a login"
say "done"
