#!/usr/bin/env bash
# A first policy for a host as it is: drafted, checked, planned, run, lost and restored, with nothing
# edited; a dead machine below another root; and nothing written over, nothing secret told.
#
# Runs in a mount namespace of its own: /etc, /var and /run are the test's, nothing of the machine changes.
set -euo pipefail
source "$(dirname "$0")/../support/own_namespaces.sh"
enter_own_namespaces -- "$@"
source "$(dirname "$0")/lib.sh"
source "$e2e_dir/mariadb_server.sh"
unset BACKSTAY_CONFIG_DIR BACKSTAY_STATE_DIR
finish() {
  stop_server KILL
  clean_up
}
trap finish EXIT

# --- a small machine of our own -----------------------------------------------------------------------

mkdir -p "$scratch/etc" "$scratch/var-lib" "$scratch/var-log" "$scratch/var-backups" "$scratch/policies"
cp -a /etc/passwd /etc/group /etc/nsswitch.conf /etc/os-release /etc/alternatives "$scratch/etc/"
mkdir "$scratch/var-lib/dpkg" && cp /var/lib/dpkg/status "$scratch/var-lib/dpkg/"
mount --bind "$scratch/etc" /etc
mount --bind "$scratch/var-lib" /var/lib
mount --bind "$scratch/var-log" /var/log
mount --bind "$scratch/var-backups" /var/backups
mount -t tmpfs -o mode=0755 tmpfs /run
echo small1 >/etc/hostname

# snapshot_of_etc DIR…: what init must not change.
print_of() { find "$@" -printf '%p %m %u %g %s %T@ %y\n' 2>/dev/null | sort; }

say "an empty host: a policy for /etc, which says what it is not"
before=$(print_of /etc /var/lib /var/backups)
expect 0 "$backstay" init "$scratch/policies" -o "$scratch/policies/empty.stay"
[ "$before" = "$(print_of /etc /var/lib /var/backups)" ] || die "init changed the machine"
expect 0 "$backstay" check --deny warnings "$scratch/policies/empty.stay"
grep -q 'path /etc as etc' "$scratch/policies/empty.stay" || die "$(cat "$scratch/policies/empty.stay")"
grep -q 'Seen, and not taken' "$scratch/policies/empty.stay" || die "it does not say what it left out"
expect 1 "$backstay" init --openstack "$scratch/policies"
says "no service of OpenStack was found"

say "a controller with keystone, glance, nova, a wiki, and a small service with SQLite"
install_service() { # NAME UNIT…: its unit files, enabled
  local unit
  mkdir -p /etc/systemd/system/multi-user.target.wants
  for unit in "${@:2}"; do
    printf '[Service]\nExecStart=/bin/true\n' >"/etc/systemd/system/$unit.service"
    ln -sf "/etc/systemd/system/$unit.service" "/etc/systemd/system/multi-user.target.wants/$unit.service"
  done
}
install_service keystone keystone
install_service glance glance-api
install_service nova nova-api nova-conductor nova-scheduler nova-novncproxy
install_service mariadb mariadb
install_service grafana grafana-server
for service in keystone glance nova; do
  mkdir -p "/etc/$service" "/var/lib/$service"
  printf '[DEFAULT]\n[database]\nconnection = mysql+pymysql://%s:t0p-secret@localhost/%s\n' "$service" "$service" \
    >"/etc/$service/$service.conf"
done
printf '[api_database]\nconnection = mysql+pymysql://nova:t0p-secret@localhost/nova_api\n' >>/etc/nova/nova.conf
mkdir -p /etc/keystone/{fernet,credential}-keys /var/lib/nova/instances/i1 /var/lib/glance/images /etc/mysql /var/lib/grafana
head -c 44 /dev/urandom >/etc/keystone/fernet-keys/0
head -c 44 /dev/urandom >/etc/keystone/credential-keys/0
echo disk >/var/lib/nova/instances/i1/disk
head -c 100000 /dev/urandom >/var/lib/glance/images/i1
python3 - <<'PY'
import sqlite3
db = sqlite3.connect("/var/lib/grafana/grafana.db")
db.execute("create table dashboard (id integer, title text)")
db.executemany("insert into dashboard values (?, ?)", [(n, f"board {n}") for n in range(500)])
db.commit()
PY
start_server
for name in keystone glance nova nova_api nova_cell0 wiki; do
  ask "CREATE DATABASE $name; USE $name; CREATE TABLE $name.t (id int primary key, v varchar(40)); INSERT INTO $name.t SELECT seq, CONCAT('$name', seq) FROM seq_1_to_300"
