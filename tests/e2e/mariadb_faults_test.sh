#!/usr/bin/env bash
# What can go wrong with a real MariaDB server under a dump or an import, one after the other; and names,
# tables and code that are hard to get right. The databases are small and lie on a private server.
set -euo pipefail
source "$(dirname "$0")/lib.sh"
source "$e2e_dir/mariadb_server.sh"
socket=$scratch/socket
finish() {
  exec 8>&- || true
  stop_server KILL
  clean_up
}
trap finish EXIT

odd=$'o`d-d %ü\n"x\''
long=$(printf 'ü%.0s' $(seq 64))
policy() { # DATABASES
  cat <<END
language 1
policy faults
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
service shop {
    on here
    $1
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
backup shop {
    cover all services
    run nightly
    to local keep few
}
END
}
login() { printf '[client]\nuser = %s\npassword = c4nary-secret\n' "$1" >"$scratch/login.cnf" && chmod 0600 "$scratch/login.cnf"; }
latest() { "$backstay" list "$plan" --format json | jq -r '[.snapshots[] | select(.partial | not)] | max_by(.id) | .id'; }
facts() { jq -r --arg name "$1" '.components[] | select(.name == $name) | .facts' "$scratch/store/snapshots/$(latest)/manifest.json"; }
# state: definitions, rows and code of every database of the test.
state() {
  local name
  ask "SELECT SCHEMA_NAME, DEFAULT_COLLATION_NAME FROM information_schema.SCHEMATA WHERE SCHEMA_NAME NOT IN ('mysql','sys','information_schema','performance_schema') ORDER BY 1"
  ask "SELECT CONCAT('CHECKSUM TABLE \`',REPLACE(TABLE_SCHEMA,'\`','\`\`'),'\`.\`',REPLACE(TABLE_NAME,'\`','\`\`'),'\` EXTENDED; SHOW CREATE TABLE \`',
         REPLACE(TABLE_SCHEMA,'\`','\`\`'),'\`.\`',REPLACE(TABLE_NAME,'\`','\`\`'),'\`;') FROM information_schema.TABLES
       WHERE TABLE_SCHEMA NOT IN ('mysql','sys','information_schema','performance_schema') AND TABLE_TYPE NOT IN ('SEQUENCE','SYSTEM VERSIONED') ORDER BY 1" |
    sed 's/\\n/\n/g' | client --batch --raw --skip-column-names
  ask "SELECT TRIGGER_SCHEMA, TRIGGER_NAME, EVENT_MANIPULATION, EVENT_OBJECT_TABLE, ACTION_ORDER, HEX(ACTION_STATEMENT), SQL_MODE, DEFINER FROM information_schema.TRIGGERS ORDER BY 1, 2;
       SELECT ROUTINE_SCHEMA, ROUTINE_NAME, HEX(ROUTINE_DEFINITION), DEFINER, SQL_MODE FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA <> 'sys' ORDER BY 1, 2;
       SELECT EVENT_SCHEMA, EVENT_NAME, HEX(EVENT_DEFINITION), DEFINER, STATUS FROM information_schema.EVENTS ORDER BY 1, 2;
       SELECT next_not_cached_value FROM shop.serial"
}
run_fails() { # WORD…: the run fails, says each word, and makes no complete snapshot
  local kept word code=0
  kept=$(latest)
  output=$("$backstay" run "$plan" 2>&1) || code=$?
  [ "$code" != 0 ] || die "the run went well:"$'\n'"$output"
  for word in "$@"; do says "$word"; done
  says_not c4nary-secret
  [ "$(latest)" = "$kept" ] || die "a failed run counts as complete"
}

