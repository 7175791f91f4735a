#!/usr/bin/env bash
# A host with a list of allowed signers runs approved plans only: every other one is refused with exit 7
# before anything was changed, and the message says what is wrong and what to do.
source "$(dirname "$0")/lib.sh"

make_quickstart
keys=$scratch/keys
mkdir -m 0700 "$keys"
for who in alice mallory host; do ssh-keygen -q -t ed25519 -N '' -C "$who" -f "$keys/$who"; done
signers=$BACKSTAY_CONFIG_DIR/allowed_signers
approval=$BACKSTAY_CONFIG_DIR/approved/quickstart@here
allow() { # WHO OPTIONS
  printf '%s@example.org %s %s\n' "$1" "$2" "$(cut -d' ' -f1,2 "$keys/$1.pub")" >>"$signers"
}
names() { (cd "$scratch" && find store state etc var config -printf '%p %y %m %s\n' | sort); }
store_tree() { (cd "$scratch" && find store state etc var config -printf '%p %y %m %s %T@\n' | sort); }

# refused WORDS COMMAND…: exit 7, the words, a hint, and not one file of store, state, configuration or
# service is another one.
refused() {
  local words=$1 before
  shift
  before=$(store_tree)
  expect 7 "$@"
  says "$words"
  [[ $output == *"have it approved"* || $output == *"have this one approved"* || $output == *"have the plan approved"* ||
    $output == *chmod* || $output == *"give the plan instead"* ]] || die "no hint: $output"
  diff <(echo "$before") <(store_tree) || die "something was changed by: $*"
}

say "without a list of allowed signers nothing is asked"
expect 0 "$backstay" -q run "$plan"
expect 0 "$backstay" show "$plan"
says_not "pproved"

say "with it, run, restore, drill and prune refuse a plan that nobody approved"
printf 'drill practice {\n    restore all services from local into sandbox\n}\n' >>"$scratch/quickstart.stay"
expect 0 "$backstay" -q plan "$scratch/quickstart.stay" -o "$plan"
allow alice 'namespaces="backstay-plan"'
for verb in "run" "restore --in-place --yes" "drill --into $scratch/sandbox" "prune"; do
  set -- $verb
  refused "policy quickstart is not approved for here" "$backstay" "$1" "$plan" "${@:2}"
done
[ ! -e "$scratch/sandbox" ] || die "a sandbox was made"
refused "a store alone is none" "$backstay" restore "$scratch/store" --in-place --yes
expect 0 "$backstay" restore "$scratch/store" --to "$scratch/beside"

say "a dry run changes nothing, and says that the run would be refused"
for verb in "run" "restore --in-place" "drill --into $scratch/sandbox"; do
  set -- $verb
  before=$(names)
  expect 7 "$backstay" "$1" "$plan" "${@:2}" --dry-run
  says "is not approved for here"
  [ "$before" = "$(names)" ] || die "a dry run changed something"
done
expect 0 "$backstay" show "$plan"
says "NOT APPROVED"
expect 6 "$backstay" status "$plan" --check
says "no run begins: policy quickstart is not approved"

say "approved by one who may, it runs, restores, is drilled and pruned, and everybody is told"
expect 0 "$backstay" approve "$plan" --key "$keys/alice" --until 2099-01-01
says "store $(sed -n 's/^uuid //p' "$BACKSTAY_CONFIG_DIR/targets/local")"
says_not "would refuse"
expect 0 "$backstay" run "$plan" --dry-run
expect 0 "$backstay" -q run "$plan"
expect 0 "$backstay" restore "$plan" --in-place --yes
expect 0 "$backstay" restore --commit latest
expect 0 "$backstay" drill "$plan" --into "$scratch/sandbox"
expect 0 "$backstay" prune "$plan"
expect 0 "$backstay" show "$plan"
says "Approved by alice@example.org, until 2099-01-01T00:00:00Z"
expect 0 "$backstay" status "$plan" --check
says "by alice@example.org, until 2099-01-01T00:00:00Z"
expect 0 "$backstay" -q plan "$scratch/quickstart.stay" -o "$scratch/same.plan.yaml"
expect 0 "$backstay" plan "$scratch/quickstart.stay" -o "$scratch/same.plan.yaml"
says "Approved by alice@example.org"
jq -e '.backups[0].approved | startswith("by alice")' <("$backstay" status "$plan" -f json) >/dev/null || die "not in JSON"

