#!/usr/bin/env bash
# The controller of examples/02-controller, as it stands, through its whole life on a machine that was really
# booted: backed up under load, lost, looked at, restored, undone, restored again (and cut short by a power
# cut), committed, drilled. At every station every file, row, account and unit is accounted for.
source "$(dirname "$0")/lib.sh"
source "$source_dir/tests/support/booted_systemd.sh"
source "$e2e_dir/mariadb_state.sh"
source "$e2e_dir/controller_machine.sh"
export -n BACKSTAY_CONFIG_DIR BACKSTAY_STATE_DIR

finish() {
  touch "$scratch/stop-writing"
  end_systemd
  clean_up
}
trap finish EXIT

# --- the load ---------------------------------------------------------------------------------------

# Transaction N moves N between two databases and notes it in two others; every 25th is an upload: first the
# image, then its row. So a number alone says what all of these tables hold.
write_load() {
  local id=0 from to image
  while [ ! -e "$scratch/stop-writing" ]; do
    id=$((id + 1))
    case $((id % 3)) in
      0) from=keystone to=nova ;;
      1) from=nova to=placement ;;
      2) from=placement to=keystone ;;
    esac
    echo "START TRANSACTION; UPDATE $from.ledger SET amount = amount - $id; INSERT INTO cinder.journal VALUES ($id);
          UPDATE $to.ledger SET amount = amount + $id; INSERT INTO placement.journal VALUES ($id); COMMIT;"
    if [ $((id % 25)) = 0 ]; then
      image=$(image_of "$id")
      printf '%s\n' "$image" >"$root/var/lib/glance/images/upload-$id"
      echo "INSERT INTO glance.uploads VALUES ($id, '$(printf '%s\n' "$image" | sha256sum | cut -d' ' -f1)');"
    fi
  done | client
}
image_of() { printf 'image %d ' $(seq "$1" $(($1 + 200))); }
transactions() { ask "SELECT COALESCE(MAX(id), 0) FROM cinder.journal"; }
wrote_more_than() { [ "$(transactions)" -gt "$1" ]; }

# The rows of all tables of the load after N transactions.
load_after() {
  awk -v n="$1" 'BEGIN {
    k = v = p = 1000000
    for (i = 1; i <= n; i++) {
      if (i % 3 == 0) { k -= i; v += i } else if (i % 3 == 1) { v -= i; p += i } else { p -= i; k += i }
    }
    printf "%d\n%d\n%d\n%d\t%d\t%d\n%d\t%d\t%d\n", k, v, p, n, 1, n, n, 1, n
  }'
}
load_now() {
  ask "SELECT amount FROM keystone.ledger; SELECT amount FROM nova.ledger; SELECT amount FROM placement.ledger;
       SELECT COUNT(*), MIN(id), MAX(id) FROM cinder.journal; SELECT COUNT(*), MIN(id), MAX(id) FROM placement.journal"
}
# Every row of an upload has its image; an image without a row is one that came while the backup ran.
uploads_are_whole() {
  local id sum rows=0
  while read -r id sum; do
    rows=$((rows + 1))
    [ "$(sha256sum <"$root/var/lib/glance/images/upload-$id" | cut -d' ' -f1)" = "$sum" ] || die "upload $id has no image"
  done < <(ask "SELECT id, sha256 FROM glance.uploads")
  [ "$rows" -gt 0 ] || die "nothing was uploaded"
}

# --- what is compared -------------------------------------------------------------------------------