start_server
ask "CREATE USER full@localhost IDENTIFIED BY 'c4nary-secret'; GRANT ALL ON *.* TO full@localhost WITH GRANT OPTION;
     CREATE DATABASE shop; CREATE DATABASE \`${odd//\`/\`\`}\`; CREATE DATABASE \`$long\`; CREATE DATABASE other COLLATE latin1_swedish_ci"
client shop <<'END'
CREATE TABLE customer (id int PRIMARY KEY AUTO_INCREMENT, name varchar(40), loud varchar(40) AS (UPPER(name)) STORED,
  quiet varchar(40) AS (LOWER(name)) VIRTUAL, age int CHECK (age >= 0), CONSTRAINT named CHECK (CHAR_LENGTH(name) > 1));
INSERT INTO customer (name, age) VALUES ('Ada', 36), ('Grace', 85), (';-- Current Database: `x`', 1);
CREATE TABLE orders (id int PRIMARY KEY, customer int, CONSTRAINT of_customer FOREIGN KEY (customer) REFERENCES customer (id) ON DELETE CASCADE);
INSERT INTO orders VALUES (1, 1), (2, 2);
CREATE TABLE parts (id int, at date) PARTITION BY RANGE (YEAR(at)) (PARTITION old VALUES LESS THAN (2020), PARTITION new VALUES LESS THAN MAXVALUE);
INSERT INTO parts VALUES (1, '2019-01-01'), (2, '2024-01-01');
CREATE TABLE plain (id int) ENGINE=MyISAM; INSERT INTO plain VALUES (7);
CREATE TABLE versioned (id int, t text) WITH SYSTEM VERSIONING; INSERT INTO versioned VALUES (1, 'a');
CREATE SEQUENCE serial START WITH 100; SELECT NEXTVAL(serial);
CREATE VIEW grown AS SELECT name, age FROM customer WHERE age > 40;
CREATE VIEW of_view AS SELECT name FROM grown;
DELIMITER //
CREATE DEFINER=ghost@nowhere TRIGGER first_insert BEFORE INSERT ON customer FOR EACH ROW SET NEW.name = TRIM(NEW.name)//
CREATE PROCEDURE tidy() BEGIN DELETE FROM parts WHERE id = 0; /* ;; */ END//
CREATE DEFINER=ghost@nowhere FUNCTION twice(n int) RETURNS int DETERMINISTIC RETURN n * 2//
CREATE EVENT nightly ON SCHEDULE EVERY 1 DAY DO CALL tidy()//
DELIMITER ;
END
ask "CREATE TABLE \`${odd//\`/\`\`}\`.\`t\`\`able-%ü\` (\`c\`\`ol\` int PRIMARY KEY, v varchar(20)); INSERT INTO \`${odd//\`/\`\`}\`.\`t\`\`able-%ü\` VALUES (1, 'ü');
     CREATE TABLE \`$long\`.t (id int); INSERT INTO \`$long\`.t VALUES (1); CREATE TABLE other.t (t text); INSERT INTO other.t VALUES ('\xe9')"
login full
plan=$scratch/plan.yaml
policy "database all on db" >"$scratch/policy.stay"
expect 0 "$backstay" plan "$scratch/policy.stay" -o "$plan"
expect 0 "$backstay" store init "$plan"

say "several processes at one instant, tables without transactions among them"
expect 0 "$backstay" run "$plan" --dry-run
says "begin at one instant"
says "dumped while writes wait: plain"
expect 0 "$backstay" run "$plan"
says "current rows are kept, not its history"
says_not "not of the same instant"
facts shop.all.shop | has '"way": *"parallel"\|"way":"parallel"' || die "the manifest does not say which way"

say "everything that is hard comes back, exactly"
state >"$scratch/before" 2>/dev/null
grep -q ghost "$scratch/before" || die "there is too little to compare"
ask "DROP DATABASE shop; DROP DATABASE \`${odd//\`/\`\`}\`; DROP DATABASE \`$long\`"
expect 0 "$backstay" restore "$plan" --in-place --yes
for name in $(ask "SELECT SCHEMA_NAME FROM information_schema.SCHEMATA WHERE SCHEMA_NAME LIKE 'other\_\_orig\_%'"); do ask "DROP DATABASE \`$name\`"; done
state 2>/dev/null | diff "$scratch/before" - || die "it differs after the restore"
[ "$(ask "SELECT id, t FROM shop.versioned")" = $'1\ta' ] || die "the rows of the versioned table are others"

say "an account that lacks one privilege is told which; nothing of it counts"
for lost in "SELECT" "SHOW VIEW" "TRIGGER" "EVENT"; do
  ask "DROP USER IF EXISTS few@localhost; CREATE USER few@localhost IDENTIFIED BY 'c4nary-secret'; GRANT ALL ON *.* TO few@localhost; REVOKE $lost ON *.* FROM few@localhost"
  login few
  run_fails "lacks $lost on"
done
ask "DROP USER few@localhost; CREATE USER few@localhost IDENTIFIED BY 'c4nary-secret'; GRANT SELECT, SHOW VIEW, TRIGGER, EVENT ON *.* TO few@localhost"

say "so is one that may not restore, before anything is changed"
ask "DROP USER few@localhost; CREATE USER few@localhost IDENTIFIED BY 'c4nary-secret'; GRANT ALL ON *.* TO few@localhost WITH GRANT OPTION;
     CREATE USER gone@nowhere; GRANT SELECT ON other.* TO gone@nowhere"
login few
expect 0 "$backstay" run "$plan"
state >"$scratch/now" 2>/dev/null
restore_lacks() { # PRIVILEGE, WHAT…: the restore is refused with its name, and so is the dry run
  local lost=$1 mode
  shift
  for mode in --yes --dry-run; do
    code=0
    output=$("$backstay" restore "$plan" --in-place $mode --without-keep-current all "$@" 2>&1) || code=$?
    [ "$mode" = --dry-run ] || [ "$code" = 12 ] || die "a restore without $lost: exit $code:"$'\n'"$output"
    says "few@localhost on server"
    says "lacks $lost on *.*"
    [ "$mode" = --dry-run ] || says "GRANT $lost ON *.* TO 'few'@'localhost'"
  done
}
for lost in "SELECT" "INSERT" "CREATE" "DROP" "ALTER" "INDEX" "REFERENCES" "CREATE VIEW" "SHOW VIEW" "TRIGGER" "EVENT" \
  "CREATE ROUTINE" "ALTER ROUTINE"; do
  ask "REVOKE $lost ON *.* FROM few@localhost"
  restore_lacks "$lost" --database other
  ask "GRANT $lost ON *.* TO few@localhost WITH GRANT OPTION"
done
# Code of somebody else's, functions and triggers beside a binary log, accounts that are gone.
ask "REVOKE SET USER, SUPER ON *.* FROM few@localhost"
restore_lacks "SET USER" --database shop
ask "GRANT SET USER ON *.* TO few@localhost WITH GRANT OPTION; SET GLOBAL log_bin_trust_function_creators = 0"
restore_lacks "SUPER" --database shop
ask "GRANT SUPER ON *.* TO few@localhost WITH GRANT OPTION; SET GLOBAL log_bin_trust_function_creators = 1"
ask "REVOKE CREATE USER ON *.* FROM few@localhost; RENAME USER gone@nowhere TO hidden@nowhere"
restore_lacks "CREATE USER"
ask "GRANT CREATE USER ON *.* TO few@localhost WITH GRANT OPTION; REVOKE GRANT OPTION ON *.* FROM few@localhost"
restore_lacks "GRANT OPTION"
ask "RENAME USER hidden@nowhere TO gone@nowhere; GRANT ALL ON *.* TO few@localhost WITH GRANT OPTION"
state 2>/dev/null | diff "$scratch/now" - || die "a restore that was refused changed the server"
ask "DROP USER gone@nowhere"
ask "DROP USER few@localhost; CREATE USER few@localhost IDENTIFIED BY 'c4nary-secret'; GRANT SELECT, SHOW VIEW, TRIGGER, EVENT ON *.* TO few@localhost"

say "without RELOAD there is one stream, and that is said"
expect 0 "$backstay" run "$plan"
says "one stream"
says "lacks RELOAD"
says "not of the same instant"
ask "DROP USER few@localhost"
login full

say "somebody holds a table: the lock is not had in time, one stream is dumped instead"
mkfifo "$scratch/hold"
client --unbuffered shop <"$scratch/hold" >"$scratch/held" &
exec 8>"$scratch/hold"
echo "LOCK TABLES plain WRITE; SELECT 'held';" >&8
wait_for "the lock" grep -q held "$scratch/held"
"$backstay" run "$plan" >"$scratch/run.log" 2>&1 8>&- &
run=$!
wait_for "the way to be given up" grep -q "one stream" "$scratch/run.log"
exec 8>&-
code=0
wait "$run" || code=$?
[ "$code" = 0 ] || die "exit $code:"$'\n'"$(cat "$scratch/run.log")"
[ -z "$(ask "SELECT ID FROM information_schema.PROCESSLIST WHERE INFO LIKE 'BACKUP STAGE%'")" ] || die "a backup lock was left behind"

say "a run that is killed while it holds the lock lets go of it"
code=0
BACKSTAY_FAILPOINT=dump-mariadb.held:1:kill "$backstay" run "$plan" >/dev/null 2>&1 || code=$?
if [ "$code" != 0 ]; then
  ask "SET lock_wait_timeout=5; INSERT INTO shop.plain VALUES (8); DELETE FROM shop.plain WHERE id=8" || die "writers still wait for a dead run"
fi

say "a table that is altered, and one that is dropped, under the dump: all again, by name"
# In one stream the dump waits for a table that somebody holds; what comes after it changes meanwhile.
ask "CREATE TABLE shop.aaa (id int PRIMARY KEY); INSERT INTO shop.aaa VALUES (1); CREATE TABLE shop.zzz (id int PRIMARY KEY); INSERT INTO shop.zzz VALUES (1)
     ; CREATE TABLE shop.zzzz (id int PRIMARY KEY)"
ask "CREATE USER few@localhost IDENTIFIED BY 'c4nary-secret'; GRANT SELECT, SHOW VIEW, TRIGGER, EVENT ON *.* TO few@localhost"
login few
dump_waits() { [ -n "$(ask "SELECT ID FROM information_schema.PROCESSLIST WHERE USER='few' AND STATE LIKE 'Waiting for table metadata lock%'")" ]; }
change_under_dump() { # SQL
  rm -f "$scratch/held"
  client --unbuffered shop <"$scratch/hold" >"$scratch/held" &
  exec 8>"$scratch/hold"
  echo "LOCK TABLES aaa WRITE; SELECT 'held';" >&8
  wait_for "the lock" grep -q held "$scratch/held"
  "$backstay" run "$plan" >"$scratch/run.log" 2>&1 8>&- &
  run=$!
  wait_for "the dump to wait" dump_waits
  ask "$1"
  exec 8>&-
  code=0
  wait "$run" || code=$?
}
change_under_dump "ALTER TABLE shop.zzz ADD extra int DEFAULT 7, ALGORITHM=COPY"
[ "$code" = 0 ] || die "exit $code:"$'\n'"$(cat "$scratch/run.log")"
grep "dumping all databases again" "$scratch/run.log" | has zzz || die "nobody named the table that was altered: $(cat "$scratch/run.log")"
"$backstay" -q restore "$plan" --to "$scratch/changed" --database shop
grep -q '(1,7)' "$scratch/changed/shop.all.shop.rows.sql" || die "the accepted dump is not of the altered table"
rm -rf "$scratch/changed"
change_under_dump "DROP TABLE shop.zzzz"
[ "$code" = 0 ] || die "exit $code:"$'\n'"$(cat "$scratch/run.log")"
grep "dumping all databases again" "$scratch/run.log" | has zzzz || die "nobody named the table that was dropped: $(cat "$scratch/run.log")"
facts shop.all.shop | has zzzz && die "a table that was dropped is in the manifest"
ask "DROP TABLE shop.aaa; DROP TABLE shop.zzz; DROP USER few@localhost"
login full

say "definitions that never rest fail the run, and the table is named"
stop_altering() { touch "$scratch/stop-altering"; }
( n=0; while [ ! -e "$scratch/stop-altering" ]; do n=$((n + 1)); echo "DROP TABLE IF EXISTS shop.moving; CREATE TABLE shop.moving (a$n int); INSERT INTO shop.moving VALUES (1); DO SLEEP(0.01);"; done | client ) 2>/dev/null &
altering=$!
code=0
output=$("$backstay" run "$plan" 2>&1) || code=$?
stop_altering
wait "$altering" || true
if [ "$code" = 0 ]; then
  [[ $output != *"dumping all databases again"* ]] || [[ $output == *moving* ]] || die "it does not name the table: $output"
else
  says moving
  says "migration"
fi
ask "DROP TABLE IF EXISTS shop.moving"

say "the same under several processes: one is halted in its snapshot, before it reads the table"
export BACKSTAY_TEST_PROGRAMS=$scratch/programs
mkdir -m 0755 "$scratch/programs"
program() { # NAME, its text on stdin
  { echo '#!/bin/bash'; cat; } >"$scratch/programs/$1"
  chmod 0755 "$scratch/programs/$1"
}
# The first one for most of `shop` goes no further than into the rows of `aaa`, which fill its pipe.
program mariadb-dump <<HALT
case "\$*" in *--ignore-table=shop.zzz*) ;; *"--databases -- shop") [ -e $scratch/halted ] || halt=1 ;; esac
[ -n "\$halt" ] || exec /usr/bin/mariadb-dump "\$@"
set -o pipefail
/usr/bin/mariadb-dump "\$@" | { head -c 16384; touch $scratch/halted; until [ -e $scratch/go ]; do sleep 0.02; done; cat; }
HALT
settled() { [ "$(ask "SELECT MAX(CREATE_TIME) < NOW() FROM information_schema.TABLES WHERE TABLE_SCHEMA='shop'")" = 1 ]; }
change_in_snapshot() { # SQL, TABLE: the change is seen, the table named, and all dumped again, in parallel
  rm -f "$scratch/halted" "$scratch/go"
  rm -rf "$scratch/changed"
  ask "DROP TABLE IF EXISTS shop.aaa, shop.zz, shop.zzz;
       CREATE TABLE shop.zz (id int PRIMARY KEY); INSERT INTO shop.zz VALUES (11); CREATE TABLE shop.zzz (id int PRIMARY KEY); INSERT INTO shop.zzz VALUES (22);
       CREATE TABLE shop.aaa (id int PRIMARY KEY, t text); INSERT INTO shop.aaa SELECT seq, REPEAT('x', 1000) FROM mysql.seq_1_to_2000"
  "$backstay" run "$plan" >"$scratch/run.log" 2>&1 &
  run=$!
  wait_for "the dump to be in its snapshot" test -e "$scratch/halted"
  wait_for "the second of the last change to be over" settled
  ask "$1"
  touch "$scratch/go"
  code=0
  wait "$run" || code=$?
  [ "$code" = 0 ] || die "exit $code:"$'\n'"$(cat "$scratch/run.log")"
  grep "dumping all databases again" "$scratch/run.log" | has "\b$2\b" || die "$1: nobody named $2: $(cat "$scratch/run.log")"
  facts shop.all.shop | has '"way": *"parallel"\|"way":"parallel"' || die "$1: it went on in one stream"
  "$backstay" -q restore "$plan" --to "$scratch/changed" --database shop
}
rows_are() { # TABLE, ROWS: in the accepted dump
  sed -n "/^INSERT INTO \`$1\` VALUES/,/;\$/p" "$scratch/changed/shop.all.shop.rows.sql" | tr -d '\n' | has "VALUES *$2;\$" ||
    die "the accepted dump has other rows of $1"
}
change_in_snapshot "ALTER TABLE shop.zzz ADD extra int DEFAULT 7, ALGORITHM=COPY" zzz
rows_are zzz '(22,7)'
change_in_snapshot "TRUNCATE TABLE shop.zzz" zzz
change_in_snapshot "DROP TABLE shop.zzz" zzz
facts shop.all.shop | has zzz && die "a table that was dropped is in the manifest"
# What mariadb-dump does not see: tables that change names, which without a binary log may come after one of
# them was read (its rows would be there twice, and those of the other never), and a column that costs no copy.
change_in_snapshot "RENAME TABLE shop.zz TO shop.z, shop.zzz TO shop.zz, shop.z TO shop.zzz" zz
rows_are zz '(22)'
rows_are zzz '(11)'
change_in_snapshot "ALTER TABLE shop.zzz ADD extra int DEFAULT 7, ALGORITHM=INSTANT" zzz
rows_are zzz '(22,7)'
ask "DROP TABLE shop.aaa, shop.zz, shop.zzz"

say "programs that are not what they seem: a warning that nobody knows, a dump that is cut, an old client"
program mariadb-dump <<'LIE'
case "$*" in *--databases*) echo "Warning: column statistics not supported by the server." >&2 ;; esac
exec /usr/bin/mariadb-dump "$@"
LIE
run_fails "complained" "column statistics"
program mariadb-dump <<'LIE'
case "$*" in *--databases*) /usr/bin/mariadb-dump "$@" | head -c 3000; exit 0 ;; esac
exec /usr/bin/mariadb-dump "$@"
LIE
run_fails "error"
rm "$scratch/programs/mariadb-dump"
expect 0 "$backstay" run "$plan"
# What clients did before May 2024 with the first line of newer dumps.
program mariadb <<'OLD'
text=$(mktemp)
cat >"$text"
if grep -q '^/\*M!999999\\-' "$text"; then
  rm "$text"
  echo "ERROR at line 1: Unknown command '\\-'." >&2
  exit 1
fi
exec 5<"$text"
rm "$text"
exec /usr/bin/mariadb "$@" <&5
OLD
expect 0 "$backstay" restore "$plan" --database shop --database-suffix _old
# What MySQL 8.0.36 answers to the same client.
program mariadb <<'MYSQL'
text=$(cat)
case "$text" in
  *GLOBAL_STATUS*) echo "ERROR 1109 (42S02) at line 2: Unknown table 'GLOBAL_STATUS' in information_schema" >&2; exit 1 ;;
  *version_comment*) printf '8.0.36-0ubuntu0.22.04.1\t(Ubuntu)\n' ;;
  *) echo "ERROR 1064 (42000) at line 2: You have an error in your SQL syntax" >&2; exit 1 ;;
esac
MYSQL
run_fails "is not MariaDB: it says 8.0.36-0ubuntu0.22.04.1 (Ubuntu)"
expect 69 "$backstay" restore "$plan" --database shop --database-suffix _mysql
says "is not MariaDB"
rm -r "$scratch/programs"
unset BACKSTAY_TEST_PROGRAMS
[ "$(ask "SELECT COUNT(*) FROM shop_old.customer")" = "$(ask "SELECT COUNT(*) FROM shop.customer")" ] || die "an old client lost rows"
ask "DROP DATABASE shop_old"

say "a store that fills up under the dump: the run fails as that, and the next one is whole"
ask "CREATE DATABASE noise; CREATE TABLE noise.n (id int PRIMARY KEY, b varbinary(1024)); INSERT INTO noise.n SELECT seq, RANDOM_BYTES(1024) FROM mysql.seq_1_to_40000"
mkdir "$scratch/small"
mount -t tmpfs -o size=24m,mode=0700 tmpfs "$scratch/small"
policy "database all on db" | sed "s|$scratch/store|$scratch/small/store|" >"$scratch/small.stay"
whole=$plan
plan=$scratch/small.plan.yaml
expect 0 "$backstay" plan "$scratch/small.stay" -o "$plan"
expect 0 "$backstay" store init "$plan"
run_fails "No space left"
[ "$(latest)" = null ] || die "a dump that was cut by a full disk counts: $(latest)"
umount "$scratch/small"
mount -t tmpfs -o size=24m,mode=0700 tmpfs "$scratch/small"
rm -rf "$scratch/state" "$scratch/config"
ask "DROP DATABASE noise"
expect 0 "$backstay" store init "$plan"
expect 0 "$backstay" run "$plan"
expect 0 "$backstay" verify "$plan" latest --level 2
umount "$scratch/small"
rm -rf "$scratch/state" "$scratch/config" "$scratch/store"
plan=$whole
expect 0 "$backstay" store init "$plan"

say "a statement larger than max_allowed_packet is refused before anything is changed"
ask "CREATE TABLE shop.big (b longblob); INSERT INTO shop.big VALUES (REPEAT('x', 3000000))"
expect 0 "$backstay" run "$plan"
ask "DROP TABLE shop.big; SET GLOBAL max_allowed_packet = 1048576"
state >"$scratch/now" 2>/dev/null
expect 69 "$backstay" restore "$plan" --in-place --yes --database shop
says "max_allowed_packet"
state 2>/dev/null | diff "$scratch/now" - || die "a refused restore changed the server"
ask "SET GLOBAL max_allowed_packet = 16777216"

say "the server is killed in the middle of an import"
kept=$(latest)
# Large enough for a stream of its own: its rows come back by several sessions, its keys after them.
ask "CREATE DATABASE wide; USE wide; CREATE TABLE w (id int PRIMARY KEY AUTO_INCREMENT, at timestamp, u char(36), h varchar(20), t text, KEY second (h, u), UNIQUE KEY u (u), KEY h (h));
     INSERT INTO w (at, u, h, t) SELECT '2026-01-01' + INTERVAL seq SECOND, MD5(seq), CONCAT('h', seq % 50), REPEAT('y', 1900) FROM seq_1_to_40000; ANALYZE TABLE w;
     CREATE TABLE heap (id int, t text); INSERT INTO heap SELECT seq, 'x' FROM seq_1_to_100" >/dev/null
expect 0 "$backstay" run "$plan"
facts shop.all.wide | has 'rows\.w\.sql' || die "the large table has no stream of its own: $(facts shop.all.wide)"
wide_is() { ask "CHECKSUM TABLE $1.w EXTENDED; SHOW CREATE TABLE $1.w" | sed "s/^$1\.//"; }
wide_is wide >"$scratch/wide"
"$backstay" restore "$plan" --database wide --database-suffix _beside >"$scratch/restore.log" 2>&1 &
restore=$!
wait_for "the import to begin" sh -c "mariadb --no-defaults --socket=$socket --execute 'SHOW DATABASES' | grep -q wide_beside__backstay"
stop_server KILL
code=0
wait "$restore" || code=$?
start_server
if [ "$code" = 0 ]; then echo "(the import was faster than the kill)"; else
  grep -q "connection lost\|no answer" "$scratch/restore.log" || die "nobody said that the server went: $(cat "$scratch/restore.log")"
  [ -z "$(ask "SHOW DATABASES LIKE 'wide\_beside'")" ] || die "half an import is in place"
  expect 0 "$backstay" restore --undo latest
  [ -z "$(ask "SHOW DATABASES LIKE 'wide\_beside%'")" ] || die "the undo left half an import behind"
  expect 0 "$backstay" restore "$plan" --database wide --database-suffix _beside
fi
wide_is wide_beside | diff "$scratch/wide" - || die "the large table is another one"
[ "$(ask "CHECK TABLE wide_beside.w EXTENDED" | cut -f4)" = OK ] || die "the large table is damaged"
ask "DROP DATABASE wide_beside; DROP DATABASE wide"

say "a dump with the client's sandbox line can be read back; without it too"
"$backstay" -q restore "$plan" --database shop --to "$scratch/files"
file=$(ls "$scratch"/files/*shop.rows.sql)
head -n 1 "$file" | has 'sandbox mode' || say "(this client writes no sandbox line)"
sed -i '/sandbox mode/d' "$file"
ask "DROP DATABASE shop"
for part in rows rows-held code; do [ ! -e "$scratch/files/shop.all.shop.$part.sql" ] || client <"$scratch/files/shop.all.shop.$part.sql"; done
state 2>/dev/null | sed '/big/d' >/dev/null

say "a foreign key into another database: beside, never bent in place"
ask "CREATE TABLE other.of_shop (id int PRIMARY KEY, c int, FOREIGN KEY (c) REFERENCES shop.customer (id))"
expect 0 "$backstay" run "$plan"
expect 7 "$backstay" restore "$plan" --in-place --yes --database shop
says "foreign key"
ask "DROP TABLE other.of_shop"

say "a database that vanished fails the run by name"
policy "database shop, vanished on db" >"$scratch/policy.stay"
expect 0 "$backstay" plan "$scratch/policy.stay" -o "$plan"
run_fails 'database `vanished`'

say "a password from a command, and one that fails"
policy "database shop on db" | sed "s|file $scratch/login.cnf|command [\"cat\", \"$scratch/login.cnf\"]|" >"$scratch/policy.stay"
expect 0 "$backstay" plan "$scratch/policy.stay" -o "$plan"
expect 0 "$backstay" run "$plan"
sed -i 's/c4nary-secret/wr0ng-secret/' "$scratch/login.cnf"
run_fails "Access denied" "secret login"
says_not wr0ng-secret
login full
policy "database shop on db" | sed 's|file .*login.cnf|credential "db-login"|' >"$scratch/policy.stay"
expect 0 "$backstay" plan "$scratch/policy.stay" -o "$plan"
run_fails "LoadCredential=db-login"
mkdir -m 0700 "$scratch/credentials"
install -m 0400 "$scratch/login.cnf" "$scratch/credentials/db-login"
CREDENTIALS_DIRECTORY=$scratch/credentials expect 0 "$backstay" run "$plan"
! grep -rq c4nary-secret "$scratch/state" "$scratch/store" "$scratch/plan.yaml" || die "the password is in $(grep -rl c4nary-secret "$scratch/state" "$scratch/store" "$scratch/plan.yaml")"
say "done"
