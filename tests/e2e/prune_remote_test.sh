#!/usr/bin/env bash
# Prune at targets beyond the machine's directories: a real Swift by its own protocol and by s3api, a restic
# repository, an sshd with `backstay receive`. The same decision everywhere; two phases; a kill anywhere leaves
# no half copy, and the next prune goes on; what the receipts and holds at home say, counts.
source "$(dirname "$0")/lib.sh"
source "$(dirname "$0")/rclone_lib.sh"
source "$(dirname "$0")/sshd_server.sh"
end_everything() {
  stop_sshd
  end_all
}
trap end_everything EXIT

"$source_dir/examples/01-quickstart/make-service" "$scratch"
unset AWS_CA_BUNDLE
start_swift
(umask 077 && rclone_conf >"$scratch/rclone.conf" && echo "a long password 4711" >"$scratch/password")
vault=$scratch/vault
mkdir "$vault"
start_sshd "$vault" --host here
{
  cat <<STAY
secret cloud {
    file $scratch/rclone.conf
    escrow "safe" at attic
}

secret away-key {
    file $sshd_dir/receiving
}

secret repository {
    file $scratch/password
    escrow "safe" at attic
}

retention short {
    last 2
    at-least 1
}

STAY
  for one in "offsite rclone \"swift:backups/one\" cloud" "bucket rclone \"s3:bucket/deep/er\" cloud" \
    "away rsync \"$ssh_destination:$vault\" away-key" "repo restic \"$scratch/repository\" repository"; do
    read -r name kind remote login <<<"$one"
    printf 'target %s {\n    %s %s\n    login %s\n    at attic\n    media object\n}\n\n' "$name" "$kind" "$remote" "$login"
  done
} >"$scratch/targets.stay"
sed -e "s|/var/tmp/backstay-quickstart|$scratch|g" \
  -e "/^retention/{
r $scratch/targets.stay
N
}" -e "s|^host here|site attic\n\n&|" \
  -e "s|^    to local keep standard|&\n    copy to offsite keep short\n    copy to bucket keep short\n    copy to away keep short\n    copy to repo keep short|" \
  "$source_dir/examples/01-quickstart/quickstart.stay" >"$scratch/far.stay"
for name in offsite bucket away repo; do printf '\ndrill of-%s {\n    restore all services from %s into sandbox\n}\n' $name $name; done >>"$scratch/far.stay"
plan=$scratch/far.plan.yaml
expect 0 "$backstay" -q plan "$scratch/far.stay" -o "$plan"
expect 0 "$backstay" store init "$plan"
lighten_restic "$scratch/repository" "$scratch/password"
at() { BACKSTAY_TEST_CLOCK=$((${1} * 86400)) "${@:2}"; } # DAY COMMAND…: that many days from now
nth() { ls "$scratch/store/records" | sed -n "$1p"; }
listed() { "$backstay" list "$plan" --from "$1" -f json | jq -r '.snapshots | sort_by(.sequence) | .[].id' | tr '\n' ' '; }
decided() { at "$1" "$backstay" prune "$plan" --target "$2" --dry-run -f json 2>/dev/null || true; }
is_listed() { [ "$(listed "$1")" = "$2" ] || die "$1 lists $(listed "$1") instead of $2"; }

for day in 0 1 2 3; do
  change_service
  expect 0 at $day "$backstay" -q run "$plan"
done
all="$(nth 1) $(nth 2) $(nth 3) $(nth 4) "
short="$(nth 3) $(nth 4) "

say "a dry run decides the same for every target, and removes nothing"
for target in offsite bucket repo; do
  output=$(decided 3 "$target")
  [ "$(jq -r '[.points[].keep] | map(tostring) | join(" ")' <<<"$output")" = "false false true true" ] || die "$target: $output"
  jq -e '.points[3].reasons | index("newest complete") and index("last 1 of 2")' <<<"$output" >/dev/null || die "$target: $output"
  jq -e '.objections | length == 1' <<<"$output" >/dev/null || die "$target: $output"
