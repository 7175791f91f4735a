#!/usr/bin/env bash
# What tests/fixtures/systemctl has recorded of systemctl is what it says on a machine that was really booted:
# the unit tests of the service manager stand on these records. UPDATE_RECORDED=1 records them anew.
source "$(dirname "$0")/lib.sh"
source "$source_dir/tests/support/booted_systemd.sh"

machine=$scratch/machine
root=$machine/root
recorded=$source_dir/tests/fixtures/systemctl
trap 'end_systemd; clean_up' EXIT

unit() { # NAME LINE…
  local name=$1
  shift
  printf '%s\n' "$@" >"$root/etc/systemd/system/$name"
}
booted_make_root "$root"
unit db.service '[Service]' 'ExecStart=/usr/bin/sleep infinity' '[Install]' 'WantedBy=multi-user.target'
unit app.service '[Unit]' 'Requires=db.service' 'After=db.service' '[Service]' 'TimeoutStopSec=infinity' \
  'ExecStart=/usr/bin/sleep infinity' '[Install]' 'WantedBy=multi-user.target'
unit talk.service '[Service]' 'ExecStart=/usr/bin/sleep infinity'
unit talk.socket '[Socket]' 'ListenStream=/run/talk.sock'
unit job.service '[Service]' 'Type=oneshot' 'ExecStart=/usr/bin/true'
unit job.timer '[Timer]' 'OnCalendar=*-01-01'
unit broken.service '[Service]' 'ExecStartPre=/usr/bin/false' 'ExecStart=/usr/bin/sleep infinity'
ln -s /dev/null "$root/etc/systemd/system/masked.service"
unit held.service '[Unit]' 'ConditionPathExists=/nowhere' '[Service]' 'ExecStart=/usr/bin/sleep infinity'
boot_systemd "$machine"
in_systemd systemctl enable -q db app
in_systemd systemctl start db app talk.socket talk job.timer

# answer FILE ARGUMENT…: standard output, standard error and exit status of one call.
answer() {
  local file=$scratch/$1.txt code=0
  shift
  in_systemd systemctl "$@" >"$scratch/out" 2>"$scratch/err" || code=$?
  { sed 's/^/out: /' "$scratch/out"; sed 's/^/err: /' "$scratch/err"; echo "exit: $code"; } >"$file"
}
same() { # FILE
  [ -z "${UPDATE_RECORDED:-}" ] || cp "$scratch/$1.txt" "$recorded/$1.txt"
  diff "$recorded/$1.txt" "$scratch/$1.txt" || die "systemctl answers otherwise than recorded: $1"
}

say "a start that fails, one that a condition passes over, one of a masked unit, one of none"
answer start-broken start -- broken.service
answer start-held start -- held.service
answer start-masked start -- masked.service
answer start-absent start -- absent.service
answer stop-absent stop -- absent.service
for name in start-broken start-held start-masked start-absent stop-absent; do same $name; done

say "the states of units, asked for as the service manager asks"
properties=$(grep -A3 'kProperties =' "$source_dir/runtime/system/service_manager.cpp" | grep -o '"[^"]*"' | tr -d '"\n')
in_systemd systemctl show "$properties" -- db.service app.service talk.service talk.socket job.service broken.service \
  held.service absent.service >"$scratch/show.txt"
same show
