#!/usr/bin/env bash
# Copies off site through one host: two hosts that cannot reach the object store copy to the vault, and the vault copies
# on, behind each run of the engine. Receipts come home; a host that was away, a vault that cannot reach the store and
# a killed copy are completed by the same call; and what lies off site alone brings a host back.
source "$(dirname "$0")/../support/hosts.sh"
enter_lab "$@"
source "$(dirname "$0")/lib.sh"
share_program "$backstay" backstay

hosts="app01 app02"
add_hosts $hosts vault01
vault=$(host_root vault01)
mkdir -p "$vault"/{srv/vault,srv/cloud,etc/backstay,var/backups}
printf '[cloud]\ntype = alias\nremote = /srv/cloud\n' >"$vault/etc/backstay/rclone.conf"
chmod 600 "$vault/etc/backstay/rclone.conf"
for host in $hosts; do
  root=$(host_root "$host")
  mkdir -p "$root"/{etc/app,etc/backstay,var/backups}
  echo "of $host" >"$root/etc/app/data"
  ssh-keygen -q -t ed25519 -N '' -C "$host" -f "$root/etc/backstay/vault-key"
  cp "$lab/known_hosts" "$root/etc/backstay/known_hosts"
  printf 'restrict,command="/usr/bin/backstay receive --store /srv/vault --host %s" %s\n' "$host" \
    "$(cat "$root/etc/backstay/vault-key.pub")" >>"$vault/root/.ssh/authorized_keys"
done
cat >"$scratch/policy.stay" <<'END_OF_POLICY'
language 1
policy fleet
zone UTC

site dc1
site dc2

hosts app[01-02] {
    at dc1
    user "root"
}

host vault01 {
    at dc1
    user "root"
}

group apps {
    members app[01-02]
}

secret vault-key {
    file /etc/backstay/vault-key
}

secret cloud {
    file /etc/backstay/rclone.conf
    escrow "safe 2, printed" at dc2
}

service app {
    on apps
    path /etc/app as etc
}

target local {
    directory /var/backups/backstay
}

target vault {
    rsync "root@vault01:/srv/vault"
    login vault-key
    deletable-by admin
}

target offsite {
    rclone "cloud:backups"
    login cloud
    at dc2
    media object
}

schedule nightly {
    every day at 02:30
    window 1h
}

retention standard {
    last 30
}

retention archive {
    last 2
    at-least 1
}

backup fleet {
    cover all services
    run nightly on vault01
    to local keep standard
    copy to vault keep standard
    copy to offsite keep archive through vault01
}

drill practice {
    on vault01
    restore all services from offsite into sandbox
    expect file /etc/app/data
}

require all services {
    copies 4
    offsite 1
    offsite-rpo 26h
}
END_OF_POLICY
plan=$scratch/fleet.plan.yaml
expect 0 "$backstay" -q plan "$scratch/policy.stay" -o "$plan"
expect 0 "$backstay" show "$plan"
says "through vault01"
says "copy.offsite.app[01-02]@vault01   copy the newest snapshot from vault to offsite of app[01-02]"
says "prune.offsite.app[01-02]@vault01  remove from offsite what archive does not keep of app[01-02]"

say "init.yml makes the stores: the hosts need no login of the object store, the vault does"
expect 0 "$backstay" export ansible "$plan" -o "$scratch/export"
ansible() { (cd "$scratch/export" && HOME=/root ANSIBLE_NOCOLOR=1 "$@"); }
expect 0 ansible ansible-playbook --syntax-check backup.yml init.yml
expect 0 ansible ansible-playbook init.yml
for host in $hosts; do
  [ ! -e "$(host_root "$host")/etc/backstay/targets/offsite" ] || die "$host got to know the object store"
done
[ -s "$vault/etc/backstay/targets/offsite" ] || die "the vault does not know the object store"

report=
run_all() { # CODE [ARGUMENT…]
  local wanted=$1 code=0
  shift
  report=$("$backstay" run "$plan" --engine ansible -f json "$@" 2>"$scratch/ansible.log") || code=$?
  [ "$code" = "$wanted" ] || die "exit $code instead of $wanted: $report"$'\n'"$(tail -n 60 "$scratch/ansible.log")"
}
of_copy() { jq -r ".copies[0] | $1" <<<"$report"; }
snapshots() { ls "$(host_root "$1")/var/backups/backstay/snapshots" 2>/dev/null | wc -l; }
id_of() { jq -r --arg host "$1" '.members[] | select(.host == $host) | .snapshot' <<<"$report"; }
offsite() { find "$vault/srv/cloud" -path "*$1*" -name manifest.json | wc -l; }

