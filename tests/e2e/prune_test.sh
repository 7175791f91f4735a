#!/usr/bin/env bash
# Prune: every decision has its reason, guards refuse, what goes lies in the trash first, and a prune that
# is killed leaves every point whole, here or there.
source "$(dirname "$0")/lib.sh"

make_quickstart
sed -i 's|^    daily 7$|    last 2|; s|^    weekly 4$||; s|^    at-least 3$|    at-least 1|' "$scratch/quickstart.stay"
expect 0 "$backstay" -q plan "$scratch/quickstart.stay" -o "$plan"
grep -q 'last: 2' "$plan" || die "the retention is another one"
points() { ls "$scratch/store/snapshots" | wc -l; }
trash() { ls "$scratch/store/trash" | wc -l; }
nth() { "$backstay" list "$plan" --format json | jq -r ".snapshots | sort_by(.sequence) | .[$1].id"; }
decided() { "$backstay" prune "$plan" --dry-run --format json 2>/dev/null || true; } # exit 8 where a guard would refuse
decision() { decided | jq -r .decision; }
tree_of() { (cd "$scratch/store" && find snapshots trash -printf '%p %y %m\n' | sort); }

for number in 1 2 3 4 5 6; do
  sleep 1 # points are told apart by their second
  expect 0 "$backstay" -q run "$plan"
done
[ "$(points)" = 6 ] || die "not six points"

say "a dry run says why each point stays or goes, and removes nothing"
before=$(tree_of)
expect 8 "$backstay" prune "$plan" --dry-run
says "no rule keeps it"
output=$(decided)
[ "$(jq -r '[.points[].keep] | map(tostring) | join(" ")' <<<"$output")" = "false false false false true true" ] || die "it decides $output"
jq -e '.points | all(.reasons | length > 0)' <<<"$output" >/dev/null || die "a decision without a reason: $output"
jq -e '.points[5].reasons | index("newest complete") and index("last 1 of 2")' <<<"$output" >/dev/null || die "$output"
[ "$(tree_of)" = "$before" ] || die "a dry run changed the store"

say "more than a quarter at once is refused until that very decision is confirmed"
expect 8 "$backstay" prune "$plan"
says "more than 1 at once are asked about"
says "--confirm $(decision)"
expect 8 "$backstay" prune "$plan" --confirm 0123456789ab
[ "$(tree_of)" = "$before" ] || die "a refused prune changed the store"

say "the newest drilled point and what a drill reads stay"
printf 'drill practice {\n    restore all services from local into sandbox\n}\n' >>"$scratch/quickstart.stay"
expect 0 "$backstay" -q plan "$scratch/quickstart.stay" -o "$plan"
drilled=$(nth 1) read_now=$(nth 2)
expect 0 "$backstay" drill "$plan" --snapshot "$drilled" --into "$scratch/sandbox"
exec 7<"$scratch/store/snapshots/$read_now"
flock --shared 7
expect 0 "$backstay" prune "$plan" --confirm "$(decision)"
says "$read_now stays: a drill reads it"
exec 7<&-
[ "$(points)" = 4 ] || die "$(points) points stay"
[ -d "$scratch/store/snapshots/$drilled" ] || die "the newest drilled point went"
[ "$(trash)" = 2 ] || die "$(trash) points are in the trash"
for id in $(ls "$scratch/store/trash"); do
  jq -e '.decision and .manifest_sha256 and (.because | length > 0)' "$scratch/store/records/$id/tombstone-1.json" >/dev/null ||
    die "no tombstone for $id"
done
for id in $(ls "$scratch/store/snapshots"); do expect 0 "$backstay" verify "$plan" "$id" --level 2; done

say "what is in the trash comes back with one mv"
away=$(ls "$scratch/store/trash" | head -1)
mv "$scratch/store/trash/$away" "$scratch/store/snapshots/$away"
expect 0 "$backstay" verify "$plan" "$away" --level 2
expect 0 "$backstay" restore "$plan" --snapshot "$away" --to "$scratch/back"
cmp "$scratch/etc/notes/notes.conf" "$scratch/back$scratch/etc/notes/notes.conf" || die "it is not what it was"

say "killed anywhere: every point is whole, and the next prune ends it"
for point in prune.tombstone prune.moved; do
  code=0
  { BACKSTAY_FAILPOINT=$point:1:kill "$backstay" prune "$plan" --confirm "$(decision)"; } >/dev/null 2>&1 || code=$?
  [ "$code" = 137 ] || die "exit $code at $point"
  for id in $(ls "$scratch/store/snapshots"); do expect 0 "$backstay" verify "$plan" "$id" --level 1; done
done
expect 0 "$backstay" prune "$plan" --confirm "$(decision)"
[ "$(points)" = 3 ] || die "$(points) points stay"

say "the grace is over only once a newer point is verified"
sleep 2
expect 0 "$backstay" prune "$plan" --grace 1s
[ "$(trash)" = 3 ] || die "the trash was emptied without a newer point"
expect 0 "$backstay" -q run "$plan"
code=0
{ BACKSTAY_FAILPOINT=prune.reclaim:2:kill "$backstay" prune "$plan" --grace 1s; } >/dev/null 2>&1 || code=$?
[ "$code" = 137 ] || die "exit $code at prune.reclaim"
expect 0 "$backstay" prune "$plan" --grace 1s
says "left the trash for good"
# What this prune took away itself stays for its own grace.
[ "$(trash)" -le 1 ] || die "$(trash) points are left in the trash"
for id in $(ls "$scratch/store/snapshots"); do expect 0 "$backstay" verify "$plan" "$id" --level 2; done
expect 0 "$backstay" run "$plan"
expect 0 "$backstay" status "$plan" --check

say "a manifest that cannot be read stops everything"
chmod u+w "$scratch/store/snapshots/$drilled/manifest.json"
cp -p "$scratch/store/snapshots/$drilled/manifest.json" "$scratch/manifest"
echo '{' >"$scratch/store/snapshots/$drilled/manifest.json"
before=$(tree_of)
expect 7 "$backstay" prune "$plan" --grace 1s
says "nothing is pruned"
[ "$(tree_of)" = "$before" ] || die "something went"
cp -p "$scratch/manifest" "$scratch/store/snapshots/$drilled/manifest.json"

say "a clock that was wrong refuses, and no confirmation helps"
future=$(newest=$(nth -1) && echo "$newest")
chmod u+w "$scratch/store/snapshots/$future/manifest.json" "$scratch/store/snapshots/$future"
sed -i -E 's#("started": ?")20[0-9][0-9]-#\12099-#' "$scratch/store/snapshots/$future/manifest.json"
expect 8 "$backstay" prune "$plan" --confirm "$(decision)"
says "the clock is wrong, or was"

say "beside a run: the lock is held"
exec 7>>"$scratch/store/locks/quickstart@here"
flock 7
expect 11 "$backstay" prune "$plan"
expect 8 "$backstay" prune "$plan" --dry-run
exec 7>&-

say "who may delete there"
sed -i 's|^    media disk|    media disk\n    deletable-by admin|' "$scratch/quickstart.stay"
expect 0 "$backstay" -q plan "$scratch/quickstart.stay" -o "$plan"
expect 7 "$backstay" prune "$plan"
says "deletable by admin only"