done

say "init looks at it and changes nothing but the one new file"
policy=$scratch/policies/small1.stay

before=$(print_of /etc /var/lib/keystone /var/lib/glance /var/lib/nova /var/lib/grafana /var/backups)
expect 0 "$backstay" init --openstack "$scratch/policies" -o "$scratch/policies/openstack.stay"
expect 0 "$backstay" init "$scratch/policies" -o "$policy"
says "database servers: control-db"
[ "$before" = "$(print_of /etc /var/lib/keystone /var/lib/glance /var/lib/nova /var/lib/grafana /var/backups)" ] || die "init changed the machine"
for text in 'from openstack.nova {' 'from openstack.keystone {' 'service grafana {' 'sqlite /var/lib/grafana/grafana.db' \
  'database all on control-db' 'no service above names: wiki' 'nova.conf:3: mysql+pymysql at localhost, database nova' \
  'except /etc/nova because'; do
  grep -qF -- "$text" "$policy" || die "the policy lacks '$text':"$'\n'"$(cat "$policy")"
done
! grep -rqF t0p-secret "$scratch/policies" || die "a password is in the policy"
! grep -q '^    sqlite' "$scratch/policies/openstack.stay" || die "--openstack takes what is no OpenStack"
expect 0 "$backstay" init -f json
says_not "t0p-secret"
jq -e '.servers[0].reached and (.servers[0].databases | length == 6) and (.connections | length == 4)' <<<"$output" >/dev/null || die "$output"
for each in "$policy" "$scratch/policies/openstack.stay"; do
  expect 0 "$backstay" check --deny warnings "$each"
  expect 0 "$backstay" fmt --check "$each"
done

say "what is there is never written over"
cp "$policy" "$scratch/kept"
expect 2 "$backstay" init -o "$policy"
says "never written over"
cmp "$policy" "$scratch/kept" || die "init wrote over a policy"
ln -s /nowhere "$scratch/policies/link.stay"
expect 2 "$backstay" init -o "$scratch/policies/link.stay"
[ ! -e /nowhere ] || die "init wrote through a link"

say "plan, store, run: nothing was edited"
plan=$scratch/small1.plan.yaml
expect 0 "$backstay" plan "$policy" -o "$plan"
expect 0 "$backstay" store init "$plan"
expect 0 "$backstay" run "$plan" --dry-run
expect 0 "$backstay" run "$plan"
expect 0 "$backstay" verify "$plan" latest --level 2

say "lost, and restored"
state() {
  local name
  for name in keystone glance nova nova_api nova_cell0 wiki; do ask "SELECT '$name', COUNT(*), SUM(CRC32(v)) FROM $name.t"; done
  python3 -c 'import sqlite3; print(sqlite3.connect("/var/lib/grafana/grafana.db").execute("select count(*), max(title) from dashboard").fetchall())'
  find /etc/keystone /etc/glance /etc/nova /var/lib/glance /etc/systemd -type f -exec sha256sum {} + | sort
}
state >"$scratch/before"
[ "$(wc -l <"$scratch/before")" -gt 15 ] || die "there is too little to compare"
for name in keystone nova wiki; do ask "DROP DATABASE $name"; done
rm -rf /etc/keystone /etc/nova /var/lib/glance /etc/systemd /var/lib/grafana/grafana.db
# systemd does not run here: the units are stopped and started by nobody, which a restore says.
code=0
output=$("$backstay" restore "$plan" --in-place --yes 2>&1) || code=$?
[ "$code" = 0 ] || die "exit $code of the restore: $output"
state | diff "$scratch/before" - || die "not everything came back"
[ "$(cat /var/lib/nova/instances/i1/disk)" = disk ] || die "a disk of an instance was touched"