say "--check looks at the way through, too, and changes nothing"
expect 0 "$backstay" run "$plan" --engine ansible --dry-run
[ "$(snapshots app01)" = 0 ] && [ ! -e "$vault/srv/cloud/backups/snapshots" ] || die "a look left something"

say "one call: two snapshots, both at the vault, both off site, proven"
run_all 0
[ "$(of_copy .host) $(of_copy .copy) $(of_copy .exit)" = "vault01 offsite 0" ] || die "wrong report: $report"
first=$(id_of app01)
for host in $hosts; do
  id=$(id_of "$host")
  [ "$(offsite "$id")" = 1 ] || die "$id is not off site"
  [ -s "$vault/srv/vault/records/$id/receipt-1.json" ] || die "the vault has no receipt of $id"
done

say "with the next run the receipts come home, by the line that is there"
run_all 0 --new-set
receipt=$(host_root app01)/var/backups/backstay/records/$first
grep -l '"target":"offsite"' "$receipt"/receipt-*.json >/dev/null || die "app01 does not know of its copy: $(cat "$receipt"/*)"
grep -q '"through":"vault"' "$receipt"/receipt-*.json || die "who said it is not in the receipt"
expect 0 on app01 backstay status /etc/backstay/plans/fleet.plan.yaml --host app01 -f json
[ "$(jq -r '.backups[0].copies[] | select(.target == "offsite") | .points' <<<"$output")" = 1 ] || die "$output"

# What is too old goes behind it; holds, a copy without a receipt and a manifest that cannot be read stay as anywhere.
say "a host that is away keeps nobody's copy from going on, and no other host's from being pruned"
unplug app02
drop_connections
run_all 3 --new-set --then-prune
[ "$(of_copy .exit)" = 0 ] || die "wrong report: $report"
[ "$(offsite "$(id_of app01)")" = 1 ] || die "app01's copy did not go on"
[ "$(find "$vault/srv/cloud" -name 'removed-*' | grep -c "$first/")" = 1 ] || die "app01's oldest copy is there"
[ "$(find "$vault/srv/cloud" -name 'removed-*' | wc -l)" = 1 ] || die "more than app01's oldest copy went"
[ -s "$vault/srv/vault/records/$first/copy-tombstone-1.json" ] || die "the vault does not know what it took"
prune_offsite() { # CODE [ARGUMENT…]: on the vault
  local wanted=$1
  shift
  expect "$wanted" on vault01 backstay prune /etc/backstay/plans/fleet.plan.yaml --target offsite --host vault01 "$@"
}
prune_offsite 0 --bring-back "$first"
prune_offsite 0 --dry-run
says "1 of 3 points of backup fleet on app01 in target offsite would go"
says "0 of 2 points of backup fleet on app02 in target offsite would go"
expect 0 on vault01 backstay hold add /srv/vault "$first" because "the auditors"
prune_offsite 0 --of app01 --dry-run
says "held: the auditors"
expect 0 on vault01 backstay hold remove /srv/vault "$first" because "they are gone"
rm "$vault/srv/vault/records/$first"/receipt-*.json
prune_offsite 0 --of app01
says "0 of 3 points"
kept=$(find "$vault/srv/cloud" -path "*$(id_of app01)*" -name manifest.json)
mv "$kept" "$scratch/kept"
echo "{" >"$kept"
prune_offsite 7 --of app02
says "cannot be read"
mv "$scratch/kept" "$kept"
expect 7 on app01 backstay prune /etc/backstay/plans/fleet.plan.yaml --target offsite --host app01 --of app01
says "through vault01"
plug app02
wait_for "app02" ssh app02 true
before=$(snapshots app01)
run_all 0
[ "$(snapshots app01)" = "$before" ] || die "app01's part was done again"
[ "$(offsite "$(id_of app02)")" = 1 ] || die "app02's copy did not go on"

say "an object store that cannot be reached: the points are there, the set is told as partial, the same call copies on"
mv "$vault/srv/cloud" "$vault/srv/away"
touch "$vault/srv/cloud"
run_all 3 --new-set
[ "$(jq -r .complete <<<"$report")" = true ] || die "the points of the hosts are not counted: $report"
[ "$(of_copy .exit)" != 0 ] || die "wrong report: $report"
rm "$vault/srv/cloud"
mv "$vault/srv/away" "$vault/srv/cloud"
before=$(snapshots app01)
run_all 0
[ "$(snapshots app01)" = "$before" ] || die "a host backed up again for the sake of a copy"
for host in $hosts; do [ "$(offsite "$(id_of "$host")")" = 1 ] || die "$host is not off site"; done

