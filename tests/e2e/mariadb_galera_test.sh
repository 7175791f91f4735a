#!/usr/bin/env bash
# A real Galera cluster: the gate before a dump, the node out of flow control while it dumps and back whatever
# dies, and no restore in place under a second node.
set -euo pipefail
source "$(dirname "$0")/lib.sh"
unset BACKSTAY_CONFIG_DIR

provider=$(ls /usr/lib/galera/libgalera_smm.so /usr/lib/libgalera_smm.so 2>/dev/null | head -n 1) || true
[ -n "$provider" ] || die "no Galera provider: install galera-4"
chmod 0755 "$scratch"  # the state transfer runs as the server's account
mkdir "$scratch/run"
chown mysql "$scratch/run"

free_ports() { python3 -c 'import socket,sys
held = [socket.socket() for _ in range(4)]
for one in held: one.bind(("127.0.0.1", 0))
print(*[one.getsockname()[1] for one in held])'; }
declare -A gossip
start_node() { # NUMBER ADDRESS-OF-ANOTHER
  local ports
  [ -s "$scratch/ports.$1" ] || free_ports >"$scratch/ports.$1"
  read -ra ports <"$scratch/ports.$1"
  gossip[$1]=127.0.0.1:${ports[1]}
  mkdir -p "$scratch/node$1"
  chown mysql "$scratch/node$1"
  mariadbd --no-defaults --user=mysql --datadir="$scratch/node$1" --socket="$scratch/run/$1.sock" --port="${ports[0]}" --bind-address="${bind:-127.0.0.1}" \
    --pid-file="$scratch/run/$1.pid" --innodb-flush-log-at-trx-commit=0 --innodb-buffer-pool-size=64M --binlog-format=ROW --innodb-autoinc-lock-mode=2 \
    --wsrep-on=ON --wsrep-provider="$provider" --wsrep-cluster-address="gcomm://${2:-}" --wsrep-sst-method=rsync \
    --wsrep-node-address="127.0.0.1:${ports[1]}" --wsrep-sst-receive-address="127.0.0.1:${ports[3]}" \
    --wsrep-provider-options="gmcast.listen_addr=tcp://127.0.0.1:${ports[1]};ist.recv_addr=127.0.0.1:${ports[2]};gcache.size=16M" >>"$scratch/node$1.log" 2>&1 &
  wait_for "node $1" synced "$1"
}
ask() { mariadb --no-defaults --socket="$scratch/run/$1.sock" --batch --skip-column-names --execute "$2"; }
status() { ask "$1" "SHOW STATUS LIKE '$2'" | cut -f 2; }
synced() { [ "$(status "$1" wsrep_local_state_comment 2>/dev/null)" = Synced ]; }
desync() { ask 1 "SELECT @@wsrep_desync"; }
stop_nodes() {
  local pid
  for pid in "$scratch"/run/*.pid; do
    [ -s "$pid" ] && kill -KILL "$(cat "$pid")" 2>/dev/null
  done
  wait 2>/dev/null || true
}
trap 'stop_nodes; clean_up' EXIT

mariadb-install-db --no-defaults --force --user=mysql --datadir="$scratch/node1" --skip-test-db \
  --auth-root-authentication-method=socket >"$scratch/install.log" 2>&1 || die "$(cat "$scratch/install.log")"
start_node 1
ask 1 "CREATE USER b@localhost IDENTIFIED BY 'b'; GRANT ALL ON *.* TO b@localhost WITH GRANT OPTION; CREATE DATABASE nova; CREATE DATABASE glance;
       CREATE TABLE nova.t (id int PRIMARY KEY); INSERT INTO nova.t SELECT seq FROM mysql.seq_1_to_1000; CREATE TABLE glance.i (id int PRIMARY KEY); INSERT INTO glance.i VALUES (1)"
printf '[client]\nuser = b\npassword = b\n' >"$scratch/login.cnf" && chmod 0600 "$scratch/login.cnf"
cat >"$scratch/policy.stay" <<END
language 1
policy cluster
zone UTC
host here
secret login {
    file $scratch/login.cnf
}
mariadb db {
    on here
    socket $scratch/run/1.sock
    login login
    galera
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
END
plan=$scratch/plan.yaml
expect 0 "$backstay" plan "$scratch/policy.stay" -o "$plan"
expect 0 "$backstay" store init "$plan"

say "a synced node is dumped out of flow control, and is back in it"
expect 0 "$backstay" run "$plan" --dry-run
says "wsrep_desync"
expect 0 "$backstay" run "$plan"
[ "$(desync)" = 0 ] || die "the node is still desynced"
synced 1 || die "the node is not synced: $(status 1 wsrep_local_state_comment)"
expect 0 "$backstay" verify "$plan" latest --level 2

say "a run that fails, and one that is killed, leave no desynced node"
code=0
output=$(BACKSTAY_FAILPOINT=dump-mariadb.database:1:EIO "$backstay" run "$plan" 2>&1) || code=$?
[ "$(desync)" = 0 ] || die "a failed run left the node desynced: $output"
if [ "$code" = 0 ]; then
  echo "(no failpoints in this build)"
else
  BACKSTAY_FAILPOINT=dump-mariadb.desynced:1:kill "$backstay" run "$plan" >/dev/null 2>&1 || true
  [ "$(desync)" = 1 ] || die "the killed run had not desynced the node: the test proves nothing"
  expect 0 "$backstay" recover
  [ "$(desync)" = 0 ] || die "recover did not put the node back: $output"
  BACKSTAY_FAILPOINT=dump-mariadb.desynced:1:kill "$backstay" run "$plan" >/dev/null 2>&1 || true
  expect 0 "$backstay" run "$plan"
  [ "$(desync)" = 0 ] || die "the next run did not put the node back"
fi

say "an interrupted run puts the node back before it ends"
ask 1 "LOCK TABLES nova.t WRITE; SELECT SLEEP(8)" >/dev/null &
sleeper=$!
"$backstay" run "$plan" >"$scratch/run.log" 2>&1 &
run=$!
wait_for "the node to be desynced" sh -c "[ \"\$(mariadb --no-defaults --socket=$scratch/run/1.sock -BNe 'SELECT @@wsrep_desync')\" = 1 ]"
kill -TERM "$run"
code=0
wait "$run" || code=$?
[ "$code" = 143 ] || die "exit $code of an interrupted run: $(cat "$scratch/run.log")"
[ "$(desync)" = 0 ] || die "an interrupted run left the node desynced"
wait "$sleeper" || true

say "a node that somebody else desynced is not touched"
ask 1 "SET GLOBAL wsrep_desync = ON"
code=0
output=$("$backstay" run "$plan" 2>&1) || code=$?
[ "$code" != 0 ] || die "a desynced node was dumped"
says "wsrep_desync is on already"
[ "$(desync)" = 1 ] || die "somebody else's desync was undone"
ask 1 "SET GLOBAL wsrep_desync = OFF"
wait_for "the node" synced 1

say "in place on a cluster of one; refused, and nothing changed, on a cluster of two"
ask 1 "DELETE FROM nova.t WHERE id > 10"
expect 0 "$backstay" restore "$plan" --in-place --yes --database nova
[ "$(ask 1 "SELECT COUNT(*) FROM nova.t")" = 1000 ] || die "nova did not come back"
start_node 2 "${gossip[1]}"
[ "$(status 1 wsrep_cluster_size)" = 2 ] || die "the second node did not join"
ask 2 "DELETE FROM nova.t WHERE id > 10"
expect 7 "$backstay" restore "$plan" --in-place --yes --database nova
says "one of 2 nodes"
[ "$(ask 2 "SELECT COUNT(*) FROM nova.t")" = 10 ] || die "a refused restore changed the cluster"
expect 0 "$backstay" run "$plan"
expect 0 "$backstay" restore "$plan" --database nova --database-suffix _beside
[ "$(ask 2 "SELECT COUNT(*) FROM nova_beside.t")" = 10 ] || die "the copy beside is not on the other node"

say "of several hosts, the next one that is synced is dumped, and desynced, and put back"
stop_node() { mariadb --no-defaults --socket="$scratch/run/$1.sock" -e SHUTDOWN && wait_for "the end of node $1" sh -c "! [ -e $scratch/run/$1.pid ]"; }
stop_node 2
ask 1 "CREATE USER b@'%' IDENTIFIED BY 'b'; GRANT ALL ON *.* TO b@'%' WITH GRANT OPTION"
# The second node under an address of its own, on the port of the first.
read -ra ports <"$scratch/ports.1"
read -ra others <"$scratch/ports.2"
echo "${ports[0]} ${others[1]} ${others[2]} ${others[3]}" >"$scratch/ports.2"
bind=127.0.0.2 start_node 2 "${gossip[1]}"
[ "$(status 1 wsrep_cluster_size)" = 2 ] || die "the second node did not join again"
sed -e "s/^host here/host one {\n    address \"127.0.0.1\"\n}\nhost two {\n    address \"127.0.0.2\"\n}\nhost three/" -e "s/^    on here/    on one/" \
  -e "s|^    socket .*|    address \"127.0.0.1\"\n    port ${ports[0]}|" -e "s/^    galera/    galera/" -e "s| on here$| on one|" "$scratch/policy.stay" |
  awk '/^mariadb db/ { inside = 1 } inside && /on one/ { sub(/on one/, "on one, two, three"); inside = 0 } { print }' >"$scratch/several.stay"
several=$scratch/several.plan.yaml
expect 0 "$backstay" plan "$scratch/several.stay" -o "$several"
expect 0 "$backstay" store init "$several"
node_of() { jq -r '[.components[].facts | fromjson? // . | .node // empty] | unique | join(",")' "$(ls -d "$scratch"/store/snapshots/*-one-* | tail -n 1)/manifest.json"; }
expect 0 "$backstay" run "$several" --host one
says_not "not backed up from"
[ "$(node_of)" = one ] || die "the preferred node was not dumped: $(node_of)"
ask 1 "SET GLOBAL wsrep_desync = ON"
expect 0 "$backstay" run "$several" --host one --dry-run
says "from two instead"
expect 0 "$backstay" run "$several" --host one
says "not backed up from one: wsrep_desync is on already"
[ "$(node_of)" = two ] || die "the second node was not dumped: $(node_of)"
[ "$(desync)" = 1 ] || die "somebody else's desync was undone"
[ "$(ask 2 "SELECT @@wsrep_desync")" = 0 ] || die "the second node is still desynced"
BACKSTAY_FAILPOINT=dump-mariadb.desynced:1:kill "$backstay" run "$several" --host one >/dev/null 2>&1 || true
[ "$(ask 2 "SELECT @@wsrep_desync")" = 1 ] || die "the killed run had not desynced the second node: the test proves nothing"
ask 1 "SET GLOBAL wsrep_desync = OFF"
wait_for "node 1" synced 1
expect 0 "$backstay" recover
[ "$(ask 2 "SELECT @@wsrep_desync")" = 0 ] || die "recover did not put the right node back"
ask 1 "SET GLOBAL wsrep_desync = ON"
ask 2 "SET GLOBAL wsrep_desync = ON"
code=0
output=$("$backstay" run "$several" --host one 2>&1) || code=$?
[ "$code" != 0 ] || die "a desynced node was dumped"
says "no node of server"
says "one: wsrep_desync is on already"
says "two: wsrep_desync is on already"
ask 1 "SET GLOBAL wsrep_desync = OFF"
ask 2 "SET GLOBAL wsrep_desync = OFF"
wait_for "node 1" synced 1
wait_for "node 2" synced 2
stop_node 1
expect 0 "$backstay" run "$several" --host one
says "not backed up from one:"
[ "$(node_of)" = two ] || die "the node that was left was not dumped: $(node_of)"
start_node 1 "${gossip[2]}"

say "a node without its cluster is refused"
kill -STOP "$(cat "$scratch/run/2.pid")"
wait_for "the partition" sh -c "mariadb --no-defaults --socket=$scratch/run/1.sock -BNe \"SHOW STATUS LIKE 'wsrep_cluster_status'\" | grep -q non-Primary"
code=0
output=$("$backstay" run "$plan" 2>&1) || code=$?
kill -CONT "$(cat "$scratch/run/2.pid")"
[ "$code" != 0 ] || die "a node without quorum was dumped"
says "primary component"
say "done"
