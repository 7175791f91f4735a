# A private PostgreSQL server for tests: a socket in the scratch directory, no network, ended by its
# pid file. It must not run as root, so it runs as its own account. Needs $scratch.

socket=$scratch/pgrun
binaries=$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -1)
as_postgres() { setpriv --reuid=postgres --regid=postgres --init-groups env -i PATH="$PATH" LC_ALL=C.UTF-8 "$@"; }

# client DATABASE ARGUMENT…: as the server's administrator.
client() { as_postgres psql --no-psqlrc --host="$socket" --username=postgres --quiet --set=ON_ERROR_STOP=1 --dbname="$@"; }

# ask DATABASE SQL: rows only.
ask() { client "$1" --no-align --tuples-only --command "$2"; }

start_server() {
  chmod 0711 "$scratch"
  if [ ! -d "$scratch/pgdata" ]; then
    mkdir "$scratch/pgdata" "$socket"
    chown postgres: "$scratch/pgdata" "$socket"
    as_postgres "$binaries/initdb" --pgdata="$scratch/pgdata" --username=postgres --auth=trust \
      --encoding=UTF8 --locale=C.UTF-8 >"$scratch/initdb.log" 2>&1 || die "$(cat "$scratch/initdb.log")"
    printf 'local all postgres peer\nlocal all all scram-sha-256\n' >"$scratch/pgdata/pg_hba.conf"
  fi
  as_postgres "$binaries/postgres" -D "$scratch/pgdata" -k "$socket" -h '' -c fsync=off -c full_page_writes=off \
    >>"$scratch/postgres.log" 2>&1 &
  wait_for "the server" ask postgres "SELECT 1"
}

stop_server() { # SIGNAL
  local pid round
  [ -s "$scratch/pgdata/postmaster.pid" ] || return 0
  pid=$(head -1 "$scratch/pgdata/postmaster.pid")
  kill "-${1:-INT}" "$pid" 2>/dev/null || true
  for round in $(seq 300); do
    kill -0 "$pid" 2>/dev/null || break
    sleep 0.1
  done
  kill -KILL "$pid" 2>/dev/null || true
  wait "$pid" 2>/dev/null || true
}

# Everything that a server holds, as statements; the tokens that newer releases print are left out.
state_of_server() { as_postgres pg_dumpall --host="$socket" --username=postgres | grep -vE '^\\(un)?restrict '; }
