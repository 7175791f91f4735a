#!/usr/bin/env bash
# The data files of Debian's own mariadb.service on a machine that was really booted: a restore stops the unit,
# exchanges the data directory and starts it again; a unit that was stopped stays stopped; killed in between it is
# gone on with; undone and committed.
source "$(dirname "$0")/lib.sh"
source "$source_dir/tests/support/booted_systemd.sh"
export -n BACKSTAY_CONFIG_DIR BACKSTAY_STATE_DIR

machine=$scratch/machine
root=$machine/root
finish() {
  end_systemd
  clean_up
}
trap finish EXIT

client() { in_systemd mariadb --no-defaults --socket=/run/mysqld/mysqld.sock "$@"; }
ask() { client --batch --skip-column-names --execute "$1"; }
tool() { in_systemd /usr/local/bin/backstay "$@"; }
state_of_unit() { in_systemd systemctl show --property=ActiveState --value mariadb; }

booted_make_root "$root"
rm -rf "$root/etc/mysql"
mkdir -p "$machine/local/bin" "$root"/{etc/mysql,var/lib/mysql,srv}
cp -a /etc/mysql/. "$root/etc/mysql/"
cp "$backstay" "$machine/local/bin/backstay"
cat >"$root/srv/files.stay" <<'END'
language 1
policy files
zone UTC
host here
mariadb db {
    on here
    socket /run/mysqld/mysqld.sock
    datadir /var/lib/mysql
    method physical
    units mariadb
}
service shop {
    on here
    database shop on db
}
target local {
    directory /srv/store on here
    media disk
}
schedule nightly {
    every day at 02:30
    window 1h
}
retention few {
    last 5
    at-least 1
}
backup shop {
    cover all services
    run nightly
    to local keep few
}
END
boot_systemd "$machine"
in_systemd mariadb-install-db --user=mysql --skip-test-db --auth-root-authentication-method=socket \
  >"$scratch/install.log" 2>&1 || die "$(cat "$scratch/install.log")"
in_systemd systemctl start mariadb
ask "CREATE DATABASE shop; CREATE TABLE shop.sale (id int PRIMARY KEY, t text);
     INSERT INTO shop.sale SELECT seq, REPEAT('s', 200) FROM mysql.seq_1_to_3000"
plan=/srv/files.plan.yaml
expect 0 tool plan /srv/files.stay -o "$plan"
expect 0 tool store init "$plan"
expect 0 tool run "$plan"

rows() { ask "SELECT COUNT(*) FROM shop.sale"; }
lose() { ask "DELETE FROM shop.sale WHERE id > 7; CREATE DATABASE later"; }
restore() { tool restore "$plan" --in-place --yes --without-keep-current all "$@"; }
asides() { in_systemd sh -c 'ls -d /var/lib/mysql.* 2>/dev/null' || true; }
lose

say "a dry run says what it would stop, and stops nothing"
began=$(in_systemd systemctl show --property=MainPID --value mariadb)
expect 0 restore --dry-run
says "stops and starts mariadb"
[ "$(in_systemd systemctl show --property=MainPID --value mariadb)" = "$began" ] || die "a dry run touched the unit"

say "the unit is stopped, the files are exchanged, the unit runs again on them"
expect 0 restore
[ "$(state_of_unit)" = active ] || die "the server is $(state_of_unit) after the restore"
[ "$(rows)" = 3000 ] || die "there are $(rows) rows after the restore"
[ -z "$(ask "SHOW DATABASES LIKE 'later'")" ] || die "the files are the old ones"
[ "$(in_systemd stat -c %U:%a /var/lib/mysql)" = mysql:700 ] || [ "$(in_systemd stat -c %U /var/lib/mysql)" = mysql ] ||
  die "the data directory belongs to $(in_systemd stat -c %U /var/lib/mysql)"
[ "$(asides | wc -l)" = 1 ] || die "the old files are not kept: $(asides)"

say "its undo puts the old files back under a running server"
expect 7 tool restore --undo latest
says "has run since the restore"
[ "$(rows)" = 3000 ] || die "a refused undo changed the files"
expect 0 tool restore --undo latest --discard-later
[ "$(state_of_unit)" = active ] || die "the server is $(state_of_unit) after the undo"
[ "$(rows)" = 7 ] && [ -n "$(ask "SHOW DATABASES LIKE 'later'")" ] || die "the old files are not back"
[ -z "$(asides)" ] || die "the undo left $(asides)"

say "a unit that was stopped stays stopped"
in_systemd systemctl stop mariadb
expect 0 restore
[ "$(state_of_unit)" = inactive ] || die "a restore started a server that was stopped"
in_systemd systemctl start mariadb
[ "$(rows)" = 3000 ] || die "there are $(rows) rows after the restore"
expect 0 tool restore --commit latest
[ -z "$(asides)" ] || die "the commit left $(asides)"

say "killed with the unit stopped, before and after the exchange: gone on with, and the unit runs"
for point in restore-physical.place restore-physical.exchanged; do
  lose
  code=0
  in_systemd env BACKSTAY_FAILPOINT=$point:1:kill /usr/local/bin/backstay restore "$plan" --in-place --yes \
    --without-keep-current all >/dev/null 2>&1 || code=$?
  [ "$code" != 0 ] || echo "(no failpoints in this build)"
  expect 0 restore
  [ "$(state_of_unit)" = active ] || die "killed at $point and repeated, the server is $(state_of_unit)"
  [ "$(rows)" = 3000 ] || die "killed at $point and repeated, there are $(rows) rows"
  expect 0 tool restore --commit latest
  [ -z "$(asides)" ] || die "killed at $point: the commit left $(asides)"
done

say "a drill beside the running server"
sed -i '$a drill weekly {\n    run nightly\n    restore all services from local into sandbox\n    expect rows shop.sale at-least 3000\n}' "$root/srv/files.stay"
expect 0 tool plan /srv/files.stay -o "$plan"
expect 0 tool drill "$plan"
says ": drilled"
[ "$(state_of_unit)" = active ] || die "a drill touched the unit"
say "done"
