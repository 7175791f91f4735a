# Several machines on one, for tests: each with its own root, processes, mounts, host name, sshd, host key and
# address, joined by a bridge that leads nowhere else. Four are up in about two seconds; tests run in parallel.
#
#   source tests/support/hosts.sh
#   enter_lab "$@"                 # first of all: the script begins anew, in name spaces of its own
#   share_program FILE NAME        # before the hosts: /usr/bin/NAME on each of them
#   add_hosts ctl01 compute01      # machines with an sshd and little else, started
#   add_systemd_hosts storage01    # booted with systemd, sshd as its unit
#   on HOST COMMAND…               # runs there as root, past the network
#
# ssh and everything that uses it (rsync, Ansible) reaches the hosts by name as root from the script, and
# `admit FROM TO` lets one host log in at another. The faults: unplug/plug, power_off/power_on, slow_line,
# shift_clock, small_disk, change_host_key.
#
# $(host_root NAME) is a host's root as seen from here; it outlasts power_off, but for /run, /tmp and /dev.
# /usr is this machine's own, and what a host writes there is its own (a package can be installed). Nothing else of
# this machine is on the hosts. All of it, the script too, lives in a PID, a mount and a network name space that
# end with the process the test was started as, however that ends; a reaper outside of them removes the cgroups.
# Needs root with CAP_SYS_ADMIN and CAP_NET_ADMIN, and overlayfs, veth and bridges in the kernel.

lab_support=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source "$lab_support/booted_systemd.sh"

booted_script=$lab_support/booted_systemd.sh
lab=/var/tmp/lab
lab_network=10.77.0
lab_own_address=$lab_network.1
declare -A lab_outer lab_number lab_kind
lab_count=1

lab_fail() {
  printf 'FAILED: %s\n' "$*" >&2
  exit 1
}

host_root() { printf '%s/%s/root' "$lab" "$1"; }
host_address() { printf '%s.%s' "$lab_network" "${lab_number[$1]}"; }

# Outside of the name spaces, and child of nobody: waits until the lab's last process closed the pipe.
lab_start_reaper() { # FIFO
  setsid -f unshare --mount bash "$lab_support/hosts.sh" reap "$1" "$2" </dev/null >/dev/null 2>&1
}

lab_reap() { # FIFO TAG
  local round
  read -r _ <"$1" || true
  mount --make-rprivate /
  mount -t cgroup2 cgroup2 /mnt
  for round in $(seq 50); do
    find /mnt -depth -type d -path "/mnt/$2-*" -exec rmdir {} + && break
    sleep 0.1
  done
}

# enter_lab ARGUMENT…: what the script was given.
enter_lab() {
  local fifo tag=backstay-lab-$$-$RANDOM
  if [ -n "${BACKSTAY_LAB:-}" ] && [ $$ = 1 ]; then lab_inside; return; fi
  [ "$(id -u)" = 0 ] || lab_fail "test hosts need root"
  [ $((0x$(awk '/^CapEff/ { print $2 }' /proc/self/status) >> 21 & 1)) = 1 ] ||
    lab_fail "CAP_SYS_ADMIN is missing: name spaces and mounts cannot be made here"
  fifo=$(mktemp -d)/alive
  mkfifo "$fifo"
  lab_start_reaper "$fifo" "$tag"
  exec 8>"$fifo"
  rm -r "${fifo%/*}"
  BACKSTAY_LAB=$tag exec unshare --net --mount --pid --fork --kill-child=KILL --uts --ipc \
    bash "$(realpath "$0")" "$@"
}