say "anybody can check it with ssh-keygen alone"
sed -n '1,/^}/p' "$approval" >"$scratch/record"
sed -n '/BEGIN SSH/,$p' "$approval" >"$scratch/record.sig"
ssh-keygen -Y verify -f "$signers" -I alice@example.org -n backstay-plan -s "$scratch/record.sig" \
  <"$scratch/record" >/dev/null || die "ssh-keygen does not take it"

say "another plan of the policy is refused"
cp "$plan" "$scratch/approved.plan.yaml"
sed -i 's|at-least 3|at-least 2|' "$scratch/quickstart.stay"
expect 0 "$backstay" -q plan "$scratch/quickstart.stay" -o "$plan"
refused "this plan of policy quickstart is not approved for here: its digest is" "$backstay" run "$plan"
says "alice@example.org approved"
cp "$scratch/approved.plan.yaml" "$plan"

say "a plan that was changed by a byte is refused"
sed 's|at-least: 3|at-least: 9|' "$scratch/approved.plan.yaml" >"$plan"
! cmp -s "$plan" "$scratch/approved.plan.yaml" || die "nothing was changed"
before=$(store_tree)
expect 7 "$backstay" run "$plan"
says "digest"
[ "$before" = "$(store_tree)" ] || die "something was changed"
cp "$scratch/approved.plan.yaml" "$plan"

say "an approval that was changed by a byte is refused, wherever the byte is"
cp "$approval" "$scratch/approval"
size=$(stat -c %s "$approval")
for at in $(seq 0 29 $((size - 1))); do
  python3 - "$scratch/approval" "$approval" "$at" <<'P'
import sys
text = bytearray(open(sys.argv[1], "rb").read())
at = int(sys.argv[3])
text[at] = ord("7") if text[at] != ord("7") else ord("8")
open(sys.argv[2], "wb").write(text)
P
  refused "looking at the approval" "$backstay" run "$plan"
done
cp "$scratch/approval" "$approval"

say "signed by another, or for something else"
expect 0 "$backstay" approve "$plan" --key "$keys/mallory"
says "this host would refuse it"
refused "its key is none of the allowed signers'" "$backstay" run "$plan"
sed -n '1,/^}/p' "$scratch/approval" >"$scratch/record"
{ cat "$scratch/record"; ssh-keygen -Y sign -q -n file -f "$keys/alice" <"$scratch/record"; } >"$approval"
refused "it was signed for something else" "$backstay" run "$plan"
printf 'alice@example.org namespaces="backstay-snapshot" %s\n' "$(cut -d' ' -f1,2 "$keys/alice.pub")" >"$signers"
cp "$scratch/approval" "$approval"
refused "it was signed for something else" "$backstay" run "$plan"
: >"$signers"
refused "its key is none of the allowed signers'" "$backstay" run "$plan"
: >"$approval"
refused "no signature follows it" "$backstay" run "$plan"
: >"$signers"
allow alice 'namespaces="backstay-plan"'
cp "$scratch/approval" "$approval"
chmod 0666 "$signers"
refused "can be changed or read by others" "$backstay" run "$plan"
chmod 0644 "$signers"
chmod 0777 "$BACKSTAY_CONFIG_DIR"
refused "config\` can be changed" "$backstay" run "$plan"
chmod 0755 "$BACKSTAY_CONFIG_DIR"
chown 65534 "$signers"
refused "can be changed or read by others" "$backstay" run "$plan"
chown 0 "$signers"

say "a key whose time is over, an approval whose time is over"
: >"$signers"
allow alice 'valid-before="20200101Z",namespaces="backstay-plan"'
refused "the time in which its key may sign is over" "$backstay" run "$plan"
: >"$signers"
allow alice 'namespaces="backstay-plan"'
expect 2 "$backstay" approve "$plan" --key "$keys/alice" --until 2020-01-01
says "is over"
sed 's|"until": "[^"]*"|"until": "2020-01-01T00:00:00Z"|' "$scratch/record" >"$scratch/expired"
{ cat "$scratch/expired"; ssh-keygen -Y sign -q -n backstay-plan -f "$keys/alice" <"$scratch/expired"; } >"$approval"
refused "ended at 2020-01-01T00:00:00Z" "$backstay" run "$plan"

