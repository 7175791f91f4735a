#!/usr/bin/env bash
# A restore where there is no room for the old tables: they are dropped before the import, once a proven
# snapshot holds every row of them, and the undo brings them back from it. Killed at every failpoint it is
# gone on with or taken back, and every row, grant and line of code is accounted for.
set -euo pipefail
source "$(dirname "$0")/lib.sh"
source "$e2e_dir/mariadb_server.sh"
socket=$scratch/socket
trap 'stop_server KILL; clean_up' EXIT

cat >"$scratch/policy.stay" <<END_OF_POLICY
language 1
policy cramped
zone UTC
host here
secret login {
    file $scratch/login.cnf
}
mariadb db {
    on here
    socket $socket
    login login
}
service cloud {
    on here
    database cinder, glance, nova on db
    path $scratch/etc
}
target local {
    directory $scratch/store on here
    media disk
}
schedule nightly {
    every day at 02:30
    window 1h
}
retention few {
    last 5
    at-least 1
}
backup cloud {
    cover all services
    run nightly
    to local keep few
}
END_OF_POLICY
printf '[client]\nuser = b\npassword = b\n' >"$scratch/login.cnf" && chmod 0600 "$scratch/login.cnf"
mkdir "$scratch/etc" && echo good >"$scratch/etc/conf"
plan=$scratch/plan.yaml
state_of_server() { # definitions, rows, code and grants of all that is there, and the file
  local name table
  ask "SELECT SCHEMA_NAME, DEFAULT_COLLATION_NAME FROM information_schema.SCHEMATA WHERE SCHEMA_NAME NOT IN ('mysql','sys','information_schema','performance_schema') ORDER BY 1;
       SELECT TABLE_SCHEMA, TABLE_NAME, TABLE_TYPE, ENGINE, TABLE_COLLATION FROM information_schema.TABLES WHERE TABLE_SCHEMA NOT IN ('mysql','sys','information_schema','performance_schema') ORDER BY 1, 2;
       SELECT TRIGGER_SCHEMA, TRIGGER_NAME, HEX(ACTION_STATEMENT), DEFINER FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA <> 'sys' ORDER BY 1, 2;
       SELECT ROUTINE_SCHEMA, ROUTINE_NAME, HEX(ROUTINE_DEFINITION), DEFINER FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA <> 'sys' ORDER BY 1, 2;
       SELECT TABLE_SCHEMA, TABLE_NAME, VIEW_DEFINITION FROM information_schema.VIEWS WHERE TABLE_SCHEMA <> 'sys' ORDER BY 1, 2;
       SELECT User, Host, Db, Table_name, Table_priv FROM mysql.tables_priv ORDER BY 1, 2, 3, 4;
       SELECT User, Host, Db, Routine_name, Proc_priv FROM mysql.procs_priv ORDER BY 1, 2, 3, 4;
       SELECT User, Host, authentication_string FROM mysql.global_priv JOIN mysql.user USING (User, Host) WHERE User NOT IN ('root', 'mysql', 'mariadb.sys') ORDER BY 1, 2"
  for name in cinder glance nova; do
    for table in $(ask "SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = '$name' AND TABLE_TYPE = 'BASE TABLE' ORDER BY 1"); do
      ask "SELECT * FROM \`$name\`.\`$table\` ORDER BY 1"
    done
  done
  cat "$scratch/etc/conf"
}
is() { state_of_server | diff "$scratch/$1" - | head -n 20 >"$scratch/difference" || die "$2"$'\n'"$(cat "$scratch/difference")"; }
sides() { ask "SELECT SCHEMA_NAME FROM information_schema.SCHEMATA WHERE SCHEMA_NAME LIKE '%\_\_orig\_%' OR SCHEMA_NAME LIKE '%\_\_backstay\_%'"; }
restore() { "$backstay" restore "$plan" --snapshot 1 --in-place-without-orig --yes --without-keep-current cloud.etc "$@"; }
dropped() { grep -c '"mariadb-dropped"' "$(ls -d "$scratch"/state/restores/* | tail -n 1)/record.jsonl" || true; }

start_server
ask "CREATE USER b@localhost IDENTIFIED BY 'b'; GRANT ALL ON *.* TO b@localhost WITH GRANT OPTION; CREATE USER nova@'%' IDENTIFIED BY 'n'; CREATE USER gone@'%' IDENTIFIED BY 'g'
     ; CREATE ROLE reader; GRANT reader TO nova@'%'; CREATE DATABASE nova; CREATE DATABASE glance COLLATE latin1_swedish_ci"
