# A machine that was really booted with systemd, for tests: its own PID 1, processes, mounts, cgroups,
# network and host name, over this machine's own /usr. Boots in about a second; several may run at once.
#
#   source tests/support/booted_systemd.sh
#   boot_systemd DIR [PATH…]   # PATHs of this machine are there too, in the same place
#   in_systemd COMMAND…        # runs there as root, with a clean environment
#   reboot_systemd             # as after a power cut: everything dies at once, then it boots anew
#   end_systemd                # also call it from an EXIT trap
#
# DIR/root is its root: /etc and /var live there and outlast a reboot; /run and /tmp do not. Where a test makes
# them, DIR/local is its /usr/local, and each file below DIR/over lies over the one of that path. $booted_host is
# its name. Needs root with CAP_SYS_ADMIN, cgroup v2 in the
# kernel and the package systemd; says which is missing and fails else.
# Why not systemd-nspawn: it wants a root tree of its own, and machined's name space for its cgroups.

booted_pid=

booted_fail() {
  printf 'FAILED: no systemd could be booted: %s\n' "$*" >&2
  [ ! -s "${booted_dir:-/nonexistent}/boot.log" ] || tail -n 20 "$booted_dir/boot.log" >&2
  end_systemd
  exit 1
}

# The root of a machine that has /usr, accounts and nothing else.
booted_make_root() {
  local root=$1 name unit
  mkdir -p "$root"/{usr,proc,sys,dev,run,tmp,root,var/{tmp,log,lib,cache,spool},etc/systemd/system}
  chmod 1777 "$root/tmp" "$root/var/tmp"
  for name in bin sbin lib lib32 lib64 libx32; do
    if [ -L "/$name" ]; then ln -s "usr/$name" "$root/$name"; fi
  done
  ln -s ../run "$root/var/run"
  for name in passwd group shadow gshadow nsswitch.conf ld.so.cache ld.so.conf ld.so.conf.d alternatives ssl \
    services protocols debian_version os-release mysql postgresql; do
    if [ -e "/etc/$name" ] || [ -L "/etc/$name" ]; then cp -a "/etc/$name" "$root/etc/$name"; fi
  done
  echo "127.0.0.1 localhost" >"$root/etc/hosts"
  echo UTC >"$root/etc/timezone"
  ln -sf /usr/share/zoneinfo/UTC "$root/etc/localtime"
  tr -d - </proc/sys/kernel/random/uuid >"$root/etc/machine-id"
  # What would reach beyond this machine, or waits for hardware.
  for unit in systemd-udevd systemd-udev-trigger systemd-sysctl systemd-modules-load systemd-binfmt \
    systemd-random-seed systemd-logind systemd-networkd systemd-resolved systemd-timesyncd systemd-repart \
    systemd-firstboot systemd-update-utmp systemd-update-utmp-runlevel kmod-static-nodes getty-static \
    systemd-pcrphase systemd-pcrphase-sysinit systemd-sysusers systemd-machine-id-commit systemd-hwdb-update \
    systemd-journal-catalog-update systemd-update-done systemd-user-sessions ldconfig e2scrub_reap; do
    ln -s /dev/null "$root/etc/systemd/system/$unit.service"
  done
  for unit in dev-hugepages.mount dev-mqueue.mount sys-fs-fuse-connections.mount sys-kernel-config.mount \
    sys-kernel-debug.mount sys-kernel-tracing.mount proc-sys-fs-binfmt_misc.automount getty.target \
    systemd-journald-audit.socket systemd-initctl.socket; do
    ln -s /dev/null "$root/etc/systemd/system/$unit"
  done
}