# As PID 1 of the lab: a scratch that goes with it, the bridge, names and keys.
lab_inside() {
  mount --make-rprivate /
  mount -t proc proc /proc
  mount -t tmpfs -o mode=1777 tmpfs /var/tmp
  # Ansible shares its connections below it, by name and port of a host: another lab has hosts of these names, too.
  mkdir -p ~/.ansible
  mount -t tmpfs tmpfs ~/.ansible
  # Looked for on each host by every playbook, else.
  export ANSIBLE_PYTHON_INTERPRETER=/usr/bin/python3
  mkdir -p "$lab/common/bin" "$lab/cgroup" /run/sshd
  hostname lab
  ip link set lo up
  ip link add lab0 type bridge 2>"$lab/net.log" || lab_fail "no bridge: $(cat "$lab/net.log")"
  ip address add "$lab_own_address/24" dev lab0
  ip link set lab0 up
  ssh-keygen -q -t ed25519 -N '' -C lab -f "$lab/key"
  printf '127.0.0.1 localhost\n%s lab\n' "$lab_own_address" >"$lab/hosts"
  mount --bind "$lab/hosts" /etc/hosts
  touch "$lab/known_hosts"
  # The system's part of ssh's configuration is read whatever a test makes of HOME.
  mount -t tmpfs tmpfs /etc/ssh/ssh_config.d
  lab_ssh_config "$lab/key" "$lab/known_hosts" >/etc/ssh/ssh_config.d/lab.conf
}

lab_ssh_config() { # KEY KNOWN_HOSTS
  printf 'Host *\n  User root\n  IdentityFile %s\n  IdentitiesOnly yes\n' "$1"
  printf '  UserKnownHostsFile %s\n  StrictHostKeyChecking yes\n  BatchMode yes\n' "$2"
}

share_program() { # FILE NAME
  mkdir -p "$lab/common/bin"
  cp "$1" "$lab/common/bin/$2"
  chmod 0755 "$lab/common/bin/$2"
}

# The root of HOST as it is before its first start: what booted_systemd.sh makes, and an sshd.
lab_make_host() {
  local name=$1 dir=$lab/$1 root=$lab/$1/root
  mkdir -p "$dir"/{usr,usr.work,dpkg,dpkg.work} "$root"
  booted_make_root "$root"
  mkdir -p "$root"/{root/.ssh,etc/ssh,home,srv,opt,mnt,var/lib/dpkg}
  echo "$name" >"$root/etc/hostname"
  (cd /etc && cp -a --parents $(for place in debconf.conf pam.d pam.conf login.defs profile environment shells \
    security dpkg dbus-1 python3 python3.11 ca-certificates ca-certificates.conf ucf.conf; do
    [ ! -e "$place" ] || echo "$place"
  done) "$root/etc/")
  ssh-keygen -q -t ed25519 -N '' -C "$name" -f "$root/etc/ssh/ssh_host_ed25519_key"
  # The key exchange is a cheap one: the default costs either side a tenth of a second of a core.
  cat >"$root/etc/ssh/sshd_config" <<'CONFIG'
KexAlgorithms curve25519-sha256
HostKey /etc/ssh/ssh_host_ed25519_key
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
MaxStartups 100:30:200
UseDNS no
Subsystem sftp /usr/lib/openssh/sftp-server
CONFIG
  install -m 600 "$lab/key.pub" "$root/root/.ssh/authorized_keys"
  chmod 700 "$root/root" "$root/root/.ssh"
}

# The line between HOST's eth0 and the bridge. Its hardware address outlasts a restart: no neighbour asks anew.
lab_join() { # HOST
  local name=$1 pid=${lab_outer[$1]} number=${lab_number[$1]} round own
  own=$(readlink /proc/self/ns/net)
  for round in $(seq 200); do
    [ "$(readlink "/proc/$pid/ns/net" || echo "$own")" = "$own" ] || break
    sleep 0.02
  done
  ip link delete "host$number" 2>/dev/null || true
  ip link add "host$number" type veth peer name eth0 netns "$pid" address "02:77:00:00:00:$(printf %02x "$number")"
  ip link set "host$number" master lab0 up
  nsenter --target "$pid" --net sh -c "ip link set lo up && ip address add $(host_address "$name")/24 dev eth0 &&
    ip link set eth0 up" || lab_fail "$name has no line"
}