done
is_listed offsite "$all"

say "a key that may not remove says the line to change, before anything happens"
expect 7 at 3 "$backstay" prune "$plan" --target away --dry-run
says "this key may not remove copies"
says "backstay receive --store $vault --host here --may-remove"
expect 7 at 3 "$backstay" prune "$plan" --target away --confirm 0123456789ab
[ "$(ls "$scratch/store/records/$(nth 1)" | grep -c tombstone || true)" = 0 ] || die "a tombstone for what did not go"
cat >"$sshd_dir/far" <<FAR
#!/bin/bash
export BACKSTAY_TEST_CLOCK=\$(cat "$scratch/far-clock")
exec $backstay receive --store $vault --host here --may-remove --grace 2d
FAR
chmod +x "$sshd_dir/far"
echo $((3 * 86400)) >"$scratch/far-clock"
force_command "$sshd_dir/far"

say "a quarter at once is asked about; held points stay; a kill leaves each copy whole, here or there"
expect 0 at 3 "$backstay" hold add "$plan" "$(nth 2)" because "the auditors look at it"
for target in offsite bucket repo away; do
  output=$(decided 3 "$target")
  jq -e '.points[1] | .keep and (.reasons | join(" ") | contains("the auditors look at it"))' <<<"$output" >/dev/null || die "$target: $output"
  for point in prune.tombstone:1 prune.moved:1; do
    if [ $target = repo ] && [ $point = prune.tombstone:1 ]; then continue; fi
    { at 3 env BACKSTAY_FAILPOINT=$point:kill "$backstay" prune "$plan" --target "$target"; } >/dev/null 2>&1 && die "not killed at $point"
    if [ "$point" = prune.tombstone:1 ]; then is_listed "$target" "$all"; fi
  done
  is_listed "$target" "$(nth 2) $short"
  expect 0 at 3 "$backstay" prune "$plan" --target "$target"
done
expect 0 "$backstay" status "$plan"
for target in offsite bucket repo away; do says "$target: 3 complete"; done

say "what is marked comes back whole, and goes again"
for target in offsite bucket repo away; do
  expect 0 at 3 "$backstay" prune "$plan" --target "$target" --bring-back "$(nth 1)"
  is_listed "$target" "$all"
  expect 0 "$backstay" verify "$plan" "$(nth 1)" --from "$target" --level 2
  expect 0 at 3 "$backstay" prune "$plan" --target "$target"
  expect 1 at 3 "$backstay" prune "$plan" --target "$target" --bring-back "$(nth 3)"
done

say "the grace is over, but no newer copy is proven: nothing leaves for good"
expect 0 at 20 "$backstay" prune "$plan" --target offsite
says "in the trash, to be had back with --bring-back ID: 1"

say "with a newer one it does, whatever kills the sweep; parts that others need stay"
echo $((20 * 86400)) >"$scratch/far-clock"
change_service
expect 0 at 20 "$backstay" -q run "$plan"
expect 0 at 20 "$backstay" hold remove "$plan" "$(nth 2)" because "the audit is over"
for target in offsite bucket repo away; do
  for point in target.sweep.manifests:1 target.sweep.copies:1; do
    if [ $target = away ]; then continue; fi
    at 20 env BACKSTAY_FAILPOINT=$point:kill "$backstay" prune "$plan" --target "$target" --grace 2d >/dev/null 2>&1 || true
  done
  confirm=$(decided 20 "$target" | jq -r .decision)
  expect 0 at 20 "$backstay" prune "$plan" --target "$target" --grace 2d --confirm "$confirm"
  is_listed "$target" "$(nth 4) $(nth 5) "
  expect 0 "$backstay" verify "$plan" latest~1 --from "$target" --level 2
  expect 1 at 20 "$backstay" prune "$plan" --target "$target" --bring-back "$(nth 1)"
done

