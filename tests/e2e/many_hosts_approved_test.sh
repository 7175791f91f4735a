#!/usr/bin/env bash
# Two hosts that run approved plans only and sign what they write, called by the engine: plan and signature are handed
# to each, each refuses by itself what is unsigned, changed, foreign or signed by one it does not trust, before
# anything is done; what is signed comes back, and what was replaced does not.
source "$(dirname "$0")/../support/hosts.sh"
enter_lab "$@"
source "$(dirname "$0")/lib.sh"
share_program "$backstay" backstay

hosts="api01 agent01"
add_hosts $hosts
mkdir -m 700 "$scratch/keys" "$scratch/approvals"
for who in alice bob api01 agent01 lab; do ssh-keygen -q -t ed25519 -N '' -C "$who" -f "$scratch/keys/$who"; done
public() { cut -d' ' -f1,2 "$scratch/keys/$1.pub"; }
signers() { for who in api01 agent01 lab; do echo "$who namespaces=\"backstay-snapshot,backstay-record,backstay-set\" $(public "$who")"; done; }
allow() { echo "$2@example.org namespaces=\"backstay-plan\" $(public "$2")" >"$(host_root "$1")/etc/backstay/allowed_signers"; }

# make_plan FILE PATH: agent01 holds still, then api01, then both go on: there are barriers.
make_plan() {
  cat >"$scratch/policy.stay" <<END
language 1
policy cloud
zone UTC
host api01 { user "root" }
host agent01 { user "root" }
service api {
    on api01
    path $2 as etc
    before-backup ["/srv/hook", "hold"]
    after-backup ["/srv/hook", "release"]
}
service agent {
    on agent01
    path $2 as etc
    needs api
    before-backup ["/srv/hook", "hold"]
    after-backup ["/srv/hook", "release"]
}
target local {
    directory /var/backups/backstay
    media disk
}
retention standard {
    daily 7
}
backup cloud {
    cover all services
    to local keep standard
}
END
  expect 0 "$backstay" -q plan "$scratch/policy.stay" -o "$1"
}
plan=$scratch/cloud.plan.yaml
make_plan "$plan" /etc/app
make_plan "$scratch/changed.plan.yaml" /etc
declare -A store
for host in $hosts; do
  root=$(host_root "$host")
  mkdir -p "$root"/{srv,etc/app,etc/backstay,var/backups}
  echo "of $host" >"$root/etc/app/data"
  printf '#!/bin/sh\necho $1 >>/srv/log\n' >"$root/srv/hook"
  chmod 755 "$root/srv/hook"
  cp "$plan" "$root/etc/backstay/plan.yaml"
  expect 0 on "$host" backstay -q store init /etc/backstay/plan.yaml
  store[$host]=$(sed -n 's/^uuid //p' "$root/etc/backstay/targets/local")
  signers >"$root/etc/backstay/snapshot_signers"
  install -m 600 "$scratch/keys/$host" "$root/etc/backstay/snapshot_key"
  allow "$host" alice
done
mkdir -p "$BACKSTAY_CONFIG_DIR"
signers >"$BACKSTAY_CONFIG_DIR/snapshot_signers"
install -m 600 "$scratch/keys/lab" "$BACKSTAY_CONFIG_DIR/snapshot_key"

# approve KEY HOST PLAN: into the directory that is handed to the engine.
approve() {
  expect 0 "$backstay" -q approve "$3" --key "$scratch/keys/$1" --host "$2" --until 2099-01-01 \
    --store "local=${store[$2]}" --program "/srv/hook=$(host_root "$2")/srv/hook" -o "$scratch/approvals/cloud@$2"
}
snapshots() { ls "$(host_root "$1")/var/backups/backstay/snapshots" 2>/dev/null | wc -l; }
hooks() { cat "$(host_root "$1")/srv/log" 2>/dev/null | wc -l; }
untouched() { # HOST SNAPSHOTS HOOKS
  [ "$(snapshots "$1") $(hooks "$1")" = "$2 $3" ] || die "$1 has $(snapshots "$1") snapshots and ran $(hooks "$1") hooks"
}
report=
run_all() { # CODE PLAN [ARGUMENT…]
  local wanted=$1 code=0
  shift
  report=$("$backstay" run "$@" --engine ansible --approvals "$scratch/approvals" -f json 2>"$scratch/ansible.log") || code=$?
  [ "$code" = "$wanted" ] || die "exit $code instead of $wanted: $report"$'\n'"$(tail -n 60 "$scratch/ansible.log")"
}
of() { jq -r --arg host "$1" ".members[] | select(.host == \$host) | $2" <<<"$report"; }
refused() { # HOST WORDS
  [ "$(of "$1" .exit)" = 7 ] || die "$1 did not refuse: $report"
  [[ "$(of "$1" .message)" == *"$2"* ]] || die "$1 does not say '$2': $report"
  [[ "$(of "$1" '.failed | join(" ")')" == *.etc* ]] || die "what $1 lacks is not named: $report"
}

