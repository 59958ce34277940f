# shellcheck shell=bash
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#
# For a test that takes RDMA: source it behind test.sh, in the VM. Two ends of a veth, rd0 and rd1,
# with soft-RoCE on both, in one namespace, because rxe knows only the first; so that what goes from
# one to the other must go over the wire, each way has a routing table of its own.

NEAR=10.9.0.1 FAR=10.9.0.2

# rdma_network: rxe0 on rd0 has $NEAR, rxe1 on rd1 has $FAR
rdma_network()
{
	local module setting

	for module in veth rdma_rxe rdma_ucm ib_uverbs; do
		modprobe $module || return
	done
	for setting in all default; do
		sysctl -qw net.ipv4.conf.$setting.rp_filter=0 net.ipv4.conf.$setting.accept_local=1
	done
	ip link add rd0 type veth peer name rd1 || return
	rdma_end rd0 $NEAR
	rdma_end rd1 $FAR
	ip route add $FAR/32 dev rd0 src $NEAR table 102
	ip route add $NEAR/32 dev rd1 src $FAR table 101
	ip rule add pref 10 to $NEAR iif lo lookup 101
	ip rule add pref 11 to $FAR iif lo lookup 102
	ip rule add pref 100 lookup local
	ip rule del pref 0
	rdma link add rxe0 type rxe netdev rd0 && rdma link add rxe1 type rxe netdev rd1 &&
		within 20 ping -c 1 -W 1 -I $NEAR $FAR
}

rdma_end() # INTERFACE ADDRESS
{
	ip address add "$2/24" dev "$1"
	ip link set "$1" mtu 3500 up
}

# begin LABEL COMMAND...: as `start`, but in this namespace
begin()
{
	local label=$1
	shift

	: >"$WORK/$label.out" >"$WORK/$label.err"
	"$@" >"$WORK/$label.out" 2>"$WORK/$label.err" &
	children[$label]=$!
}

# begin_ready LABEL COMMAND...: and waits until it says that it is ready
begin_ready()
{
	begin "$@"
	within 30 is_ready "$1" && return 0
	comment "$1 is not ready: $(cat "$WORK/$1.out" "$WORK/$1.err")"
	return 1
}