lab_start() { # HOST
  local name=$1 dir=$lab/$1
  if [ "${lab_kind[$name]}" = systemd ]; then
    BOOTED_SCRIPT=$booted_script BOOTED_CGROUP=$BACKSTAY_LAB-$name BOOTED_HOST=$name \
      setsid unshare --mount bash "$booted_script" cgroup "$dir" >"$dir/boot.log" 2>&1 </dev/null 8>&- &
  else
    BOOTED_INIT=$lab_plain_init BOOTED_HOST=$name \
      setsid unshare --pid --fork --kill-child=KILL --mount --uts --ipc --net \
      bash "$booted_script" init "$dir" >"$dir/boot.log" 2>&1 </dev/null 8>&- &
  fi
  lab_outer[$name]=$!
  lab_join "$name"
}

# PID 1 of a host without systemd: starts its sshd, and takes in orphans.
lab_plain_init='umount -l /.before; mkdir -p /run/sshd; /usr/sbin/sshd; mkfifo /run/init; exec 3<>/run/init; while :; do read -r _ <&3; done'

lab_wait() { # HOST: until it lets us in
  local name=$1 round
  for round in $(seq 600); do
    kill -0 "${lab_outer[$name]}" 2>/dev/null || lab_fail "$name did not start: $(cat "$lab/$name/boot.log")"
    if (exec 3<>"/dev/tcp/$(host_address "$name")/22") 2>/dev/null; then return 0; fi
    sleep 0.05
  done
  lab_fail "$name did not come up within 30 s: $(cat "$lab/$name/boot.log")"
}

# Who is who, on every machine of the lab.
lab_tell_names() {
  local name
  {
    printf '127.0.0.1 localhost\n%s lab\n' "$lab_own_address"
    for name in "${!lab_number[@]}"; do printf '%s %s\n' "$(host_address "$name")" "$name"; done
  } >"$lab/hosts"
  : >"$lab/known_hosts"
  for name in "${!lab_number[@]}"; do
    cat "$lab/hosts" >"$(host_root "$name")/etc/hosts"
    printf '%s,%s %s\n' "$name" "$(host_address "$name")" \
      "$(cut -d' ' -f1,2 "$(host_root "$name")/etc/ssh/ssh_host_ed25519_key.pub")" >>"$lab/known_hosts"
  done
}

lab_add() { # KIND HOST…
  local kind=$1 name
  shift
  for name in "$@"; do
    lab_count=$((lab_count + 1))
    lab_number[$name]=$lab_count lab_kind[$name]=$kind
    lab_make_host "$name"
    if [ "$kind" = systemd ]; then
      mkdir -p "$lab/$name/cgroup" "$(host_root "$name")/etc/systemd/system/multi-user.target.wants"
      ln -s /lib/systemd/system/ssh.service "$(host_root "$name")/etc/systemd/system/multi-user.target.wants/"
    fi
  done
  lab_tell_names
  for name in "$@"; do lab_start "$name"; done
  for name in "$@"; do lab_wait "$name"; done
}

add_hosts() { lab_add plain "$@"; }

add_systemd_hosts() {
  local name
  [ -x /lib/systemd/systemd ] || lab_fail "the package systemd is not installed"
  grep -qw cgroup2 /proc/filesystems || lab_fail "the kernel has no cgroup v2"
  lab_add systemd "$@"
  for name in "$@"; do lab_wait_booted "$name"; done
}

lab_wait_booted() { # HOST
  local state
  state=$(on "$1" timeout 60 systemctl is-system-running --wait || true)
  case $state in
    running | degraded) ;;
    *) lab_fail "$1 is $state" ;;
  esac
}

# PID 1 of HOST, as the lab counts.
host_pid() {
  local children
  read -r children _ <"/proc/${lab_outer[$1]}/task/${lab_outer[$1]}/children"
  printf '%s' "$children"
}

on() { # HOST COMMAND…
  local booted_pid
  booted_pid=$(host_pid "$1")
  shift
  in_systemd "$@"
}

# admit FROM TO…: root of FROM may log in as root at each TO, whose host keys it knows.
admit() {
  local from=$1 home
  home=$(host_root "$from")/root/.ssh
  shift
  [ -e "$home/id_ed25519" ] || ssh-keygen -q -t ed25519 -N '' -C "$from" -f "$home/id_ed25519"
  cp "$lab/known_hosts" "$home/known_hosts"
  for name in "$@"; do cat "$home/id_ed25519.pub" >>"$(host_root "$name")/root/.ssh/authorized_keys"; done
}

