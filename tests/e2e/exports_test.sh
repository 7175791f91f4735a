#!/usr/bin/env bash
# Exports of real servers, by the standard library's profiles as they stand: the definitions of RabbitMQ
# and the databases of OVN are backed up, destroyed and read back.
#
# Runs in namespaces of its own: mounts, network and processes are the test's, and end with it. The
# units are the test's too: a systemctl that starts and stops the real servers.
set -euo pipefail
source "$(dirname "$0")/../support/own_namespaces.sh"
enter_own_namespaces --net --pid --fork --mount-proc --kill-child -- "$@"
source "$(dirname "$0")/lib.sh"
unset BACKSTAY_CONFIG_DIR BACKSTAY_STATE_DIR

chmod 0755 "$scratch"
cp -a /etc "$scratch/etc"
mkdir -p "$scratch"/{var-lib/rabbitmq,var-log/rabbitmq,var-log/ovn,programs,units}
chown rabbitmq: "$scratch"/var-lib/rabbitmq "$scratch"/var-log/rabbitmq
mount --bind "$scratch/etc" /etc
mount --bind "$scratch/var-lib" /var/lib
mount --bind "$scratch/var-log" /var/log
mount -t tmpfs -o mode=0755 tmpfs /run
mkdir -p /run/ovn /etc/rabbitmq /etc/ovn /etc/openvswitch
echo '127.0.0.1 localhost' >/etc/hosts
# This network has nothing but lo, which is down (netdevice(7): SIOCSIFFLAGS, IFF_UP | IFF_LOOPBACK | IFF_RUNNING).
python3 -c 'import fcntl, socket, struct
fcntl.ioctl(socket.socket(), 0x8914, struct.pack("16sh14x", b"lo", 0x49))'
echo 'NODENAME=rabbit@localhost' >/etc/rabbitmq/rabbitmq-env.conf
mkdir -p /var/lib/openvswitch
ovsdb-tool create /var/lib/openvswitch/conf.db
ln -sfn /var/lib/openvswitch/conf.db /etc/openvswitch/conf.db # as Debian has it

export BACKSTAY_TEST_PROGRAMS=$scratch/programs
cat >"$scratch/programs/systemctl" <<'SYSTEMCTL'
#!/bin/bash
scratch=SCRATCH
rabbit() { rabbitmqctl --quiet "$@" >>$scratch/rabbit.log 2>&1; }
ovn() {
  local file=/var/lib/ovn/ovn$1_db.db
  mkdir -p /var/lib/ovn
  [ -e "$file" ] || ovsdb-tool create "$file" "/usr/share/ovn/ovn-$1.ovsschema"
  setsid -f ovsdb-server --remote="punix:/run/ovn/ovn$1_db.sock" --unixctl="/run/ovn/$1.ctl" --no-chdir \
    --log-file="/var/log/ovn/$1.log" "$file" </dev/null >/dev/null 2>&1
  # As systemd's: until then `setsid` may not have left the group, which is ended with this program.
  until [ -S "/run/ovn/$1.ctl" ]; do sleep 0.02; done
}
verb=$1 unit=${!#}
case $verb in
  show)
    while [ "$1" != -- ] && [ $# -gt 1 ]; do shift; done
    [ "$1" != -- ] || shift
    for one in "$@"; do
      [ -e $scratch/units/$one ] && state=active || state=inactive
      printf 'LoadState=loaded\nActiveState=%s\nSubState=running\nUnitFileState=enabled\n\n' $state
    done ;;
  stop)
    case $unit in
      rabbitmq-server.service) rabbit stop; while pgrep -x beam.smp >/dev/null; do sleep 0.1; done ;;
      ovn-central.service) # it answers first and goes then; its socket goes with it
        for name in nb sb; do ovs-appctl --target=/run/ovn/$name.ctl exit; done
        while pgrep -x ovsdb-server >/dev/null; do sleep 0.1; done ;;
    esac
    rm -f $scratch/units/$unit ;;
  start | restart)
    case $unit in
      rabbitmq-server.service)
        setsid -f rabbitmq-server </dev/null >>$scratch/rabbit.log 2>&1
        for round in $(seq 60); do rabbit await_startup --timeout 60 && break; sleep 0.5; done ;;
      ovn-central.service) ovn nb; ovn sb ;;
    esac
    touch $scratch/units/$unit ;;
esac
exit 0
SYSTEMCTL
sed -i "s|SCRATCH|$scratch|" "$scratch/programs/systemctl"
chmod 0755 "$scratch/programs/systemctl"
units() { "$scratch/programs/systemctl" "$@"; }

cat >"$scratch/broker.stay" <<POLICY
language 1
policy broker
zone UTC

import openstack.ovn
import openstack.rabbitmq

host ctl01

service rabbitmq from openstack.rabbitmq {
    on ctl01
}