client <<'SQL'
CREATE TABLE nova.instances (id int PRIMARY KEY AUTO_INCREMENT, host varchar(40), blob_of blob);
INSERT INTO nova.instances (host, blob_of) SELECT CONCAT('c', seq), UNHEX(MD5(seq)) FROM mysql.seq_1_to_3000;
CREATE TABLE nova.quota (id int PRIMARY KEY, instance int, CONSTRAINT of_instance FOREIGN KEY (instance) REFERENCES nova.instances (id));
INSERT INTO nova.quota VALUES (1, 1), (2, 2);
CREATE DATABASE cinder; CREATE TABLE cinder.volumes (id int PRIMARY KEY); INSERT INTO cinder.volumes VALUES (1), (2);
CREATE TABLE glance.images (id int PRIMARY KEY, name text); INSERT INTO glance.images VALUES (1, 'a'), (2, 'b');
CREATE VIEW glance.used AS SELECT i.name, n.host FROM glance.images i JOIN nova.instances n ON i.id = n.id;
CREATE VIEW nova.shown AS SELECT name FROM glance.used;
DELIMITER //
CREATE TRIGGER nova.on_quota BEFORE INSERT ON nova.quota FOR EACH ROW SET NEW.id = NEW.id + 0//
CREATE PROCEDURE nova.tidy() BEGIN DELETE FROM quota WHERE id = 0; END//
DELIMITER ;
GRANT EXECUTE ON PROCEDURE nova.tidy TO nova@'%';
GRANT SELECT ON glance.images TO nova@'%';
SQL
expect 0 "$backstay" plan "$scratch/policy.stay" -o "$plan"
expect 0 "$backstay" store init "$plan"
expect 0 "$backstay" run "$plan"
state_of_server >"$scratch/good"
grep -q shown "$scratch/good" && grep -q tidy "$scratch/good" || die "there is too little to compare"

# What it has become: rows lost, changed and new, a table more and one less, other code, other grants.
ask "DELETE FROM nova.instances WHERE id > 100; UPDATE nova.instances SET host = 'broken' WHERE id < 50; DROP TABLE nova.quota; CREATE TABLE nova.junk (id int PRIMARY KEY) ENGINE=Aria
     ; INSERT INTO nova.junk VALUES (7); DROP PROCEDURE nova.tidy; CREATE PROCEDURE nova.other() SELECT 1; GRANT EXECUTE ON PROCEDURE nova.other TO nova@'%'; DROP VIEW nova.shown
     ; CREATE VIEW nova.odd AS SELECT name FROM glance.used; ALTER DATABASE nova COLLATE utf8mb4_bin; DROP USER gone@'%'; SET PASSWORD FOR nova@'%' = PASSWORD('other'); DROP ROLE reader
     ; INSERT INTO glance.images VALUES (3, 'new'); DROP DATABASE cinder"
echo bad >"$scratch/etc/conf"
state_of_server >"$scratch/bad"

say "what a dump cannot hold exactly is not dropped, and a snapshot of it is never left out"
ask "CREATE TABLE glance.rounded (f float)"
expect 7 restore
says "FLOAT column rounded.f"
ask "DROP TABLE glance.rounded; CREATE TABLE glance.versioned (id int) WITH SYSTEM VERSIONING"
expect 7 restore
says "versioned table versioned"
ask "DROP TABLE glance.versioned"
expect 2 restore --without-keep-current all
says "cannot be left out of it"
is bad "a refused restore changed something"

say "the dry run says that the old tables go"
expect 0 restore --dry-run
says "tables that are there are dropped once a verified snapshot holds them"
says_not "goes to nova__orig"
is bad "a dry run changed something"

say "in place without the old tables; the snapshot of them is proven first, and the undo leads through it"
expect 0 restore
is good "the restore did not bring the server back"
[ -z "$(sides)" ] || die "there are old tables: $(sides)"
[ "$(dropped)" = 2 ] || die "the record does not say what was dropped"
kept=$("$backstay" list "$plan" --format json | jq -r '[.snapshots[] | select(.state == "keep-current")] | max_by(.id) | .id')
jq -e '.level == 2 and .intact' "$scratch/store/records/$kept"/verify-*.json >/dev/null || die "what was kept was not proven"
expect 0 "$backstay" prune "$plan" --dry-run
says "is neither committed nor undone"
expect 0 "$backstay" restore --undo latest --dry-run
says "which snapshot $kept holds"
expect 0 "$backstay" restore --commit latest --dry-run
says_not "nova__orig"
expect 0 "$backstay" restore --undo latest
is bad "the undo did not bring back what was there"
[ -z "$(sides)" ] || die "the undo left $(sides)"

