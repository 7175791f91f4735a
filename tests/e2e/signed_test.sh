#!/usr/bin/env bash
# A host that signs its snapshots, and believes no others: what an attacker with the store in his hands
# adds, dates back, replaces or takes away is found, and never restored, counted or pruned by.
source "$(dirname "$0")/lib.sh"

"$source_dir/examples/01-quickstart/make-service" "$scratch"
sed -e "s|/var/tmp/backstay-quickstart|$scratch|g" \
  -e "s|^retention|target second {\n    directory $scratch/second on here\n    media tape\n}\n\n&|" \
  -e "s|^    to local keep standard|&\n    copy to second keep standard|" \
  -e 's|^    daily 7$|    last 2|; s|^    weekly 4$||; s|^    at-least 3$|    at-least 1|' \
  "$source_dir/examples/01-quickstart/quickstart.stay" >"$scratch/quickstart.stay"
plan=$scratch/quickstart.plan.yaml
"$backstay" -q plan "$scratch/quickstart.stay" -o "$plan"
"$backstay" -q store init "$plan"
config=$BACKSTAY_CONFIG_DIR
state_of() { "$backstay" list "${2:-$plan}" -f json | jq -r --arg id "$1" '.snapshots[] | select(.id == $id) | .state'; }
newest() { ls "$scratch/store/snapshots" | tail -1; }

chmod 4755 "$scratch/etc/notes/notes.conf"
fingerprint >"$scratch/before"
expect 0 "$backstay" -q run "$plan"
early=$(newest)

say "a host that believes signed snapshots only must be able to sign, and is told how"
printf 'other namespaces="backstay-snapshot,backstay-record" ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGt3yq4gMxf3eSHUb4+2WJ0nTeqV1Ny1cJ7mPqvnFbxR\n' >"$config/snapshot_signers"
expect 7 "$backstay" run "$plan"
says "snapshot_key\` is not there"
says "ssh-keygen -t ed25519"
ssh-keygen -q -t ed25519 -N '' -C here -f "$config/snapshot_key"
expect 7 "$backstay" run "$plan"
says "would not be believed by itself"
printf 'here namespaces="backstay-snapshot,backstay-record" %s\n' "$(cut -d' ' -f1,2 "$config/snapshot_key.pub")" >"$config/snapshot_signers"
chmod 0644 "$config/snapshot_key"
expect 7 "$backstay" run "$plan"
says "can be changed or read by others"
chmod 0600 "$config/snapshot_key"
[ "$(ls "$scratch/store/snapshots")" = "$early" ] || die "a refused run left a snapshot"

say "snapshots, their copies and records are signed, and anybody can check them"
for number in 1 2 3; do
  expect 0 "$backstay" -q run "$plan"
  sleep 1
done
good=$(newest)
for store in store second; do
  (
    cd "$scratch/$store/snapshots/$good"
    sha256sum --quiet -c SHA256SUMS
    ssh-keygen -Y verify -f "$config/snapshot_signers" -I here -n backstay-snapshot -s manifest.json.sig <manifest.json >/dev/null
    [ "$(grep -v '  manifest.json' SHA256SUMS | sha256sum | cut -d' ' -f1)" = "$(jq -r .contents manifest.json)" ]
  ) || die "the copy in $store cannot be checked by hand"
  expect 0 "$backstay" verify "$scratch/$store" "$good" --level 2
done
[ -e "$scratch/store/records/$good/verify-1.json.sig" ] || die "a record is not signed"
expect 0 "$backstay" status "$plan" --check