# All of the server but the tables of the load, whose rows load_after() knows, and an account that somebody makes
# by hand: a restore takes no account away.
load_tables='keystone\.ledger|nova\.ledger|placement\.ledger|cinder\.journal|placement\.journal|glance\.uploads'
server_without_load() { state_of_server | grep -v -P "^($load_tables)\t|\`by-hand\`"; }
paths() { fingerprint_of $(controller_paths) | grep -v -e 'images/upload-' -e var/lib/nova/instances; }
# Everything on the machine but what the machine itself and Backstay write.
everything() {
  fingerprint_of etc var | grep -v -E '(^|  )(var/lib/(backstay|mysql|systemd|private)|var/(backups|cache|tmp|log/(journal|mysql))|etc/(\.pwd\.lock|machine-id|resolv\.conf))'
  (cd "$root" && find etc/mysql etc/keystone etc/nova var/lib/glance -printf '%p %i\n' | sort)
  state_of_server_or_blank
  unit_states
}
state_of_server_or_blank() { { state_of_server || true; } 2>/dev/null; }
is() { # STATION WHAT
  "${3:-everything}" | diff "$scratch/$1" - | cut -c1-300 >"$scratch/difference" || true
  [ ! -s "$scratch/difference" ] || die "$2: $(head -40 "$scratch/difference")"
}
restored_as_backed_up() {
  is paths "$1: the files differ" paths
  is server "$1: the server differs" server_without_load
  is units "$1: the units are not as they were" unit_states
  load_now | diff "$scratch/load" - || die "$1: the load is not of one instant"
  uploads_are_whole
  [ -z "$(diff <(sha256sum <"$scratch/disk") <(sha256sum <"$root/var/lib/nova/instances/i1/disk"))" ] ||
    die "$1: the disk of a running instance was touched"
}
# In the log, what a service needs answers its check before any unit of it starts.
started_in_order() {
  awk -v needs="placement:keystone glance:keystone cinder:keystone cinder:glance neutron:keystone nova:keystone nova:placement nova:glance nova:neutron nova:cinder heat:keystone heat:nova swift:keystone ceilometer:keystone" '
    BEGIN { count = split(needs, pairs, " ") }
    $1 == "check" { checked[$2] = 1 }
    $1 == "start" {
      started[$2] = 1
      for (i = 1; i <= count; i++) {
        split(pairs[i], pair, ":")
        if (pair[1] == $2 && !checked[pair[2]]) { print $3 " was started before " pair[2] " answered"; bad = 1 }
      }
    }
    END { for (i in started) n++; if (n != 9) { print n " services were started"; bad = 1 } exit bad }' "$root/srv/log" ||
    die "not in the order of what they need"
}
nothing_is_left() {
  local found
  found=$(cd "$root" && find etc var/lib var/log \( -path var/lib/backstay -o -path var/lib/mysql \) -prune -o \
    \( -name '*.orig-*' -o -name '.backstay*' -o -name '*backstay-new*' -o -name 'backstay-restore.conf' \) -print)
  [ -z "$found" ] || die "$1 left $found"
  found=$(ask "SELECT SCHEMA_NAME FROM information_schema.SCHEMATA WHERE SCHEMA_NAME LIKE '%\_\_backstay\_%' OR SCHEMA_NAME LIKE '%\_\_orig\_%'")
  [ -z "$found" ] || die "$1 left the databases $found"
}

# --- the journey ------------------------------------------------------------------------------------

say "a controller is installed and runs"
make_controller
cp "$root/var/lib/nova/instances/i1/disk" "$scratch/disk"
plan=/srv/controller.plan.yaml
cp "$source_dir/examples/02-controller/controller.stay" "$root/srv/controller.stay"
expect 0 tool plan /srv/controller.stay -o $plan
expect 0 tool store init $plan
expect 0 tool run $plan --dry-run
[ ! -e "$root/srv/log" ] || die "a dry run touched a service"

say "backed up under load"
write_load &
writer=$!
wait_for "the first uploads" wrote_more_than 100
expect 0 tool run $plan
first=$(tool list $plan --format json | jq -r '.snapshots[0].id')
wait_for "writes after the backup" wrote_more_than "$(($(transactions) + 50))"
touch "$scratch/stop-writing"
wait "$writer" || die "the load failed"
expect 0 tool verify $plan "$first" --level 2
paths >"$scratch/paths"
server_without_load >"$scratch/server"
unit_states >"$scratch/units"
[ "$(wc -l <"$scratch/paths")" -gt 100 ] && [ "$(wc -l <"$scratch/server")" -gt 150 ] || die "too little to compare"
grep -q '^ActiveState=inactive' "$scratch/units" && grep -q '^UnitFileState=disabled' "$scratch/units" ||
  die "no unit is stopped or disabled"

say "everything is lost; a new machine, with the packages, the store and the plan"
in_systemd systemctl kill --signal=KILL $(all_controller_units) mariadb 2>/dev/null || true
in_systemd systemctl stop $(all_controller_units) mariadb
in_systemd systemctl disable -q $(all_controller_units) mariadb
in_systemd systemctl reset-failed
(cd "$root" && rm -rf etc/mysql etc/backstay $(printf 'etc/%s var/log/%s ' {keystone,placement,glance,cinder,neutron,nova,heat,swift,ceilometer}{,}) \
  var/lib/{mysql,backstay,keystone,placement,glance,cinder,neutron,heat,swift,ceilometer})
