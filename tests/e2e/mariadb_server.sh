# A private MariaDB server for tests: no network, scratch settings, ended by its pid file.
# Needs $scratch. The server's socket is where the controller's policy expects it.

socket=/run/mysqld/mysqld.sock

# client ARGUMENT…: as the server's root, without any option file.
client() { mariadb --no-defaults --socket="$socket" --default-character-set=utf8mb4 --binary-mode --comments "$@"; }

# ask SQL: rows only.
ask() { client --batch --skip-column-names --execute "$1"; }

start_server() {
  mkdir -p /run/mysqld "$scratch/server.tmp" # a server that starts removes the temporary tables that lie there
  if [ ! -d "$scratch/data" ]; then
    # --force: a fresh root has no hosts file, and names of hosts do not matter here.
    mariadb-install-db --no-defaults --force --user=root --datadir="$scratch/data" --skip-test-db \
      --auth-root-authentication-method=socket >"$scratch/install.log" 2>&1 || die "$(cat "$scratch/install.log")"
  fi
  mariadbd --no-defaults --user=root --datadir="$scratch/data" --socket="$socket" --skip-networking \
    --pid-file="$scratch/mariadbd.pid" --innodb-flush-log-at-trx-commit=0 --innodb-doublewrite=0 \
    --innodb-buffer-pool-size=64M --innodb-log-file-size=32M --log-bin="$scratch/data/binlog" --server-id=1 \
    --sync-binlog=0 --character-set-server=utf8mb4 --collation-server=utf8mb4_general_ci --event-scheduler=OFF \
    --log-bin-trust-function-creators=1 --tmpdir="$scratch/server.tmp" >>"$scratch/mariadbd.log" 2>&1 &
  wait_for "the server" ask "SELECT 1"
}

stop_server() { # SIGNAL
  local pid
  [ -s "$scratch/mariadbd.pid" ] || return 0
  pid=$(cat "$scratch/mariadbd.pid")
  kill "-${1:-TERM}" "$pid" 2>/dev/null || true
  local round
  for round in $(seq 300); do
    kill -0 "$pid" 2>/dev/null || break
    sleep 0.1
  done
  kill -KILL "$pid" 2>/dev/null || true
  wait "$pid" 2>/dev/null || true
  rm -f "$scratch/mariadbd.pid" "$socket"
}