say "what is not signed is flagged, and neither verified nor restored nor drilled"
[ "$(state_of "$early")" = unsigned ] || die "$early is $(state_of "$early")"
[ "$(state_of "$good")" = complete ] || die "$good is $(state_of "$good")"
expect 5 "$backstay" verify "$plan" "$early"
says "it is not signed"
expect 7 "$backstay" restore "$plan" --snapshot "$early" --to "$scratch/beside"
says "is not believed: it is not signed"
[ ! -e "$scratch/beside" ] || die "something was restored"
printf 'drill practice {\n    restore all services from local into sandbox\n}\n' >"$scratch/drill"
cat "$scratch/quickstart.stay" "$scratch/drill" >"$scratch/drilled.stay"
expect 0 "$backstay" -q plan "$scratch/drilled.stay" -o "$plan"
expect 7 "$backstay" drill "$plan" --snapshot "$early" --into "$scratch/sandbox"

say "set-id bits come back from a signed snapshot without a word, from a store alone too"
chmod 0644 "$scratch/etc/notes/notes.conf"
expect 0 "$backstay" restore "$plan" --to "$scratch/beside"
[ "$(stat -c %a "$scratch/beside$scratch/etc/notes/notes.conf")" = 4755 ] || die "the set-id bit is lost"
expect 0 "$backstay" restore "$scratch/second" --to "$scratch/beside2"
[ "$(stat -c %a "$scratch/beside2$scratch/etc/notes/notes.conf")" = 4755 ] || die "the set-id bit is lost"
chmod 4755 "$scratch/etc/notes/notes.conf"

# Everything that whoever may write to the store can do, without a key.
open_up() { chmod -R u+w "$1"; }
forge() { # ID NEW-ID: a copy under another name, whole in itself; signed by MALLORY where set
  cp -a "$scratch/store/snapshots/$1" "$scratch/store/snapshots/$2"
  open_up "$scratch/store/snapshots/$2"
  (
    cd "$scratch/store/snapshots/$2"
    sed -i "s|$1|$2|; ${3:-}" manifest.json
    if [ -n "${mallory:-}" ]; then ssh-keygen -Y sign -q -n backstay-snapshot -f "$mallory" <manifest.json >manifest.json.sig; fi
    find . -type f ! -name SHA256SUMS -printf '%P\n' | LC_ALL=C sort | xargs sha256sum >"$scratch/sums"
    cat "$scratch/sums" >SHA256SUMS
  )
  mkdir -p "$scratch/store/records/$2"
  printf '{"at":"2026-01-01T00:00:00Z","intact":true,"level":1,"problems":0,"run":"x","stored-bytes":1}\n' >"$scratch/store/records/$2/verify-1.json"
}

say "snapshots that are dated back or put on top take no place, and are never the latest"
before=$("$backstay" prune "$plan" --dry-run -f json 2>/dev/null | jq -r '.points[] | select(.keep) | .id' || true)
ssh-keygen -q -t ed25519 -N '' -C mallory -f "$scratch/mallory"
fakes=""
for number in 2 3 4; do
  mallory=$scratch/mallory
  [ "$number" = 3 ] && mallory=""
  fake=9000000$number-20200101T00000${number}Z-quickstart-here-deadbee$number
  forge "$good" "$fake" "s|\"started\": *\"[^\"]*\"|\"started\": \"2020-01-01T00:00:0${number}Z\"|"
  fakes="$fakes $fake"
done
for fake in $fakes; do
  [ "$(state_of "$fake")" = unsigned ] || die "a forged snapshot is $(state_of "$fake")"
  expect 5 "$backstay" verify "$plan" "$fake"
  says "is not believed"
  expect 7 "$backstay" restore "$plan" --snapshot "$fake" --to "$scratch/never"
done
[ ! -e "$scratch/never" ] || die "something was restored"
expect 0 "$backstay" restore "$plan" --to "$scratch/latest"
says "$good"
"$backstay" status "$plan" -f json | jq -e --arg id "$good" '.backups[0].newest.id == $id' >/dev/null || die "status takes a forged point for the newest"
output=$("$backstay" prune "$plan" --dry-run -f json 2>/dev/null || true)
for id in $before $fakes; do
  jq -e --arg id "$id" '.points[] | select(.id == $id) | .keep' <<<"$output" >/dev/null || die "forged points push out $id"