(cd "$root/var/lib/nova" && find . -mindepth 1 -maxdepth 1 ! -name instances -exec rm -rf {} +)
install_defaults
new_server
# Somebody began by hand before reaching for the backup.
ask "CREATE DATABASE nova; CREATE TABLE nova.instances (id int); INSERT INTO nova.instances VALUES (4711); CREATE USER \`by-hand\`@localhost IDENTIFIED BY 'new'"
echo 'a note of that night' >"$root/etc/nova/notes"
rm -f "$root/srv/log"
everything >"$scratch/lost"

say "a dry run on the new machine: every place and command, and nothing is changed"
expect 0 tool restore $plan --in-place --dry-run
says "/etc/keystone"
says "systemctl start nova-api.service"
says "nova-novncproxy.service"
says "mysqld.sock"
is lost "a dry run changed something"
[ ! -e "$root/srv/log" ] || die "a dry run touched a service"

say "restored in place"
expect 0 tool restore $plan --in-place --yes
load_after "$(ask "SELECT MAX(id) FROM placement.journal")" >"$scratch/load"
restored_as_backed_up "restored"
started_in_order
cp -a "$root/srv/log" "$scratch/log.first"
expect 0 tool status $plan

say "undone: the machine of that night, with its notes, rows and units"
expect 7 tool restore --undo latest
says "discards what they wrote"
expect 0 tool restore --undo latest --discard-later
is lost "the undo did not bring back what was there"
nothing_is_left "the undo"

say "restored again; the power fails in the middle, and no service starts on half a restore"
rm -f "$root/srv/log"
in_systemd env BACKSTAY_FAILPOINT=restore-mariadb.renamed:4:kill /usr/local/bin/backstay restore $plan --in-place --yes \
  >"$scratch/cut.log" 2>&1 && die "the failpoint did not kill the restore: $(tail -5 "$scratch/cut.log")"
in_systemd systemctl enable -q mariadb nova-api
reboot_systemd
[ "$(in_systemd systemctl is-active nova-api)" = inactive ] || die "nova-api started on half a restore"
expect 0 tool status $plan
[[ $output == "RESTORE INCOMPLETE"* ]] || die "the status does not begin with it: $output"
expect 7 tool run $plan
expect 0 tool restore $plan --in-place --yes
restored_as_backed_up "cut short and gone on with"
started_in_order

say "committed: what was set aside is gone, and nothing else"
expect 0 tool restore --commit latest
nothing_is_left "the commit"
restored_as_backed_up "committed"

say "the machine starts anew, and everything with it"
reboot_systemd
in_systemd systemctl start heat-api nova-novncproxy 2>/dev/null || true

say "the same snapshot, drilled beside the running services"
rm -f "$root/srv/log"
{
  cat "$source_dir/examples/02-controller/controller.stay"
  printf 'schedule weekly {\n    every sat at 10:00\n    window 4h\n}\n'
  printf 'drill weekly-restore {\n    run weekly\n    restore all services from local into sandbox\n'
  printf '    expect rows nova.instances at-least 8000\n    expect file /etc/keystone/fernet-keys/0\n'
  printf '    expect file /etc/keystone/credential-keys/0\n}\n'
} >"$root/srv/drilled.stay"
expect 0 tool -q plan /srv/drilled.stay -o /srv/drilled.plan.yaml
expect 0 tool drill /srv/drilled.plan.yaml --snapshot "$first"
says "$first: drilled"
says "nova.instances has 8000 rows"
[ ! -e "$root/srv/log" ] || die "the drill touched a service: $(cat "$root/srv/log")"
is server "the drill touched the server" server_without_load
is paths "the drill touched the files" paths
evidence=$root/var/backups/backstay/records/$first/drill-1.json
[ "$(jq '[.databases[]] | length' "$evidence")" = 9 ] || die "not nine databases: $(cat "$evidence")"
[ "$(jq '[.databases[] | select(.database == "cinder") | .rows] | length' "$evidence")" = 1 ] || die "no rows of cinder"
expect 0 tool status /srv/drilled.plan.yaml
says "drilled, $first"
