#!/usr/bin/env bash
# Copies in a restic repository: incremental, killed, full, rotten, locked, with a wrong password; and all
# of it back when nothing is left of the machine but the policy.
source "$(dirname "$0")/lib.sh"

repository=$scratch/repository
plan=$scratch/restic.plan.yaml
"$source_dir/examples/01-quickstart/make-service" "$scratch"
(umask 077 && echo "a long password 4711" >"$scratch/password")
sed -e "s|/var/tmp/backstay-quickstart|$scratch|g" \
  -e "s|^retention|secret repository {\n    file $scratch/password\n    escrow \"safe\" at attic\n}\n\ntarget vault {\n    restic \"$repository\"\n    login repository\n    at attic\n    media object\n}\n\n&|" \
  -e "s|^host here|site attic\n\n&|" \
  -e "s|^    to local keep standard|&\n    copy to vault keep standard|" \
  "$source_dir/examples/01-quickstart/quickstart.stay" >"$scratch/restic.stay"
"$backstay" -q plan "$scratch/restic.stay" -o "$plan" 2>"$scratch/findings"

change_service() { printf '%s\n' "$RANDOM" >>"$scratch/etc/notes/notes.conf"; }
newest() { ls "$scratch/store/snapshots" | tail -1; }
receipts() { ls "$scratch/store/records/$1" 2>/dev/null | grep -c receipt || true; }
restic_at() { restic --no-cache --repo "$repository" --password-file "$scratch/password" "$@"; }

no_receipt() { # WHAT
  change_service
  local code=0
  output=$("$backstay" run "$plan" 2>&1) || code=$?
  [ "$code" != 0 ] || die "$1: the run says that all went well"
  [ "$(receipts "$(newest)")" = 0 ] || die "$1: a receipt was written"
}

say "a repository that exists is taken as it is, with what others keep in it"
restic_at -q init
lighten_restic "$repository" "$scratch/password"
restic_at -q backup "$scratch/etc/notes" --tag foreign
expect 0 "$backstay" store init "$plan"
expect 0 "$backstay" run "$plan"
first=$(newest)
[ "$(receipts "$first")" = 1 ] || die "no receipt: $output"
restic_at snapshots --json | jq -e --arg id "snapshot=$first" '[.[] | select(.tags | index($id))] | length == 2' >/dev/null ||
  die "the copy is not two snapshots with its tags"

say "the next one adds what is new"
change_service
expect 0 "$backstay" run "$plan"
added=$(jq '."moved-bytes"' "$scratch/store/records/$(newest)"/receipt-1.json)
[ "$added" -lt 300000 ] || die "added $added bytes for a line"

say "killed anywhere, the next run goes on"
for point in target.put.file:1 target.prove:1 target.commit.manifest:1 target.committed:1; do
  change_service
  { BACKSTAY_FAILPOINT=$point:kill "$backstay" run "$plan"; } >/dev/null 2>&1 || true
  [ "$(receipts "$(newest)")" = 0 ] || die "a receipt after a kill at $point"
done
expect 0 "$backstay" run "$plan"
[ "$(receipts "$(newest)")" = 1 ] || die "no receipt after the kills"

say "the password is nowhere"
if grep -rqF "a long password 4711" "$scratch/state" "$scratch/store" "$scratch/config" "$plan"; then
  die "the password was written down"
fi
cp -p "$scratch/password" "$scratch/kept"
(umask 077 && echo "wrong" >"$scratch/password")
no_receipt "a wrong password"
says "the login of the target must be the password"
cp -p "$scratch/kept" "$scratch/password"

say "a repository that lacks a pack, or holds a changed one"
pack=$(find "$repository/data" -type f -size +20k | sort | head -1)
mv "$pack" "$scratch/pack"
no_receipt "a pack is gone"
chmod u+w "$scratch/pack"
head -c -1000 "$scratch/pack" >"$pack"
no_receipt "a pack is cut short"
rm -f "$pack"
mv "$scratch/pack" "$pack"
expect 0 "$backstay" run "$plan"
[ "$(receipts "$(newest)")" = 1 ] || die "no receipt once it is whole"

say "a repository that is gone"
mv "$repository" "$scratch/away"
no_receipt "a repository that is gone"
mv "$scratch/away" "$repository"

say "the store, the state and the service are lost: all comes back"
fingerprint >"$scratch/before"
expect 0 "$backstay" run "$plan"
last=$(newest)
chmod -R u+w "$scratch/store"
rm -rf "$scratch/store" "$scratch/state" "$scratch/config" "$scratch/etc/notes" \
  "$scratch/var/lib/notes/uploads" "$scratch/var/lib/notes-db/notes.sqlite"
expect 0 "$backstay" list "$plan" --from vault
says "$last"
says_not foreign
expect 0 "$backstay" verify "$plan" "$last" --from vault --level 2
expect 0 "$backstay" restore "$plan" --from vault --in-place --yes --without-keep-current all
fingerprint | diff "$scratch/before" - || die "the service is not what it was"
expect 3 "$backstay" catalogue rebuild "$plan"
"$backstay" catalogue snapshots -f json | jq -e --arg id "$last" '[.snapshots[].id] | contains([$id])' >/dev/null ||
  die "the far copy is not in the catalogue: $("$backstay" catalogue snapshots)"

say "by hand: restic restore, sha256sum, and RESTORE.txt"
for part in data manifest; do
  id=$(restic_at snapshots --json | jq -r --arg id "snapshot=$last" --arg part "part=$part" '[.[] | select((.tags | index($id)) and (.tags | index($part)))][-1].id')
  restic_at -q restore "$id" --target "$scratch/hand"
done
cd "$scratch/hand"
sha256sum --quiet -c SHA256SUMS
ROOT=$scratch/by-hand sh RESTORE.txt >/dev/null 2>"$scratch/by-hand.log" || die "$(cat "$scratch/by-hand.log")"
[ -s "$scratch/by-hand$scratch/etc/notes/notes.conf" ] || die "RESTORE.txt brought nothing back"
