#!/usr/bin/env bash
# A host that runs approved plans and believes signed snapshots only, and has lost its store and its state: from an
# object store and from a restic repository all comes back, is drilled, and what is not signed there is not believed.
source "$(dirname "$0")/lib.sh"

"$source_dir/examples/01-quickstart/make-service" "$scratch"
mkdir "$scratch/cloud"
(umask 077 && printf '[here]\ntype = alias\nremote = %s/cloud\n' "$scratch" >"$scratch/rclone.conf" && echo "a long password" >"$scratch/password")
target() { printf 'secret %s-login {\n    file %s\n    escrow "safe" at attic\n}\n\ntarget %s {\n    %s\n    login %s-login\n    at attic\n    media object\n}\n\n' "$1" "$3" "$1" "$2" "$1"; }
{
  target cloud 'rclone "here:store"' "$scratch/rclone.conf"
  target repo "restic \"$scratch/repository\"" "$scratch/password"
} >"$scratch/targets"
sed -e "s|/var/tmp/backstay-quickstart|$scratch|g" -e "/^retention/{
r $scratch/targets
N
}" -e "s|^host here|site attic\n\n&|" -e "s|^    to local keep standard|&\n    copy to cloud keep standard\n    copy to repo keep standard|" \
  "$source_dir/examples/01-quickstart/quickstart.stay" >"$scratch/far.stay"
for name in cloud repo; do printf '\ndrill of-%s {\n    restore all services from %s into sandbox\n}\n' $name $name; done >>"$scratch/far.stay"
plan=$scratch/far.plan.yaml
"$backstay" -q plan "$scratch/far.stay" -o "$plan" 2>"$scratch/findings" || die "$(cat "$scratch/findings")"
expect 0 "$backstay" -q store init "$plan"
lighten_restic "$scratch/repository" "$scratch/password"

config=$BACKSTAY_CONFIG_DIR
ssh-keygen -q -t ed25519 -N '' -C here -f "$config/snapshot_key"
ssh-keygen -q -t ed25519 -N '' -C alice -f "$scratch/alice"
printf 'here namespaces="backstay-snapshot,backstay-record" %s\n' "$(cut -d' ' -f1,2 "$config/snapshot_key.pub")" >"$config/snapshot_signers"
printf 'alice namespaces="backstay-plan" %s\n' "$(cut -d' ' -f1,2 "$scratch/alice.pub")" >"$config/allowed_signers"
expect 0 "$backstay" approve "$plan" --key "$scratch/alice" --until 2099-01-01
chmod 4755 "$scratch/etc/notes/notes.conf"
fingerprint >"$scratch/before"
expect 0 "$backstay" -q run "$plan"
expect 0 "$backstay" -q run "$plan"
last=$(ls "$scratch/store/snapshots" | tail -1)

lose_all() {
  [ ! -e "$scratch/store" ] || chmod -R u+w "$scratch/store"
  rm -rf "$scratch/store" "$scratch/state" "$scratch/etc/notes" "$scratch/var/lib/notes/uploads" "$scratch/var/lib/notes-db/notes.sqlite"
}
for from in cloud repo; do
  say "store, state and service are lost: a drill and a restore straight from $from"
  lose_all
  expect 0 "$backstay" drill "$plan" --drill "of-$from" --into "$scratch/sandbox"
  says "drilled"
  rm -rf "$scratch/state"
  mv "$config/approved" "$scratch/approved"
  expect 7 "$backstay" restore "$plan" --from $from --in-place --yes --without-keep-current all
  says "is not approved for here"
  expect 7 "$backstay" drill "$plan" --drill "of-$from" --into "$scratch/sandbox"
  [ ! -e "$scratch/etc/notes" ] || die "an unapproved restore changed something"
  mv "$scratch/approved" "$config/approved"
  expect 0 "$backstay" verify "$plan" latest --from $from --level 2
  says "$last"
  expect 0 "$backstay" restore "$plan" --from $from --in-place --yes --without-keep-current all
  fingerprint | diff "$scratch/before" - || die "the service is not what it was, from $from"
done

say "a copy whose signature was taken away, or put by another, is not believed from afar"
at=$(find "$scratch/cloud" -type d -name "$last")
[ -e "$at/manifest.json.sig" ] || die "no signature lies beside the copy: $(find "$at")"
chmod -R u+w "$scratch/cloud"
cp "$at/manifest.json.sig" "$scratch/sig"
ssh-keygen -q -t ed25519 -N '' -C mallory -f "$scratch/mallory"
for what in gone other; do
  lose_all
  rm "$at/manifest.json.sig"
  if [ $what = other ]; then
    ssh-keygen -q -Y sign -f "$scratch/mallory" -n backstay-snapshot "$at/manifest.json" 2>/dev/null
  fi
  code=0
  output=$("$backstay" restore "$plan" --from cloud --snapshot "$last" --in-place --yes --without-keep-current all 2>&1) || code=$?
  [ $code != 0 ] || die "$what: it was restored: $output"
  [ ! -e "$scratch/etc/notes" ] || die "$what: something was placed"
  expect 5 "$backstay" verify "$plan" "$last" --from cloud
  says "manifest.json.sig"
  cp "$scratch/sig" "$at/manifest.json.sig"
done