# This machine's /usr, read-only; or, where the maker of DIR wants to install packages, with DIR/usr and
# DIR/dpkg for what is written over it, and DIR/../common for what all such machines have in addition.
booted_mount_usr() { # DIR
  local dir=$1 root=$1/root
  if [ ! -d "$dir/dpkg" ]; then
    mount --bind /usr "$root/usr"
    mount -o remount,bind,ro "$root/usr"
    return
  fi
  mount -t overlay -o "lowerdir=$dir/../common:/usr,upperdir=$dir/usr,workdir=$dir/usr.work" overlay "$root/usr"
  mount -t overlay -o "lowerdir=/var/lib/dpkg,upperdir=$dir/dpkg,workdir=$dir/dpkg.work" overlay "$root/var/lib/dpkg"
}

# Runs inside the new name spaces, with cgroup v2 mounted on DIR/cgroup: becomes PID 1. BOOTED_INIT is a line of
# bash to be PID 1 instead of systemd.
booted_become_init() {
  local dir=$1 root=$1/root name place
  shift
  mount --make-rprivate /
  hostname "${BOOTED_HOST:-booted}"
  mount --bind "$root" "$root"
  booted_mount_usr "$dir"
  if [ -d "$dir/local" ]; then mount --bind "$dir/local" "$root/usr/local"; fi
  if [ -d "$dir/over" ]; then
    (cd "$dir/over" && find . -type f) | while read -r name; do mount --bind "$dir/over/$name" "$root/$name"; done
  fi
  mount -t proc proc "$root/proc"
  mount --bind "$root/proc/sys" "$root/proc/sys"
  mount -o remount,bind,ro "$root/proc/sys"
  mount -t sysfs -o ro sysfs "$root/sys"
  [ -n "${BOOTED_INIT:-}" ] || mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
  mount -t tmpfs -o mode=755 tmpfs "$root/run"
  mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"
  mount -t tmpfs -o mode=755 tmpfs "$root/dev"
  for name in null zero full random urandom tty; do
    touch "$root/dev/$name"
    mount --bind "/dev/$name" "$root/dev/$name"
  done
  mkdir "$root/dev/pts" "$root/dev/shm"
  mount -t devpts -o newinstance,ptmxmode=666,mode=620,gid=5 devpts "$root/dev/pts"
  ln -s pts/ptmx "$root/dev/ptmx"
  ln -s /proc/self/fd "$root/dev/fd"
  for name in 0:stdin 1:stdout 2:stderr; do ln -s "/proc/self/fd/${name%%:*}" "$root/dev/${name#*:}"; done
  mount -t tmpfs -o mode=1777 tmpfs "$root/dev/shm"
  for place in "$@"; do
    if [ -d "$place" ]; then mkdir -p "$root$place"; else mkdir -p "$root${place%/*}" && touch "$root$place"; fi
    mount --rbind "$place" "$root$place"
  done
  cd "$root"
  mkdir -p .before
  pivot_root . .before
  if [ -n "${BOOTED_INIT:-}" ]; then
    exec env -i PATH=/usr/sbin:/usr/bin LANG=C.UTF-8 chroot . /bin/bash -c "$BOOTED_INIT" </dev/null
  fi
  # Shared, as on any machine: the credentials of a service are mounted in a name space beside it.
  exec env -i container=backstay-test PATH=/usr/sbin:/usr/bin LANG=C.UTF-8 \
    chroot . /bin/sh -c 'umount -l /.before; mount --make-rshared /; exec /lib/systemd/systemd --system --unit=multi-user.target \
      --show-status=false --log-target=journal-or-kmsg' </dev/null
}

# First in a mount name space with cgroup v2, and in a cgroup that is the machine's own.
booted_enter_cgroup() {
  local dir=$1
  mount --make-rprivate /
  mount -t cgroup2 cgroup2 "$dir/cgroup"
  mkdir -p "$dir/cgroup/$BOOTED_CGROUP"
  echo $$ >"$dir/cgroup/$BOOTED_CGROUP/cgroup.procs"
  exec unshare --cgroup --pid --fork --kill-child=KILL --mount --uts --ipc --net \
    bash "$BOOTED_SCRIPT" init "$@"
}