say "the backup's own store and the state are lost: each target alone is listed, verified, drilled and restored from"
both="$(nth 4) $(nth 5) "
mkdir "$scratch/kept"
mv "$scratch/store" "$scratch/state" "$scratch/kept"
cp -p "$scratch/config/targets/local" "$scratch/kept/local"
for target in offsite bucket repo away; do
  is_listed "$target" "$both"
  expect 0 "$backstay" verify "$plan" latest --from "$target" --level 2
  expect 0 at 20 "$backstay" drill "$plan" --drill "of-$target" --into "$scratch/sandbox"
  says ": drilled"
  expect 0 "$backstay" restore "$plan" --from "$target" --to "$scratch/beside-$target"
  cmp "$scratch/etc/notes/notes.conf" "$scratch/beside-$target$scratch/etc/notes/notes.conf"
  expect 7 at 20 "$backstay" prune "$plan" --target "$target"
  says "$scratch/store"
  is_listed "$target" "$both"
done

say "in a new store nothing proves the copies: prune keeps them all, and says why"
expect 0 "$backstay" store init "$plan" --target local
for target in offsite bucket repo away; do
  output=$(decided 20 "$target")
  jq -e '[.points[] | .keep and (.reasons | index("not verified") != null)] | length == 2 and all' <<<"$output" >/dev/null || die "$target: $output"
  expect 0 at 20 "$backstay" prune "$plan" --target "$target"
  is_listed "$target" "$both"
done

say "until somebody takes them as ours: what was read whole and is intact counts again"
expect 2 "$backstay" verify "$plan" --from offsite --level 0 --receipt
expect 2 "$backstay" verify "$plan" --receipt
for target in offsite repo away; do
  expect 0 at 20 "$backstay" verify "$plan" --from "$target" --receipt
  output=$(decided 20 "$target")
  jq -e '[.points[] | .reasons | index("not verified")] | all(. == null)' <<<"$output" >/dev/null || die "$target: $output"
  jq -e '.points[-1].reasons | index("newest complete")' <<<"$output" >/dev/null || die "$target: $output"
done
expect 0 at 20 "$backstay" verify "$plan" --from offsite --receipt
[ "$(cat "$scratch/store/records/$(tr ' ' '\n' <<<"$both" | head -n 1)"/receipt-*.json | grep -c '"target":"offsite"')" = 1 ] || die "a second receipt of the same copy"
chmod -R u+w "$scratch/store"
rm -rf "$scratch/store" "$scratch/state"
mv "$scratch/kept/store" "$scratch/kept/state" "$scratch"
cp -p "$scratch/kept/local" "$scratch/config/targets/local"

say "a clock that is wrong refuses at each target, and no confirmation helps"
for target in offsite bucket away repo; do
  expect 8 at -400 "$backstay" prune "$plan" --target "$target" --confirm "$(decided -400 "$target" | jq -r .decision)"
  says "the clock is wrong, or was"
  is_listed "$target" "$(nth 4) $(nth 5) "
done

say "points that somebody put there, dated as he likes, fill no place and push none of ours out"
before=$(decided 20 offsite | jq -c '[.points[] | [.id, .keep]]')
for day in 2026-01-01 2099-01-01; do
  forged="000000$((RANDOM % 80 + 10))-${day//-/}T000000Z-quickstart-here-0badc0de"
  swift_client download backups "one/quickstart@here/snapshots/$(nth 5)/manifest.json" -o "$scratch/forged" >/dev/null
  jq -c --arg day "$day" --arg id "$forged" '.started = $day + "T00:00:00Z" | .finished = .started | .id = $id' "$scratch/forged" >"$scratch/forged-too"
  swift_client upload backups "$scratch/forged-too" --object-name "one/quickstart@here/snapshots/$forged/manifest.json" >/dev/null
done
output=$(decided 20 offsite)
[ "$(jq -c '[.points[] | select(.id | endswith("0badc0de") | not) | [.id, .keep]]' <<<"$output")" = "$before" ] ||
  die "forged points changed what goes: $output"
