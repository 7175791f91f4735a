#!/usr/bin/env bash
# A month of nights on the controller of examples/02: every night something changes, a backup runs, copies go to a
# second directory, to a machine behind sshd, to a Swift and each week to a restic repository, and all of them are
# pruned; some nights something breaks, and on one the catalogue is lost. What is checked each night: no night is green
# whose point does not verify, a random earlier point too; no prune leaves less than the policy keeps; the status says
# what is so. Then everything of the machine is lost, and comes back from each copy by the approved plan, and from two
# of them by hand.
#
# With fewer than twenty nights (MONTH_NIGHTS) the same faults stand closer together, and the policy keeps less.
#
# The nights are those of a clock that is moved (BACKSTAY_TEST_CLOCK); programs, servers and disks are real.
# Runs in a mount namespace of its own: /etc, /var and /run are the test's, nothing of the machine changes.
set -euo pipefail
source "$(dirname "$0")/../support/own_namespaces.sh"
enter_own_namespaces --uts -- "$@"
hostname ctl01
source "$(dirname "$0")/lib.sh"
source "$e2e_dir/mariadb_server.sh"
source "$e2e_dir/mariadb_state.sh"
source "$source_dir/tests/support/swift_server.sh"
BACKSTAY_CONFIG_DIR=/etc/backstay
source "$e2e_dir/sshd_server.sh"
unset BACKSTAY_STATE_DIR AWS_CA_BUNDLE
end_month() {
  stop_sshd
  stop_swift
  stop_server KILL
  clean_up
}
trap end_month EXIT
nights=${MONTH_NIGHTS:-30}
seed=${MONTH_SEED:-1}
RANDOM=$seed
many() { [ "$nights" -ge 20 ]; } # all the nights, and time for all of it

# --- the machine, and what lies elsewhere ---------------------------------------------------------

cp -a /etc "$scratch/etc"
mkdir -p "$scratch"/{var-lib,var-log,var-backups,vault,second/place,programs}
mount --bind "$scratch/etc" /etc
mount --bind "$scratch/var-lib" /var/lib
mount --bind "$scratch/var-log" /var/log
mount -t tmpfs -o size=300M,mode=0700 tmpfs "$scratch/vault"
mount -t tmpfs -o size=400M,mode=0755 tmpfs "$scratch/var-backups"
mount --bind "$scratch/var-backups" /var/backups
mount -t tmpfs -o mode=0755 tmpfs /run
services='keystone placement glance cinder neutron nova heat swift ceilometer'
make_trees() {
  local service
  for service in $services; do
    mkdir -p "/etc/$service" "/var/log/$service"
    case $service in placement | swift | ceilometer) ;; *) mkdir -p "/var/lib/$service" ;; esac
    # Why not swift.conf: the Swift of this test reads that of the package before its own.
    printf '[database]\nconnection = mysql+pymysql://%s\n' "$service" >"/etc/$service/${service/#swift/proxy}.conf"
  done
  mkdir -p /etc/mysql /etc/keystone/{fernet,credential}-keys /var/lib/glance/images /etc/backstay
  echo '[mariadb]' >/etc/mysql/my.cnf
  head -c 44 /dev/urandom >/etc/keystone/fernet-keys/0
  head -c 44 /dev/urandom >/etc/keystone/credential-keys/0
  head -c 100000 /dev/urandom >/var/lib/glance/images/i1
  (umask 077 && printf '[client]\nuser = backstay\npassword = b-secret\n' >/etc/backstay/mariadb.cnf)
}
state_of_trees() {
  local service
  for service in $services; do
    find "/etc/$service" "/var/lib/$service" -printf '%p %m %u %g %y\n' 2>/dev/null | sort || true
    find "/etc/$service" "/var/lib/$service" -type f -exec sha256sum {} + 2>/dev/null | sort || true
  done
}
make_trees
start_server
client <"$e2e_dir/mariadb_fill.sql"
say "servers"
start_swift
(umask 077 && rclone_conf >/etc/backstay/rclone.conf && echo "a long password 4711" >/etc/backstay/repository)
start_sshd "$scratch/vault"
cp "$sshd_dir/receiving" /etc/backstay/vault.key
cat >"$sshd_dir/far" <<FAR
#!/bin/bash
# Its clock is moved too. On the night of the liar it says of every commit that it went well, and does nothing.
export BACKSTAY_TEST_CLOCK=\$(cat "$scratch/far-clock")
if [ -e "$scratch/lying" ]; then
  case \$SSH_ORIGINAL_COMMAND in *" commit "*) cat >/dev/null; printf 'ok\nend\n'; exit 0 ;; esac