say "for another host, another policy, another store"
resign() { # SED: the good record, changed and signed by one who may
  sed "$1" "$scratch/record" >"$scratch/changed"
  ! cmp -s "$scratch/changed" "$scratch/record" || die "nothing was changed by $1"
  { cat "$scratch/changed"; ssh-keygen -Y sign -q -n backstay-plan -f "$keys/alice" <"$scratch/changed"; } >"$approval"
}
resign 's|"host": "here"|"host": "there"|'
refused "is one of policy quickstart on there" "$backstay" run "$plan"
resign 's|"policy": "quickstart"|"policy": "other"|'
refused "is one of policy other on here" "$backstay" run "$plan"
resign 's|"local": "[0-9a-f]*-|"local": "00000000-|'
refused "the plan is approved for the store 00000000-" "$backstay" run "$plan"
resign 's|"approval": 1|"approval": 2|'
refused "of another version" "$backstay" run "$plan"
resign 's|"number"|"only-on-sundays": "yes", "number"|'
refused "only-on-sundays" "$backstay" run "$plan"

say "an older approval does not come back"
cp "$scratch/approval" "$approval"
expect 0 "$backstay" approve "$plan" --key "$keys/alice"
expect 0 "$backstay" -q run "$plan"
cp "$scratch/approval" "$approval"
refused "than one that was used before" "$backstay" run "$plan"
expect 0 "$backstay" approve "$plan" --key "$keys/alice"
expect 0 "$backstay" -q run "$plan"

say "a hook of one's own is the one that was approved"
mkdir -p "$scratch/hooks"
printf '#!/bin/sh\nexit 0\n' >"$scratch/hooks/flush"
chmod 0755 "$scratch/hooks/flush"
sed -i "0,/^    path /s||    before-backup [\"$scratch/hooks/flush\"]\n    path |" "$scratch/quickstart.stay"
expect 0 "$backstay" -q plan "$scratch/quickstart.stay" -o "$plan"
expect 0 "$backstay" approve "$plan" --key "$keys/alice"
says "$scratch/hooks/flush: "
echo '# changed' >>"$scratch/hooks/flush"
refused "the program \`$scratch/hooks/flush\` is not the one that was approved" "$backstay" run "$plan"
mv "$scratch/hooks/flush" "$scratch/hooks/elsewhere"
expect 1 "$backstay" approve "$plan" --key "$keys/alice"
says "--program $scratch/hooks/flush=FILE"
expect 0 "$backstay" approve "$plan" --key "$keys/alice" --program "$scratch/hooks/flush=$scratch/hooks/elsewhere"

say "an agent signs too, and a key that is none does not"
eval "$(ssh-agent -s -a "$scratch/agent")" >/dev/null
ssh-add -q "$keys/alice"
mkdir "$keys/public" && cp "$keys/alice.pub" "$keys/public/"
expect 0 "$backstay" approve "$scratch/approved.plan.yaml" --key "$keys/public/alice.pub" -o "$scratch/carried"
kill "$SSH_AGENT_PID"
unset SSH_AUTH_SOCK SSH_AGENT_PID
expect 12 "$backstay" approve "$scratch/approved.plan.yaml" --key "$keys/public/alice.pub"
expect 12 "$backstay" approve "$scratch/approved.plan.yaml" --key "$keys/absent"
cp "$scratch/carried" "$approval"
expect 0 "$backstay" -q run "$scratch/approved.plan.yaml"

say "a run of a timer refuses likewise"
rm "$approval"
refused "is not approved for here" env BACKSTAY_STATE_DIR="$scratch/fresh" "$backstay" run "$scratch/approved.plan.yaml" --if-due
[ ! -e "$scratch/fresh" ] || die "a refused run wrote into the state directory"
cp "$scratch/carried" "$approval"

say "no word of a key is in the argument vectors"
mkdir "$scratch/tools"
printf '#!/bin/sh\necho "$*" >>%s/words\nexec /usr/bin/ssh-keygen "$@"\n' "$scratch" >"$scratch/tools/ssh-keygen"
chmod 0755 "$scratch/tools/ssh-keygen"
BACKSTAY_TEST_PROGRAMS=$scratch/tools expect 0 "$backstay" -q run "$scratch/approved.plan.yaml"
grep -q -- '-Y verify' "$scratch/words" || die "ssh-keygen was not asked"
if grep -q "$(cut -d' ' -f2 "$keys/alice.pub")\|PRIVATE" "$scratch/words"; then die "a key is in an argument vector"; fi
