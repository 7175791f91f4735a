#!/usr/bin/env bash
# A Swift that is full, gone, cut off, stalled or lying never leaves a receipt; once it behaves, the next run
# copies what is missing. What it hands back is believed by its hash alone.
source "$(dirname "$0")/lib.sh"
source "$(dirname "$0")/rclone_lib.sh"

begin swift:backups/one
a_receipt

say "a full target is said to be full, and is taken up when there is room"
swift_warden post backups -m quota-bytes:1
no_receipt "a full target"
says "make room at the target"
swift_warden post backups -m quota-bytes:
a_receipt

say "a server that is not there"
stop_swift
no_receipt "a server that is gone"
start_swift

begin_lying
for what in "cut 100" truncate change forget deny "truncate manifest.json" "spoil /snapshots/" "stall 100"; do
  say "by Swift's protocol: $what"
  lie "$what"
  no_receipt "$what"
done
lie pass
a_receipt
last=$(newest)

say "a hash that is wrong only in what the server says is settled by reading back"
change_service
lie wrong-hash
a_receipt
grep -q "read back" "$scratch/store/records/$(newest)"/receipt-1.json || die "it was not read back"

say "a server that hands back other bytes, or none, is found out before anything is placed"
for what in spoil deny "cut 10"; do
  lie "$what"
  code=0
  output=$(BACKSTAY_TEST_STALL=2 "$backstay" restore "$plan" --from offsite --snapshot "$last" --to "$scratch/beside" 2>&1) || code=$?
  [ "$code" != 0 ] || die "$what: the restore says that all went well"
  [ ! -e "$scratch/beside$scratch/etc/notes/notes.conf" ] || die "$what: a spoilt file was placed"
  rm -rf "$scratch/beside"
done
lie pass

make_policy s3:bucket/deep/er
a_receipt
for what in "cut 100" truncate change forget deny "spoil /snapshots/" "refuse 503" "stall 100"; do
  say "by s3api: $what"
  lie "$what"
  no_receipt "$what by s3api"
done
lie pass
a_receipt
