#!/usr/bin/env bash
# The contract of all targets, kept by rsync over a real sshd: with Backstay at the far side and without.
# $2 is the executable of the contract, $3 is `with` or `without`.
source "$(dirname "$0")/lib.sh"
source "$(dirname "$0")/sshd_server.sh"

export BACKSTAY_TEST_FAR=$scratch/far/store BACKSTAY_TEST_DESTINATION=$ssh_destination
export BACKSTAY_TEST_KEYS=$sshd_dir BACKSTAY_TEST_CONFIG=$BACKSTAY_CONFIG_DIR
start_sshd "$BACKSTAY_TEST_FAR"
"$2" "rsync to a machine $3 Backstay keeps the contract"