for forged in $(swift_client list backups | sed -n 's|.*snapshots/\([^/]*0badc0de\)/.*|\1|p'); do
  swift_client delete backups "one/quickstart@here/snapshots/$forged/manifest.json" >/dev/null
done

say "the far side's own clock and grace decide what leaves it; its newest copy never goes"
[ -d "$vault/trash/$(nth 3)" ] || die "the vault lost what its grace keeps"
key=(ssh -F "$BACKSTAY_CONFIG_DIR/ssh_config" -o UserKnownHostsFile="$BACKSTAY_CONFIG_DIR/known_hosts"
  -o IdentitiesOnly=yes -i "$sshd_dir/receiving" "$ssh_destination")
output=$(printf 'b\nt\nd\nend\n' | "${key[@]}" "backstay-receive 1 remove $(nth 5) quickstart here" 2>&1) || true
says "it stays"
output=$(printf 'b\nt\nd\nend\n' | "${key[@]}" "backstay-receive 1 remove $(nth 4) quickstart other" 2>&1) || true
says "may not"
output=$(printf 'end\n' | "${key[@]}" "backstay-receive 1 reclaim $(nth 3) quickstart here" 2>&1) || true
says "stays"
[ -d "$vault/trash/$(nth 3)" ] || die "a host made the vault forget"

say "what the far side hides is asked about; what nothing proves stays"
sed -i '/copy to away/d; /copy to repo/d' "$scratch/far.stay"
expect 0 "$backstay" -q plan "$scratch/far.stay" -o "$scratch/less.plan.yaml"
for day in 21 22; do
  change_service
  expect 0 at $day "$backstay" -q run "$scratch/less.plan.yaml"
done
swift_client delete backups "one/quickstart@here/snapshots/$(nth 5)/manifest.json" >/dev/null
expect 8 at 22 "$backstay" prune "$plan" --target offsite
says "copies that were proven at offsite are not listed there"
rm "$scratch/store/records/$(nth 4)"/receipt-*.json
output=$(decided 22 bucket)
jq -e --arg id "$(nth 4)" '.points[] | select(.id == $id) | .keep and (.reasons | index("not verified"))' <<<"$output" >/dev/null || die "$output"

say "one manifest that cannot be read stops all of it"
echo "{" >"$scratch/broken"
swift_client upload bucket "$scratch/broken" --object-name "deep/er/quickstart@here/snapshots/$(nth 5)/manifest.json" >/dev/null
expect 7 at 22 "$backstay" prune "$plan" --target bucket
says "cannot be read"
chmod -R u+w "$vault/snapshots/$(nth 4)"
cp "$scratch/broken" "$vault/snapshots/$(nth 4)/manifest.json"
mkdir "$scratch/papers" && cp "$scratch/broken" "$scratch/papers/manifest.json" && echo >"$scratch/papers/SHA256SUMS"
(cd "$scratch/papers" && restic --no-cache -q --repo "$scratch/repository" --password-file "$scratch/password" backup . --host here \
  --tag "backstay,policy=quickstart,host=here,snapshot=$(nth 4),part=manifest")
for target in away repo; do
  before=$(listed $target)
  expect 7 at 22 "$backstay" prune "$plan" --target $target
  says "cannot be read"
  says "$(nth 4)"
  is_listed $target "$before"
done
expect 0 at 22 "$backstay" prune "$scratch/less.plan.yaml" --target local --dry-run

say "a target that others administer needs a login of theirs"
force_command "$backstay receive --store $vault --host here"
sed -i 's|^    copy to bucket|    copy to away keep short\n&|; /target away/,/^}/s|media object|&\n    deletable-by admin|' "$scratch/far.stay"
expect 0 "$backstay" -q plan "$scratch/far.stay" -o "$scratch/admin.plan.yaml"
expect 7 at 22 "$backstay" prune "$scratch/admin.plan.yaml" --target away
says "the login of this host cannot delete"
