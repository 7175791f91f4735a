#!/usr/bin/env bash
# A second directory target: each run's snapshot is there too, whole, proven and linked to the earlier one;
# a copy that is cut short is never visible; all comes back from the copy alone.
source "$(dirname "$0")/lib.sh"

"$source_dir/examples/01-quickstart/make-service" "$scratch"
sed -e "s|/var/tmp/backstay-quickstart|$scratch|g" \
  -e "s|^retention|target second {\n    directory $scratch/second on here\n    media tape\n    deletable-by admin\n}\n\n&|" \
  -e "s|^    to local keep standard|&\n    copy to second keep standard|" \
  "$source_dir/examples/01-quickstart/quickstart.stay" >"$scratch/quickstart.stay"
plan=$scratch/quickstart.plan.yaml
"$backstay" -q plan "$scratch/quickstart.stay" -o "$plan"
"$backstay" -q store init "$plan"
fingerprint >"$scratch/before"

say "a run leaves the same snapshot in both stores, and its proof in each"
expect 0 "$backstay" run "$plan"
first=$(ls "$scratch/store/snapshots")
[ "$(ls "$scratch/second/snapshots")" = "$first" ] || die "the copy is not there"
expect 0 "$backstay" verify "$scratch/second" "$first" --level 2
ls "$scratch/second/records/$first" | has receipt || die "no receipt was left"
[ -z "$(find "$scratch/second/snapshots/$first" -type f ! -perm 0400)" ] || die "a copied file can be written"
[ -z "$(find "$scratch/second/snapshots/$first" -type d ! -perm 0500)" ] || die "a copied directory can be written"

say "the next copy links what has not changed"
expect 0 "$backstay" run "$plan"
second=$(ls "$scratch/second/snapshots" | tail -1)
[ "$(find "$scratch/second/snapshots/$second" -type f -links +1 | wc -l)" -gt 0 ] || die "nothing was linked"
expect 0 "$backstay" verify "$scratch/second" "$second" --level 2

say "killed in the copy: nothing half-done is visible, the next run copies its own"
for point in copy-snapshot.file:3 copy-snapshot.rename:1; do
  before=$(ls "$scratch/second/snapshots" | wc -l)
  { BACKSTAY_FAILPOINT=$point:kill "$backstay" run "$plan"; } >/dev/null 2>&1 || true
  [ "$(ls "$scratch/second/snapshots" | wc -l)" = "$before" ] || die "a copy that was cut short is visible"
  expect 0 "$backstay" run "$plan"
done
for id in $(ls "$scratch/second/snapshots"); do
  expect 0 "$backstay" verify "$scratch/second" "$id" --level 2
done

say "a copy that fails is not visible, and the run says so"
BACKSTAY_FAILPOINT=copy-snapshot.rename:1:EIO "$backstay" -q run "$plan" >/dev/null 2>&1 && die "a failed copy is no success"
newest=$(ls "$scratch/store/snapshots" | tail -1)
[ ! -e "$scratch/second/snapshots/$newest" ] || die "a failed copy is visible"

say "a part that is damaged in the second store is copied anew, and told; the earlier copies are not mended"
part=$(find "$scratch/second/snapshots/$(ls "$scratch/second/snapshots" | tail -1)/data" -name '*.tar.zst' ! -name meta.tar.zst -links +1 | head -1)
chmod u+w "$part"
printf 'rot' | dd of="$part" bs=1 seek=20 conv=notrunc 2>/dev/null
chmod 0400 "$part"
expect 0 "$backstay" run "$plan"
says "are damaged there, and were copied anew"
newest=$(ls "$scratch/second/snapshots" | tail -1)
expect 0 "$backstay" verify "$scratch/second" "$newest" --level 2
expect 5 "$backstay" verify "$scratch/second"
expect 0 "$backstay" run "$plan"
says_not "damaged"

say "the first store is lost: all comes back from the second"
chmod -R u+w "$scratch/store"
rm -rf "$scratch/store" "$scratch/etc/notes" "$scratch/var/lib/notes/uploads" "$scratch/var/lib/notes-db/notes.sqlite"
expect 0 "$backstay" restore "$scratch/second" --in-place --yes
fingerprint | diff "$scratch/before" - || die "the service is not what it was"