say "nobody approved it: every host refuses, before a hook runs or a point begins"
run_all 7 "$plan"
for host in $hosts; do
  refused "$host" "is not approved"
  untouched "$host" 0 0
done

say "an approval that was given to another host, or changed, is none"
approve alice api01 "$plan"
cp "$scratch/approvals/cloud@api01" "$scratch/approvals/cloud@agent01"
run_all 3 "$plan" --new-set
refused agent01 "api01"
untouched agent01 0 0
approve alice agent01 "$plan"
sed -i 's/2099/2098/' "$scratch/approvals/cloud@agent01"
run_all 3 "$plan" --new-set
refused agent01 "approv"
untouched agent01 0 0

say "a host that trusts somebody else refuses, and the others do their part; approved there, only it is missing"
approve alice agent01 "$plan"
allow agent01 bob
run_all 3 "$plan" --new-set
refused agent01 "none of the allowed signers"
untouched agent01 0 0
approve bob agent01 "$plan"
run_all 0 "$plan"
[ "$(snapshots agent01)" = 1 ] || die "agent01 has no point"
[ -s "$BACKSTAY_STATE_DIR/sets/$(jq -r .set <<<"$report")/set.json.sig" ] || die "the set is not signed"

say "a plan that was changed after its approval is refused everywhere"
counts=$(for host in $hosts; do snapshots "$host"; hooks "$host"; done)
run_all 7 "$scratch/changed.plan.yaml"
refused api01 "is not approved for api01"
refused agent01 "is not approved for agent01"
[ "$(for host in $hosts; do snapshots "$host"; hooks "$host"; done)" = "$counts" ] || die "something ran"

say "what was refused replaces nothing: the approved plan and its approval lie there as before, and may run"
for host in $hosts; do
  root=$(host_root "$host")
  cmp "$plan" "$root/etc/backstay/plans/cloud.plan.yaml" || die "$host lost its approved plan"
  cmp "$scratch/approvals/cloud@$host" "$root/etc/backstay/approved/cloud@$host" || die "$host lost its approval"
  [ "$(ls -A "$root/etc/backstay/plans")" = cloud.plan.yaml ] || die "$host keeps what it refused"
  expect 0 on "$host" backstay status /etc/backstay/plans/cloud.plan.yaml --host "$host"
  says_not "NOT APPROVED"
done

say "a signed set comes back; a point that was replaced does not, and nothing is changed where it lies"
for host in $hosts; do rm "$(host_root "$host")/etc/app/data"; done
restore() { expect "$1" "$backstay" restore "$plan" --engine ansible --approvals "$scratch/approvals" --of-set latest --in-place --yes; }
restore 0
for host in $hosts; do [ "$(cat "$(host_root "$host")/etc/app/data")" = "of $host" ] || die "$host is not back"; done
for host in $hosts; do
  expect 0 on "$host" backstay restore --commit latest
  rm "$(host_root "$host")/etc/app/data"
done
point=$(ls -d "$(host_root agent01)"/var/backups/backstay/snapshots/00000001-*)
chmod -R u+w "$point"
rm "$point/manifest.json.sig"
ssh-keygen -q -Y sign -f "$scratch/keys/bob" -n backstay-snapshot "$point/manifest.json"
restore 3
says agent01
says "not believed"
[ ! -e "$(host_root agent01)/etc/app/data" ] || die "a point that nobody of ours signed came back"
[ "$(cat "$(host_root api01)/etc/app/data")" = "of api01" ] || die "api01 is not back"

say "a record of a set that was changed is not believed"
sed -i 's/cloud-api01/cloud-api02/' "$BACKSTAY_STATE_DIR"/sets/*/set.json
expect 1 "$backstay" restore "$plan" --engine ansible --approvals "$scratch/approvals" --of-set latest --in-place --yes
says "knows no complete set"