service ovn from openstack.ovn {
    on ctl01
}

target local {
    directory $scratch/store on ctl01
    media disk
}

schedule nightly {
    every day at 02:30
    window 1h
}

retention standard {
    daily 7
}

backup broker {
    cover all services
    run nightly
    to local keep standard
}
POLICY
plan=$scratch/broker.plan.yaml
expect 0 "$backstay" -q plan "$scratch/broker.stay" -o "$plan"
expect 0 "$backstay" -q store init "$plan"

rabbit() { rabbitmqctl --quiet "$@"; }
# Lists in an order of their own; `guest` is there anew on every fresh node; no tags are told in two ways.
definitions() {
  rabbit export_definitions - | jq -S 'del(.rabbit_version, .rabbitmq_version)
    | del(.users[] | select(.name == "guest")) | del(.permissions[] | select(.user == "guest"))
    | walk(if type == "object" and .tags == "" then .tags = [] else . end)
    | map_values(if type == "array" then sort_by(tostring) else . end)'
}
# Rows come back under new UUIDs (ovsdb-client(1)); a port is found through its switch here.
northbound() {
  local nb=(ovn-nbctl --no-leader-only --db=unix:/run/ovn/ovnnb_db.sock --bare)
  "${nb[@]}" --columns=name,addresses list Logical_Switch_Port || return
  "${nb[@]}" --columns=name list Logical_Switch
  [ -z "$("${nb[@]}" --columns=name list Logical_Switch)" ] || { "${nb[@]}" acl-list net1; "${nb[@]}" lsp-list net1 | sed 's/.*(//'; }
}

say "two servers with something to lose"
for unit in rabbitmq-server ovn-central openvswitch-switch; do units start $unit.service; done
rabbit add_user nova n-secret
rabbit add_user glance g-secret
rabbit add_vhost /nova
rabbit set_permissions -p /nova nova '.*' '.*' '.*'
rabbit set_policy -p /nova ha '^ha\.' '{"expires":3600000}'
wait_for "the northbound database" northbound
export OVN_NB_DB=unix:/run/ovn/ovnnb_db.sock
ovn-nbctl --no-leader-only ls-add net1 -- lsp-add net1 port1 -- lsp-set-addresses port1 '02:ac:10:ff:01:30 10.0.0.5'
ovn-nbctl --no-leader-only acl-add net1 to-lport 1000 'ip4' drop
definitions >"$scratch/definitions"
northbound >"$scratch/northbound"
sha256sum /var/lib/openvswitch/conf.db >"$scratch/switch"
[ "$(jq '.users | length' "$scratch/definitions")" = 2 ] || die "the definitions hold $(cat "$scratch/definitions")"
! grep -q n-secret "$scratch/definitions" || die "a password is in the definitions in clear"
grep -q 10.0.0.5 "$scratch/northbound" || die "there is nothing in the northbound database"

say "a backup"
expect 0 "$backstay" run "$plan"
says ": verified"

say "everything is lost"
units stop rabbitmq-server.service
units stop ovn-central.service
# These are the test's own: see the mounts above.
for lost in /var/lib/rabbitmq /var/lib/ovn /var/lib/openvswitch /etc/rabbitmq /etc/openvswitch; do
  mountpoint -q "$(dirname "$lost")" || die "$lost is the machine's"
  rm -rf "$lost"
done
install -d -o rabbitmq -g rabbitmq /var/lib/rabbitmq
units start ovn-central.service
wait_for "an empty northbound database" northbound
! northbound | has 10.0.0.5 || die "the database is not lost"
units stop ovn-central.service
rm -f "$scratch"/units/*

say "and comes back: files, then the servers are started, then they read their exports, then they are probed"
# Started by whoever repairs the machine; a restore starts what it stopped.
echo 'NODENAME=rabbit@localhost' >"$scratch/env"
install -D "$scratch/env" /etc/rabbitmq/rabbitmq-env.conf
for unit in rabbitmq-server ovn-central openvswitch-switch; do units start $unit.service; done
! rabbit list_users | has nova || die "the users are not lost"
expect 0 "$backstay" restore "$plan" --in-place --yes
definitions | diff "$scratch/definitions" - || die "the definitions differ"
northbound | diff "$scratch/northbound" - || die "the northbound database differs"
rabbit authenticate_user nova n-secret >/dev/null || die "nova may not log in any more"
sha256sum --check --quiet "$scratch/switch" || die "the switch's own database is not back"

say "an export of a server that is down fails its component, and no other"
units stop rabbitmq-server.service
expect 3 "$backstay" run "$plan"
says "rabbitmq.definitions"
jq -e '.components[] | select(.component == "ovn.northbound") | .status == "verified"' \
  "$(ls -t /var/lib/backstay/runs/*.json | head -1)" >/dev/null || die "the other export is not verified"
units stop ovn-central.service
