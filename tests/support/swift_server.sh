# A private Swift for tests: proxy with tempauth and s3api, account, container and object server, one
# replica, rings made here, memcached for tempauth's tokens. No systemd, nothing in /etc/swift: every
# server reads from $swift. Ended by process id. Needs $scratch, say, die and wait_for of tests/e2e/lib.sh.
#
#   start_swift            $swift_url (native, /auth/v1.0), $swift_s3 (S3), account `backup`, user `keeper`
#   stop_swift             all servers end; what they keep stays
#   swift_client WORD…     the swift command as that user
#   rclone_conf            the two remotes `swift:` and `s3:` as text of an rclone.conf

swift=$scratch/swift
swift_key=correct-horse-battery
swift_user=keeper
swift_pids=()

# A free port below the range that the kernel gives out by itself.
free_port() {
  python3 - <<'PYTHON'
import random, socket
while True:
    port = random.randrange(20000, 32000)
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            continue
    print(port)
    break
PYTHON
}

# Objects carry their metadata in user.* attributes: where $scratch has none, a loop image with XFS does.
make_swift_device() {
  mkdir -p "$swift/node/disk"
  if ! setfattr -n user.swift.metadata -v probe "$swift/node/disk" 2>/dev/null; then
    truncate -s 512M "$swift/disk.img"
    mkfs.xfs -q "$swift/disk.img"
    mount -o loop "$swift/disk.img" "$swift/node/disk"
  else
    setfattr -x user.swift.metadata "$swift/node/disk"
  fi
}

# server_conf KIND PORT: of account, container or object. A PUT waits until its object is in the listing, as no
# updater runs here that would bring it in later.
server_conf() {
  cat >"$swift/$1-server.conf" <<CONF
[DEFAULT]
bind_ip = 127.0.0.1
bind_port = $2
workers = 0
user = $(id -un)
swift_dir = $swift
devices = $swift/node
mount_check = false
disable_fallocate = true
fallocate_reserve = 0
db_preallocation = off
log_address = $swift/no-syslog
[pipeline:main]
pipeline = $1-server
[app:$1-server]
use = egg:swift#$1
conn_timeout = 10
node_timeout = 30
container_update_timeout = 30
CONF
}

proxy_conf() { # PORT MEMCACHE-PORT
  cat >"$swift/proxy-server.conf" <<CONF
[DEFAULT]
bind_ip = 127.0.0.1
bind_port = $1
workers = 0
user = $(id -un)
swift_dir = $swift
log_address = $swift/no-syslog
[pipeline:main]
pipeline = catch_errors gatekeeper cache listing_formats bulk s3api tempauth copy container-quotas account-quotas slo dlo versioned_writes proxy-server
[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
conn_timeout = 10
node_timeout = 30
recoverable_node_timeout = 30
error_suppression_limit = 1000
recheck_account_existence = 0
recheck_container_existence = 0
[filter:cache]
use = egg:swift#memcache
memcache_servers = 127.0.0.1:$2
[filter:tempauth]
use = egg:swift#tempauth
user_backup_$swift_user = $swift_key .admin
user_backup_warden = $swift_key .admin .reseller_admin
[filter:s3api]
use = egg:swift#s3api
s3_acl = false
location = us-east-1
$(for name in catch_errors gatekeeper listing_formats bulk copy slo dlo versioned_writes; do
  printf '[filter:%s]\nuse = egg:swift#%s\n' "$name" "$name"
done)
[filter:container-quotas]
use = egg:swift#container_quotas
[filter:account-quotas]
use = egg:swift#account_quotas
CONF
}

make_swift() {
  local kind
  mkdir -p "$swift"
  make_swift_device
  swift_ports=$(for kind in proxy account container object memcache; do free_port; done | tr '\n' ' ')
  read -r swift_proxy_port account_port container_port object_port memcache_port <<<"$swift_ports"
  printf '[swift-hash]\nswift_hash_path_suffix = test\nswift_hash_path_prefix = test\n[storage-policy:0]\nname = one\ndefault = yes\n' >"$swift/swift.conf"
  server_conf account "$account_port"
  server_conf container "$container_port"
  server_conf object "$object_port"
  proxy_conf "$swift_proxy_port" "$memcache_port"
  /usr/bin/python3 - "$swift" "$account_port" "$container_port" "$object_port" <<'PYTHON'
import sys
from swift.common.ring import RingBuilder
for kind, port in zip(("account", "container", "object"), map(int, sys.argv[2:])):
    ring = RingBuilder(part_power=4, replicas=1, min_part_hours=0)
    ring.add_dev({"id": 0, "region": 1, "zone": 1, "ip": "127.0.0.1", "port": port, "device": "disk",
                  "weight": 1.0, "replication_ip": "127.0.0.1", "replication_port": port, "meta": ""})
    ring.rebalance(seed=1)
    ring.get_ring().save(f"{sys.argv[1]}/{kind}.ring.gz")
PYTHON
  swift_base=http://127.0.0.1:$swift_proxy_port
  swift_url=$swift_base/auth/v1.0
  swift_s3=$swift_base
}

start_swift() {
  local kind
  [ -e "$swift/swift.conf" ] || make_swift
  memcached -u "$(id -un)" -l 127.0.0.1 -p "$memcache_port" -U 0 -m 16 >"$swift/memcached.log" 2>&1 &
  swift_pids=($!)
  for kind in account container object proxy; do
    # Why setsid is not used: run_wsgi makes a process group of its own and ends it with itself.
    "swift-$kind-server" "$swift/$kind-server.conf" >"$swift/$kind.log" 2>&1 &
    swift_pids+=($!)
  done
  wait_for "Swift" swift_takes_objects
}

# All four servers answer.
swift_takes_objects() { swift_client upload ready /etc/hostname; }

stop_swift() {
  local pid
  for pid in "${swift_pids[@]}"; do kill -TERM "$pid" 2>/dev/null || true; done
  for pid in "${swift_pids[@]}"; do wait "$pid" 2>/dev/null || true; done
  swift_pids=()
}

swift_client() { swift -q -A "$swift_url" -U "backup:$swift_user" -K "$swift_key" "$@"; }

# As the operator who sets quotas.
swift_warden() { swift -q -A "$swift_url" -U backup:warden -K "$swift_key" "$@"; }

rclone_conf() { # [NATIVE-URL S3-URL]: through another address, as a proxy's
  cat <<CONF
[swift]
type = swift
auth = ${1:-$swift_url}
user = backup:$swift_user
key = $swift_key
auth_version = 1
[s3]
type = s3
provider = Other
endpoint = ${2:-$swift_s3}
access_key_id = backup:$swift_user
secret_access_key = $swift_key
region = us-east-1
CONF
}
