#!/usr/bin/env bash
# What a doctor says of far logins that lack a right, and what it says mends it, done as it stands; and whether a
# restore in place has room in the real data directory of a server.
source "$(dirname "$0")/lib.sh"
[ "$(id -u)" = 0 ] || die "this test mounts a tmpfs and must run as root"

stop_servers() {
  local pid
  for pid in ${maria:-} ${postgres:-}; do
    kill -TERM "$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
  done
}
trap 'stop_servers; clean_up' EXIT

say "two servers that are reached by an address"
mapfile -t ports < <(python3 -c 'import socket
held = [socket.socket() for _ in range(2)]
for one in held:
    one.bind(("127.0.0.1", 0))
    print(one.getsockname()[1])')
chmod 0711 "$scratch"
mkdir "$scratch/data"
mount -t tmpfs -o size=400m tmpfs "$scratch/data"
mariadb-install-db --no-defaults --force --user=root --datadir="$scratch/data/maria" --skip-test-db \
  --auth-root-authentication-method=socket >"$scratch/install.log" 2>&1 || die "$(cat "$scratch/install.log")"
mariadbd --no-defaults --user=root --datadir="$scratch/data/maria" --socket="$scratch/maria.sock" --bind-address=127.0.0.1 \
  --port="${ports[0]}" --skip-name-resolve --innodb-buffer-pool-size=16M --innodb-log-file-size=8M >"$scratch/maria.log" 2>&1 &
maria=$!
ask() { mariadb --no-defaults --socket="$scratch/maria.sock" --batch --skip-column-names --execute "$1"; }
wait_for "MariaDB" ask "SELECT 1"
ask "CREATE DATABASE app; CREATE TABLE app.t (a INT PRIMARY KEY); INSERT INTO app.t VALUES (1);
  CREATE USER \`back'up\`@'127.0.0.%' IDENTIFIED BY 'c4nary-secret'; GRANT SELECT, SHOW VIEW, EVENT ON *.* TO \`back'up\`@'127.0.0.%'"
binaries=$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -1)
as_postgres() { setpriv --reuid=postgres --regid=postgres --init-groups env -i PATH="$PATH" LC_ALL=C.UTF-8 "$@"; }
mkdir "$scratch/pg" "$scratch/pgrun"
chown postgres: "$scratch/pg" "$scratch/pgrun"
as_postgres "$binaries/initdb" --pgdata="$scratch/pg" --username=postgres --auth=trust --encoding=UTF8 --locale=C.UTF-8 \
  >"$scratch/initdb.log" 2>&1 || die "$(cat "$scratch/initdb.log")"
printf 'local all postgres peer\nhost all all 127.0.0.1/32 scram-sha-256\n' >"$scratch/pg/pg_hba.conf"
as_postgres "$binaries/postgres" -D "$scratch/pg" -k "$scratch/pgrun" -h 127.0.0.1 -p "${ports[1]}" -c fsync=off >"$scratch/pg.log" 2>&1 &
postgres=$!
ask_pg() { as_postgres psql --no-psqlrc --host="$scratch/pgrun" --port="${ports[1]}" --username=postgres --quiet --tuples-only --command "$1" postgres; }
wait_for "PostgreSQL" ask_pg "SELECT 1"
ask_pg "CREATE DATABASE shop" >/dev/null
ask_pg "CREATE ROLE \"back-up\" LOGIN PASSWORD 'c4nary-secret'" >/dev/null

(umask 077 && printf "[client]\nuser = back'up\npassword = c4nary-secret\n" >"$scratch/maria.cnf" &&
  echo "127.0.0.1:${ports[1]}:*:back-up:c4nary-secret" >"$scratch/pg.conf")
cat >"$scratch/far.stay" <<END
language 1
policy far
zone UTC
host here

secret maria {
    file $scratch/maria.cnf
}

secret web {
    file $scratch/pg.conf
}

mariadb db {
    on here
    address "127.0.0.1"
    port ${ports[0]}
    login maria
    datadir $scratch/data/maria
}

postgresql web-db {
    on here
    address "127.0.0.1"
    port ${ports[1]}
    login web
    datadir $scratch/pg
}

service app {
    on here
    database app on db
}

service web {
    on here
    database shop on web-db
}

target local {
    directory $scratch/store on here
    media disk
}

schedule nightly {
    every day at 02:30
}

retention few {
    last 5
}

backup app {
    cover all services
    run nightly
    to local keep few
}
END
plan=$scratch/far.plan.yaml
"$backstay" -q plan "$scratch/far.stay" -o "$plan" 2>"$scratch/findings" || die "$(cat "$scratch/findings")"
expect 0 "$backstay" -q store init "$plan"

# mend_of SERVER: what the doctor says mends what it found of it; empty where all is well.
mend_of() {
  "$backstay" doctor "$plan" -f json >"$scratch/doctor.json" 2>/dev/null || true
  grep -q c4nary "$scratch/doctor.json" && die "the doctor tells a password"
  jq -r --arg server "$1" '.findings[] | select(.area == "databases" and .health == "problem" and (.text | contains($server))) | .mend' "$scratch/doctor.json"
}

say "a right that a dump needs, then those of a restore: each named, with the statement that grants it"
mend=$(mend_of "server \`db\`")
[ "$mend" = "GRANT TRIGGER ON *.* TO 'back''up'@'127.0.0.%';" ] || die "the mend is '$mend': $(cat "$scratch/doctor.json")"
ask "$mend"
mend=$(mend_of "server \`db\`")
[[ $mend == "GRANT INSERT, "*"TO 'back''up'@'127.0.0.%';" ]] || die "the mend is '$mend': $(cat "$scratch/doctor.json")"
ask "$mend"
[ -z "$(mend_of "server \`db\`")" ] || die "what the doctor said does not mend it: $(cat "$scratch/doctor.json")"

say "a role of PostgreSQL that may too little"
mend=$(mend_of web-db)
[ "$mend" = 'ALTER ROLE "back-up" SUPERUSER;' ] || die "the mend is '$mend': $(cat "$scratch/doctor.json")"
ask_pg "$mend"
[ -z "$(mend_of web-db)" ] || die "what the doctor said does not mend it: $(cat "$scratch/doctor.json")"
jq -e '[.findings[] | select(.area == "databases" and .health == "ok")] | length == 2' "$scratch/doctor.json" >/dev/null || die "$(cat "$scratch/doctor.json")"

say "a wrong password and a server that is away are told as what they are"
sed -i 's/c4nary-secret/wr0ng-secret/' "$scratch/maria.cnf"
mend_of db >/dev/null
jq -e '.findings[] | select(.area == "databases" and (.text | test("db: .*Access denied")))' "$scratch/doctor.json" >/dev/null || die "$(cat "$scratch/doctor.json")"
sed -i 's/wr0ng-secret/c4nary-secret/' "$scratch/maria.cnf"

say "room for a restore in place, in the data directory of the server"
python3 - "$scratch" "${ports[0]}" <<'PYTHON'
import sys
place, port = sys.argv[1:]
text = open(place + "/far.stay").read()
text = text.replace('    address "127.0.0.1"\n    port %s\n    login maria\n' % port, "    socket %s/maria.sock\n" % place)
text = text.replace("policy far", "policy near").replace("/store on", "/near on")
open(place + "/near.stay", "w").write(text)
PYTHON
plan=$scratch/near.plan.yaml
"$backstay" -q plan "$scratch/near.stay" -o "$plan" 2>"$scratch/findings" || die "$(cat "$scratch/findings")"
expect 0 "$backstay" -q --config-dir "$scratch/near-config" store init "$plan"
export BACKSTAY_CONFIG_DIR=$scratch/near-config
ask "USE app; CREATE TABLE app.big (a LONGBLOB); INSERT INTO app.big SELECT RANDOM_BYTES(1024) FROM seq_1_to_1000"
ask "USE app; INSERT INTO app.big SELECT REPEAT(HEX(RANDOM_BYTES(500)), 60) FROM seq_1_to_600"
expect 0 "$backstay" -q run "$plan"
room() { "$backstay" doctor "$plan" -f json 2>/dev/null | jq -r --arg place "$scratch/data/maria" '.findings[] | select(.area == "space" and (.text | contains($place))) | .health' || true; }
[ "$(room)" = ok ] || die "room is not told: $("$backstay" doctor "$plan" 2>&1)"
dd if=/dev/zero of="$scratch/data/ballast" bs=1M count="$(($(df --output=avail -m "$scratch/data" | tail -n 1) - 8))" status=none
[ "$(room)" = problem ] || die "a full data directory is not told: $("$backstay" doctor "$plan" 2>&1)"
