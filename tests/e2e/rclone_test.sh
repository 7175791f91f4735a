#!/usr/bin/env bash
# Copies in a real Swift, by its own protocol and by s3api: nightly, incremental, gone on with after a kill;
# and all of it back when nothing is left of the machine but the policy, and by hand.
source "$(dirname "$0")/lib.sh"
source "$(dirname "$0")/rclone_lib.sh"

say "a target must be made, and is known again"
begin swift:backups/one
uuid=$(cat "$scratch/config/targets/offsite")
expect 0 "$backstay" store init "$plan" --target offsite
[ "$(cat "$scratch/config/targets/offsite")" = "$uuid" ] || die "another store was made"

say "a run leaves the same snapshot off-site, proven, with a receipt"
a_receipt
swift_client list backups | has "snapshots/$(newest)/manifest.json" || die "no manifest there"

say "the next one moves what is new and nothing else"
change_service
a_receipt
second=$(newest)
moved=$(jq '."moved-bytes"' "$scratch/store/records/$second"/receipt-1.json)
new=$(find "$scratch/store/snapshots/$second/data" -type f -links 1 -printf '%s\n' | awk '{ n += $1 } END { print n + 0 }')
papers=$(find "$scratch/store/snapshots/$second" -maxdepth 1 -type f -printf '%s\n' | awk '{ n += $1 } END { print n }')
[ "$moved" -le $(((new + papers) * 101 / 100)) ] || die "moved $moved bytes, $new are new and $papers are papers"
echo "(moved $moved bytes; $new new, $papers papers)"

say "killed anywhere, the next run goes on"
for point in target.put.file:1 target.prove:1 target.commit.manifest:1 target.committed:1; do
  change_service
  { BACKSTAY_FAILPOINT=$point:kill "$backstay" run "$plan"; } >/dev/null 2>&1 || true
  [ "$(receipts "$(newest)")" = 0 ] || die "a receipt after a kill at $point"
done
a_receipt
native=$plan
native_newest=$(newest)

say "no secret in logs, journals or the plan, nor in what a refused login is told with"
if grep -rqF "$swift_key" "$scratch/state" "$scratch/store" "$scratch/config" "$plan"; then
  die "the login is in $(grep -rlF "$swift_key" "$scratch/state" "$scratch/store" "$scratch/config" "$plan")"
fi
sed -i 's/^key = .*/key = wrong-horse/' "$scratch/rclone.conf"
no_receipt "a wrong login"
says "look at the login"
says_not wrong-horse
(umask 077 && rclone_conf >"$scratch/rclone.conf")

say "the same by s3api, into a bucket of its own"
make_policy s3:bucket/deep/er
a_receipt
change_service
fingerprint >"$scratch/before"
a_receipt
s3_newest=$(newest)

say "the store, the state and the service are lost: all comes back from either"
for plan in "$scratch/s3.plan.yaml" "$native"; do
  lose_all_but_the_policy
  [ "$plan" = "$native" ] && wanted=$native_newest || wanted=$s3_newest
  expect 0 "$backstay" list "$plan" --from offsite
  says "$wanted"
  expect 0 "$backstay" ls "$plan" "$wanted" --from offsite
  says notes.conf
  expect 0 "$backstay" verify "$plan" "$wanted" --from offsite --level 2
  expect 0 "$backstay" restore "$plan" --from offsite --snapshot "$wanted" --in-place --yes --without-keep-current all
  [ "$plan" = "$native" ] || fingerprint | diff "$scratch/before" - || die "the service is not what it was"
done

say "the catalogue, too, is made anew from there"
expect 3 "$backstay" catalogue rebuild "$native"
says "only the snapshot is known"
"$backstay" catalogue snapshots -f json | jq -e --arg id "$native_newest" '[.snapshots[].id] | contains([$id])' >/dev/null ||
  die "the far copy is not in the catalogue: $("$backstay" catalogue snapshots)"

say "a part that is gone there is damage of that copy, and the place is named"
part=$(swift_client download backups "one/quickstart@here/snapshots/$native_newest/SHA256SUMS" -o - | sed -n 's|^\([0-9a-f]*\)  data/notes.etc/.*tar.zst$|\1|p' | head -n 1)
swift_client download backups "one/quickstart@here/parts/$part" -o "$scratch/part" >/dev/null
swift_client delete backups "one/quickstart@here/parts/$part" >/dev/null
expect 5 "$backstay" verify "$native" "$native_newest" --from offsite
says "is not at \`swift:backups/one\`"
says DAMAGED
expect 5 "$backstay" restore "$native" --from offsite --snapshot "$native_newest" --to "$scratch/lacking"
says "is not at \`swift:backups/one\`"
swift_client upload backups "$scratch/part" --object-name "one/quickstart@here/parts/$part" >/dev/null
expect 0 "$backstay" verify "$native" "$native_newest" --from offsite

say "one file moves its list and its part"
expect 0 "$backstay" restore "$native" --from offsite --snapshot "$native_newest" \
  --path "$scratch/etc/notes/notes.conf" --to "$scratch/beside"
[ -s "$scratch/beside$scratch/etc/notes/notes.conf" ] || die "the file did not come back"

say "by hand: rclone, sha256sum, and RESTORE.txt"
mkdir "$scratch/hand"
cd "$scratch/hand"
export RCLONE_CONFIG=$scratch/rclone.conf
writer=swift:backups/one/quickstart@here
rclone -q copy "$writer/snapshots/$native_newest" ID 2>"$scratch/rclone.log"
cd ID
sed -n 's|^\([0-9a-f]*\)  data/.*|parts/\1|p' SHA256SUMS | sort -u >../wanted
rclone -q copy --files-from ../wanted "$writer" .. 2>>"$scratch/rclone.log"
while read -r hash path; do
  case $path in data/*) mkdir -p "${path%/*}" && cp "../parts/$hash" "$path" ;; esac
done <SHA256SUMS
sha256sum --quiet -c SHA256SUMS
ROOT=$scratch/by-hand sh RESTORE.txt >/dev/null 2>"$scratch/by-hand.log" || die "$(cat "$scratch/by-hand.log")"
[ -s "$scratch/by-hand$scratch/etc/notes/notes.conf" ] || die "RESTORE.txt brought nothing back"
