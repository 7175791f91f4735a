#!/usr/bin/env bash
# What Prometheus is given is what the status says, and its alerts fire when they should.
source "$(dirname "$0")/lib.sh"

make_quickstart
expect 0 "$backstay" run "$plan"
metrics=$scratch/backstay.prom
value() { awk -v name="$1" 'index($1, name) == 1 { print $2 }' "$metrics"; }

say "a safe backup"
expect 0 "$backstay" status "$plan" -f prometheus -o "$metrics"
promtool check metrics <"$metrics" || die "promtool finds fault with $(cat "$metrics")"
status=$("$backstay" status "$plan" -f json)
[ "$(value backstay_backup_safe)" = 1 ] || die "not safe: $(cat "$metrics")"
[ "$(value 'backstay_points{policy="quickstart",backup="notes",host="here",state="complete"')" = 1 ] || die "$(cat "$metrics")"
[ "$(value backstay_newest_point_timestamp_seconds)" = "$(date -d "$(jq -r '.backups[0].newest.started' <<<"$status")" +%s)" ] || die "$(cat "$metrics")"
[ "$(value backstay_next_run_timestamp_seconds)" = "$(date -d "$(jq -r '.backups[0].next_run' <<<"$status")" +%s)" ] || die "$(cat "$metrics")"
[ "$(value backstay_newest_point_verified_level)" = 1 ] || die "$(cat "$metrics")"
[ "$(value backstay_last_run_success)" = 1 ] || die "$(cat "$metrics")"

say "a run that keeps less than it should, then no store"
mv "$scratch/var/lib/notes" "$scratch/away"
expect 3 "$backstay" run "$plan"
"$backstay" status "$plan" -f prometheus -o "$metrics"
[ "$(value backstay_last_run_success)" = 0 ] || die "$(cat "$metrics")"
[ "$(value 'backstay_points{policy="quickstart",backup="notes",host="here",state="partial"')" = 1 ] || die "$(cat "$metrics")"
mv "$scratch/store" "$scratch/store.away"
expect 6 "$backstay" status "$plan" --check -f prometheus -o "$metrics"
[ "$(value backstay_backup_safe)" = 0 ] || die "$(cat "$metrics")"
grep -q backstay_newest "$metrics" && die "a point is told of that nobody saw"

say "the alerts"
(cd "$source_dir/docs/prometheus" && promtool check rules backstay.rules.yml && promtool test rules backstay.rules_test.yml) || die "promtool"
# Every metric that a rule asks for is one that is written.
for name in $(grep -o 'backstay_[a-z_]*' "$source_dir/docs/prometheus/backstay.rules.yml" | sort -u); do
  grep -q "\"${name#backstay_}\"\|$name " "$source_dir/cli/render/status_metrics.cpp" || die "no metric is called $name"
done
