# shellcheck shell=bash
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#
# For a test of Linux's aoe driver, with a memory node behind the gateway: source it behind rdma.sh.
# The driver knows only the first network namespace, as rxe does: a veth lies there as well, from
# the gateway's xdv0 to the driver's aoe0.

MEMORY=/dev/shm/xdv-$$ # files of the node's

# the driver holds on to the interface of a disk that it knows
trap '{ umount "$WORK"/mnt*; modprobe -r aoe; ip link del aoe0; rm -f "$MEMORY".*; } 2>/dev/null
	cleanup' EXIT

aoe_network() # [MTU]
{
	echo 0123456789abcdef0123456789abcdef >"$WORK/key"
	chmod 600 "$WORK/key"
	modprobe -r aoe
	ip link add aoe0 mtu "${1:-1500}" type veth peer name xdv0 mtu "${1:-1500}" || return
	# gro gives it a NAPI of its own, which takes what the gateway's end sends
	ethtool -K aoe0 gro on >/dev/null
	ip link set aoe0 up
	ip link set xdv0 up
	modprobe aoe aoe_iflist=aoe0
}

remote() # VOLUME
{
	echo "rdma://$FAR/$1?key=$WORK/key"
}

serves() # LABEL: it has said what
{
	grep -q 'bytes' "$WORK/$1.out"
}

node() # VOLUME...: in the background
{
	begin node xdivert memnode --key "$WORK/key" --listen $FAR "$@"
	within 30 serves node || comment "$(<"$WORK/node.err")"
}

gateway() # of $WORK/aoe.policy, in the background
{
	begin gateway xdivert storage serve --interface xdv0 "$WORK/aoe.policy"
	within 30 serves gateway || comment "$(<"$WORK/gateway.err")"
}

told() # LABEL REGEX: it has said so on standard error
{
	grep -Eq "$2" "$WORK/$1.err"
}

discovered() # SHELF.SLOT...: the driver has them all
{
	local disk

	echo >/dev/etherd/discover
	for disk in "$@"; do
		test -b "/dev/etherd/e$disk" || return
	done
}
