#!/usr/bin/env bash
# Hosts on which Ansible can do nothing: a name that nobody knows, no Python, another key, a user who cannot become
# root. Each is named with why and what to do by `run`, `status` and `schedule`, also where nothing else is printed, and
# the host beside them is backed up. An inventory whose groups hold each other is refused before anything is written.
source "$(dirname "$0")/../support/hosts.sh"
enter_lab "$@"
source "$(dirname "$0")/lib.sh"
share_program "$backstay" backstay

add_hosts fine nopython otherkey noroot
for host in fine nopython otherkey noroot; do
  mkdir -p "$(host_root "$host")"/{etc/app,etc/backstay,var/backups/backstay}
  echo data >"$(host_root "$host")/etc/app/data"
done
on nopython sh -c 'rm -f /usr/bin/python3*'
on noroot sh -c 'useradd --create-home --shell /bin/sh joe && passwd -d joe && cp -r /root/.ssh /home/joe/ &&
  chown -R joe /home/joe && rm -f /usr/bin/sudo' >/dev/null
change_host_key otherkey

cat >"$scratch/cloud.stay" <<'END'
language 1
policy cloud
zone UTC

host fine { user "root" }
host nopython { user "root" }
host otherkey { user "root" }
host noroot { user "joe" }
host nowhere { user "root" }

service app {
    on fine, nopython, otherkey, noroot, nowhere
    path /etc/app as etc
}

target local {
    directory /var/backups/backstay
    media disk
}

schedule nightly {
    every day at 02:30
}

retention standard {
    daily 7
}

backup cloud {
    cover all services
    run nightly
    to local keep standard
}
END
plan=$scratch/cloud.plan.yaml
expect 0 "$backstay" -q plan "$scratch/cloud.stay" -o "$plan"
cp "$plan" "$(host_root fine)/etc/backstay/plan.yaml"
expect 0 on fine backstay -q store init /etc/backstay/plan.yaml

say "each host that could not be played is named with why and what to do"
code=0
report=$("$backstay" -q run "$plan" --engine ansible -f json 2>"$scratch/ansible.log") || code=$?
[ "$code" = 3 ] || die "exit $code: $report"
# why HOST WORDS
why() {
  local message
  message=$(jq -r --arg host "$1" '.members[] | select(.host == $host) | .message' <<<"$report")
  [[ "$message" == *"$2"* ]] || die "$1: '$message' does not say '$2'"
}
# What ssh itself says gets lost in Ansible at times.
why nowhere "try \`ssh nowhere\`"
why nopython "install python3"
why otherkey "try \`ssh otherkey\`"
why noroot "let its user become root"
[ "$(jq -r '.members[] | select(.exit == 0) | .host' <<<"$report")" = fine ] || die "wrong report: $report"

say "likewise when all are asked whether they are safe, or for their timers"
expect 3 "$backstay" -q status "$plan" --engine ansible
says "NO ANSWER  nopython         no Python there, which Ansible needs: install python3"
says "let its user become root"
says "try \`ssh otherkey\`"
expect 3 "$backstay" -q schedule list "$plan" --engine ansible
expect 3 "$backstay" schedule list "$plan" --engine ansible
says "nopython         no answer: no Python there, which Ansible needs: install python3"
says "noroot           no answer: "

say "an inventory whose groups hold each other"
printf '[a:children]\nb\n[b:children]\na\n[c]\nfine\n' >"$scratch/inventory"
expect 1 "$backstay" export ansible "$plan" -o "$scratch/export" --inventory "$scratch/inventory"
says "recursive dependency loop"
[ ! -e "$scratch/export" ] || die "something was written"
