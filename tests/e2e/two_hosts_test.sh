#!/usr/bin/env bash
# Two hosts, and two policies of one host, have one directory, one rsync receiver, one rclone prefix and one restic
# repository: the same files everywhere, which tempts to share them. Runs at the same moment, prunes by each: nobody
# links, overwrites, hides or removes what is of another.
source "$(dirname "$0")/lib.sh"
BACKSTAY_CONFIG_DIR=$scratch/alpha/config
mkdir -p "$BACKSTAY_CONFIG_DIR"
source "$e2e_dir/sshd_server.sh"

"$source_dir/examples/01-quickstart/make-service" "$scratch"
vault=$scratch/vault
mkdir -p "$vault" "$scratch/cloud"
start_sshd "$vault" --may-remove --grace 1d
cat >"$sshd_dir/far" <<FAR
#!/bin/bash
export BACKSTAY_TEST_CLOCK=\$(cat "$scratch/far-clock")
exec $backstay receive --store $vault --may-remove --grace 1d
FAR
chmod +x "$sshd_dir/far"
echo 0 >"$scratch/far-clock"
force_command "$sshd_dir/far"
mkdir -p "$scratch/beta/config"
cp "$BACKSTAY_CONFIG_DIR"/{ssh_config,known_hosts} "$scratch/beta/config"
(umask 077 && printf '[here]\ntype = local\n' >"$scratch/rclone.conf" && echo "a long password 4711" >"$scratch/password")

