#!/usr/bin/env bash
# A report of real runs: it says what status says, tells no names, shows hostile ones as what they
# are, works without catalogue and state, and a real browser finds nothing to complain of.
source "$(dirname "$0")/lib.sh"
look() { python3 "$source_dir/tests/support/look_at_page.py" "$@"; }
report() { "$backstay" report "$plan" "$@"; }

make_quickstart
cat >>"$scratch/quickstart.stay" <<'POLICY'

target second {
    directory SCRATCH/second on here
    media tape
}
schedule weekly {
    every sun at 04:00
    window 2h
}
drill practice {
    run weekly
    restore all services from local into sandbox
    expect file SCRATCH/etc/notes/notes.conf
}
require all services {
    rpo 26h
    rto 1h
    drill every 30d
}
POLICY
sed -i "s|SCRATCH|$scratch|; s|to local keep standard|to local keep standard\n    copy to second keep standard|" "$scratch/quickstart.stay"
expect 0 "$backstay" -q plan "$scratch/quickstart.stay" -o "$plan"
expect 0 "$backstay" -q store init "$plan"

say "before the first run"
expect 0 report
says "1 of 1 not safe: backup notes of policy quickstart on here: there is no point."
expect 0 report --html -o "$scratch/empty.html"
expect 2 report --html -f json
grep -q "No run of these days is known." "$scratch/empty.html" || die "an empty wall is called good"
look "$scratch/empty.html" || die "an empty report is not well"

say "a run, a drill, a run that fails with a name that nobody but the host may know"
expect 0 "$backstay" run "$plan"
expect 0 "$backstay" drill "$plan"
expect 0 report
answer=$(head -1 <<<"$output")
[[ $answer == "Everything is safe: "*"a restore was proven"* ]] || die "$answer"
says "the critical path"
sleep 1
secret="canary-<img src=x>"
mkfifo "$scratch/var/lib/notes/$secret"
chmod 0 "$scratch/etc/notes"
mv "$scratch/etc/notes" "$scratch/$secret"
expect 3 "$backstay" run "$plan"
mv "$scratch/$secret" "$scratch/etc/notes"
chmod 755 "$scratch/etc/notes"
rm "$scratch/var/lib/notes/$secret"

say "the answer is the last line of status, word for word"
"$backstay" status "$plan" | tail -1 | sed 's/[0-9]* s ago/N s ago/' >"$scratch/of-status"
report | head -1 | sed 's/[0-9]* s ago/N s ago/' >"$scratch/of-report"
cmp "$scratch/of-status" "$scratch/of-report" || die "$(cat "$scratch/of-status" "$scratch/of-report")"
grep -q 'the last run was partial, `backstay logs` says why' "$scratch/of-report" || die "$(cat "$scratch/of-report")"

say "a history of a hundred nights, some of them bad"
python3 "$source_dir/tests/bench/make-year" "$scratch/store" "$BACKSTAY_STATE_DIR" --days 100
expect 0 report --days 120 --html -o "$scratch/report.html"
for form in html json text; do
  report -f $form >"$scratch/report.$form.out"
  ! grep -q canary "$scratch/report.$form.out" || die "the $form tells a name"
done
jq -e '[.coverage[0].components[].days[].state] | contains(["missed", "failed", "verified"])' \
  "$scratch/report.json.out" >/dev/null || die "the coverage does not know the bad nights"
jq -e '.storage[0].new_bytes_a_day > 0 and (.storage[0].forecast | length) == 91' \
  "$scratch/report.json.out" >/dev/null || die "no forecast"
jq -e '.runs | map(.steps | map(select(.critical)) | length) | all(. > 1)' \
  "$scratch/report.json.out" >/dev/null || die "no critical path"
look "$scratch/report.html" || die "the page is not well"

say "what the calendar says of today is what prune says"
"$backstay" prune "$plan" --dry-run -f json 2>/dev/null | jq -r '.points[] | select(.keep | not) | .id' | sort >"$scratch/by-prune" || true
today=$(jq -r '.retention[0].today' "$scratch/report.json.out")
jq -r --arg today "$today" '.retention[0].points[] | select(.goes == $today) | .id' "$scratch/report.json.out" | sort >"$scratch/by-report"
cmp "$scratch/by-prune" "$scratch/by-report" || die "$(diff "$scratch/by-prune" "$scratch/by-report" | head)"

say "with state and catalogue lost, the stores still tell"
rm -rf "$BACKSTAY_STATE_DIR"
expect 0 report
says "VVV"
report -f json >"$scratch/lost.json"
jq -e '.sources | any(startswith("The catalogue was not used"))' "$scratch/lost.json" >/dev/null || die "$(jq .sources "$scratch/lost.json")"
jq -e '.sources | any(test("^[1-9][0-9]* runs from the records"))' "$scratch/lost.json" >/dev/null || die "$(jq .sources "$scratch/lost.json")"
mv "$scratch/store" "$scratch/store.away"
expect 0 report --html -o "$scratch/gone.html"
grep -q 'not safe' "$scratch/gone.html" || die "a lost store is no reason to worry"
look "$scratch/gone.html" || die "the page without a store is not well"

say "the browser does find what is wrong"
printf '<!DOCTYPE html><html lang=en><body><p style="width:2000px">wide' >"$scratch/wide.html"
expect 1 look "$scratch/wide.html"
says "wider than the screen"
says "light and dark look the same"
printf '<!DOCTYPE html><html lang=en><body><img src="nothing.png"><svg role=img aria-label=a width=90 height=20 viewBox="0 0 90 20"><text y=12>one</text><text y=12>two</text></svg><script>console.log(1)</script>' >"$scratch/loud.html"
expect 1 look "$scratch/loud.html"
says "requests"
says "the console says"
says "lies on"
says "there is a script"
say "done"