done
jq -e '[.points[] | select(.reasons | join(" ") | test("is not believed"))] | length == 4' <<<"$output" >/dev/null || die "not every forged point has its reason: $output"
for fake in $fakes; do
  chmod -R u+w "$scratch/store/snapshots/$fake"
  rm -rf "$scratch/store/snapshots/$fake" "$scratch/store/records/$fake"
done

say "a manifest, a file or a list of hashes that is replaced is found"
tamper() { # WORDS COMMAND…: in a copy of the good snapshot's place, put back afterwards
  local words=$1
  shift
  cp -a "$scratch/store/snapshots/$good" "$scratch/kept"
  open_up "$scratch/store/snapshots/$good"
  (cd "$scratch/store/snapshots/$good" && "$@")
  expect 5 "$backstay" verify "$plan" "$good"
  says "$words"
  code=0
  output=$("$backstay" restore "$plan" --snapshot "$good" --to "$scratch/never" 2>&1) || code=$?
  [ "$code" = 7 ] || [ "$code" = 5 ] || die "exit $code: $output"
  [ ! -e "$scratch/never" ] || die "something was restored"
  chmod -R u+w "$scratch/store/snapshots/$good"
  rm -rf "$scratch/store/snapshots/$good"
  mv "$scratch/kept" "$scratch/store/snapshots/$good"
}
sums() { find . -type f ! -name SHA256SUMS -printf '%P\n' | LC_ALL=C sort | xargs sha256sum >"$scratch/sums" && cat "$scratch/sums" >SHA256SUMS; }
edit_manifest() { sed -i -E 's#("started": *")20#\119#' manifest.json && sums; }
edit_plan() { sed -i 's|quickstart|quickstart |' plan.yaml && sums; }
drop_signature() { rm manifest.json.sig && sums; }
other_signature() { cp "$scratch/store/snapshots/$second_good/manifest.json.sig" . && sums; }
second_good=$(ls "$scratch/store/snapshots" | tail -2 | head -1)
tamper "what was signed has changed since" edit_manifest
tamper "SHA256SUMS is not the one that was signed" edit_plan
tamper "it is not signed" drop_signature
tamper "what was signed has changed since" other_signature

say "a point that was taken away without a signed word leaves a gap that is told"
mv "$scratch/store/snapshots/$second_good" "$scratch/gone"
expect 5 "$backstay" verify "$plan" "$good"
says "is gone, and no signed record says that it was pruned"
mkdir -p "$scratch/store/records/$second_good"
printf '{"snapshot":"%s"}\n' "$second_good" >"$scratch/store/records/$second_good/tombstone-1.json"
expect 5 "$backstay" verify "$plan" "$good"
mv "$scratch/gone" "$scratch/store/snapshots/$second_good"
rm "$scratch/store/records/$second_good/tombstone-1.json"
expect 0 "$backstay" verify "$plan" "$good" # else it stays a damaged one, and no prune takes it

say "what a prune takes away leaves a signed word, and no gap"
expect 0 "$backstay" prune "$plan" --confirm "$("$backstay" prune "$plan" --dry-run -f json 2>/dev/null | jq -r .decision)"
[ "$(ls "$scratch/store/trash" | wc -l)" -gt 0 ] || die "nothing was pruned"
for id in $(ls "$scratch/store/snapshots"); do
  [ "$id" = "$early" ] || expect 0 "$backstay" verify "$plan" "$id" --level 2
done

say "the service comes back whole"
rm -rf "$scratch/etc/notes" "$scratch/var/lib/notes/uploads" "$scratch/var/lib/notes-db/notes.sqlite"
expect 0 "$backstay" restore "$plan" --in-place --yes
fingerprint | diff "$scratch/before" - || die "the service is not what it was"

say "a key is lost or thrown out: what it signed is not believed any more"
: >"$config/snapshot_signers"
expect 7 "$backstay" restore "$plan" --to "$scratch/never"
says "is none of the allowed signers'"
expect 7 "$backstay" run "$plan"