# The line of HOST is pulled out, and put back.
unplug() { ip link set "host${lab_number[$1]}" down; }
# Ansible's kept connections to all hosts: one to a host that has gone away is waited for, for two minutes.
drop_connections() { rm -rf ~/.ansible/cp; }
plug() { ip link set "host${lab_number[$1]}" up; }

# Everything on HOST dies at once; its disk stays.
power_off() {
  local pid
  pid=$(host_pid "$1" 2>/dev/null || true)
  if [ -n "$pid" ]; then kill -KILL "$pid" 2>/dev/null || true; fi
  kill -KILL "${lab_outer[$1]}" 2>/dev/null || true
  wait "${lab_outer[$1]}" 2>/dev/null || true
}

power_on() {
  lab_start "$1"
  lab_wait "$1"
  if [ "${lab_kind[$1]}" = systemd ]; then lab_wait_booted "$1"; fi
}

# slow_line HOST RATE: both ways, in tc's units (1mbit); `slow_line HOST` makes it fast again.
slow_line() {
  local pid=${lab_outer[$1]} device=host${lab_number[$1]}
  tc qdisc delete dev "$device" root 2>/dev/null || true
  nsenter --target "$pid" --net tc qdisc delete dev eth0 root 2>/dev/null || true
  [ -n "${2:-}" ] || return 0
  tc qdisc add dev "$device" root tbf rate "$2" burst 16kb latency 2s
  nsenter --target "$pid" --net tc qdisc add dev eth0 root tbf rate "$2" burst 16kb latency 2s
}

# shift_clock HOST SECONDS: for all that is begun over ssh there from now on; `shift_clock HOST` puts it right. Not
# for sshd itself, whose sandbox does not let in the library that does it, nor for systemd.
shift_clock() {
  local library configuration
  configuration=$(host_root "$1")/etc/ssh/sshd_config
  sed -i '/^SetEnv LD_PRELOAD=/d' "$configuration"
  if [ -z "${2:-}" ]; then lab_reload_sshd "$1"; return; fi
  library=$(echo /usr/lib/*/faketime/libfaketime.so.1)
  [ -e "$library" ] || lab_fail "the package libfaketime is not installed"
  printf 'SetEnv LD_PRELOAD=%s FAKETIME=%+ds DONT_FAKE_MONOTONIC=1 FAKETIME_NO_CACHE=1\n' "$library" "$2" \
    >>"$configuration"
  lab_reload_sshd "$1"
}

# small_disk HOST DIRECTORY SIZE: an empty file system of its own there, until HOST goes down.
small_disk() {
  on "$1" sh -c 'mkdir -p "$1" && mount -t tmpfs -o mode=755,size="$2" small "$1"' sh "$2" "$3"
}

# Ends every login at HOST: a connection that was opened before keeps what it was opened with.
hang_up() { on "$1" pkill -f '^sshd: root' || true; }

# sshd reads its configuration and keys anew, and is there again on return; logins stay. Why no HUP: one that comes
# while an earlier one is still at work is lost.
lab_reload_sshd() { # HOST
  if [ "${lab_kind[$1]}" = systemd ]; then
    on "$1" systemctl restart ssh
  else
    on "$1" sh -c 'old=$(cat /run/sshd.pid) && kill "$old" && while kill -0 "$old" 2>/dev/null; do sleep 0.05; done
      /usr/sbin/sshd'
  fi
  lab_wait "$1"
}

# HOST has another key from now on, as a machine that was put in its place has.
change_host_key() {
  local key
  key=$(host_root "$1")/etc/ssh/ssh_host_ed25519_key
  rm "$key" "$key.pub"
  ssh-keygen -q -t ed25519 -N '' -C "$1" -f "$key"
  lab_reload_sshd "$1"
}

if [ "${BASH_SOURCE[0]}" = "$0" ]; then
  case ${1:-} in
    reap) lab_reap "$2" "$3" ;;
  esac
fi
