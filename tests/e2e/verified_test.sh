#!/usr/bin/env bash
# Damage that a verification by hand found is known from then on: to status, list, doctor, prune and
# the report, until a look that goes as deep finds the point intact. Also where the store cannot be
# written, and of copies.
source "$(dirname "$0")/lib.sh"
make_quickstart
sed -i "s|^    to local .*|&\n    copy to second keep standard|" "$scratch/quickstart.stay"
cat >>"$scratch/quickstart.stay" <<POLICY

target second {
    directory $scratch/second on here
    media disk
}

require all services {
    rpo 26h
}
POLICY
expect 0 "$backstay" -q plan "$scratch/quickstart.stay" -o "$plan"
expect 0 "$backstay" -q store init "$plan"
for round in 1 2; do
  date >>"$scratch/etc/notes/local.conf"
  expect 0 "$backstay" -q run "$plan"
  sleep 1
done
expect 0 "$backstay" status "$plan" --check
mapfile -t ids < <("$backstay" list "$plan" --format json | jq -r '.snapshots | sort_by(.sequence)[].id')
old=${ids[0]} new=${ids[1]}

# A file of one point alone, so that only this point is damaged.
own_file() { find "$1/snapshots/$2/data" -type f -links 1 | grep -v /list/ | sort | head -n 1; }
damage() {
  local file=$1
  cp -p "$file" "$scratch/good"
  chmod u+w "$file"
  printf 'rot' | dd of="$file" bs=1 seek=20 conv=notrunc status=none
}
mend() { cat "$scratch/good" >"$1"; }
state_of() { "$backstay" list "$plan" --format json | jq -r --arg id "$1" '.snapshots[] | select(.id == $id).state'; }
records() { find "$scratch/store/records/$old" -name 'verify-*.json' | wc -l; }

say "a good verification by hand is on record, once a day and level"
count=$(records)
expect 0 "$backstay" verify "$plan" "$old" --level 2
[ "$(records)" = $((count + 1)) ] || die "no record was written"
expect 0 "$backstay" verify "$plan" "$old" --level 2
expect 0 "$backstay" verify "$plan" "$old" --level 0
[ "$(records)" = $((count + 1)) ] || die "a record that says nothing new was written"
[ "$("$backstay" list "$plan" --format json | jq -r --arg id "$old" '.snapshots[] | select(.id == $id).verified | "\(.level) \(.intact)"')" = "2 true" ] ||
  die "list does not know the level"

say "damage of an older point: nobody is safe any more"
file=$(own_file "$scratch/store" "$old")
damage "$file"
expect 0 "$backstay" status "$plan" --check # nobody has looked
expect 5 "$backstay" verify "$plan" "$old" --level 2
expect 6 "$backstay" status "$plan" --check
says "UNSAFE"
says "1 older point did not pass a verification: $old"
says "1 NOT INTACT"
[ "$(state_of "$old") $(state_of "$new")" = "damaged complete" ] || die "list says: $(state_of "$old") $(state_of "$new")"
expect 0 "$backstay" list "$plan"
says "damaged: found at level 2"
expect 6 "$backstay" doctor "$plan"
says "did not pass a verification: $old"
expect 0 "$backstay" status "$plan" -f prometheus
says 'state="damaged"} 1'
says 'state="complete"} 1'
expect 0 "$backstay" catalogue snapshots -f json
[ "$(jq -r --arg id "$old" '[.snapshots[] | select(.id == $id) | .verifications[] | select(.intact | not)] | length > 0' <<<"$output")" = true ] ||
  die "the catalogue does not know"

say "a restore beside meets it on the way and places nothing of that component"
expect 5 "$backstay" restore "$plan" --snapshot "$old" --component "$(basename "$(dirname "$file")")" --to "$scratch/beside" --yes
[ -z "$(find "$scratch/beside" -type f 2>/dev/null)" ] || die "it placed files: $(find "$scratch/beside")"

