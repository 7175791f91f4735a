#!/usr/bin/env bash
# With a second directory: no point goes whose copy is not proven there, whatever the rules say; what is at
# the second directory goes by its own rules, and what it pruned itself keeps nothing at the first.
source "$(dirname "$0")/lib.sh"

"$source_dir/examples/01-quickstart/make-service" "$scratch"
sed -e "s|/var/tmp/backstay-quickstart|$scratch|g" \
  -e "s|^retention|target second {\n    directory $scratch/second on here\n    media tape\n    deletable-by admin\n}\n\nretention short {\n    last 1\n    at-least 1\n}\n\n&|" \
  -e "s|^    to local keep standard|&\n    copy to second keep short|" \
  -e 's|^    daily 7$|    last 2|; s|^    weekly 4$||; s|^    at-least 3$|    at-least 1|' \
  "$source_dir/examples/01-quickstart/quickstart.stay" >"$scratch/quickstart.stay"
plan=$scratch/quickstart.plan.yaml
"$backstay" -q plan "$scratch/quickstart.stay" -o "$plan"
"$backstay" -q store init "$plan"
for number in 1 2 3 4 5; do
  expect 0 "$backstay" -q run "$plan"
  sleep 1
done
nth() { ls "$scratch/records" | sed -n "$1p"; }
cp -a "$scratch/store/records" "$scratch/records"
decided() { "$backstay" prune "$plan" "$@" --dry-run -f json 2>/dev/null || true; }
keeps() { # ID WORDS: the point stays, for that reason
  jq -e --arg id "$1" --arg words "$2" '.points[] | select(.id == $id) | .keep and (.reasons | join(", ") | contains($words))' \
    <<<"$output" >/dev/null || die "$1 does not stay for '$2': $output"
}
goes() { jq -e --arg id "$1" '.points[] | select(.id == $id) | .keep | not' <<<"$output" >/dev/null || die "$1 stays: $output"; }

say "a copy without a receipt, one that is gone, one whose receipt is of something else: the point stays"
rm "$scratch/second/records/$(nth 1)/receipt-1.json"
chmod -R u+w "$scratch/second/snapshots/$(nth 2)"
mv "$scratch/second/snapshots/$(nth 2)" "$scratch/away"
printf '{"to-store":"x","target":"second"}\n' >"$scratch/other"
chmod u+w "$scratch/second/records/$(nth 1)"
cp "$scratch/other" "$scratch/second/records/$(nth 1)/receipt-1.json"
output=$(decided)
keeps "$(nth 1)" "not proven at second"
keeps "$(nth 2)" "not proven at second"
goes "$(nth 3)"
keeps "$(nth 5)" "newest complete"

say "the second directory is not there: nothing goes from the first"
mv "$scratch/second" "$scratch/unmounted"
output=$(decided)
for number in 1 2 3 4 5; do keeps "$(nth $number)" "not proven at second"; done
expect 0 "$backstay" prune "$plan"
[ "$(ls "$scratch/store/trash" | wc -l)" = 0 ] || die "something went"
mv "$scratch/unmounted" "$scratch/second"

say "the second directory is pruned by its own rules, by its administrator"
expect 2 "$backstay" prune "$plan" --target third
output=$(decided --target second)
goes "$(nth 3)"
goes "$(nth 4)"
keeps "$(nth 5)" "last 1 of 1"
keeps "$(nth 1)" "not verified"
expect 0 "$backstay" prune "$plan" --target second --confirm "$(jq -r .decision <<<"$output")"
[ -d "$scratch/second/trash/$(nth 3)" ] || die "it was not pruned"

say "what the second directory pruned itself was there: it may go from the first"
output=$(decided)
goes "$(nth 3)"
keeps "$(nth 4)" "last 2 of 2"
expect 0 "$backstay" prune "$plan" --confirm "$(jq -r .decision <<<"$output")"
[ -d "$scratch/store/trash/$(nth 3)" ] || die "it stayed"
[ -d "$scratch/store/snapshots/$(nth 1)" ] && [ -d "$scratch/store/snapshots/$(nth 2)" ] || die "a point without a proven copy went"