say "a server that wants a login is declared with one"
ask "ALTER USER root@localhost IDENTIFIED BY 'r00t-secret'"
expect 0 "$backstay" init -o "$scratch/policies/login.stay"
says_not "r00t-secret"
grep -q 'login db-login' "$scratch/policies/login.stay" || die "$(cat "$scratch/policies/login.stay")"
expect 0 "$backstay" check --deny warnings "$scratch/policies/login.stay"

say "a dead machine below another root, with links that would lead out of it"
dead=$scratch/dead
mkdir -p "$dead/etc" "$dead/var/lib/mysql/mysql" "$dead/usr/lib/systemd/system"
cp -a /etc/hostname /etc/keystone "$dead/etc/"
echo dead1.example.org >"$dead/etc/hostname"
touch "$dead/usr/lib/systemd/system/keystone.service" "$dead/usr/lib/systemd/system/glance-api.service"
ln -s /../../../../etc/glance "$dead/etc/glance"   # leads to the dead machine's own, which is not there
mkfifo "$dead/etc/keystone/pipe.conf"
head -c 3000000 /dev/zero >"$dead/etc/keystone/huge.conf"
expect 0 timeout 20 "$backstay" init --root "$dead" "$scratch/policies"
says "wrote $scratch/policies/dead1.stay"
says "huge.conf"
grep -q 'service keystone from openstack.keystone' "$scratch/policies/dead1.stay" || die "$(cat "$scratch/policies/dead1.stay")"
! grep -q 'glance' "$scratch/policies/dead1.stay" || die "a link led out of the root"
expect 0 "$backstay" check --deny warnings "$scratch/policies/dead1.stay"
expect 1 "$backstay" init --root "$scratch/nowhere"
expect 0 "$backstay" init --root "$dead" -o -
says "service keystone from openstack.keystone"

say "services whose units the library does not know (venvs, containers without units): their databases are not lost"
osa=$scratch/osa
mkdir -p "$osa/etc/keystone" "$osa/etc/glance" "$osa/etc/nova" "$osa/etc/kolla/heat-api" "$osa/etc/systemd/system/multi-user.target.wants" "$osa/var/lib/"{glance/images,nova}
echo infra1 >"$osa/etc/hostname"
for unit in keystone-wsgi-public glance-api nova-api-os-compute nova-conductor; do
  printf '[Service]\nExecStart=/openstack/venvs/%s\n' "$unit" >"$osa/etc/systemd/system/$unit.service"
  ln -s "/etc/systemd/system/$unit.service" "$osa/etc/systemd/system/multi-user.target.wants/"
done
connect() { # FILE SECTION PASSWORD HOST DATABASE
  printf '[%s]\nconnection = mysql+pymysql://user:%s@%s/%s?charset=utf8&ssl_ca=/etc/ssl/ca.pem\n' "$2" "$3" "$4" "$5" >>"$osa/etc/$1"
}
connect keystone/keystone.conf database 't0p@secret/?#;"' 172.29.236.9 keystone
connect glance/glance-api.conf database 't0p-secret%40' 172.29.236.9:3306 glance
for each in database/nova api_database/nova_api cell0/nova_cell0; do connect nova/nova.conf "${each%/*}" t0p-secret 172.29.236.9 "${each#*/}"; done
connect kolla/heat-api/heat.conf database t0p-secret 10.0.0.10 heat
expect 0 "$backstay" init --root "$osa" -o "$scratch/policies/infra1.stay"
for text in 'service db-2-others {' 'service control-db-others {' 'database heat on ' 'database keystone on ' 'service glance from openstack.glance {' \
  'service nova from openstack.nova {'; do
  grep -qF -- "$text" "$scratch/policies/infra1.stay" || die "the policy lacks '$text':"$'\n'"$(cat "$scratch/policies/infra1.stay")"
done
! grep -qE 't0p|secret/' "$scratch/policies/infra1.stay" || die "a password is in the policy"
expect 0 "$backstay" check --deny warnings "$scratch/policies/infra1.stay"
chmod 0 "$osa/etc/glance"
expect 0 setpriv --bounding-set -dac_override,-dac_read_search "$backstay" init --root "$osa" -o -
says "\`/etc/glance\` cannot be listed"
