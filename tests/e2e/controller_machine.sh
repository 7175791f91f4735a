# A controller for tests, on a machine that was really booted: Debian's own mariadb.service, and a small daemon
# in the place of each service of examples/02-controller, under the names, units and accounts that the
# standard library knows.
#
# A daemon reads its configuration, logs in to its database with the password that stands there, and proves that
# its key opens what the database seals; it starts only then. So does each tool that the policy's checks call:
# a service that is started too early, or with the keys of another day, fails here as it would in earnest.
#
# Needs $scratch, $backstay; source after lib.sh, tests/support/booted_systemd.sh and mariadb_state.sh.

machine=$scratch/machine
root=$machine/root
booted_host=ctl01

controller_services='keystone placement glance cinder neutron nova heat swift ceilometer'
declare -A controller_units=(
  [keystone]='keystone'
  [placement]='placement-api'
  [glance]='glance-api'
  [cinder]='cinder-scheduler cinder-volume cinder-backup cinder-api'
  [neutron]='neutron-rpc-server neutron-api neutron-openvswitch-agent neutron-dhcp-agent neutron-metadata-agent neutron-l3-agent'
  [nova]='nova-conductor nova-scheduler nova-api nova-api-metadata nova-novncproxy'
  [heat]='heat-api heat-api-cfn heat-engine'
  [swift]='swift-proxy'
  [ceilometer]='ceilometer-agent-central ceilometer-agent-notification'
)
controller_tools='keystone-manage placement-status placement-manage glance-manage cinder-status cinder-manage
  neutron-status neutron-db-manage nova-status nova-manage heat-manage swift-ring-builder ceilometer-status'

# What mariadb_state.sh asks: the server of that machine, as its root.
client() {
  in_systemd mariadb --no-defaults --socket=/run/mysqld/mysqld.sock --default-character-set=utf8mb4 --binary-mode \
    --comments "$@"
}
ask() { client --batch --skip-column-names --execute "$1"; }

tool() { in_systemd /usr/local/bin/backstay "$@"; }

# --- the packages -----------------------------------------------------------------------------------

