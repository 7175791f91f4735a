#!/usr/bin/env bash
# The guide's controller, whole: nine databases of a real MariaDB server under writes, its accounts, its
# configuration and state trees; backed up by the policy of examples/02-controller as it stands,
# destroyed, restored, compared table by table and definition by definition; and the faults.
#
# Runs in a mount namespace of its own: /etc, /var and /run are the test's, nothing of the machine changes.
set -euo pipefail
source "$(dirname "$0")/../support/own_namespaces.sh"
enter_own_namespaces -- "$@"
source "$(dirname "$0")/lib.sh"
source "$e2e_dir/mariadb_server.sh"
source "$e2e_dir/mariadb_state.sh"
unset BACKSTAY_CONFIG_DIR BACKSTAY_STATE_DIR

writer=
finish() {
  touch "$scratch/stop-writing"
  exec 8>&- || true
  stop_server KILL
  clean_up
}
trap finish EXIT

# --- a machine of our own -------------------------------------------------------------------------

cp -a /etc "$scratch/etc"
mkdir -p "$scratch/var-lib" "$scratch/var-log" "$scratch/var-backups"
mount --bind "$scratch/etc" /etc
mount --bind "$scratch/var-lib" /var/lib
mount --bind "$scratch/var-log" /var/log
mount --bind "$scratch/var-backups" /var/backups
mount -t tmpfs -o mode=0755 tmpfs /run

make_trees() {
  local service
  for service in keystone placement glance cinder neutron nova heat swift ceilometer; do
    mkdir -p "/etc/$service/policy.d" "/var/lib/$service" "/var/log/$service"
    printf '[database]\nconnection = mysql+pymysql://%s\n' "$service" >"/etc/$service/$service.conf"
    chmod 0640 "/etc/$service/$service.conf"
    echo log >"/var/log/$service/$service.log"
  done
  mkdir -p /etc/mysql /etc/keystone/{fernet,credential}-keys /var/lib/nova/instances/i1 /var/lib/glance/images
  echo '[mariadb]' >/etc/mysql/my.cnf
  head -c 44 /dev/urandom >/etc/keystone/fernet-keys/0
  head -c 44 /dev/urandom >/etc/keystone/credential-keys/0
  head -c 100000 /dev/urandom >/var/lib/glance/images/i1
  echo disk >/var/lib/nova/instances/i1/disk
  mkdir -p /etc/backstay
  printf '[client]\nuser = backstay\npassword = b-secret\n' >/etc/backstay/mariadb.cnf
  chmod 0600 /etc/backstay/mariadb.cnf
}

state_of_trees() {
  local service
  for service in keystone placement glance cinder neutron nova heat swift ceilometer; do
    find "/etc/$service" "/var/lib/$service" ! -path '*/instances/*' -printf '%p %m %u %g %s %T@ %y\n' 2>/dev/null | sort
    find "/etc/$service" "/var/lib/$service" -type f ! -path '*/instances/*' -exec sha256sum {} + 2>/dev/null | sort
  done
}

# --- clients beside the backup ----------------------------------------------------------------------

# Each transaction moves an amount between two databases and notes it in two others.
write_ledger() {
  local id=$1 from to
  while [ ! -e "$scratch/stop-writing" ]; do
    id=$((id + 1))
    case $((id % 3)) in
      0) from=keystone to=nova ;;
      1) from=nova to=placement ;;
      2) from=placement to=keystone ;;
    esac
    echo "START TRANSACTION; UPDATE $from.ledger SET amount = amount - $id; INSERT INTO cinder.journal VALUES ($id);
          UPDATE $to.ledger SET amount = amount + $id; INSERT INTO placement.journal VALUES ($id); COMMIT;"
  done | client
}

transactions() { ask "SELECT COALESCE(MAX(id), 0) FROM cinder.journal"; }
wrote_more_than() { [ "$(transactions)" -gt "$1" ]; }

start_writer() {
  write_ledger "$(transactions)" &
  writer=$!
}

stop_writer() {
  touch "$scratch/stop-writing"
  wait "$writer" || die "the writer failed"
  writer=
  rm "$scratch/stop-writing"
}