make_policy() { # POLICY HOST
  {
    cat <<STAY
site attic

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

STAY
    for one in "cloud rclone \"here:$scratch/cloud/shared\" cloud" "away rsync \"$ssh_destination:$vault\" away-key" \
      "repo restic \"$scratch/repository\" repository"; do
      read -r name kind remote login <<<"$one"
      printf 'target %s {\n    %s %s\n    login %s\n    at attic\n    media object\n}\n\n' "$name" "$kind" "$remote" "$login"
    done
    printf 'target second {\n    directory %s/second on %s\n    media tape\n}\n\n' "$scratch" "$2"
  } >"$scratch/targets.stay"
  sed -e "s|/var/tmp/backstay-quickstart|$scratch|g; s|^policy quickstart|policy $1|; s|^host here|host $2|; s|on here$|on $2|" \
    -e 's|^    daily 7$|    last 2|; s|^    weekly 4$||; s|^    at-least 3$|    at-least 1|' "$source_dir/examples/01-quickstart/quickstart.stay" |
    sed -e "/^retention/{
r $scratch/targets.stay
N
}" -e "s|^    to local keep standard|&\n    copy to second keep standard\n    copy to cloud keep standard\n    copy to away keep standard\n    copy to repo keep standard|" \
      >"$scratch/$1@$2.stay"
  expect 0 as "$1@$2" "$backstay" -q plan "$scratch/$1@$2.stay" -o "$scratch/$1@$2.yaml"
}
as() { # POLICY@HOST COMMAND…: on that host
  BACKSTAY_CONFIG_DIR=$scratch/${1#*@}/config BACKSTAY_STATE_DIR=$scratch/${1#*@}/state "${@:2}"
}
at() { # DAY POLICY@HOST VERB [WORDS…]: that many days from now; the plan is its first word
  BACKSTAY_TEST_CLOCK=$(($1 * 86400)) as "$2" "$backstay" -q "$3" "$scratch/$2.yaml" "${@:4}"
}
everybody="shop@alpha shop@beta till@alpha"
places="local second cloud away repo"
for who in $everybody; do
  make_policy "${who%@*}" "${who#*@}"
  expect 0 as "$who" "$backstay" -q store init "$scratch/$who.yaml"
done
lighten_restic "$scratch/repository" "$scratch/password"
ids_at() { # POLICY@HOST PLACE
  local from=()
  [ "$2" = local ] || from=(--from "$2")
  at 0 "$1" list "${from[@]}" -f json | jq -r --arg policy "${1%@*}" --arg host "${1#*@}" \
    '.snapshots | sort_by(.sequence) | .[] | select(.policy == $policy and .host == $host) | .id'
}
is_whole() { # POLICY@HOST PLACE NUMBER: it has so many points there; the oldest, which goes first, is intact
  local id from=() ids
  [ "$2" = local ] || from=(--from "$2")
  ids=$(ids_at "$1" "$2")
  [ "$(wc -w <<<"$ids")" = "$3" ] || die "$1 has $(wc -w <<<"$ids") points at $2 instead of $3: $ids; decided: $(cat "$scratch/decided" 2>/dev/null)"
  id=$(head -n 1 <<<"$ids")
  expect 0 at 0 "$1" verify "$id" "${from[@]}" --level 2
}

say "they run one after the other, at the same moment, and one after the other"
for who in $everybody; do expect 0 at 0 "$who" run; done
echo 86400 >"$scratch/far-clock"
echo "day 1" >>"$scratch/etc/notes/notes.conf"
pids=()
for who in $everybody; do
  at 1 "$who" run >"$scratch/$who.log" 2>&1 &
  pids+=($!)
done
# A restic repository is checked by one at a time: who comes second fails there, says so, and copies it the next time.
for pid in "${pids[@]}"; do wait "$pid" || true; done
echo $((2 * 86400)) >"$scratch/far-clock"
for who in $everybody; do expect 0 at 2 "$who" run; done
for who in $everybody; do
  for place in $places; do
    is_whole "$who" "$place" 3
  done
done

say "nobody has a file in common with another"
inodes() { find "$@" -type f -path '*/data/*' -printf '%i\n' | sort -u; }
for store in "$scratch/store" "$scratch/second" "$vault"; do
  for one in $everybody; do
    for other in $everybody; do
      [ "$one" != "$other" ] || continue
      common=$(comm -12 <(inodes "$store"/snapshots/*-"${one%@*}-${one#*@}"-*) <(inodes "$store"/snapshots/*-"${other%@*}-${other#*@}"-*))
      [ -z "$common" ] || die "$one and $other share files in $store"
    done
  done
done

say "what one prunes is its own, at every place; what is of others stays, listed and intact"
prune_all() { # DAY POLICY@HOST PLACE
  local code=0 report
  report=$(at "$1" "$2" prune --target "$3" --grace 1d -f json 2>"$scratch/prune.log") || code=$?
  if [ "$code" = 8 ]; then
    code=0
    report=$(at "$1" "$2" prune --target "$3" --grace 1d --confirm "$(jq -r .decision <<<"$report")" -f json 2>"$scratch/prune.log") || code=$?
  fi
  [ "$code" = 0 ] || die "prune of $2 at $3 ended with $code: $(cat "$scratch/prune.log")"
  jq -c ".points[] | [.id[0:8], .keep, .reasons]" <<<"$report" >"$scratch/decided"
  [ "$(jq -r '[.points[].id] | sort | join(" ")' <<<"$report")" = "$(ids_before "$2" "$3")" ] ||
    die "the prune of $2 at $3 decides about others: $report"
}
ids_before() { sort <<<"${before[$1$2]}" | xargs; }
declare -A before
who=shop@alpha
for place in second cloud away repo local; do
  before[$who$place]=$(ids_at "$who" "$place")
  prune_all 2 "$who" "$place"
  is_whole "$who" "$place" 2
done
# Grace is over, and what was marked leaves for good.
echo $((9 * 86400)) >"$scratch/far-clock"
expect 0 at 9 "$who" run
for place in second cloud away repo local; do
  before[$who$place]=$(ids_at "$who" "$place")
  prune_all 9 "$who" "$place"
  is_whole "$who" "$place" 2
  prune_again() { before[$who$place]=$(ids_at "$who" "$place"); prune_all "$1" "$who" "$place"; }
  echo $((12 * 86400)) >"$scratch/far-clock"
  prune_again 12
  for other in shop@beta till@alpha; do is_whole "$other" "$place" 3; done
done

say "nobody takes back, holds off or removes what another one's prune has"
id=$(ids_at shop@beta local | head -n 1)
for place in local second cloud away repo; do
  if output=$(at 12 shop@alpha prune --target "$place" --bring-back "$id" 2>&1); then die "alpha brought $id back at $place: $output"; fi
done

say "a clone, which bears a name of another: both are told, and neither prunes what is of the other"
mkdir -p "$scratch/clone/config"
cp "$scratch/alpha/config"/{ssh_config,known_hosts} "$scratch/clone/config"
sed -e "s|$scratch/store|$scratch/clone/store|; s|$scratch/second|$scratch/clone/second|; /copy to second/d; /copy to away/d; /copy to repo/d" "$scratch/shop@alpha.stay" >"$scratch/shop@clone.stay"
expect 0 as shop@clone "$backstay" -q plan "$scratch/shop@clone.stay" -o "$scratch/shop@clone.yaml"
expect 0 as shop@clone "$backstay" -q store init "$scratch/shop@clone.yaml"
run_of() { BACKSTAY_TEST_CLOCK=$(($1 * 86400)) as "$2" "$backstay" run "$scratch/$2.yaml"; } # DAY POLICY@HOST, with warnings
expect 0 run_of 13 shop@clone
says_not "another machine"
clones=$(at 0 shop@clone list -f json | jq -r '.snapshots[0].id')
expect 0 run_of 13 shop@alpha
says "another machine is called alpha too"
says "$clones"
expect 0 run_of 14 shop@clone
says "another machine is called alpha too"
output=$(at 14 shop@alpha prune --target cloud --dry-run -f json 2>/dev/null || true)
jq -e --arg id "$clones" '.points[] | select(.id == $id) | .keep and (.reasons | index("not verified"))' <<<"$output" >/dev/null ||
  die "a point of the clone goes: $output"

say "two machines of one name in one directory, and in one second directory: told, and no prune takes what is of the other"
for one in first twin; do
  mkdir -p "$scratch/$one/config"
  cp "$scratch/alpha/config"/{ssh_config,known_hosts} "$scratch/$one/config"
  sed -e "s|$scratch/store|$scratch/shared|; /copy to [car]/d; /copy to second/d" "$scratch/shop@alpha.stay" >"$scratch/shop@$one.stay"
  expect 0 as "shop@$one" "$backstay" -q plan "$scratch/shop@$one.stay" -o "$scratch/shop@$one.yaml"
  expect 0 as "shop@$one" "$backstay" -q store init "$scratch/shop@$one.yaml"
done
expect 0 run_of 20 shop@first
mkdir -p "$scratch/twin/state" && cp -a "$scratch/first/state/." "$scratch/twin/state/" # the machine is cloned here
expect 0 run_of 21 shop@first
says_not "another machine"
own=$(at 0 shop@first list -f json | jq -r '.snapshots[0].id')
expect 0 run_of 22 shop@twin
says "another machine is called alpha too"
says "$own"
expect 0 run_of 23 shop@twin
says_not "another machine"
expect 0 run_of 24 shop@first
says "2 points in \`$scratch/shared\` bear the name of this host and were not made here"
left_alone() { # POLICY@HOST PLACE NUMBER: so many points are not its own
  output=$(at 30 "$1" prune --target "$2" --dry-run -f json 2>/dev/null || true)
  jq -e --argjson number "$3" '[.points[] | select(.keep and (.reasons | index("left alone: another machine of this name made it")))] |
    length == $number' <<<"$output" >/dev/null || die "$1 has not $3 points left alone at $2: $output"
}
left_alone shop@first local 2
left_alone shop@twin local 1
output=$(as shop@first "$backstay" doctor "$scratch/shop@first.yaml" || true)
says "another machine is called alpha too"
for one in first twin; do
  sed -e "s|$scratch/shared|$scratch/$one/store|; s|^    to local keep standard|&\n    copy to second keep standard|; s|$scratch/second|$scratch/shared-second|" \
    -i "$scratch/shop@$one.stay"
  expect 0 as "shop@$one" "$backstay" -q plan "$scratch/shop@$one.stay" -o "$scratch/shop@$one.yaml"
  expect 0 as "shop@$one" "$backstay" -q store init "$scratch/shop@$one.yaml"
done
for day in 25:first 26:twin; do
  expect 0 run_of "${day%:*}" "shop@${day#*:}"
  says_not "another machine"
done
expect 0 run_of 27 shop@first
says "1 point in \`$scratch/shared-second\` bears the name of this host and was not made here"
left_alone shop@first second 1