say "a snapshot that was damaged meanwhile: the undo is refused, says where to look, and changes nothing"
expect 0 restore
kept=$("$backstay" list "$plan" --format json | jq -r '[.snapshots[] | select(.state == "keep-current")] | max_by(.id) | .id')
part=$(find "$scratch/store/snapshots/$kept/data" -path '*nova*' -name '*.zst' -size +1k | head -n 1)
[ -n "$part" ] || die "nothing to damage"
cp -a "$part" "$scratch/part"
chmod u+w "$part"
printf 'XXXX' | dd of="$part" bs=1 seek=600 conv=notrunc status=none
expect 7 "$backstay" restore --undo latest
says "is not proven"
says "backstay verify"
is good "a refused undo changed something"
cat "$scratch/part" >"$part" && chmod 0400 "$part"
expect 0 "$backstay" restore --undo latest
is bad "the undo did not bring back what was there"

say "somebody who writes after the snapshot was taken: the rows are counted, and nothing is dropped"
{ BACKSTAY_FAILPOINT=restore-mariadb.noted:1:kill restore; } >/dev/null 2>&1 || true
ask "INSERT INTO glance.images VALUES (4, 'late')"
expect 3 restore
says "does not hold database glance as it is now: table images has 4 rows instead of 3"
[ "$(ask "SELECT COUNT(*) FROM glance.images")" = 4 ] || die "a row that no snapshot holds was dropped"
expect 0 "$backstay" restore --undo latest
ask "DELETE FROM glance.images WHERE id = 4"
is bad "the undo did not bring back what was there"

say "killed anywhere: gone on with, and undone; and undone at once"
rm -f "$scratch/points"
BACKSTAY_FAILPOINT_LOG=$scratch/points restore >/dev/null 2>&1
expect 0 "$backstay" restore --undo latest
mapfile -t visits < <(grep '^restore-mariadb\.' "$scratch/points" | sort | uniq -c |
  awk '$2 ~ /drop|renamed/ { print $2 ":1" } { print $2 ":" $1 }' | sort -u)
[ "${#visits[@]}" -ge 10 ] || die "only ${#visits[@]} places: is this a test build?"
for visit in "${visits[@]}"; do
  code=0
  { BACKSTAY_FAILPOINT=$visit:kill restore; } >/dev/null 2>&1 || code=$?
  [ "$code" = 137 ] || die "$visit did not kill the restore (exit $code)"
  expect 0 "$backstay" restore --undo latest
  is bad "killed at $visit and undone, it is not what it was"
  { BACKSTAY_FAILPOINT=$visit:kill restore; } >/dev/null 2>&1 || true
  expect 0 restore
  is good "killed at $visit and repeated, it is not what the backup holds"
  expect 0 "$backstay" restore --undo latest
  is bad "killed at $visit, repeated and undone, it is not what it was"
  [ -z "$(sides)" ] || die "killed at $visit, it left $(sides)"
done
say "gone on with and taken back after ${#visits[@]} kills"

say "an import that fails after the drop leaves nothing half, and names both ways on"
code=0
output=$(BACKSTAY_FAILPOINT=restore-mariadb.imported:1:EIO restore 2>&1) || code=$?
[ "$code" != 0 ] || die "the restore went well"
says "goes on"
says "backstay restore --undo"
expect 7 "$backstay" run "$plan"
says "is not complete"
expect 0 restore
is good "repeated, it is not what the backup holds"
expect 0 "$backstay" restore --undo latest
is bad "undone, it is not what it was"

say "an undo that is killed is repeated"
expect 0 restore
rm -f "$scratch/points"
BACKSTAY_FAILPOINT_LOG=$scratch/points "$backstay" restore --undo latest >/dev/null 2>&1
mapfile -t visits < <(grep '^undo-mariadb\.\|^restore-mariadb\.' "$scratch/points" | sort | uniq -c | awk '{ print $2 ":" $1 }')
[ "${#visits[@]}" -ge 6 ] || die "only ${#visits[@]} places in the undo"
for visit in "${visits[@]}"; do
  expect 0 restore
  code=0
  { BACKSTAY_FAILPOINT=$visit:kill "$backstay" restore --undo latest; } >/dev/null 2>&1 || code=$?
  [ "$code" = 137 ] || die "$visit did not kill the undo (exit $code)"
  expect 0 "$backstay" restore --undo latest
  is bad "an undo killed at $visit and repeated did not bring back what was there"
  [ -z "$(sides)" ] || die "an undo killed at $visit left $(sides)"
done

say "committed, only the snapshot is left of what was there, and prune keeps it for a week"
expect 0 restore
expect 0 "$backstay" restore --commit latest
is good "the commit changed something"
expect 7 "$backstay" restore --undo latest
says "holds what was there before"
expect 0 "$backstay" prune "$plan" --dry-run
says "less than a week ago"
say "done"
