#!/usr/bin/env bash
# Four hosts that wait for each other, and a controller that is killed at each barrier of a backup and of a restore, as
# its playbook comes to the next phase, and once behind the last one. After each: every service that was stopped runs
# again without help, nothing is held, and the same call needs no help either; what was restored is what was saved.
#
#   many_hosts_barriers.sh PROGRAM [backup | restore]
source "$(dirname "$0")/../support/hosts.sh"
enter_lab "$@"
source "$(dirname "$0")/../e2e/lib.sh"
source "$(dirname "$0")/../e2e/many_hosts_lib.sh"
kinds=${2:-backup restore}

data_of() { on "$1" sh -c 'sha256sum </etc/app/data'; }
spoil() { for host in $all; do echo spoilt >"$(host_root "$host")/etc/app/data"; done; }

call_of() { # KIND: the words of the call that is killed, and repeated
  if [ "$1" = backup ]; then echo run; else echo restore; fi
}
more_of() { # KIND
  if [ "$1" = restore ]; then echo --in-place --yes --from local; fi
}

again() { # KIND: the same call, to its end
  local more code=0
  read -ra more <<<"$(more_of "$1")"
  report=$("$backstay" "$(call_of "$1")" "$hasty" --engine ansible -f json "${more[@]}" 2>"$scratch/ansible.log") || code=$?
  [ "$code" = 0 ] || ill "$1, again: exit $code"
  [ "$(good)" = "compute01 compute02 ctl01 storage01" ] || ill "$1, again"
}

for host in $all; do data_of "$host" >"$scratch/$host.data"; done
again backup
everything_runs "a backup"
expect 0 "$backstay" export ansible "$hasty" -o "$scratch/export"
for kind in $kinds; do
  phases=$(grep -c '^- name: Phase ' "$scratch/export/$kind.yml")
  [ "$phases" -gt 2 ] || die "$kind has $phases phases: nothing waits"
  held=0
  for number in $(seq 2 $((phases + 1))); do
    words="PLAY [Phase $number of $phases]"
    [ "$number" -le "$phases" ] || words="PLAY [Wait for the end on every host]"
    say "the controller dies in a $kind at: $words"
    if [ "$kind" = restore ]; then spoil; fi
    read -ra more <<<"$(more_of "$kind")"
    kill_at "$words" "$(call_of "$kind")" "$hasty" "${more[@]}"
    all_active || held=$((held + 1))
    # A restore goes on: what it stopped stays down until its data is whole, and the call is repeated at once.
    [ "$kind" = restore ] || everything_runs "a controller that was killed in a $kind at $words"
    again "$kind"
    everything_runs "a $kind that was repeated"
    for host in $all; do
      diff "$scratch/$host.data" <(data_of "$host") || die "$host has other files"
    done
  done
  [ "$held" -gt 0 ] || die "nothing was ever stopped: this proves nothing"
  echo "$kind: killed at $phases places, $held times with services stopped, 0 violations"
done
