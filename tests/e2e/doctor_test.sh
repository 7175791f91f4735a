#!/usr/bin/env bash
# Each defect that a doctor names, provoked for real: it is found, with what mends it, and nothing is changed.
#
# Runs in a mount namespace of its own: what mends a machine is done to a copy of /etc.
set -euo pipefail
source "$(dirname "$0")/../support/own_namespaces.sh"
enter_own_namespaces -- "$@"
source "$(dirname "$0")/lib.sh"
cp -a /etc "$scratch/etc-of-machine"
mount --bind "$scratch/etc-of-machine" /etc
rm -rf /etc/backstay /etc/cron.d/backstay-* /etc/systemd/system/backstay-*
mkdir -p /etc/cron.d /etc/systemd/system
mount -t tmpfs tmpfs /run # here no systemd runs
trap 'umount /etc || true; clean_up' EXIT
make_quickstart
mkdir "$scratch/bin"

# ill AREA TEXT [MEND]: the doctor finds a problem of that area; the exit code is $code (6 unless said).
ill() {
  expect "${code:-6}" "$backstay" doctor "$plan"
  grep -qE "^(problem|warning) +$1: .*$2" <<<"$output" || die "no finding of $1 says '$2':"$'\n'"$output"
  [ -z "${3:-}" ] || says "$3"
}

# mended AREA TEXT [NAME=VALUE]: what the doctor says mends that finding is run as it stands, but for a word that
# stands for something of the reader's, and does.
mended() {
  run_mend "$@"
  output=$("$backstay" doctor "$plan" 2>&1) || true
  grep -qE "^(problem|warning) +$1: .*$2" <<<"$output" && die "'$mend' does not mend it: $output"
  return 0
}

