#!/usr/bin/env bash
# `method physical`: the data files of a real server under writes, brought back into an empty place, beside and
# in place, as the account of the server; and what is refused.
set -euo pipefail
source "$(dirname "$0")/lib.sh"
source "$e2e_dir/mariadb_server.sh"
socket=$scratch/socket
finish() {
  stop_server KILL
  clean_up
}
trap finish EXIT

printf '[client]\nuser = b\npassword = completed\n' >"$scratch/login.cnf" && chmod 0600 "$scratch/login.cnf"
cat >"$scratch/policy.stay" <<END
language 1
policy physical
zone UTC
host here
secret login {
    file $scratch/login.cnf
}
mariadb db {
    on here
    socket $socket
    login login
    datadir $scratch/data
    method physical
}
service cloud {
    on here
    database glance, nova on db
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
drill weekly {
    run nightly
    restore all services from local into sandbox
    expect rows nova.ballast at-least 5000
    expect run ["look"]
}
END
# What a drill's command finds in the scratch server; nobody else can ask there.
export BACKSTAY_TEST_PROGRAMS=$scratch/programs
mkdir -m 0755 "$scratch/programs"
cat >"$scratch/programs/look" <<'LOOK'
#!/bin/sh
[ "$(mariadb --no-defaults --socket="$BACKSTAY_SOCKET_DB" -BNe 'SELECT n.amount + g.amount FROM nova.ledger n, glance.ledger g')" = 2000 ]
LOOK
chmod 0755 "$scratch/programs/look"
latest() { "$backstay" list "$plan" --format json | jq -r '[.snapshots[] | select(.partial | not)] | max_by(.id) | .id'; }
ledger() { ask "SELECT (SELECT SUM(amount) FROM nova.ledger) + (SELECT SUM(amount) FROM glance.ledger), (SELECT COUNT(*) FROM nova.ballast)"; }

start_server
ask "CREATE USER b@localhost IDENTIFIED BY 'completed'; GRANT ALL ON *.* TO b@localhost; CREATE DATABASE nova; CREATE DATABASE glance;
     CREATE TABLE nova.ledger (amount bigint); CREATE TABLE glance.ledger (amount bigint); INSERT INTO nova.ledger VALUES (1000); INSERT INTO glance.ledger VALUES (1000);
     CREATE TABLE nova.ballast (id int PRIMARY KEY, t text); INSERT INTO nova.ballast SELECT seq, REPEAT('x', 300) FROM mysql.seq_1_to_5000;
     CREATE TABLE glance.old (id int) ENGINE=MyISAM; INSERT INTO glance.old VALUES (1)"
plan=$scratch/plan.yaml
expect 0 "$backstay" plan "$scratch/policy.stay" -o "$plan"
expect 0 "$backstay" store init "$plan"

say "the files of a server under writes"
(n=0; while [ ! -e "$scratch/stop" ]; do n=$((n + 1)); echo "START TRANSACTION; UPDATE nova.ledger SET amount = amount - $n; UPDATE glance.ledger SET amount = amount + $n; COMMIT;"; done | client) &
writer=$!
expect 0 "$backstay" run "$plan" --dry-run
says "mariadb-backup --defaults-extra-file"
expect 0 "$backstay" run "$plan"
touch "$scratch/stop"
wait "$writer"
expect 0 "$backstay" verify "$plan" latest --level 2
jq -e '.components[] | select(.name == "db.data") | .facts | (if type == "string" then fromjson else . end) | .["log-file"] != "" and .files > 10' \
  "$scratch/store/snapshots/$(latest)/manifest.json" >/dev/null || die "the manifest lacks coordinates: $(jq -c .components "$scratch/store/snapshots/$(latest)/manifest.json")"

say "a drill prepares the files, starts a server on them and looks at every table, beside the live one"
chmod 0711 "$scratch"
live=$(ask "SELECT @@pid_file, COUNT(*) FROM nova.ballast")
expect 0 "$backstay" drill "$plan" --into "$scratch/sandbox" --dry-run
says "--skip-networking"
says "on the prepared data files"
says "--skip-grant-tables"
expect 0 "$backstay" drill "$plan" --into "$scratch/sandbox"
says ": drilled"
says "nova.ballast has 5000 rows"
says "cloud was back after"
[ ! -e "$scratch/sandbox" ] || die "the sandbox is left"
record=$(ls "$scratch/store/records/$(latest)"/drill-1.json)
jq -e '[.databases[] | select(.server == "db" and (.server_version | contains("MariaDB")))] | map({(.database): .rows}) | add == {"glance": 2, "nova": 5001}' \
  "$record" >/dev/null || die "the evidence lacks what was found: $(cat "$record")"
[ "$(ask "SELECT @@pid_file, COUNT(*) FROM nova.ballast")" = "$live" ] || die "the drill touched the live server"

say "a drill of data files that is killed leaves nothing that runs, and the next one clears the way"
code=0
{ BACKSTAY_FAILPOINT=drill.data-files-prepared:1:kill "$backstay" drill "$plan" --into "$scratch/sandbox"; } >/dev/null 2>&1 || code=$?
[ "$code" = 0 ] || [ -d "$scratch/sandbox" ] || die "nothing was there to clear"
expect 0 "$backstay" drill "$plan" --into "$scratch/sandbox" --keep
start=$(sed -n 's/^  start its server: //p' <<<"$output")
sh -c "$start" >/dev/null 2>"$scratch/kept.log" &
kept_server=$!
wait_for "the kept server" mariadb --no-defaults --socket="$scratch/sandbox/servers/db/socket" -e 'SELECT 1'
kill "$kept_server"
wait "$kept_server" || true
expect 0 "$backstay" drill --cleanup
[ ! -e "$scratch/sandbox" ] || die "the sandbox is left"

say "a page that is damaged where no hash tells: the drill does"
cat >"$scratch/programs/mariadb-backup" <<'LIE'
#!/bin/sh
/usr/bin/mariadb-backup "$@" || exit
for word; do case $word in --target-dir=*/sandbox/*) file=${word#*=}/nova/ballast.ibd ;; esac; done
[ -z "$file" ] || dd if=/dev/urandom of="$file" bs=16384 seek=6 count=2 conv=notrunc 2>/dev/null
LIE
chmod 0755 "$scratch/programs/mariadb-backup"
expect 5 "$backstay" drill "$plan" --into "$scratch/sandbox"
says ballast
rm "$scratch/programs/mariadb-backup"
expect 0 "$backstay" drill "$plan" --into "$scratch/sandbox"

say "a table whose file lies elsewhere is refused, not half kept"
kept=$(latest)
mkdir "$scratch/elsewhere"
ask "CREATE TABLE nova.far (id int) DATA DIRECTORY='$scratch/elsewhere'"
code=0
output=$("$backstay" run "$plan" 2>&1) || code=$?
[ "$code" != 0 ] || die "a copy that lacks a file went well"
says "DATA DIRECTORY"
[ "$(latest)" = "$kept" ] || die "a copy that lacks a file counts"
ask "DROP TABLE nova.far"

say "beside: a directory that a server starts on"
expect 0 "$backstay" restore "$plan" --to "$scratch/beside"
ask "SHUTDOWN"
wait_for "the end of the server" test ! -e "$scratch/mariadbd.pid"
mv "$scratch/data" "$scratch/data.kept"
mv "$scratch/beside/db.data" "$scratch/data"
start_server
[ "$(ledger)" = $'2000\t5000' ] || die "the copy beside is torn: $(ledger)"
stop_server TERM
rm -rf "$scratch/data"

say "by hand: RESTORE.txt, and each command that it names behind \`then\`"
(cd "$scratch/store/snapshots/$(latest)" && ROOT=$scratch/by-hand sh RESTORE.txt) >"$scratch/by-hand.log" 2>&1 || die "$(cat "$scratch/by-hand.log")"
sheet=$scratch/store/snapshots/$(latest)/RESTORE.txt
unpack=$(sed -n 's/^# then, in an empty directory: //p' "$sheet")
prepare=$(sed -n 's/^# then, in that directory: \(.*\)  (and give it to mysql: .*)$/\1/p' "$sheet")
[ -n "$unpack" ] && [ -n "$prepare" ] || die "RESTORE.txt does not say how: $(grep then "$sheet")"
grep -q '^# then, with the server stopped: let that directory take the place of its data directory$' "$sheet" ||
  die "RESTORE.txt does not say what becomes of the directory"
mkdir -m 0700 "$scratch/data"
(cd "$scratch/data" && export ROOT="$scratch/by-hand" && sh -ec "$unpack" && sh -ec "$prepare") >"$scratch/by-hand.log" 2>&1 || die "$(tail -20 "$scratch/by-hand.log")"
start_server
[ "$(ledger)" = $'2000\t5000' ] || die "what came back by hand is torn: $(ledger)"
[ "$(ask "SELECT COUNT(*) FROM mysql.user WHERE User='b'; SELECT id FROM glance.old")" = $'1\n1' ] || die "by hand something is missing"
[ "$(ask "CHECK TABLE nova.ballast EXTENDED" | cut -f4)" = OK ] || die "by hand a table is damaged"
stop_server TERM
rm -rf "$scratch/data" "$scratch/by-hand"

say "into the place that is lost"
expect 0 "$backstay" restore "$plan" --in-place --yes --dry-run
says "there is nothing in"
expect 0 "$backstay" restore "$plan"
says "start server db"
start_server
[ "$(ledger)" = $'2000\t5000' ] || die "the restored server is torn: $(ledger)"
[ "$(ask "SELECT COUNT(*) FROM mysql.user WHERE User='b'")" = 1 ] || die "the accounts are gone"

say "a server that runs is not replaced under its feet"
expect 7 "$backstay" restore "$plan" --in-place --yes
says "runs on"
expect 2 "$backstay" restore "$plan" --database nova
[ "$(ledger)" = $'2000\t5000' ] || die "a refused restore changed the server"

say "in place: the old files are kept"
ask "DROP DATABASE nova"
stop_server TERM
expect 7 "$backstay" restore "$plan"
expect 0 "$backstay" restore "$plan" --in-place --dry-run
says "$scratch/data now: "
says "all of it goes to $scratch/data.orig-"
says "which databases, tables and rows come back"
expect 0 "$backstay" restore "$plan" --in-place --yes
[ -d "$(ls -d "$scratch"/data.orig-*)/glance" ] || die "the old files are gone"
[ -z "$(ls -d "$scratch"/data.backstay-new-* 2>/dev/null)" ] || die "something was left behind"
start_server
[ "$(ledger)" = $'2000\t5000' ] || die "the restored server is torn: $(ledger)"

say "a restore that is killed before the exchange changes nothing; again, it works"
stop_server TERM
rm -rf "$scratch"/data.orig-*
before=$(find "$scratch/data" -type f -printf '%P %i\n' | sort | sha256sum)
code=0
{ BACKSTAY_FAILPOINT=restore-physical.place:1:kill "$backstay" restore "$plan" --in-place --yes; } >/dev/null 2>&1 || code=$?
if [ "$code" != 0 ]; then
  [ "$(find "$scratch/data" -type f -printf '%P %i\n' | sort | sha256sum)" = "$before" ] || die "a killed restore changed the files"
  expect 0 "$backstay" restore "$plan" --in-place --yes
  [ -z "$(ls -d "$scratch"/data.backstay-new-* 2>/dev/null)" ] || die "something was left behind"
fi

say "an account without its privileges is told; nothing counts"
start_server
kept=$(latest)
ask "REVOKE RELOAD ON *.* FROM b@localhost"
code=0
output=$("$backstay" run "$plan" 2>&1) || code=$?
[ "$code" != 0 ] || die "a copy without RELOAD went well"
says "RELOAD"
[ "$(latest)" = "$kept" ] || die "a failed copy counts"
ask "GRANT RELOAD ON *.* TO b@localhost"

say "done"