fi
exec $backstay receive --store $scratch/vault --host ctl01 --may-remove --grace 3d
FAR
chmod +x "$sshd_dir/far"
echo 0 >"$scratch/far-clock"
force_command "$sshd_dir/far"

policy=$scratch/controller.stay
sed '/^backup controller {/,$d' "$source_dir/examples/02-controller/controller.stay" >"$policy"
days=7 weeks=4 # that `standard` keeps
if ! many; then
  days=3 weeks=2
  sed -i "s/^    daily 7\$/    daily $days/; s/^    weekly 4\$/    weekly $weeks/; /^    monthly 6\$/d" "$policy"
fi
cat >>"$policy" <<STAY
site attic

secret vault-key {
    file /etc/backstay/vault.key
    escrow "safe" at attic
}

secret cloud {
    file /etc/backstay/rclone.conf
    escrow "safe" at attic
}

secret repository-key {
    file /etc/backstay/repository
    escrow "safe" at attic
}

target second {
    directory $scratch/second/place on ctl01
    media disk
}

target vault {
    rsync "$ssh_destination:$scratch/vault"
    login vault-key
    at attic
    media disk
}

target offsite {
    rclone "swift:controllers/ctl01"
    login cloud
    at attic
    media object
}

target repo {
    restic "$scratch/repository"
    login repository-key
    at attic
    media disk
}

schedule weekly {
    every sun at 10:00
    window 90m
}

backup controller {
    cover all services
    run nightly
    to local keep standard
    copy to second keep standard
    copy to vault keep standard
    copy to offsite keep standard
}

backup weekly {
    cover all services
    run weekly
    to local keep standard
    copy to repo keep standard
}

require all services {
    rpo 30h
}
STAY
plan=/etc/backstay/controller.plan.yaml
expect 0 "$backstay" -q plan "$policy" -o "$plan"
expect 0 "$backstay" -q store init "$plan"
lighten_restic "$scratch/repository" /etc/backstay/repository
ssh-keygen -q -t ed25519 -N '' -C alice -f "$scratch/alice"
printf 'alice@example.org namespaces="backstay-plan" %s\n' "$(cut -d' ' -f1,2 "$scratch/alice.pub")" >/etc/backstay/allowed_signers
expect 7 "$backstay" run "$plan" --backup controller
expect 0 "$backstay" approve "$plan" --key "$scratch/alice" --until 2099-01-01
cp -a /etc/backstay "$scratch/escrow" # what is kept on paper and in the safe

# --- nights ---------------------------------------------------------------------------------------

night=0 jump=0 began=$(date +%s)
set_clock() { echo $((night * 86400 + jump)) >"$scratch/far-clock"; }
bs() { BACKSTAY_TEST_CLOCK=$((night * 86400 + jump)) "$backstay" "$@"; }
if [ -n "${MONTH_TIMES:-}" ]; then # which call costs what
  bs() {
    TIMEFORMAT="%U %S $*"
    { time BACKSTAY_TEST_CLOCK=$((night * 86400 + jump)) "$backstay" "$@" 2>&3; } 3>&2 2>>"$MONTH_TIMES"
  }
fi
points() { bs list "$plan" --backup "${2:-controller}" ${1:+--from "$1"} -f json | jq -r '.snapshots | sort_by(.sequence) | .[] | select(.partial | not) | .id'; }
newest() { points "" "${1:-controller}" | tail -1; }
receipts_of() { # SNAPSHOT TARGET: of the second directory they lie there
  local place=/var/backups/backstay said="\"target\":\"$2\""
  [ "$2" != second ] || place=$scratch/second/place said=from-store
  grep -l "$said" "$place/records/$1"/receipt-*.json 2>/dev/null | wc -l
}
declare -A made=()    # backup → lines `NIGHT ID` of its complete points, but for those of a wrong clock
declare -A removed=() # target → how many points went

change() {
  ask "INSERT INTO keystone.ledger_notes VALUES ($night, REPEAT('n', $((RANDOM % 900))))"
  ask "UPDATE nova.ledger SET amount = amount + $night"
  printf 'night = %s\n' "$night" >>/etc/nova/nova.conf
  head -c $((20000 + RANDOM)) /dev/urandom >"/var/lib/glance/images/night-$((night % 9))"
  rm -f "/var/lib/glance/images/night-$(((night + 4) % 9))"
}