run_mend() {
  ill "$1" "$2"
  mend=$(grep -A1 -E "^(problem|warning) +$1: .*$2" <<<"$output" | sed -n 's/^ *mend: //p' | head -n 1)
  [[ $mend != *\`*\` ]] || { mend=${mend#*\`}; mend=${mend%\`}; }
  [ -z "${3:-}" ] || mend=${mend/${3%%=*}/${3#*=}}
  [[ $mend =~ ^(backstay|install|chown|chmod)\  ]] || die "'$mend' is no command: $output"
  "${asked[@]}" bash -c "backstay() { '$backstay' \"\$@\"; }; $mend" >"$scratch/mend.log" 2>&1 || die "'$mend' fails: $(cat "$scratch/mend.log")"
}
asked=(env)

before() { find "$scratch" -path "$scratch/bin" -prune -o ! -name '*-shm' -printf '%p %m %s %T@\n' | sort; }

say "a machine alone, and a new store without points"
expect 0 "$backstay" doctor
says "no run left anything undone"
mended points "there is no point"
ill timers "nothing starts it" "mend: backstay schedule install $plan"
ill drills "no restore of it was ever proven" "mend: in the policy: drill "
ill notify "nobody is told"

say "nothing is changed by looking"
expect 0 "$backstay" -q run "$plan"
# (-shm is what any reader of a SQLite database touches)
state=$(before)
expect 6 "$backstay" doctor "$plan" # no timer here
[ "$state" = "$(before)" ] || die "the doctor changed something: $(diff <(echo "$state") <(before))"
says "the store at $scratch/store is the registered one"
says "a run could start now"
jq -e '.findings | any(.area == "sources" and .health == "ok")' <<<"$("$backstay" doctor "$plan" -f json)" >/dev/null || die "no JSON"

say "a source that is gone"
mv "$scratch/etc/notes" "$scratch/etc/gone"
ill sources "etc/notes" "run $plan --dry-run"
mv "$scratch/etc/gone" "$scratch/etc/notes"

say "a store that is gone, and another one in its place"
mv "$scratch/store" "$scratch/store.gone"
mended targets "there is no store at"
chmod -R u+w "$scratch/store" && rm -r "$scratch/store"
"$backstay" -q --config-dir "$scratch/other" store init "$plan"
ill targets "another|not the one" "mend: backstay store init $plan --target local"
rm "$BACKSTAY_CONFIG_DIR/targets/local"
mended targets "not registered"
chmod -R u+w "$scratch/store" && rm -r "$scratch/store" && mv "$scratch/store.gone" "$scratch/store"
mended targets "not the one that was registered"

say "a damaged newest point, a failed last run"
mv "$scratch/etc/notes" "$scratch/etc/gone"
expect 3 "$backstay" -q run "$plan"
mv "$scratch/etc/gone" "$scratch/etc/notes"
mended runs "the last run ended as [a-z]*; .backstay logs "

say "what a killed run left"
mkdir -p "$scratch/state/pending"
jq -n '{schema_version: 1, run: "20260101T000000Z-00000000", attempts: 0, undos: [{kind: "start-unit", arguments: ["nova-api.service"]}]}' \
  >"$scratch/state/pending/20260101T000000Z-00000000.json"
ill pending "" "backstay recover"
jq -n --arg file "$scratch/put-right" '{schema_version: 1, run: "20260101T000000Z-00000000", attempts: 0,
  undos: [{kind: "run-hook", arguments: ["notes", "after-backup", "30", "0", "/usr/bin/touch", $file]}]}' \
  >"$scratch/state/pending/20260101T000000Z-00000000.json"
mended pending "left 1 thing undone"
[ -e "$scratch/put-right" ] || die "the hook that was due did not run"
echo '{' >"$scratch/state/pending/20260101T000000Z-00000000.json"
ill pending "cannot be read" "mend: it says what a killed run must still put right: look at it, do that by hand, then remove it"
rm -r "$scratch/state/pending"
mkdir -m 0700 "$scratch/store/staging/20260101T000000Z-00000000"
mended staging "unfinished"

say "a restore that nobody decided on, a drill that was never carried out"
{ BACKSTAY_FAILPOINT=restore.exchanged:1:kill "$backstay" restore "$plan" --in-place --yes; } >/dev/null 2>&1 || true
mended restores "was not finished"
expect 0 "$backstay" -q restore "$plan" --in-place --yes
mended restores "neither committed nor undone"
cat "$scratch/quickstart.stay" - >"$scratch/drilled.stay" <<'POLICY'
schedule weekly {
    every sun at 04:00
    window 2h
}
drill practice {
    run weekly
    restore all services from local into sandbox
}
require all services {
    drill every 30d
}
POLICY
first=$plan
plan=$scratch/drilled.plan.yaml
expect 0 "$backstay" -q plan "$scratch/drilled.stay" -o "$plan"
mended drills "no restore of it was ever proven"
output=$("$backstay" doctor "$plan" 2>&1) || true
grep -qE "^ok +drills: backup notes: a restore was proven" <<<"$output" || die "a drill is not told: $output"
plan=$first

say "commands that stand with the directories of the call, and a plan with a name that a shell would take apart"
cp "$plan" "$scratch/a plan; touch FORGED.yaml"
odd=("$backstay" --config-dir "$scratch/odd config" --state-dir "$scratch/odd state")
expect 6 "${odd[@]}" doctor "$scratch/a plan; touch FORGED.yaml"
mend=$(grep -A1 "^problem *targets: " <<<"$output" | sed -n 's/^ *mend: //p')
says "backstay --config-dir '$scratch/odd config' --state-dir '$scratch/odd state' "
(cd "$scratch" && env -u BACKSTAY_CONFIG_DIR -u BACKSTAY_STATE_DIR bash -c "backstay() { '$backstay' \"\$@\"; }; $mend") || die "'$mend' fails"
[ ! -e "$scratch/FORGED.yaml" ] || die "a name was executed"
output=$("${odd[@]}" doctor "$scratch/a plan; touch FORGED.yaml" 2>&1) || true
grep -q "^ok *targets: local" <<<"$output" || die "'$mend' does not mend it: $output"

say "a plan that others can write: where only root writes, and then started by what this machine has"
chmod 0666 "$plan"
run_mend privileges "can be changed by others"
chmod 0644 "$plan"
[ "$(stat -c '%a %U' /etc/backstay/quickstart.plan.yaml)" = "644 root" ] || die "$mend"
plan=/etc/backstay/quickstart.plan.yaml
expect 6 "$backstay" doctor "$plan"
says_not " privileges: "
chmod 0666 "$plan"
mended privileges "can be changed by others"
mended timers "nothing starts it"
rm /etc/cron.d/backstay-quickstart-notes
touch /etc/systemd/system/backstay-quickstart-notes.timer # of a systemd that runs no more
code=0 mended timers "no systemd runs"
expect 0 "$backstay" doctor "$plan"
"$backstay" -q schedule remove "$plan"
plan=$first

say "a full disk under the store"
mkdir "$scratch/small"
mount -t tmpfs -o size=2m tmpfs "$scratch/small"
sed "s|$scratch/store|$scratch/small/store|" "$scratch/quickstart.stay" >"$scratch/small.stay"
"$backstay" -q plan "$scratch/small.stay" -o "$scratch/small.plan.yaml"
"$backstay" -q --config-dir "$scratch/config-small" store init "$scratch/small.plan.yaml"
expect 6 "$backstay" --config-dir "$scratch/config-small" doctor "$scratch/small.plan.yaml"
grep -qE "^problem +space: local: " <<<"$output" || die "a full disk is not told: $output"

say "a disk that holds the service, and not the service twice"
mount -t tmpfs -o size=24m tmpfs "$scratch/var/lib/notes"
head -c 16000000 /dev/urandom >"$scratch/var/lib/notes/large"
expect 0 "$backstay" -q run "$plan"
ill space "a restore in place needs .* beside what is in $scratch/var/lib/notes" "a larger disk there"
umount "$scratch/var/lib/notes"
expect 0 "$backstay" -q run "$plan"
expect 6 "$backstay" doctor "$plan"
grep -qE "^ok +space: backup notes: a restore in place needs" <<<"$output" || die "room is not told: $output"

say "a target on another machine that does not answer, and one whose program says so"
sed -e "s|^retention|target away {\n    rsync \"nobody@192.0.2.1:/srv/copies\"\n    at attic\n    media disk\n}\n\n&|" \
  -e "s|^host here|site attic\n\n&|" -e "s|^    to local keep standard|&\n    copy to away keep standard|" \
  "$scratch/quickstart.stay" >"$scratch/away.stay"
"$backstay" -q plan "$scratch/away.stay" -o "$scratch/away.plan.yaml" 2>"$scratch/findings" || die "$(cat "$scratch/findings")"
mkdir -p "$scratch/unreachable"
printf '#!/bin/sh\necho "ssh: connect to host 192.0.2.1 port 22: No route to host" >&2\nexit 255\n' >"$scratch/unreachable/ssh"
chmod 0755 "$scratch/unreachable" "$scratch/unreachable/ssh"
expect 6 env BACKSTAY_TEST_PROGRAMS="$scratch/unreachable" "$backstay" doctor "$scratch/away.plan.yaml"
grep -qE "^problem +targets: away: " <<<"$output" || die "an unreachable target is not told: $output"
grep -A1 "targets: away: " <<<"$output" | has "store init" && die "a store is made where nobody answers: $output"

say "a host that asks for approvals: nobody approved the plan, then somebody did, then not for long enough"
ssh-keygen -q -t ed25519 -N '' -C alice -f "$scratch/alice"
printf 'alice@example.org namespaces="backstay-plan" %s\n' "$(cut -d' ' -f1,2 "$scratch/alice.pub")" >"$BACKSTAY_CONFIG_DIR/allowed_signers"
mended approval "is not approved" "KEY=$scratch/alice"
grep -qE "^ok +approval: " <<<"$output" || die "an approved plan is not told: $output"
: >"$BACKSTAY_CONFIG_DIR/allowed_signers"
ill approval "" "mend: "
rm "$BACKSTAY_CONFIG_DIR/allowed_signers"

say "a plan that was edited by hand, and one that is none"
sed 's/quickstart/quickstarx/' "$plan" >"$scratch/edited.yaml"
expect 6 "$backstay" doctor "$scratch/edited.yaml"
says "was changed after it was compiled"
expect 6 "$backstay" doctor "$scratch/nowhere"

say "keys: sealing works, the right identity opens, another one does not"
age-keygen -o "$scratch/one.txt" 2>/dev/null
age-keygen -o "$scratch/two.txt" 2>/dev/null
age-keygen -o "$scratch/other.txt" 2>/dev/null
chmod 0600 "$scratch"/{one,two,other}.txt
one=$(age-keygen -y "$scratch/one.txt") two=$(age-keygen -y "$scratch/two.txt")
sed -e "s|^host here|site a\nsite b\nkey k {\n    recipient \"$one\"\n    recipient \"$two\" escrow \"safe\" at b\n}\nhost here {\n    at a\n}|" \
  -e "s|    media disk|    media disk\n    seal k|" -e "s|$scratch/store|$scratch/sealed|" "$scratch/quickstart.stay" >"$scratch/sealed.stay"
sealed=$scratch/sealed.plan.yaml
expect 0 "$backstay" -q plan "$scratch/sealed.stay" -o "$sealed"
expect 0 "$backstay" -q --config-dir "$scratch/config-sealed" store init "$sealed"
doctor() { "$backstay" --config-dir "$scratch/config-sealed" doctor "$sealed" "$@"; }
expect 6 doctor
says "no identity was at hand"
mend=$(sed -n 's/^ *mend: \(.* --identity FILE\)$/\1/p' <<<"$output" | head -n 1)
expect 6 bash -c "backstay() { '$backstay' \"\$@\"; }; ${mend/FILE/$scratch/one.txt}" # no timer here
says_not "no identity was at hand"
says "the identity opens what is sealed to $one"
says "is not that of what is sealed to $two"
expect 6 doctor --identity "$scratch/other.txt"
says "opens what is sealed to none of its recipients"
says_not "AGE-SECRET-KEY"

say "points of earlier recipients are told, and whether the identity at hand opens them"
expect 0 "$backstay" -q --config-dir "$scratch/config-sealed" run "$sealed"
doctor >"$scratch/out" 2>&1 || true
grep "today's recipients" "$scratch/out" && die "what is sealed to today's recipients is called old"
other=$(age-keygen -y "$scratch/other.txt")
age-keygen -o "$scratch/new.txt" 2>/dev/null
sed -e "s|$one|$other|; s|$two|$(age-keygen -y "$scratch/new.txt")|" "$scratch/sealed.stay" >"$scratch/rotated.stay"
expect 0 "$backstay" -q plan "$scratch/rotated.stay" -o "$sealed"
expect 6 doctor
says "1 of 1 points of backup notes at local are sealed to none of today's recipients"
says "keep an identity of one of these"
expect 6 doctor --identity "$scratch/other.txt"
says "the identity is that of none"
says "without it these points are lost"
expect 6 doctor --identity "$scratch/one.txt"
says "the identity opens what is sealed to one of these"

say "an address that all can read"
echo "http://127.0.0.1:9/hooks/T0PSECRET" >"$scratch/hook.url"
chmod 0644 "$scratch/hook.url"
sed -e "s|^host here|secret hook {\n    file $scratch/hook.url\n}\n\nnotify operators {\n    webhook hook\n    on failure\n}\n\n&|" \
  -e 's|^    run nightly$|&\n    notify operators|' "$scratch/quickstart.stay" >"$scratch/told.stay"
plan=$scratch/told.plan.yaml
expect 0 "$backstay" -q plan "$scratch/told.stay" -o "$plan"
mended notify "is open to all users"
says "operators: its address (hook) can be read"
says_not "T0PSECRET"

say "what it says is installed has the name that Debian gives it"
if apt-cache policy bash 2>/dev/null | has "http"; then
  packages=$(sed -n 's/^ *{"[a-z_-]*", "\([a-z-]*\)"},$/\1/p' "$source_dir/runtime/system/program_search.cpp" | sort -u)
  [ "$(wc -w <<<"$packages")" -gt 12 ] || die "the packages are written otherwise: $packages"
  for package in chrony postgresql; do packages+=$'\n'$package; done
  # shellcheck disable=SC2086 # a word each
  missing=$(comm -23 <(sort -u <<<"$packages") <(apt-cache show --no-all-versions $packages 2>/dev/null | sed -n 's/^Package: //p' | sort -u))
  [ -z "$missing" ] || die "no package is called $missing"
fi

say "a tool that is missing: exit 69"
sed -e "s|^host here|host here\npostgresql db {\n    on here\n    socket $scratch/no-socket\n}\nservice rows {\n    on here\n    database all on db\n}|" \
  "$scratch/quickstart.stay" >"$scratch/database.stay"
"$backstay" -q plan "$scratch/database.stay" -o "$scratch/database.plan.yaml"
code=0
output=$("$backstay" doctor "$scratch/database.plan.yaml" 2>&1) || code=$?
[ "$code" = 69 ] || [ "$code" = 6 ] || die "exit $code for a server that is not there: $output"
grep -qE "^problem +databases: db: " <<<"$output" || die "a server that is not there is not told: $output"
