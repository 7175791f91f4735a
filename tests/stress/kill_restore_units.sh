#!/usr/bin/env bash
# kill_restores.py for a service with units and hooks, on a machine that was really booted with systemd.
#
#   kill_restore_units.sh PROGRAM [--count N] [--seed S]
source "$(dirname "$0")/../e2e/lib.sh"
source "$source_dir/tests/support/booted_systemd.sh"
shift
machine=$scratch/machine
root=$machine/root
trap 'end_systemd; clean_up' EXIT
export -n BACKSTAY_CONFIG_DIR BACKSTAY_STATE_DIR

booted_make_root "$root"
mkdir -p "$root/opt/test"
cp "$backstay" "$root/opt/test/backstay"
for name in app worker idle; do
  printf '[Service]\nExecStart=/usr/bin/sleep infinity\n[Install]\nWantedBy=multi-user.target\n' >"$root/etc/systemd/system/$name.service"
done
printf '[Unit]\nRequires=app.service\nAfter=app.service\n' >>"$root/etc/systemd/system/worker.service"
boot_systemd "$machine" "$source_dir/tests/stress"
in_systemd systemctl enable -q --now app worker
in_systemd /usr/bin/python3 -B "$source_dir/tests/stress/kill_restores.py" --program /opt/test/backstay "$@" units