say "a look that goes less deep takes nothing back"
expect 5 "$backstay" verify "$plan" "$old" --level 1
mend "$file"
expect 0 "$backstay" verify "$plan" "$old" --level 1
expect 6 "$backstay" status "$plan" --check
expect 0 "$backstay" verify "$plan" "$old" --level 2
expect 0 "$backstay" status "$plan" --check
[ "$(state_of "$old")" = complete ] || die "it is still $(state_of "$old")"

say "a damaged point fills no place of a rule, and goes when that is asked for"
damage "$file"
expect 5 "$backstay" verify "$plan" "$old"
expect 0 "$backstay" prune "$plan" --dry-run
says "not verified"
expect 0 "$backstay" prune "$plan" --damaged
says "remove    damaged"
expect 0 "$backstay" status "$plan" --check
expect 0 "$backstay" prune "$plan" --bring-back "$old"
expect 6 "$backstay" status "$plan" --check
mend "$file"
expect 0 "$backstay" verify "$plan" "$old"
expect 0 "$backstay" status "$plan" --check

say "the newest point, by a run's own record and by hand"
file=$(own_file "$scratch/store" "$new")
damage "$file"
expect 5 "$backstay" verify "$plan"
expect 6 "$backstay" status "$plan" --check
says "the newest point did not pass its verification"
says "NOT INTACT"
expect 0 "$backstay" prune "$plan" --damaged --dry-run # the newest of all never goes
says_not "remove    damaged"
mend "$file"
expect 0 "$backstay" verify "$plan"

say "a copy"
copied=$(own_file "$scratch/second" "$old")
damage "$copied"
expect 5 "$backstay" verify "$plan" "$old" --from second
expect 6 "$backstay" status "$plan" --check
says "at second a copy did not pass a verification: $old"
mend "$copied"
expect 0 "$backstay" verify "$plan" "$old" --from second
expect 0 "$backstay" status "$plan" --check

say "rot that a run met is damage of the older points that hold it"
mkdir -p "$scratch/store/records/$old"
printf '{"component":"notes","part":"x","run":"%s-x"}\n' "$(date -u +%Y%m%dT%H%M%SZ)" >"$scratch/store/records/$old/damage-1.json"
expect 6 "$backstay" status "$plan" --check
says "did not pass a verification: $old"
sleep 1
rm "$scratch/store/records/$old/damage-1.json"

say "a store that cannot be written is verified, and its damage known to this host"
mount --bind "$scratch/store" "$scratch/store"
mount -o remount,bind,ro "$scratch/store"
expect 0 "$backstay" verify "$plan" "$old" --level 2
umount "$scratch/store"
damage "$file"
mount --bind "$scratch/store" "$scratch/store"
mount -o remount,bind,ro "$scratch/store"
expect 5 "$backstay" verify "$plan" "$new"
says "the store is read-only or another account's: the result is kept on this host alone"
expect 6 "$backstay" status "$plan" --check
says "the newest point did not pass its verification"
umount "$scratch/store"
expect 6 "$backstay" status "$plan" --check
mend "$file"
sleep 1
expect 0 "$backstay" verify "$plan" "$new"
expect 0 "$backstay" status "$plan" --check
say "what was found damaged is not linked again: the next run stores it anew, and says so"
for part in "$scratch/store/snapshots/$new/data/notes.state"/[0-9a-f]*.tar.zst; do
  chmod u+w "$part"
  printf 'rot' | dd of="$part" bs=1 seek=30 conv=notrunc status=none
done
expect 5 "$backstay" verify "$plan"
sleep 1
expect 0 "$backstay" run "$plan"
says "is damaged: its SHA-256 differs"
expect 0 "$backstay" verify "$plan" latest --level 2
expect 6 "$backstay" status "$plan" --check # the older ones hold it still
says "did not pass a verification: $new"
say "done"