install_daemon() {
  cat >"$machine/local/lib/controller/prove" <<'END'
# prove NAME: its configuration, its database and its key fit each other; else exit 1. Leaves $login behind.
fail() {
  echo "$1: $2" >&2
  exit 1
}
prove() {
  local name=$1 key
  local url='^connection *= *mysql\+pymysql://([^:]+):([^@]+)@localhost/([a-z_0-9]+)$'
  [ -r "/etc/$name/$name.conf" ] || fail "$name" "no configuration"
  login=
  while IFS= read -r line; do
    if [[ $line =~ $url ]]; then
      login=$'[client]\nsocket=/run/mysqld/mysqld.sock\nuser='${BASH_REMATCH[1]}$'\npassword='${BASH_REMATCH[2]}$'\n'
      database=${BASH_REMATCH[3]}
    fi
    if [[ $line =~ ^secret_key\ *=\ *(.*)$ ]]; then key=${BASH_REMATCH[1]}; fi
  done <"/etc/$name/$name.conf"
  [ "$name" != keystone ] || key=$(cat /etc/keystone/credential-keys/0) || fail "$name" "no key"
  [ -n "$key" ] || fail "$name" "no key"
  [ -n "$login" ] || return 0
  sealed=$(mariadb --defaults-file=<(printf %s "$login") --batch --skip-column-names \
    --execute "SELECT mac = SHA2(CONCAT('$key', 'seal of $name'), 256) FROM seal" "$database") || fail "$name" "no database"
  [ "$sealed" = 1 ] || fail "$name" "this key does not open what the database seals"
}
END
  cat >"$machine/local/lib/controller/daemon" <<'END'
#!/bin/bash
# daemon NAME: runs once all fits, with a connection to its database.
. /usr/local/lib/controller/prove
prove "$1"
systemd-notify --ready
[ -n "$login" ] || exec sleep infinity
exec mariadb --defaults-file=<(printf %s "$login") --batch "$database" < <(exec sleep infinity)
END
  cat >"$machine/local/lib/controller/check" <<'END'
#!/bin/bash
# Under the name of each tool: what it checks is whether all fits.
. /usr/local/lib/controller/prove
name=${0##*/}
name=${name%%-*}
prove "$name"
[ "$name" != swift ] || [ -s "$1" ] || fail swift "no builder file"
echo "check $name" >>/srv/log
END
  chmod 0755 "$machine"/local/lib/controller/{daemon,check}
}

# unit NAME SERVICE
install_unit() {
  cat >"$machine/local/lib/systemd/system/$1.service" <<END
[Unit]
Description=$1 of a test's controller
After=mariadb.service

[Service]
Type=notify
NotifyAccess=all
User=$2
TimeoutStartSec=30
TimeoutStopSec=10
ExecStartPre=+/bin/sh -c 'echo "start $2 %n" >>/srv/log'
ExecStart=/usr/local/lib/controller/daemon $2
ExecStopPost=+/bin/sh -c 'echo "stop $2 %n" >>/srv/log'

[Install]
WantedBy=multi-user.target
END
}

# What the packages bring, but for what they put into /etc and /var.
install_packages() {
  local name unit id=6400
  mkdir -p "$machine"/local/{bin,lib/controller,lib/systemd/system} "$root"/srv
  cp "$backstay" "$machine/local/bin/backstay"
  install_daemon
  for name in $controller_tools; do
    ln -s ../lib/controller/check "$machine/local/bin/$name"
    if [ -e "/usr/bin/$name" ]; then # the real one of this machine is found first
      mkdir -p "$machine/over/usr/bin"
      cp "$machine/local/lib/controller/check" "$machine/over/usr/bin/$name"
    fi
  done
  for name in $controller_services; do
    id=$((id + 1))
    sed -i "/^$name:/d" "$root/etc/passwd" "$root/etc/group"
    echo "$name:x:$id:$id::/var/lib/$name:/usr/sbin/nologin" >>"$root/etc/passwd"
    echo "$name:x:$id:" >>"$root/etc/group"
    for unit in ${controller_units[$name]}; do install_unit "$unit" "$name"; done
  done
}

# What the packages put into /etc and /var on a new machine: configurations with which nothing starts.
install_defaults() {
  local name
  mkdir -p "$root"/{etc/mysql,var/lib/mysql,etc/backstay}
  cp -a /etc/mysql/. "$root/etc/mysql/"
  for name in $controller_services; do
    mkdir -p "$root/etc/$name" "$root/var/lib/$name" "$root/var/log/$name"
    printf '[database]\n# connection = <None>\n' >"$root/etc/$name/$name.conf"
    in_owner "$name" "etc/$name" "var/lib/$name" "var/log/$name"
    chmod 0640 "$root/etc/$name/$name.conf"
  done
  printf '[client]\nuser = root\n' >"$root/etc/backstay/mariadb.cnf"
  chmod 0600 "$root/etc/backstay/mariadb.cnf"
}
in_owner() { # NAME PATH…: as that machine knows the name
  local id
  id=$(awk -F: -v name="$1" '$1 == name { print $3 }' "$root/etc/passwd")
  shift
  (cd "$root" && chown -R "$id:$id" "$@")
}

# --- the controller ---------------------------------------------------------------------------------

random_hex() { head -c "$1" /dev/urandom | od -An -tx1 | tr -d ' \n'; }

configure_services() {
  local name secret
  for name in $controller_services; do
    secret=$(random_hex 16)
    [ "$name" != heat ] || secret=heat-$secret
    {
      printf '[DEFAULT]\ndebug = false\nsecret_key = %s\n\n' "$(random_hex 32)"
      case $name in
        swift | ceilometer) ;;
        *) printf '[database]\nconnection = mysql+pymysql://%s:%s@localhost/%s\n' "${name}_db" "$secret" "$name" ;;
      esac
    } >"$root/etc/$name/$name.conf"
    mkdir -p "$root/etc/$name/policy.d"
    echo '{"admin_required": "role:admin"}' >"$root/etc/$name/policy.d/policy.json"
    ln -s policy.d/policy.json "$root/etc/$name/policy.json"
    echo "$name started" >"$root/var/log/$name/$name.log"
    case $name in
      placement | swift | ceilometer) ;; # nothing of theirs lies there that the library would back up
      *) echo state >"$root/var/lib/$name/state" ;;
    esac
    in_owner "$name" "etc/$name" "var/lib/$name" "var/log/$name"
  done
}