# run_night BACKUP TARGETS WANTED: its exit code must be one of WANTED; green, its point must hold.
run_night() {
  local code=0 id target before
  before=$(newest "$1")
  output=$(bs -q run "$plan" --backup "$1" 2>&1) || code=$?
  [[ " $3 " == *" $code "* ]] || die "night $night: exit $code instead of $3: $output"
  status_is_true "$1" "$code"
  id=$(newest "$1")
  if [ "$id" != "$before" ] && [ "$jump" = 0 ]; then made[$1]+="$night $id"$'\n'; fi
  [ "$code" = 0 ] || return 0
  expect 0 bs verify "$plan" "$id" --backup "$1" --level 2
  for target in local $2; do
    [ "$target" = local ] || [ "$(receipts_of "$id" "$target")" = 1 ] || die "night $night is green, and $target has no receipt of $id"
  done
}

# What the status says after a run that ended with CODE.
status_is_true() {
  local code=0
  output=$(bs status "$plan" --backup "$1" --check 2>&1) || code=$?
  if [ "$2" = 0 ] && [ "$code" != 0 ]; then die "night $night was green, and the status says $output"; fi
  # A run that could not begin (exit 1) left nothing that a status reads: the promise is what tells of it.
  if [ "$2" != 0 ] && [ "$2" != 1 ] && [ "$code" != 6 ]; then die "night $night was not green (exit $2), and the status ends with $code: $output"; fi
}

