#!/usr/bin/env bash
# One controller with MariaDB, two compute hosts, two storage nodes, a backup host, on one machine: the example policy
# is exported for Ansible, backed up by the playbook, a compute host and the controller are lost, and the playbook brings
# both back in the right order from the backup host. The rings are on every storage node.
set -euo pipefail
source "$(dirname "$0")/../support/hosts.sh"
enter_lab "$@"
source "$(dirname "$0")/lib.sh"
unset BACKSTAY_CONFIG_DIR BACKSTAY_STATE_DIR
share_program "$backstay" backstay

computes="compute01 compute02"
sources="ctl01 $computes"
stores="storage01 storage02"

sql() { on ctl01 mariadb --no-defaults --socket=/run/mysqld/mysqld.sock --batch --skip-column-names -e "$1"; }

# A unit of HOST that notes when it starts and stops.
install_unit() { # HOST UNIT
  cat >"$(host_root "$1")/etc/systemd/system/$2.service" <<END
[Unit]
Description=$2 of a test
[Service]
ExecStartPre=/bin/sh -c 'date +%%s.%%N:start:$2 >>/srv/log'
ExecStart=/bin/sleep infinity
ExecStopPost=/bin/sh -c 'date +%%s.%%N:stop:$2 >>/srv/log'
[Install]
WantedBy=multi-user.target
END
}

# What a fresh machine of its kind has: packages and units, no data.
install_host() { # HOST
  case $1 in
    ctl01)
      install_unit ctl01 identity
      install_unit ctl01 compute-api
      on ctl01 sh -c 'install -d -o mysql -g mysql /var/lib/mysql &&
        mariadb-install-db --user=mysql --skip-test-db --auth-root-authentication-method=socket >/dev/null 2>&1 &&
        systemctl daemon-reload && systemctl start mariadb'
      ;;
    compute*)
      install_unit "$1" compute-agent
      on "$1" systemctl daemon-reload
      ;;
  esac
  on "$1" sh -c 'mkdir -p /etc/backstay && cp /root/.ssh/known_hosts /etc/backstay/ &&
    install -m 600 /root/.ssh/id_ed25519 /etc/backstay/vault-key'
}

fill_controller() {
  on ctl01 sh -c 'for name in identity compute-api; do
      mkdir -p /etc/$name && echo "secret of $name" >/etc/$name/$name.conf && chmod 640 /etc/$name/$name.conf
    done
    mkdir -p /etc/swift && head -c 5000 /dev/urandom >/etc/swift/object.ring.gz && echo "a builder" >/etc/swift/object.builder'
  sql "CREATE DATABASE identity; CREATE DATABASE compute; CREATE DATABASE agents; USE identity;
    CREATE TABLE identity.users (id INT PRIMARY KEY, name TEXT) ENGINE=InnoDB;
    INSERT INTO identity.users SELECT seq, CONCAT('user ', seq) FROM seq_1_to_500;
    CREATE TABLE compute.servers (id INT PRIMARY KEY, host TEXT) ENGINE=InnoDB;
    INSERT INTO compute.servers VALUES (1, 'compute01'), (2, 'compute02');
    CREATE TABLE agents.beats (host TEXT) ENGINE=InnoDB; INSERT INTO agents.beats VALUES ('compute01');"
  on ctl01 systemctl enable -q --now identity compute-api
}

fill_compute() { # HOST
  on "$1" sh -c 'mkdir -p /etc/compute-agent /var/lib/compute-agent &&
    echo "agent of $(hostname)" >/etc/compute-agent/agent.conf && head -c 300000 /dev/urandom >/var/lib/compute-agent/state &&
    systemctl enable -q --now compute-agent'
}

