#!/usr/bin/env bash
# A hold keeps a point from every prune, in every store that has it, until a day or until it is let go.
source "$(dirname "$0")/lib.sh"

"$source_dir/examples/01-quickstart/make-service" "$scratch"
sed -e "s|/var/tmp/backstay-quickstart|$scratch|g" \
  -e "s|^retention|target second {\n    directory $scratch/second on here\n    media tape\n}\n\n&|" \
  -e "s|^    to local keep standard|&\n    copy to second keep standard|" \
  -e 's|^    daily 7$|    last 1|; s|^    weekly 4$||; s|^    at-least 3$|    at-least 1|' \
  "$source_dir/examples/01-quickstart/quickstart.stay" >"$scratch/quickstart.stay"
plan=$scratch/quickstart.plan.yaml
"$backstay" -q plan "$scratch/quickstart.stay" -o "$plan"
"$backstay" -q store init "$plan"
for number in 1 2 3; do
  expect 0 "$backstay" -q run "$plan"
  sleep 1
done
nth() { ls "$scratch/store/snapshots" | sed -n "$1p"; }
first=$(nth 1) second=$(nth 2) third=$(nth 3)
decision() { { "$backstay" prune "$plan" "$@" --dry-run -f json 2>/dev/null || true; } | jq -r .decision; }
prune() { expect 0 "$backstay" prune "$plan" "$@" --confirm "$(decision "$@")"; }

say "a hold needs a snapshot, a reason and a day to come"
expect 2 "$backstay" hold add "$plan" 1
expect 2 "$backstay" hold add "$plan" 1 because
expect 2 "$backstay" hold add "$plan" 1 because " "
expect 2 "$backstay" hold add "$plan" 1 because "audit" until yesterday
expect 2 "$backstay" hold add "$plan" 1 because "audit" until 2020-01-01
expect 1 "$backstay" hold add "$plan" 77 because "audit"
expect 0 "$backstay" hold list "$plan"
says "nothing is held"

say "given once, it holds in every directory that has the point, and everybody is told why"
expect 0 "$backstay" hold add "$plan" 1 because $'the auditors\e[31m look at it' until 2099-01-01
says "$scratch/store until 2099-01-01T00:00:00Z"
says "$scratch/second until"
expect 0 "$backstay" hold list "$plan"
says 'the auditors\x1b[31m look at it'
[ "$("$backstay" hold list "$plan" -f json | jq -r '.holds | length')" = 2 ] || die "not in both stores"
expect 0 "$backstay" list "$plan"
says "complete, held"
prune
for target in local second; do
  output=$("$backstay" prune "$plan" --target $target --dry-run -f json 2>/dev/null) || true
  jq -e --arg id "$first" '.points[] | select(.id == $id) | .keep and (.reasons | join(" ") | test("held: the auditors"))' \
    <<<"$output" >/dev/null || die "the hold is no reason at $target: $output"
done
[ -d "$scratch/store/snapshots/$first" ] || die "a held point went"
[ -d "$scratch/store/trash/$second" ] || die "one that is not held stayed"
prune --target second
[ -d "$scratch/second/snapshots/$first" ] || die "a held point went from the copy"
[ -d "$scratch/second/trash/$second" ] || die "the copy's target was not pruned"

say "what is in the trash is brought back before it is held"
expect 1 "$backstay" hold add "$scratch/store" "$second" because "too late"
mv "$scratch/store/trash/$second" "$scratch/store/snapshots/$second"
expect 0 "$backstay" hold add "$scratch/store" "$second" because "in time"

say "beside a prune that takes it away at this moment"
exec 7<"$scratch/store/snapshots/$third"
flock 7
expect 11 "$backstay" hold add "$scratch/store" "$third" because "at the last moment"
exec 7<&-

say "a hold whose record cannot be read holds"
mkdir -p "$scratch/store/records/$second"
printf 'nonsense' >"$scratch/store/records/$second/hold-2.json"
"$backstay" prune "$plan" --dry-run -f json 2>/dev/null | jq -e --arg id "$second" \
  '.points[] | select(.id == $id) | .keep' >/dev/null || die "it would go"
rm "$scratch/store/records/$second/hold-2.json"

say "let go with a reason, which stays on record, it goes with the next prune"
expect 2 "$backstay" hold remove "$plan" 1
expect 0 "$backstay" hold remove "$plan" 1 because "the audit is over"
expect 1 "$backstay" hold remove "$plan" 1 because "again"
says "is not held"
grep -q "the audit is over" "$scratch/store/records/$first/hold-2.json" || die "no word of why"
prune
[ -d "$scratch/store/trash/$first" ] || die "it stayed"

say "what lies beside the points is named, and its name obeyed by nobody"
mkdir "$scratch/store/snapshots/"$'\e[2J\nFORGED'
"$backstay" store check "$scratch/store" >"$scratch/out" 2>&1 || true
grep -q FORGED "$scratch/out" || die "it is not named: $(cat "$scratch/out")"
grep -e '^FORGED' -e $'\e' "$scratch/out" && die "a name was obeyed"
rmdir "$scratch/store/snapshots/"$'\e[2J\nFORGED'