say "nobody copies on from where nothing lies"
expect 7 on app01 backstay run /etc/backstay/plans/fleet.plan.yaml --copy offsite --host app01
says "through vault01"

say "a store that another account receives into is refused before anything is copied: its receipts would not come home"
on vault01 chown nobody /srv/vault
before=$(find "$vault/srv/cloud" -name manifest.json | wc -l)
expect 7 on vault01 backstay run /etc/backstay/plans/fleet.plan.yaml --copy offsite --host vault01
says 'the store `/srv/vault` is another account'
expect 1 on vault01 backstay run /etc/backstay/plans/fleet.plan.yaml --copy offsite --host vault01 --dry-run
says "would have to write its receipts there"
[ "$(find "$vault/srv/cloud" -name manifest.json | wc -l)" = "$before" ] || die "something was copied"
on vault01 chown root /srv/vault

say "one screen for all hosts: safe, not safe, away; the exit code and the JSON say it, too"
expect 0 "$backstay" status "$plan" --engine ansible --check
says "All 2 hosts are safe."
says "SAFE       app[01-02]"
unplug app02
drop_connections
expect 3 "$backstay" status "$plan" --engine ansible
says "NO ANSWER  app02"
says "SAFE       app01"
expect 6 "$backstay" status "$plan" --engine ansible --check -f json
"$backstay" -q status "$plan" --engine ansible -f json >"$scratch/states.json" || true
python3 - "$scratch/states.json" "$source_dir/docs/schemas/status-everywhere.schema.json" <<'END_OF_PYTHON'
import json, sys, jsonschema
states = json.load(open(sys.argv[1]))
jsonschema.validate(states, json.load(open(sys.argv[2])))
assert [(one["host"], one["answered"]) for one in states["hosts"]] == [("app02", False), ("app01", True)], states
END_OF_PYTHON
plug app02
wait_for "app02" ssh app02 true
mv "$(host_root app01)/var/backups/backstay" "$(host_root app01)/var/backups/away"
expect 6 "$backstay" status "$plan" --engine ansible --check
says "UNSAFE     app01            backup fleet: "
says "Not safe: 1 of 2 hosts are."
mv "$(host_root app01)/var/backups/away" "$(host_root app01)/var/backups/backstay"

say "the operator's forks, serial and max_fail_percentage hold"
expect 0 "$backstay" export ansible "$plan" -o "$scratch/narrow" --forks 7
grep -qx 'forks = 7' "$scratch/narrow/ansible.cfg" || die "forks are not taken over"
mv "$(host_root app01)/var/backups/backstay" "$(host_root app01)/var/backups/away"
before=$(snapshots app02)
expect 2 ansible ansible-playbook backup.yml -e backstay_serial=1 -e backstay_max_fail_percentage=0
[ "$(snapshots app02)" = "$before" ] || die "a host was begun after more had failed than may"
# Why not in batches of one here: where all of a batch failed, Ansible begins no other.
expect 2 ansible ansible-playbook backup.yml
[ "$(snapshots app02)" = $((before + 1)) ] || die "one failed host kept another from its backup"
mv "$(host_root app01)/var/backups/away" "$(host_root app01)/var/backups/backstay"

say "a drill off site, on the vault"
expect 0 on vault01 backstay store init /etc/backstay/plans/fleet.plan.yaml --target local
expect 0 on vault01 backstay drill /etc/backstay/plans/fleet.plan.yaml --host vault01

say "the host and the vault's store are lost: what lies off site brings the host back"
cp "$vault/etc/backstay/rclone.conf" "$(host_root app01)/etc/backstay/rclone.conf"
mkdir -p "$(host_root app01)/srv/cloud"
cp -a "$vault/srv/cloud/." "$(host_root app01)/srv/cloud/"
rm -rf "$vault/srv/vault" "$(host_root app01)/var/backups/backstay" "$(host_root app01)/etc/app"
expect 0 on app01 backstay store init /etc/backstay/plans/fleet.plan.yaml --target local
expect 0 on app01 backstay restore /etc/backstay/plans/fleet.plan.yaml --host app01 --from offsite --in-place --yes
[ "$(cat "$(host_root app01)/etc/app/data")" = "of app01" ] || die "app01 is not back"