# As `keystone-manage fernet_setup` and `credential_setup` leave them, and after rotations.
make_keys() {
  local kind key
  for kind in fernet credential; do
    mkdir -p "$root/etc/keystone/$kind-keys"
    for key in 0 1 2; do
      head -c 32 /dev/urandom | base64 -w0 | tr +/ -_ >"$root/etc/keystone/$kind-keys/$key"
      chmod 0600 "$root/etc/keystone/$kind-keys/$key"
    done
    chmod 0700 "$root/etc/keystone/$kind-keys"
  done
  in_owner keystone etc/keystone
}

make_data() {
  local ring
  mkdir -p "$root"/var/lib/{glance/images,nova/instances/i1}
  head -c 3000000 /dev/urandom >"$root/var/lib/glance/images/first"
  truncate -s 5M "$root/var/lib/glance/images/sparse"
  in_owner glance var/lib/glance
  echo "the disk of a running instance" >"$root/var/lib/nova/instances/i1/disk"
  in_owner nova var/lib/nova
  for ring in account container object; do head -c 1000 /dev/urandom >"$root/etc/swift/$ring.builder"; done
  printf '[mariadb]\nlog_bin\nlog_bin_trust_function_creators = 1\nserver_id = 1\nmax_connections = 217\n' \
    >"$root/etc/mysql/mariadb.conf.d/60-controller.cnf"
}

# Each service's account with the password of its configuration, and what its key seals.
seal_databases() {
  local name key password
  for name in $controller_services; do
    password=$(sed -n 's|^connection = mysql+pymysql://[^:]*:\([^@]*\)@.*|\1|p' "$root/etc/$name/$name.conf")
    [ -n "$password" ] || continue
    key=$(sed -n 's/^secret_key = //p' "$root/etc/$name/$name.conf")
    [ "$name" != keystone ] || key=$(cat "$root/etc/keystone/credential-keys/0")
    echo "CREATE USER ${name}_db@localhost IDENTIFIED BY '$password'; GRANT ALL PRIVILEGES ON $name.* TO ${name}_db@localhost;
          CREATE TABLE $name.seal (id int PRIMARY KEY, mac char(64));
          INSERT INTO $name.seal VALUES (1, SHA2('${key}seal of $name', 256));"
  done
  echo "CREATE TABLE glance.uploads (id bigint PRIMARY KEY, sha256 char(64));"
}

new_server() { # an empty data directory, as the package makes it
  in_systemd mariadb-install-db --user=mysql --skip-test-db --auth-root-authentication-method=socket \
    >"$scratch/install.log" 2>&1 || die "$(cat "$scratch/install.log")"
  in_systemd systemctl start mariadb
}

all_controller_units() {
  local name unit
  for name in $controller_services; do
    for unit in ${controller_units[$name]}; do echo "$unit.service"; done
  done
}

# A machine with all of it, running: `stopped` and `disabled` units are what an operator has left so.
make_controller() {
  booted_make_root "$root"
  rm -rf "$root/etc/mysql"
  install_packages
  install_defaults
  boot_systemd "$machine"
  configure_services
  make_keys
  make_data
  new_server
  client <"$e2e_dir/mariadb_fill.sql"
  seal_databases | client
  in_systemd systemctl enable -q mariadb $(all_controller_units)
  in_systemd systemctl disable -q nova-novncproxy cinder-backup ceilometer-agent-notification
  in_systemd systemctl start $(all_controller_units | grep -v -e nova-novncproxy -e cinder-backup -e heat-api-cfn)
  rm -f "$root/srv/log"
}

# --- what there is, to compare ----------------------------------------------------------------------

unit_states() {
  in_systemd systemctl show --property=Id,ActiveState,SubState,UnitFileState -- mariadb.service $(all_controller_units) |
    grep -v '^$'
}

# fingerprint_of PATH…: every file below them by kind, mode, owner, content and time.
fingerprint_of() {
  (
    cd "$root"
    find "$@" \( -type d -printf '%p %y %m %U %G\n' \) -o -printf '%p %y %m %U %G %s %T@ %l\n' 2>/dev/null | sort
    find "$@" -type f -print0 2>/dev/null | sort -z | xargs -0r sha256sum
  )
}

controller_paths() {
  local name
  echo etc/mysql
  for name in $controller_services; do printf '%s\n' "etc/$name" "var/lib/$name" "var/log/$name"; done
}