# ledger_holds SUFFIX: what every committed state has in common.
ledger_holds() {
  local found
  found=$(ask "SELECT (SELECT amount FROM keystone$1.ledger) + (SELECT amount FROM nova$1.ledger) + (SELECT amount FROM placement$1.ledger),
               (SELECT COUNT(*) FROM cinder$1.journal WHERE id NOT IN (SELECT id FROM placement$1.journal)) +
               (SELECT COUNT(*) FROM placement$1.journal WHERE id NOT IN (SELECT id FROM cinder$1.journal)),
               (SELECT MAX(id) = COUNT(*) FROM cinder$1.journal)")
  [ "$found" = $'3000000\t0\t1' ] || die "the ledger of the databases with suffix '$1' is torn: $found"
}

# Stops every dump in the database placement, the last one, until release: the dump waits for the lock.
hold_placement() {
  mkfifo "$scratch/hold.$1"
  client --unbuffered <"$scratch/hold.$1" >"$scratch/held.$1" &
  exec 8>"$scratch/hold.$1"
  echo "LOCK TABLES placement.inventories WRITE; SELECT 'held';" >&8
  wait_for "the lock" grep -q held "$scratch/held.$1"
}
release_placement() { exec 8>&-; }
dump_waits() { [ -n "$(ask "SELECT ID FROM information_schema.PROCESSLIST WHERE USER='backstay' AND STATE LIKE 'Waiting for table metadata lock%'")" ]; }

latest() { "$backstay" list "$plan" --format json | jq -r '[.snapshots[] | select(.partial | not)] | max_by(.id) | .id'; }

# --- the journey --------------------------------------------------------------------------------------

make_trees
start_server
client <"$e2e_dir/mariadb_fill.sql"

say "the controller's policy, as it stands"
plan=$scratch/controller.plan.yaml
expect 0 "$backstay" plan "$source_dir/examples/02-controller/controller.stay" -o "$plan"
expect 0 "$backstay" store init "$plan"
expect 0 "$backstay" run "$plan" --host ctl01 --dry-run
says "quota_usage"
says "--single-transaction"
says_not "b-secret"

say "a backup under writes: the writer commits while the dump stands in its last database"
start_writer
wait_for "the first transactions" wrote_more_than 20
hold_placement 1
"$backstay" run "$plan" --host ctl01 >"$scratch/run.log" 2>&1 8>&- &
run=$!
wait_for "the dump to wait" dump_waits
seen=$(transactions)
wait_for "writes during the dump" wrote_more_than "$((seen + 200))"

say "a second run at the same time is refused"
expect 11 "$backstay" run "$plan" --host ctl01
release_placement
code=0
wait "$run" || code=$?
[ "$code" = 0 ] || die "exit $code of the backup:"$'\n'"$(cat "$scratch/run.log")"
grep -q quota_usage "$scratch/run.log" || die "nobody was warned of the table without transactions: $(cat "$scratch/run.log")"
first=$(latest)
expect 0 "$backstay" verify "$plan" "$first" --level 2

say "restored beside, the ledger is of one instant, before those writes"
expect 0 "$backstay" restore "$plan" --snapshot "$first" --database-suffix _beside \
  $(for name in $databases; do echo --database "$name"; done)
ledger_holds _beside
[ "$(ask "SELECT MAX(id) < $((seen + 200)) FROM cinder_beside.journal")" = 1 ] || die "the copy holds what was written after its instant"
stop_writer
ledger_holds ""
for name in $databases; do ask "DROP DATABASE ${name}_beside"; done

say "a quiet backup, to compare exactly"
expect 0 "$backstay" run "$plan" --host ctl01
state_of_server >"$scratch/server.before"
state_of_trees >"$scratch/trees.before"
[ "$(grep -c . "$scratch/server.before")" -gt 100 ] || die "there is too little to compare"

say "a restore over what is there is refused, and changes nothing"
expect 7 "$backstay" restore "$plan"
expect 7 "$backstay" restore "$plan" --database glance
says "database glance"
state_of_server | diff "$scratch/server.before" - || die "a refused restore changed the server"
state_of_trees | diff "$scratch/trees.before" - || die "a refused restore changed the trees"

say "the disaster"
for name in $databases; do ask "DROP DATABASE $name"; done
ask "DROP USER keystone@'%', nova@'%', heat@'%', glance@localhost, operator@'10.0.0.%'; DROP ROLE auditor, reader"
for name in keystone placement glance cinder neutron nova heat swift ceilometer; do rm -rf "/etc/$name"; done
rm -rf /var/lib/glance /var/lib/neutron /var/lib/heat /var/lib/keystone

say "everything comes back"
expect 0 "$backstay" restore "$plan" --in-place --yes --dry-run
expect 0 "$backstay" restore "$plan" --in-place --yes
state_of_server >"$scratch/server.after"
diff "$scratch/server.before" "$scratch/server.after" || die "the server differs after the restore"
state_of_trees | diff "$scratch/trees.before" - || die "the trees differ after the restore"
[ "$(cat /var/lib/nova/instances/i1/disk)" = disk ] || die "what the policy leaves out was touched"
[ -z "$(ask "SHOW DATABASES LIKE '%\_\_backstay\_%'")" ] || die "a scratch database was left behind"
for name in keystone nova heat; do
  password=${name:0:1}-secret
  [ "$(ask "SELECT authentication_string = PASSWORD('$password') FROM mysql.user WHERE User='$name'")" = 1 ] || die "$name's password is another one"
done

say "in place over damaged databases: the old tables are kept, the rest is as it was"
[ "$(ask "SELECT heat.of_old_default('x')")" = latin1_german1_cilatin1_german1_ci ] || die "code lost the default that it was made under"
ask "CREATE PROCEDURE glance.of_old_default(a varchar(9)) SELECT collation(a)"
ask "DELETE FROM nova.instances_audit; DROP TRIGGER nova.instances_second; CREATE VIEW nova.later_view AS SELECT 1 AS x; CREATE TABLE nova.later (id int);
     ALTER DATABASE glance CHARACTER SET latin1; DROP PROCEDURE heat.purge_old; TRUNCATE TABLE heat.stack; SET PASSWORD FOR nova@'%' = PASSWORD('other');
     GRANT SELECT ON heat.* TO nova@'%'; CREATE USER newcomer@localhost; DROP USER glance@localhost"
ask "DROP DATABASE placement"
state_of_server >"$scratch/server.damaged" 2>/dev/null
expect 0 "$backstay" restore "$plan" --in-place --dry-run --without-keep-current all
says "database placement is not on control-db"
says "database nova on control-db now: "
says "not in the snapshot: later"
says "which rows of nova differ"
says "room on control-db: "
"$backstay" restore "$plan" --in-place --dry-run --without-keep-current all -f json >"$scratch/preview.json"
jq -e '[.steps[].lines[].facts // empty] | (map(select(.database == "nova")) | .[0] | .exists and .now.tables > 3 and .tables_removed == ["later"]
  and .then.rows > 10000 and (.set_aside_as | startswith("nova__orig_"))) and any(.database == "placement" and (.exists | not))' \
  "$scratch/preview.json" >/dev/null || die "the preview lacks what is there: $(jq -c '[.steps[].lines[].facts // empty]' "$scratch/preview.json")"
sides() { ask "SELECT SCHEMA_NAME FROM information_schema.SCHEMATA WHERE SCHEMA_NAME LIKE '%\_\_backstay\_%' OR SCHEMA_NAME LIKE '%\_\_orig\_%'"; }
is_damaged() { state_of_server 2>/dev/null | diff "$scratch/server.damaged" - || die "$1"; }
is_restored() { # what a restore never takes away, an account and a grant of later, is still there
  ask "REVOKE SELECT ON heat.* FROM nova@'%'" || true
  ask "DROP USER newcomer@localhost"
  state_of_server | diff "$scratch/server.before" - || die "$1"
  ask "GRANT SELECT ON heat.* TO nova@'%'; CREATE USER newcomer@localhost"
}
restore() { "$backstay" restore "$plan" --in-place --yes "$@"; }
expect 0 restore
is_restored "the server differs after a restore in place"
aside=$(ask "SELECT SCHEMA_NAME FROM information_schema.SCHEMATA WHERE SCHEMA_NAME LIKE 'nova\_\_orig\_%'")
[ -n "$aside" ] || die "the old tables of nova are gone"
[ "$(ask "SELECT COUNT(*) FROM information_schema.TABLES WHERE TABLE_SCHEMA='$aside' AND TABLE_NAME IN ('later','instances','instances_audit')")" = 3 ] ||
  die "$aside does not hold the old tables"

say "its undo: tables, rows, code, character set, accounts and grants are what they were"
expect 0 "$backstay" restore --undo latest
is_damaged "the server is not what it was before the restore"
[ -z "$(sides)" ] || die "the undo left databases behind: $(sides)"

say "killed at any step: gone on with, and taken back"
for point in restore-mariadb.imported:1 restore-mariadb.noted:5 restore-mariadb.prepared:5 restore-mariadb.renamed:5 restore.finish:1; do
  { BACKSTAY_FAILPOINT=$point:kill restore --without-keep-current all; } >/dev/null 2>&1 || true
  [ -n "$(sides)" ] || die "$point did not kill the restore"
  expect 0 "$backstay" restore --undo latest
  is_damaged "killed at $point and undone, the server is not what it was"
  { BACKSTAY_FAILPOINT=$point:kill restore --without-keep-current all; } >/dev/null 2>&1 || true
  expect 0 restore --without-keep-current all
  is_restored "killed at $point and repeated, the server is not what the backup holds"
  expect 0 "$backstay" restore --undo latest
  is_damaged "killed at $point, repeated and undone, the server is not what it was"
done
[ -z "$(sides)" ] || die "something was left behind: $(sides)"

say "an undo that is killed is repeated"
for point in undo-mariadb.code-dropped:3 undo-mariadb.renamed:3 undo-mariadb.accounts:1; do
  expect 0 restore --without-keep-current all
  { BACKSTAY_FAILPOINT=$point:kill "$backstay" restore --undo latest; } >/dev/null 2>&1 || true
  expect 0 "$backstay" restore --undo latest
  is_damaged "an undo killed at $point and repeated did not put back what was there"
done

say "committed, what was set aside is gone, and nothing else"
expect 0 restore --without-keep-current all
{ BACKSTAY_FAILPOINT=commit-mariadb.drop:3:kill "$backstay" restore --commit latest; } >/dev/null 2>&1 || true
expect 0 "$backstay" restore --commit latest
[ -z "$(sides)" ] || die "the commit left $(sides)"
is_restored "the commit changed the server"
ask "REVOKE SELECT ON heat.* FROM nova@'%'; DROP USER newcomer@localhost"
state_of_server | diff "$scratch/server.before" - || die "the server differs after all that"

say "a restore that fails in the middle of the exchange takes everything back"
for point in imported:1 prepared:5 renamed:5; do
  code=0
  output=$(BACKSTAY_FAILPOINT=restore-mariadb.$point:EIO "$backstay" restore "$plan" --in-place --yes 2>&1) || code=$?
  [ "$code" != 0 ] || { echo "(no failpoints in this build)"; break; }
  state_of_server | diff "$scratch/server.before" - || die "the server differs after a restore that failed at $point"
  [ -z "$(ask "SELECT SCHEMA_NAME FROM information_schema.SCHEMATA WHERE SCHEMA_NAME LIKE '%\_\_backstay\_%' OR SCHEMA_NAME LIKE '%\_\_orig\_%'")" ] ||
    die "a restore that failed at $point left databases behind: $output"
  expect 0 "$backstay" restore --undo latest # its files
  state_of_server | diff "$scratch/server.before" - || die "the server differs after the undo of a restore that failed at $point"
done


say "one database alone"
ask "DROP DATABASE glance"
expect 0 "$backstay" restore "$plan" --database glance
state_of_server | diff "$scratch/server.before" - || die "the server differs after one database was restored"

say "plain files, for a restore by hand"
expect 0 "$backstay" restore "$plan" --database glance --to "$scratch/files"
ask "DROP DATABASE glance"
for part in rows code; do client <"$(find "$scratch/files" -name "*glance*$part.sql")"; done
state_of_server | diff "$scratch/server.before" - || die "the server differs after an import by hand"

say "all of it by RESTORE.txt alone: views and grants reach over databases in both directions"
cd "/var/backups/backstay/snapshots/$(latest)"
ROOT=$scratch/by-hand sh RESTORE.txt >"$scratch/by-hand.log" 2>&1 || die "$(cat "$scratch/by-hand.log")"
state_of_server | diff "$scratch/server.before" - || die "a server that no variable names was touched"
variable=$(sed -n 's/^# then: \(MARIADB_[a-z_]*\)=.*/\1/p' RESTORE.txt)
lose_databases() {
  for name in $databases; do ask "DROP DATABASE $name"; done
  ask "DROP USER keystone@'%', nova@'%', heat@'%', glance@localhost, operator@'10.0.0.%'; DROP ROLE auditor, reader"
}
lose_databases
rm -r "$scratch/by-hand"
env ROOT="$scratch/by-hand" "$variable=mariadb --no-defaults --socket=$socket --default-character-set=utf8mb4" \
  sh RESTORE.txt >"$scratch/by-hand.log" 2>&1 || die "$(cat "$scratch/by-hand.log")"
state_of_server | diff "$scratch/server.before" - || die "the server differs after an import by RESTORE.txt"
rm -r "$scratch/by-hand"

say "an import by RESTORE.txt that cannot work ends, and says why"
code=0
env ROOT="$scratch/by-hand" "$variable=mariadb --no-defaults --socket=/nowhere" \
  sh RESTORE.txt >"$scratch/by-hand.log" 2>&1 || code=$?
[ "$code" != 0 ] || die "an import without a server ended well"
grep -q "ERROR 2002" "$scratch/by-hand.log" || die "it does not say why: $(cat "$scratch/by-hand.log")"
rm -r "$scratch/by-hand"
cd /

# --- the faults -----------------------------------------------------------------------------------------

say "a wrong password"
kept=$(latest)
sed -i 's/b-secret/wrong-secret/' /etc/backstay/mariadb.cnf
code=0
output=$("$backstay" run "$plan" --host ctl01 2>&1) || code=$?
[ "$code" = 3 ] || [ "$code" = 12 ] || die "exit $code with a wrong password: $output"
says "Access denied"
says_not "wrong-secret"
expect 12 "$backstay" restore "$plan" --database glance --database-suffix _r
sed -i 's/wrong-secret/b-secret/' /etc/backstay/mariadb.cnf
[ "$(latest)" = "$kept" ] || die "a run without its databases counts as complete"

say "the server is killed in the middle of the dump"
hold_placement 2
"$backstay" run "$plan" --host ctl01 >"$scratch/run.log" 2>&1 8>&- &
run=$!
wait_for "the dump to wait" dump_waits
stop_server KILL
release_placement
code=0
wait "$run" || code=$?
[ "$code" = 3 ] || [ "$code" = 1 ] || die "exit $code after the server was killed:"$'\n'"$(cat "$scratch/run.log")"
[ "$(latest)" = "$kept" ] || die "a run whose dump was cut counts as complete"

say "a dead server is named, with what to start"
code=0
output=$("$backstay" run "$plan" --host ctl01 2>&1) || code=$?
[ "$code" = 3 ] || [ "$code" = 69 ] || die "exit $code with a dead server: $output"
says "$socket"
says "systemctl start mariadb"
[ "$(latest)" = "$kept" ] || die "a run without a server counts as complete"

say "a database that is gone fails the run by name"
start_server
ask "DROP DATABASE heat"
code=0
output=$("$backstay" run "$plan" --host ctl01 2>&1) || code=$?
[ "$code" = 3 ] || [ "$code" = 1 ] || die "exit $code with a missing database: $output"
says 'database `heat`'
[ "$(latest)" = "$kept" ] || die "a run without a database counts as complete"

say "an import that fails leaves everything as it was"
ask "SET GLOBAL max_allowed_packet = 1048576"
state_of_server >"$scratch/server.now" 2>/dev/null
expect 69 "$backstay" restore "$plan" --in-place --yes --database heat --snapshot "$kept"
says "max_allowed_packet"
ask "SET GLOBAL max_allowed_packet = 16777216"
state_of_server 2>/dev/null | diff "$scratch/server.now" - || die "a refused restore changed the server"

say "the next run after all that is fine"
expect 0 "$backstay" restore "$plan" --database heat --snapshot "$kept"
state_of_server | diff "$scratch/server.before" - || die "the server differs at the end"
expect 0 "$backstay" run "$plan" --host ctl01
[ "$(latest)" != "$kept" ] || die "the last run made no snapshot"
expect 0 "$backstay" verify "$plan" latest --level 2
say "clients under their earlier names; those of MySQL are refused"
mkdir -m 0755 "$scratch/programs"
cp -L /usr/bin/mariadb "$scratch/programs/mysql"
cp -L /usr/bin/mariadb-dump "$scratch/programs/mysqldump"
touch "$scratch/nothing"
mount --bind "$scratch/nothing" "$(readlink -f /usr/bin/mariadb)"
mount --bind "$scratch/nothing" "$(readlink -f /usr/bin/mariadb-dump)"
export BACKSTAY_TEST_PROGRAMS=$scratch/programs
expect 0 "$backstay" run "$plan" --host ctl01
expect 0 "$backstay" restore "$plan" --database heat --database-suffix _earlier
printf '#!/bin/sh\necho "mysqldump  Ver 8.0.36 for Linux on x86_64"\n' >"$scratch/programs/mysqldump"
code=0
output=$("$backstay" run "$plan" --host ctl01 2>&1) || code=$?
[ "$code" != 0 ] || die "MySQL's mysqldump was taken"
says "is not MariaDB's: mysqldump  Ver 8.0.36"
umount "$(readlink -f /usr/bin/mariadb)" "$(readlink -f /usr/bin/mariadb-dump)"
[ "$(ask "SELECT COUNT(*) FROM heat_earlier.raw_template")" = 21 ] || die "rows are missing"
say "done"