# As PID 1 of the old tree is not ours to see: the child of our unshare that is called systemd.
booted_find_init() {
  local parent=$1 child
  for child in $(cat "/proc/$parent/task/$parent/children" 2>/dev/null); do
    if [ "$(cat "/proc/$child/comm" 2>/dev/null)" = systemd ]; then echo "$child"; fi
  done
}

booted_start() {
  local round
  BOOTED_SCRIPT=$booted_script BOOTED_CGROUP=$booted_cgroup BOOTED_HOST=${booted_host:-booted} \
    setsid unshare --mount bash "$booted_script" cgroup "$booted_dir" "${booted_paths[@]}" \
    >"$booted_dir/boot.log" 2>&1 </dev/null &
  booted_outer=$!
  for round in $(seq 600); do
    kill -0 "$booted_outer" 2>/dev/null || booted_fail "its name spaces could not be made"
    booted_pid=$(booted_find_init "$booted_outer")
    if [ -n "$booted_pid" ] && [ -S "/proc/$booted_pid/root/run/systemd/private" ]; then break; fi
    sleep 0.05
  done
  [ -n "$booted_pid" ] || booted_fail "its PID 1 did not come up within 30 s"
  in_systemd timeout 60 systemctl is-system-running --wait >"$booted_dir/state" 2>&1 || true
  case $(cat "$booted_dir/state") in
    running | degraded) ;;
    *) booted_fail "it is $(cat "$booted_dir/state")" ;;
  esac
}

boot_systemd() { # DIR PATH…
  booted_dir=$1
  shift
  booted_paths=("$@")
  booted_script=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)/booted_systemd.sh
  booted_cgroup=backstay-test-$$-$RANDOM
  [ "$(id -u)" = 0 ] || booted_fail "this needs root"
  [ -x /lib/systemd/systemd ] || booted_fail "the package systemd is not installed"
  grep -qw cgroup2 /proc/filesystems || booted_fail "the kernel has no cgroup v2"
  [ $((0x$(awk '/^CapEff/ { print $2 }' /proc/self/status) >> 21 & 1)) = 1 ] ||
    booted_fail "CAP_SYS_ADMIN is missing: name spaces and mounts cannot be made here"
  mkdir -p "$booted_dir/root" "$booted_dir/cgroup"
  [ -e "$booted_dir/root/etc/machine-id" ] || booted_make_root "$booted_dir/root"
  booted_start
}

in_systemd() {
  nsenter --target "$booted_pid" --mount --uts --ipc --net --pid --cgroup --root --wd -- \
    env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 "$@"
}

# Everything in it dies with its PID 1; then its cgroups are empty and can go.
booted_kill() {
  local round
  [ -n "${booted_outer:-}" ] || return 0
  if [ -n "$booted_pid" ]; then kill -KILL "$booted_pid" 2>/dev/null || true; fi
  kill -KILL "$booted_outer" 2>/dev/null || true
  wait "$booted_outer" 2>/dev/null || true
  for round in $(seq 100); do
    [ -n "$booted_pid" ] && kill -0 "$booted_pid" 2>/dev/null || break
    sleep 0.05
  done
  booted_pid= booted_outer=
}

reboot_systemd() {
  booted_kill
  booted_start
}

end_systemd() {
  booted_kill
  if [ -n "${booted_cgroup:-}" ] && [ -d "$booted_dir/cgroup" ]; then
    unshare --mount bash -c 'mount --make-rprivate / && mount -t cgroup2 cgroup2 "$1/cgroup" &&
      find "$1/cgroup/$2" -depth -type d -exec rmdir {} + 2>/dev/null' sh "$booted_dir" "$booted_cgroup" || true
  fi
  booted_cgroup=
}

if [ "${BASH_SOURCE[0]}" = "$0" ]; then
  set -euo pipefail
  what=$1
  shift
  case $what in
    cgroup) booted_enter_cgroup "$@" ;;
    init) booted_become_init "$@" ;;
  esac
fi