# All that a host of this cloud is, in a text.
state_of() { # HOST
  on "$1" sh -c 'cd / && for tree in etc/identity etc/compute-api etc/swift etc/compute-agent var/lib/compute-agent; do
      [ ! -e "$tree" ] || find "$tree" -printf "%p %y %m %U %G %s\n" -type f -exec sha256sum {} \;
    done | sort; systemctl is-active identity compute-api compute-agent 2>/dev/null || true'
  [ "$1" != ctl01 ] || sql "SELECT * FROM identity.users; SELECT * FROM compute.servers; SELECT * FROM agents.beats;"
}

began() { # HOST UNIT: when it was started last
  on "$1" awk -F: -v unit="$2" '$2 == "start" && $3 == unit { last = $1 } END { print last }' /srv/log
}

# The rings as they are on the controller lie on HOST, and are proven there.
has_rings() { # HOST
  local replica
  replica=$(host_root "$1")/var/lib/backstay/replicas/rings/etc/swift/current
  (cd "$replica" && sha256sum --quiet -c SHA256SUMS) || return 1
  diff <(cd "$(host_root ctl01)/etc/swift" && sha256sum -- *) <(cd "$replica/files" && sha256sum -- *)
}

earlier() { # WHAT ONE OTHER
  awk -v one="$2" -v other="$3" 'BEGIN { exit !(one != "" && other != "" && one < other) }' || die "$1: $2 is not before $3"
}

add_systemd_hosts $sources
add_hosts backup01 $stores
for host in $sources; do admit "$host" backup01; done
admit ctl01 $stores
sed -i -E '/ (ctl01|compute0.)$/s|^|restrict,command="/usr/bin/backstay receive --store /srv/vault" |' \
  "$(host_root backup01)/root/.ssh/authorized_keys"
for host in $sources; do install_host "$host"; done
fill_controller
for host in $computes; do fill_compute "$host"; done
for host in $sources; do state_of "$host" >"$scratch/$host.before"; done

say "the export is what Ansible takes, and says the same twice"
plan=$scratch/cloud.plan.yaml
"$backstay" -q plan "$source_dir/examples/15-many-hosts/cloud.stay" -o "$plan"
expect 0 "$backstay" export ansible "$plan" -o "$scratch/cloud"
expect 0 "$backstay" export ansible "$plan" -o "$scratch/again"
diff -r "$scratch/cloud" "$scratch/again" || die "two exports differ"
cd "$scratch/cloud"
for book in *.yml; do
  [ "$book" = inventory.yml ] || expect 0 ansible-playbook --syntax-check "$book"
done

say "stores are made once, on each host, and the far one"
on backup01 mkdir -p /srv/vault
expect 0 ansible-playbook init.yml
expect 0 ansible-playbook init.yml
says "changed=0"
[[ $output != *"changed=1"* ]] || die "a second time changes something: $output"

say "a dry run of all hosts is clean and changes nothing"
expect 0 ansible-playbook backup.yml --check
says "failed=0"
[ -z "$(on compute01 ls /var/backups/backstay/snapshots)" ] || die "a check backed up"

say "the playbook backs all of them up: the agents stand still while the database is dumped"
expect 0 ansible-playbook backup.yml -e backstay_set=first
for host in $sources; do
  [ "$(on "$host" sh -c 'ls /var/backups/backstay/snapshots | wc -l')" = 1 ] || die "no snapshot of $host"
  [ "$(jq -r .report.status "results/first/backup@$host.json")" = verified ] || die "$host: $(cat "results/first/backup@$host.json")"
done
[ "$(ls "$(host_root backup01)/srv/vault/snapshots" | wc -l)" = 3 ] || die "the backup host lacks copies"
for host in $sources; do diff "$scratch/$host.before" <(state_of "$host") || die "a backup changed $host"; done
for host in $stores; do has_rings "$host" || die "$host has other rings"; done

say "a playbook that was stopped half-way: the book for that starts again what stands still"
echo '{"hosts": ["compute01", "ctl01"], "done": ["check@ctl01"]}' >"$(host_root compute01)/srv/elsewhere"
for phase in 1 2; do
  expect 0 on compute01 backstay run /etc/backstay/plans/cloud.plan.yaml --backup cloud --host compute01 --set stuck \
    --phase $phase --elsewhere /srv/elsewhere
