#!/usr/bin/env bash
# Several hosts in phases, each played by this machine: a host waits at a barrier, goes on when the others are
# through, and never waits for ever.
source "$(dirname "$0")/lib.sh"
mkdir -p "$scratch"/{api,agent}
echo one >"$scratch/api/file"
echo two >"$scratch/agent/file"
cat >"$scratch/two.stay" <<END
language 1
policy two
zone UTC
host a
host b
service api {
    on a
    path $scratch/api as etc
    after-backup ["/bin/sh", "-c", "echo api >>$scratch/log"]
}
service agent {
    on b
    path $scratch/agent as etc
    needs api
    before-backup ["/bin/sh", "-c", "echo hold >>$scratch/log"]
    after-backup ["/bin/sh", "-c", "echo release >>$scratch/log"]
}
target local {
    directory $scratch/store
    media disk
}
retention standard {
    daily 7
    at-least 3
}
backup two {
    cover all services
    to local keep standard
}
END
plan=$scratch/two.plan.yaml
expect 0 "$backstay" -q plan "$scratch/two.stay" -o "$plan"
expect 0 "$backstay" store init "$plan"

# take HOST SET PHASE [DONE ELSEWHERE] [OPTION…]
take() {
  local host=$1 set=$2 phase=$3 done=${4:-}
  shift 3
  [ $# = 0 ] || shift
  printf '{"hosts": ["a", "b"], "done": [%s]}' "$done" |
    "$backstay" run "$plan" --host "$host" --set "$set" --phase "$phase" --elsewhere - --format json "$@"
}
finish() { "$backstay" run "$plan" --host "$1" --set "$2" --finish --format json; }
# As in lib.sh, and what was printed as JSON by itself in `answer`.
expect() {
  local wanted=$1 code=0
  shift
  answer=$("$@" 2>"$scratch/words") || code=$?
  output=$answer$'\n'$(<"$scratch/words")
  [ "$code" = "$wanted" ] || die "exit $code instead of $wanted: $*"$'\n'"$output"
}
field() { jq -r "$1" <<<"$answer"; }

say "a host goes to the barrier, and on when the other is through"
expect 0 take b first 1
[ "$(field '.state + " " + (.done | join(" "))')" = "waiting archive.agent.etc@b" ] || [ "$(field .state)" = ended ] || die "$output"
expect 0 take a first 1
[ "$(field .state)" = waiting ] || die "a did not wait: $output"
[ "$(ls "$scratch"/store/snapshots | grep -c -- -a-)" = 0 ] || die "a is done before b was"
expect 0 take a first 2 '"archive.agent.etc@b"'
expect 0 finish a first
[ "$(field .report.status)" = verified ] || die "$output"
expect 0 finish b first

say "when all have ended each is told who has a point; nobody held still here, so nothing is apart"
for host in a b; do
  printf '{"hosts": ["a"]}' >"$scratch/there"
  expect 0 "$backstay" run "$plan" --host "$host" --set first --together "$scratch/there" --format json
  [ "$(field '.with + .apart | length')" = 0 ] || die "$output"
  python3 -c 'import json, sys, jsonschema
jsonschema.validate(json.loads(sys.argv[1]), json.load(open(sys.argv[2])))' "$answer" "$source_dir/docs/schemas/together.schema.json" ||
    die "not as its schema says: $output"
done
expect 1 "$backstay" run "$plan" --host a --set never --together "$scratch/there" --format json
says "no backup of set never has ended on a"

say "a call that is repeated begins nothing anew; a finished backup that others belong to is done again"
expect 0 take a first 2 '"archive.agent.etc@b"'
[ "$(field .state)" = ended ] || die "$output"
count=$(ls "$scratch/store/snapshots" | wc -l)
[ "$count" = 2 ] || die "$count snapshots"

say "a host that nobody comes back to puts right what it holds, and fails"
rm -f "$scratch/log"
expect 0 take a lonely 1 '' --longest-wait 1s
wait_for "the end of a" sh -c "! $backstay run $plan --host a --set lonely --finish --format json | grep -q waiting"
expect 1 finish a lonely
[ "$(field .state)" = ended ] || die "$output"
says "waited 1 s for other hosts"
[ "$(ls "$scratch/store/snapshots" | wc -l)" = "$count" ] || die "it committed what was not whole"

say "one that is let go ends at once"
expect 0 take a freed 1
expect 1 "$backstay" run "$plan" --host a --set freed --release --format json
says "given up from outside"
expect 0 "$backstay" run "$plan" --host a --set never --release --format json
[ "$(field .state)" = absent ] || die "$output"

say "one whose run is killed says so, and can begin again"
expect 0 take a killed 1
run=$(grep -lsz -- "^$BACKSTAY_STATE_DIR/sets/killed/backup@a$" /proc/[0-9]*/cmdline | head -1 || true)
[ -n "$run" ] || die "there is no run to kill"
kill -KILL "$(basename "$(dirname "$run")")"
wait_for "its death" sh -c "$backstay run $plan --host a --set killed --finish --format json | grep -q died"
expect 1 finish a killed
[ "$(field .state)" = died ] || die "$output"
expect 0 take a killed 1
expect 0 take a killed 2 '"archive.agent.etc@b"'
expect 0 finish a killed

say "a phase that was never begun is refused"
expect 1 take a skipped 2
says "no backup of set skipped has begun on a"
expect 2 take a skipped 9
says "this plan has 2 phases"
expect 2 "$backstay" run "$plan" --host a --set ../../etc --phase 1
says "--set takes a name"

say "without phases a set is done once on a host"
sed -e 's/    needs api//' "$scratch/two.stay" >"$scratch/apart.stay"
expect 0 "$backstay" -q plan "$scratch/apart.stay" -o "$plan"
expect 0 "$backstay" run "$plan" --host a --set once --format json
count=$(ls "$scratch/store/snapshots" | wc -l)
expect 0 "$backstay" run "$plan" --host a --set once
says "already"
[ "$(ls "$scratch/store/snapshots" | wc -l)" = "$count" ] || die "it was done twice"
