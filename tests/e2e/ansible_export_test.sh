#!/usr/bin/env bash
# What `export ansible` writes: readable, the same every time, taken by Ansible and its linter, with the operator's
# own inventory where there is one, and nothing in it that is secret.
source "$(dirname "$0")/lib.sh"
golden=$source_dir/tests/golden/ansible
plan=$scratch/cloud.plan.yaml
"$backstay" -q plan "$source_dir/examples/15-many-hosts/cloud.stay" -o "$plan"

say "it is what a person has read, and the same every time"
expect 0 "$backstay" export ansible "$plan" -o "$scratch/out"
expect 0 "$backstay" export ansible "$plan" -o "$scratch/out"
expect 0 "$backstay" export ansible "$plan" -o "$scratch/again"
diff -r "$scratch/out" "$scratch/again" || die "two exports differ"
if [ -n "${UPDATE_GOLDEN:-}" ]; then
  rm -rf "$golden" && cp -r "$scratch/out" "$golden" && rm -r "$golden/roles" "$golden/plan.yaml"
fi
diff -r -x roles -x plan.yaml "$golden" "$scratch/out" || die "the export changed: look, then UPDATE_GOLDEN=1"
diff -r "$source_dir/runtime/engine/ansible/role" "$scratch/out/roles/backstay" || die "the role is another one"
cmp "$plan" "$scratch/out/plan.yaml" || die "the plan was changed on its way"

say "a directory that holds something else is left alone"
mkdir "$scratch/mine" && touch "$scratch/mine/file"
expect 2 "$backstay" export ansible "$plan" -o "$scratch/mine"
says "holds something else"

say "what would be ignored is refused"
refused() { # CODE WORDS ARGUMENT…
  local code=$1 words=$2
  shift 2
  expect "$code" "$backstay" "$@"
  says "$words"
}
refused 2 "takes HOST=NAME" export ansible "$plan" -o "$scratch/none" --map ctl01
refused 2 "there is none" export ansible "$plan" -o "$scratch/none" --map ctl01=infra1
refused 2 "no host \`ctl1\`" export ansible "$plan" -o "$scratch/none" --map ctl1=infra1
refused 1 "nowhere" export ansible "$plan" -o "$scratch/none" --approvals "$scratch/nowhere"
refused 2 "--host is of one machine" run "$plan" --engine ansible --host ctl01
refused 1 "is not there" run "$plan" --engine ansible --package "$scratch/nowhere.deb"
refused 2 "no target \`vaul\`" restore "$plan" --engine ansible --in-place --yes --from vaul
refused 2 "--host is of one machine" restore "$plan" --engine ansible --in-place --yes --host ctl01
[ ! -e "$scratch/none" ] || die "something was written"

say "Ansible and its linter take it"
cd "$scratch/out"
export ANSIBLE_HOME=$scratch/ansible HOME=$scratch ANSIBLE_LOCAL_TEMP=$scratch/ansible
for book in *.yml; do
  [ "$book" = inventory.yml ] || expect 0 ansible-playbook --syntax-check "$book"
done
expect 0 ansible-lint --offline -p ./*.yml roles/backstay
expect 0 ansible-inventory --list
[ "$(jq -r '.backstay_backup_cloud_phase_2.hosts | join(" ")' <<<"$output")" = "compute01 compute02" ] || die "$output"

say "Kolla-Ansible's way to write an inventory, full names and all"
cat >"$scratch/multinode" <<'END'
[control]
ctl01.example.org ansible_user=kolla
[compute]
compute[01:02].example.org
[storage]
storage[01:02].example.org
keeper backstay_host=backup01
[baremetal:children]
control
compute
storage
END
expect 0 "$backstay" export ansible "$plan" -o "$scratch/kolla" --inventory "$scratch/multinode"
cd "$scratch/kolla"
expect 0 ansible-inventory --list
[ "$(jq -r '.backstay_backup_cloud_phase_2.hosts | join(" ")' <<<"$output")" = "compute01.example.org compute02.example.org" ] || die "$output"
[ "$(jq -r '._meta.hostvars.keeper.backstay_host' <<<"$output")" = backup01 ] || die "$output"
[ "$(jq -r '._meta.hostvars["ctl01.example.org"].ansible_user' <<<"$output")" = kolla ] || die "the operator's own is overruled: $output"
expect 0 ansible-playbook --syntax-check backup.yml

say "OpenStack-Ansible's: a program that prints JSON, by address"
cat >"$scratch/dynamic_inventory.py" <<'END'
#!/usr/bin/env python3
import json
hosts = {"infra1": "172.29.236.11", "aio-compute-a": "172.29.236.12", "aio-compute-b": "172.29.236.13", "log1": "172.29.236.14",
         "storage01": "172.29.236.15", "storage02": "172.29.236.16"}
print(json.dumps({"_meta": {"hostvars": {n: {"ansible_host": a, "is_metal": True} for n, a in hosts.items()}},
                  "all": {"children": ["ungrouped", "compute_hosts"]},
                  "compute_hosts": {"hosts": ["aio-compute-a", "aio-compute-b"]},
                  "infra_hosts": {"hosts": ["infra1"]}, "log_hosts": {"hosts": ["log1"]},
                  "storage_hosts": {"hosts": ["storage01", "storage02"]}}))
END
chmod +x "$scratch/dynamic_inventory.py"
sed -e 's|^host ctl01 {|&\n    address "172.29.236.11"|' "$source_dir/examples/15-many-hosts/cloud.stay" >"$scratch/cloud.stay"
expect 0 "$backstay" -q plan "$scratch/cloud.stay" -o "$scratch/osa.plan.yaml"
expect 1 "$backstay" export ansible "$scratch/osa.plan.yaml" -o "$scratch/osa" --inventory "$scratch/dynamic_inventory.py" \
  --map compute01=aio-compute-a --map backup01=lost
says "does not hold 2 of the plan's hosts: backup01 (as lost), compute02"
says "backstay_host"
[ ! -e "$scratch/osa" ] || die "half an export was left"
expect 0 "$backstay" export ansible "$scratch/osa.plan.yaml" -o "$scratch/osa" --inventory "$scratch/dynamic_inventory.py" \
  --map compute01=aio-compute-a --map compute02=aio-compute-b --map backup01=log1
cd "$scratch/osa"
expect 0 ansible-inventory --list
[ "$(jq -r '.backstay_backup_cloud_phase_3.hosts | join(" ")' <<<"$output")" = infra1 ] || die "$output"

say "no secret of this machine is in it, the approvals of its hosts are"
mkdir -p "$BACKSTAY_CONFIG_DIR/approved"
echo "an approval" >"$BACKSTAY_CONFIG_DIR/approved/cloud@ctl01"
echo "canary-5ecret" >"$BACKSTAY_CONFIG_DIR/vault-key"
expect 0 "$backstay" export ansible "$plan" -o "$scratch/approved"
[ "$(cat "$scratch/approved/approved/cloud@ctl01")" = "an approval" ] || die "the approval is missing"
! grep -rq canary-5ecret "$scratch/approved" || die "a secret was exported"