done
[ "$(on compute01 systemctl is-active compute-agent || true)" != active ] || die "nothing stands still: this test proves nothing: $output"
expect 0 ansible-playbook release.yml -e backstay_set=stuck
[ "$(on compute01 systemctl is-active compute-agent)" = active ] || die "the agent was not started again"

say "the controller and a compute host are lost, and replaced by blank machines"
for host in ctl01 compute02; do
  power_off "$host"
  on_disk=$(host_root "$host")
  rm -rf "$on_disk"/var/lib/mysql "$on_disk"/var/backups "$on_disk"/var/lib/backstay "$on_disk"/etc/backstay \
    "$on_disk"/etc/identity "$on_disk"/etc/compute-api "$on_disk"/etc/swift "$on_disk"/etc/compute-agent "$on_disk"/var/lib/compute-agent \
    "$on_disk"/srv/log "$on_disk"/etc/systemd/system/*.wants/{identity,compute-api,compute-agent}.service
  power_on "$host"
  install_host "$host"
done
expect 0 ansible-playbook init.yml

say "the playbook brings both back from the backup host, in order"
expect 2 ansible-playbook restore.yml --limit ctl01,compute02
says "backstay_confirm=cloud"
expect 0 ansible-playbook restore.yml --limit ctl01,compute02 -e backstay_confirm=cloud -e backstay_set=back \
  -e '{"backstay_arguments": ["--from", "vault"]}'
for host in $sources; do diff "$scratch/$host.before" <(state_of "$host") || die "$host is not what it was"; done
earlier "identity starts before compute-api" "$(began ctl01 identity)" "$(began ctl01 compute-api)"
earlier "compute-api starts before the agent" "$(began ctl01 compute-api)" "$(began compute02 compute-agent)"

say "a new ring is on the storage nodes that answer, and on all with the next call"
echo "a new ring" >"$(host_root ctl01)/etc/swift/object.ring.gz"
unplug storage02
expect 2 ansible-playbook backup.yml -e backstay_set=rings
says "storage02"
has_rings storage01 || die "one storage node that is away kept another from the rings"
plug storage02
wait_for "storage02" ssh storage02 true
state_of ctl01 >"$scratch/ctl01.before"

say "one call does the same, and a host that is away makes it a partial set that is completed later"
export HOME=/root
engine() { "$backstay" run "$plan" --engine ansible --config-dir "$scratch/etc" --state-dir "$scratch/state" "$@"; }
power_off compute01
expect 3 engine
says "compute01"
says "no answer"
# What nobody could make stand still is not dumped, and that is not called a backup; its files are kept.
says "is not complete: 0 of 3 hosts"
grep -q "^ctl01 *partial .*without .*compute-api.compute" <<<"$output" || die "$output"
power_on compute01
expect 0 engine --format json
says "goes on with set"
says "is complete: 3 of 3 hosts"
for host in $stores; do has_rings "$host" || die "$host does not have the new ring"; done
set=$(basename "$(ls -d "$scratch"/state/sets/*)")
[ "$(jq -r .complete "$scratch/state/sets/$set/set.json")" = true ] || die "the record is not complete"
python3 - "$scratch/state/sets/$set/set.json" "$source_dir/docs/schemas/set.schema.json" <<'END'
import json, sys, jsonschema
jsonschema.validate(json.load(open(sys.argv[1])), json.load(open(sys.argv[2])))
END

say "one call restores the snapshots of the complete set"
on compute02 sh -c 'systemctl stop compute-agent && rm -r /etc/compute-agent'
expect 0 "$backstay" restore "$plan" --engine ansible --config-dir "$scratch/etc" --state-dir "$scratch/state" \
  --of-set latest --only compute02 --in-place --yes
diff "$scratch/compute02.before" <(state_of compute02) || die "compute02 is not what it was"
