#!/usr/bin/env bash
# Signed and sealed: a sealed store and a sealed copy, whose bytes are others than those of its source, are
# signed by the host that wrote them, and are believed without an identity.
source "$(dirname "$0")/lib.sh"

"$source_dir/examples/01-quickstart/make-service" "$scratch"
age-keygen -o "$scratch/identity" 2>/dev/null
age-keygen -o "$scratch/escrow" 2>/dev/null
sed -e "s|/var/tmp/backstay-quickstart|$scratch|g" \
  -e "s|age1ql3z[a-z0-9]*|$(age-keygen -y "$scratch/identity")|; s|age1lvyv[a-z0-9]*|$(age-keygen -y "$scratch/escrow")|" \
  "$source_dir/examples/13-sealed/sealed.stay" >"$scratch/copy.stay"
config=$BACKSTAY_CONFIG_DIR
mkdir -p "$config"
ssh-keygen -q -t ed25519 -N '' -C here -f "$config/snapshot_key"
printf 'here namespaces="backstay-snapshot,backstay-record" %s\n' "$(cut -d' ' -f1,2 "$config/snapshot_key.pub")" >"$config/snapshot_signers"
fingerprint >"$scratch/before"

signed_by_hand() { # DIRECTORY of a snapshot
  (
    cd "$1"
    sha256sum --quiet -c SHA256SUMS
    ssh-keygen -Y verify -f "$config/snapshot_signers" -I here -n backstay-snapshot -s manifest.json.sig <manifest.json >/dev/null
    [ "$(grep -v '  manifest.json' SHA256SUMS | sha256sum | cut -d' ' -f1)" = "$(jq -r .contents manifest.json)" ]
  ) || die "$1 cannot be checked by hand"
}

say "a sealed copy of a readable snapshot has a signature of its own"
plan=$scratch/copy.plan.yaml
"$backstay" -q plan "$scratch/copy.stay" -o "$plan"
"$backstay" -q store init "$plan"
for number in 1 2; do
  expect 0 "$backstay" -q run "$plan"
  sleep 1
done
for id in $(ls "$scratch/shelf/snapshots"); do
  signed_by_hand "$scratch/store/snapshots/$id"
  signed_by_hand "$scratch/shelf/snapshots/$id"
  cmp -s "$scratch/store/snapshots/$id/manifest.json.sig" "$scratch/shelf/snapshots/$id/manifest.json.sig" &&
    die "the copy has the signature of other bytes"
  expect 0 "$backstay" verify "$scratch/shelf" "$id" --level 1
  expect 0 "$backstay" verify "$scratch/shelf" "$id" --level 2 --identity "$scratch/identity"
done

say "what is replaced in it is found without an identity"
id=$(ls "$scratch/shelf/snapshots" | tail -1)
cp -a "$scratch/shelf/snapshots/$id" "$scratch/kept"
chmod -R u+w "$scratch/shelf/snapshots/$id"
(
  cd "$scratch/shelf/snapshots/$id"
  age -r "$(age-keygen -y "$scratch/identity")" -o plan.yaml.age <"$plan"
  find . -type f ! -name SHA256SUMS -printf '%P\n' | LC_ALL=C sort | xargs sha256sum >"$scratch/sums"
  cat "$scratch/sums" >SHA256SUMS
)
expect 5 "$backstay" verify "$scratch/shelf" "$id" --level 1
says "SHA256SUMS is not the one that was signed"
expect 7 "$backstay" restore "$scratch/shelf" --snapshot "$id" --to "$scratch/never" --identity "$scratch/identity"
[ ! -e "$scratch/never" ] || die "something was restored"
chmod -R u+w "$scratch/shelf/snapshots/$id"
rm -rf "$scratch/shelf/snapshots/$id"
mv "$scratch/kept" "$scratch/shelf/snapshots/$id"

say "all comes back from the sealed copy alone"
chmod -R u+w "$scratch/store"
rm -rf "$scratch/store" "$scratch/etc/notes" "$scratch/var/lib/notes/uploads" "$scratch/var/lib/notes-db/notes.sqlite"
expect 0 "$backstay" restore "$scratch/shelf" --in-place --yes --identity "$scratch/identity"
fingerprint | diff "$scratch/before" - || die "the service is not what it was"

say "a sealed store of its own"
sed -e "s|$scratch/store|$scratch/sealed|; s|media disk|media disk\n    seal vault|; s|policy sealed|policy main|; /copy to shelf/d" "$scratch/copy.stay" >"$scratch/main.stay"
plan=$scratch/main.plan.yaml
"$backstay" -q plan "$scratch/main.stay" -o "$plan" 2>/dev/null
"$backstay" -q store init "$plan"
expect 0 "$backstay" -q run "$plan"
id=$(ls "$scratch/sealed/snapshots" | tail -1)
signed_by_hand "$scratch/sealed/snapshots/$id"
expect 0 "$backstay" verify "$scratch/sealed" "$id" --level 2 --identity "$scratch/identity"