# keeps BACKUP TARGET: what `standard` promises, of the points that were ever there, is listed there.
keeps() {
  local line there=
  while read -r line; do
    [ "$2" != local ] && [ "$(receipts_of "${line#* }" "$2")" = 0 ] || there+=$line$'\n'
  done < <(printf %s "${made[$1]:-}")
  python3 - "$began" "$days" "$weeks" "$there" "$(points "${2/#local/}" "$1")" <<'PYTHON' || die "night $night: $1 at $2 lacks what the policy keeps"
import datetime, sys
began, days, weeks = (int(word) for word in sys.argv[1:4])
made, listed = [line.split() for line in sys.argv[4].splitlines()], set(sys.argv[5].split())
day = lambda night: datetime.datetime.fromtimestamp(began + int(night) * 86400, datetime.timezone.utc).date()
def newest_of(bucket, count):
    newest = {}
    for night, name in made:
        newest[bucket(day(night))] = name
    return [newest[key] for key in sorted(newest)[-count:]]
wanted = set(newest_of(lambda d: d, days)) | set(newest_of(lambda d: d.isocalendar()[:2], weeks)) | {name for _, name in made[-3:]}
missing = wanted - listed
if missing:
    print("missing:", sorted(missing), file=sys.stderr)
    sys.exit(1)
PYTHON
}

# prune BACKUP TARGET [EXIT]: what asks for it is confirmed; a wrong clock is no matter of confirmation.
prune() {
  local code=0 decision report
  report=$(bs prune "$plan" --backup "$1" --target "$2" --grace 3d -f json 2>"$scratch/prune.log") || code=$?
  if [ "$code" = 8 ] && [ "${3:-0}" = 0 ]; then
    jq -e '.refusals == []' <<<"$report" >/dev/null || die "night $night: refused at $2: $(cat "$scratch/prune.log")"
    decision=$(jq -r .decision <<<"$report")
    code=0
    report=$(bs prune "$plan" --backup "$1" --target "$2" --grace 3d --confirm "$decision" -f json 2>"$scratch/prune.log") || code=$?
  fi
  [ "$code" = "${3:-0}" ] || die "night $night: prune at $2 ended with $code: $(cat "$scratch/prune.log")"
  removed[$2]=$((${removed[$2]:-0} + $(jq '.removed | length' <<<"$report")))
  keeps "$1" "$2"
}

verify_one() { # a random earlier point, of a random place
  local places=("" "" "" second vault offsite) from all
  from=${places[RANDOM % 6]}
  mapfile -t all < <(points "$from")
  [ "${#all[@]}" -gt 0 ] || return 0
  expect 0 bs verify "$plan" "${all[RANDOM % ${#all[@]}]}" --backup controller ${from:+--from "$from"} --level 2
}

# Everything that is asked of the machine, without what a later second changes by itself.
answers() {
  local verb
  for verb in "status" "list --backup controller" "list --backup weekly" "report" "prune --backup controller --target local --dry-run"; do
    bs ${verb%% *} "$plan" $([[ $verb != *" "* ]] || echo "${verb#* }") -f json 2>/dev/null || true
  done | grep -vE '"(age_seconds|answer|made|full_at_bytes|at)":'
}
lose_the_catalogue() {
  answers >"$scratch/answers.before"
  [ "$(jq -s 'length' <(bs report "$plan" -f json))" = 1 ] && [ -s "$scratch/answers.before" ] || die "night $night: nothing is answered"
  rm /var/lib/backstay/catalogue.sqlite
  expect 0 bs catalogue rebuild "$plan"
  answers >"$scratch/answers.after"
  diff "$scratch/answers.before" "$scratch/answers.after" || die "night $night: the rebuilt catalogue makes other answers"
}

ask "CREATE TABLE keystone.ledger_notes (night int, note text)"

# What happens on which night; what a wrong clock leaves behind is no night of its own.
if many; then
  declare -A faults=([4]=password [6]=catalogue [7]=cloud [8]=cloud [9]=kill [11]=line [13]=disk [15]=liar [17]=full
    [18]=unplugged [19]=behind [22]=ahead [23]=still-ahead)
else
  declare -A faults=([2]=kill [3]=password [4]="cloud liar catalogue" [5]=disk [6]="full unplugged" [7]=behind [9]=line
    [10]=ahead)
fi
is() { [[ " ${faults[$night]:-} " == *" $1 "* ]]; } # a fault of this night
break_it() {
  if is password; then sed -i 's/b-secret/wrong-secret/' /etc/backstay/mariadb.cnf && wanted="3 12"; fi # the dump fails
  if is cloud && [ ${#swift_pids[@]} -gt 0 ]; then stop_swift; fi
  if is line; then stop_sshd; fi
  if is unplugged; then mv "$scratch/second/place" "$scratch/second/away" && mkdir "$scratch/second/place"; fi
  if is disk; then dd if=/dev/zero of=/var/backups/fill bs=64K >/dev/null 2>&1 || wanted="1 3"; fi
  if is full; then dd if=/dev/zero of="$scratch/vault/fill" bs=64K >/dev/null 2>&1 || true; fi
  if is liar; then touch "$scratch/lying"; fi
  if is cloud || is line || is unplugged || is full || is liar; then far=0 wanted=3; fi
  if is behind; then jump=$((-3 * 86400)); fi # a clock that is behind
  if is ahead; then jump=$((36 * 3600)); fi   # one that is ahead: nothing is pruned until that time is over
}
mend_it() {
  if is password; then sed -i 's/wrong-secret/b-secret/' /etc/backstay/mariadb.cnf; fi
  if is cloud && [[ " ${faults[$((night + 1))]:-} " != *" cloud "* ]]; then start_swift; fi
  if is line; then run_sshd; fi
  if is unplugged; then rm -r "$scratch/second/place" && mv "$scratch/second/away" "$scratch/second/place"; fi
  rm -f /var/backups/fill "$scratch/vault/fill" "$scratch/lying"
}
kill_runs() { # in the middle, and in the copy; the night's own run comes after
  local point
  for point in run.step:7 target.commit.manifest:1; do
    { BACKSTAY_FAILPOINT=$point:kill bs -q run "$plan" --backup controller; } >/dev/null 2>&1 && die "night $night was not killed at $point"
  done
  return 0
}

for night in $(seq 1 "$nights"); do
  jump=0 far=1 wanted=0
  change
  say "night $night ${faults[$night]:-}"
  break_it
  set_clock
  if is kill; then kill_runs; fi
  if is behind; then # what the status says of such a point is not compared
    output=$(bs -q run "$plan" --backup controller 2>&1) || die "night $night: $output"
  else
    run_night controller "second vault offsite" "$wanted"
  fi
  mend_it
  clock=0
  if is behind || is still-ahead; then clock=8; fi
  if [ "$far" = 1 ] && ! is ahead; then
    prune controller local $clock
    if { many && [ $((night % 3)) = 0 ]; } || [ $clock != 0 ] || [ "$night" = 8 ]; then
      for target in second vault offsite; do prune controller $target $clock; done
    fi
    verify_one
  fi
  if is catalogue; then lose_the_catalogue; fi
  if [ $((night % 7)) = 6 ] && [ "$night" -gt 6 ]; then
    run_night weekly repo 0
    prune weekly repo
  fi
done
printf 'removed: %s\n' "$(for target in "${!removed[@]}"; do printf '%s %s, ' "$target" "${removed[$target]}"; done)"
least=$(many && echo 4 || echo 1)
for target in local second vault offsite; do [ "${removed[$target]:-0}" -ge $least ] || die "nothing was pruned at $target"; done

# --- everything is lost ---------------------------------------------------------------------------

night=$((nights + 1)) jump=0
change
set_clock
run_night controller "second vault offsite" 0
run_night weekly repo 0
many || prune controller local 8 # the clock that was ahead
state_of_server >"$scratch/server.before"
state_of_trees >"$scratch/trees.before"
hand=$(newest)
hand_weekly=$(newest weekly)
lose_everything() {
  local name
  for name in $databases; do ask "DROP DATABASE IF EXISTS $name"; done
  for name in $services; do rm -rf "/etc/$name" "/var/lib/$name"; done
  ask "DROP USER IF EXISTS keystone@'%', nova@'%', heat@'%', glance@localhost, operator@'10.0.0.%'; DROP ROLE IF EXISTS auditor, reader"
  chmod -R u+w /var/backups/backstay 2>/dev/null || true
  rm -rf /var/backups/backstay /var/lib/backstay /etc/backstay
  for name in $(ask "SELECT SCHEMA_NAME FROM information_schema.SCHEMATA WHERE SCHEMA_NAME LIKE '%\_\_orig\_%'"); do ask "DROP DATABASE \`$name\`"; done
}
is_back() {
  state_of_server | diff "$scratch/server.before" - || die "the server differs after the restore $1"
  state_of_trees | diff "$scratch/trees.before" - || die "the trees differ after the restore $1"
}
for target in $(many && echo second) vault offsite repo; do
  lose_everything
  cp -a "$scratch/escrow" /etc/backstay
  of=controller
  [ $target != repo ] || of=weekly
  expect 0 bs restore "$plan" --backup $of --from $target --in-place --yes --without-keep-current all
  is_back "from $target"
  printf 'everything came back from %s\n' "$target"
done

# by_hand WHERE: what stands in RESTORE.txt of the copy in this directory, and nothing else of ours.
by_hand() {
  local variable name
  sha256sum --quiet -c SHA256SUMS
  variable=$(sed -n 's/^# then: \(MARIADB_[a-z_]*\)=.*/\1/p' RESTORE.txt)
  [ -n "$variable" ] || die "RESTORE.txt says nothing of databases"
  env ROOT="$scratch/by-hand" \
    "$variable=mariadb --no-defaults --socket=/run/mysqld/mysqld.sock --default-character-set=utf8mb4" \
    sh RESTORE.txt >"$scratch/by-hand.out" 2>"$scratch/by-hand.log" || die "$(cat "$scratch/by-hand.log")"
  cp -a "$scratch/by-hand/etc/." /etc/
  # Not /var itself: it is the machine's, and would get the mode of ours.
  for name in lib log; do cp -a "$scratch/by-hand/var/$name/." "/var/$name/"; done
  is_back "by hand from $1"
  rm -rf "$scratch/by-hand"
}

for target in second vault; do
  many || [ $target = second ] || continue
  say "by hand, from $target"
  lose_everything
  place=$scratch/vault
  [ $target = vault ] || place=$scratch/second/place
  cd "$place/snapshots/$hand"
  by_hand $target
done

say "by hand, from the Swift: rclone brings what SHA256SUMS names"
lose_everything
export RCLONE_CONFIG=$scratch/escrow/rclone.conf
writer=swift:controllers/ctl01/controller@ctl01
mkdir "$scratch/fetched" && cd "$scratch/fetched"
rclone -q copy "$writer/snapshots/$hand" ID 2>>"$scratch/rclone.log"
sed -n 's|^\([0-9a-f]*\)  data/.*|parts/\1|p' ID/SHA256SUMS | sort -u >wanted
rclone -q copy --files-from wanted "$writer" . 2>>"$scratch/rclone.log"
cd ID
while read -r hash path; do
  case $path in data/*) mkdir -p "${path%/*}" && cp "../parts/$hash" "$path" ;; esac
done <SHA256SUMS
by_hand offsite

if many; then
  say "by hand, from the repository: restic brings the snapshot"
  lose_everything
  mkdir "$scratch/restored" && cd "$scratch/restored"
  restic_at() { restic --no-cache -q --repo "$scratch/repository" --password-file "$scratch/escrow/repository" "$@"; }
  for part in data manifest; do
    restic_at restore latest --tag "snapshot=$hand_weekly,part=$part" --target .
  done
  by_hand repo
fi
cd /
