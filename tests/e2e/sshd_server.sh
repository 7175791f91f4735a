# An sshd of our own: source after lib.sh, then `start_sshd`. It listens on a free port of this machine,
# with keys of its own, and ends with the test. Its accounts are keys of the user that runs the test:
# `receiving` is forced to `backstay receive`, `plain` has a shell.
sshd_dir=$scratch/sshd
sshd_pid=

free_port() {
  python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# start_sshd STORE [OPTIONS OF RECEIVE…]
start_sshd() {
  local store=$1 round
  shift
  mkdir -p "$sshd_dir" "$BACKSTAY_CONFIG_DIR" /run/sshd
  chmod 700 "$sshd_dir"
  ssh-keygen -q -t ed25519 -N '' -f "$sshd_dir/host_key"
  for round in receiving plain; do ssh-keygen -q -t ed25519 -N '' -f "$sshd_dir/$round"; done
  force_command "$backstay receive --store $store $*"
  sshd_port=$(free_port)
  cat >"$sshd_dir/config" <<CONFIG
ListenAddress 127.0.0.1:$sshd_port
HostKey $sshd_dir/host_key
KexAlgorithms curve25519-sha256
PidFile none
AuthorizedKeysFile $sshd_dir/authorized_keys
StrictModes no
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
MaxStartups 100:30:200
LogLevel ERROR
SetEnv BACKSTAY_CONFIG_DIR=$sshd_dir/far-config BACKSTAY_STATE_DIR=$sshd_dir/far-state
CONFIG
  run_sshd
  use_port "$sshd_port"
}

run_sshd() {
  /usr/sbin/sshd -D -e -f "$sshd_dir/config" </dev/null >"$sshd_dir/log" 2>&1 9>&- &
  sshd_pid=$!
  wait_for "sshd" bash -c "exec 3<>/dev/tcp/127.0.0.1/$sshd_port"
}

stop_sshd() {
  [ -z "$sshd_pid" ] || kill "$sshd_pid" 2>/dev/null || true
  wait "$sshd_pid" 2>/dev/null || true
  sshd_pid=
}

# force_command COMMAND: what the key `receiving` may do.
force_command() {
  {
    printf 'restrict,command="%s" ' "$1"
    cat "$sshd_dir/receiving.pub"
    cat "$sshd_dir/plain.pub"
  } >"$sshd_dir/authorized_keys"
}

# use_port PORT: where our ssh finds it: sshd itself, or something that stands between.
use_port() {
  printf 'Host *\n  Port %s\n' "$1" >"$BACKSTAY_CONFIG_DIR/ssh_config"
  printf '[127.0.0.1]:%s %s\n' "$1" "$(cut -d' ' -f1,2 "$sshd_dir/host_key.pub")" >"$BACKSTAY_CONFIG_DIR/known_hosts"
}

ssh_destination=$(id -un)@127.0.0.1

clean_up_sshd() {
  stop_sshd
  [ -z "${line_pid:-}" ] || kill "$line_pid" 2>/dev/null || true
  clean_up
}
trap clean_up_sshd EXIT

# A line between ours and sshd: bad_line cut|stall BYTES. What goes up counts.
bad_line() {
  local port
  end_bad_line
  port=$(free_port)
  python3 "$e2e_dir/bad_line.py" "$port" "$sshd_port" "$1" "$2" </dev/null >/dev/null 2>&1 &
  line_pid=$!
  wait_for "the line" bash -c "exec 3<>/dev/tcp/127.0.0.1/$port"
  use_port "$port"
}

end_bad_line() {
  [ -z "${line_pid:-}" ] || kill "$line_pid" 2>/dev/null || true
  line_pid=
  use_port "$sshd_port"
}
