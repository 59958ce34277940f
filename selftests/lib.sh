# shellcheck shell=bash
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#
# What the whole-system tests share. A test sources it, builds a network, and says ok or not ok
# (TAP). Everything that it makes (namespaces, processes, pins, files) is named after its process
# and taken away when it ends, however it ends.
#
#   . "$(dirname "$0")/lib.sh"
#   need_root
#   network                           # two namespaces, joined by a veth: eth0 in each
#   here xdivert load eth0 some.policy
#   start feed there seqsend …        # in the background; its output is $WORK/feed.out
#   stop feed
#   check 'a claim' command…
#   finish

set -u
TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
BUILD=$(realpath -m "${BUILD:-$TOP/build}")
PATH=$BUILD:$BUILD/selftests:$PATH
WORK=$(mktemp -d "${TMPDIR:-/tmp}/xdv-selftest.XXXXXX") || exit 1
export XDIVERT_CACHE=$WORK/cache
# The same on both ends: everything a test does is in `here`, its peer lives in `there`.
HERE=xdv-$$-here HERE4=10.77.0.1 HERE6=fd77::1
THERE=xdv-$$-there THERE4=10.77.0.2 THERE6=fd77::2

for program in xdivert selftests/seqsend; do
	if [ ! -x "$BUILD/$program" ]; then
		echo "Bail out! $BUILD/$program is not built: run make check"
		rmdir "$WORK"
		exit 1
	fi
done

# --- results -------------------------------------------------------------------------------------

tests_run=0 tests_failed=0

ok()
{
	tests_run=$((tests_run + 1))
	echo "ok $tests_run - $*"
}

not_ok()
{
	tests_run=$((tests_run + 1))
	tests_failed=$((tests_failed + 1))
	echo "not ok $tests_run - $*"
}

skip() # WHAT REASON
{
	tests_run=$((tests_run + 1))
	echo "ok $tests_run - $1 # SKIP $2"
}

comment()
{
	local text=$*

	echo "# ${text//$'\n'/$'\n'# }"
}

# check WHAT COMMAND...: ok if the command succeeds; says what it printed if not
check()
{
	local what=$1 status
	shift

	"$@" >"$WORK/check.out" 2>&1 # in this shell: the command may be `stop`
	status=$?
	if [ $status -eq 0 ]; then
		ok "$what"
		return 0
	fi
	not_ok "$what"
	comment "status $status of: $*"
	[ -s "$WORK/check.out" ] && comment "$(<"$WORK/check.out")"
	return 1
}

# check_exit WHAT STATUS COMMAND...: ok if it exits so; its output is in $OUT and $ERR
check_exit()
{
	local what=$1 expected=$2 status
	shift 2

	"$@" >"$WORK/check.out" 2>"$WORK/check.err"
	status=$?
	OUT=$(<"$WORK/check.out")
	ERR=$(<"$WORK/check.err")
	if [ $status -eq "$expected" ]; then
		ok "$what"
		return 0
	fi
	not_ok "$what"
	comment "status $status, expected $expected, of: $*"
	comment "$OUT"$'\n'"$ERR"
	return 1
}

# check_equal WHAT FOUND EXPECTED
check_equal()
{
	if [ "$2" = "$3" ]; then
		ok "$1"
		return 0
	fi
	not_ok "$1"
	comment "found '$2', expected '$3'"
	return 1
}

# check_match WHAT TEXT REGEX
check_match()
{
	if grep -Eq -- "$3" <<<"$2"; then
		ok "$1"
		return 0
	fi
	not_ok "$1"
	comment "nothing matches '$3' in:"
	comment "$2"
	return 1
}

# check_json WHAT TEXT [FILTER]: it is JSON, and the filter says true of it
check_json()
{
	if [ -n "$2" ] && jq -e "${3:-.}" <<<"$2" >/dev/null 2>&1; then
		ok "$1"
		return 0
	fi
	not_ok "$1"
	comment "not JSON, or '${3:-.}' is not true of it:"
	comment "$2"
	return 1
}

finish()
{
	echo "1..$tests_run"
	[ $tests_failed -eq 0 ]
	exit
}

skip_all() # REASON
{
	skip "$(basename "$0" .test)" "$1"
	finish
}

need_root()
{
	[ "$(id -u)" -eq 0 ] || skip_all "needs root, for network namespaces"
}

# --- processes -----------------------------------------------------------------------------------

declare -A children=()

# start LABEL here|there COMMAND...
start()
{
	local label=$1 namespace=$HERE
	[ "$2" = there ] && namespace=$THERE
	shift 2

	# here, not in the child: what an earlier one of that label said must not be read for its own
	: >"$WORK/$label.out" >"$WORK/$label.err"
	# ip execs the command: the pid is the command's
	ip netns exec "$namespace" "$@" >"$WORK/$label.out" 2>"$WORK/$label.err" &
	children[$label]=$!
}

# stop LABEL [SIGNAL]: waits for its end; its status is the process's
stop()
{
	local pid=${children[$1]-} status
	[ -n "$pid" ] || return 1

	kill -s "${2:-TERM}" "$pid" 2>/dev/null
	wait "$pid" 2>/dev/null
	status=$?
	unset "children[$1]"
	return $status
}

# await LABEL: the process ends by itself
await()
{
	local pid=${children[$1]-} status
	[ -n "$pid" ] || return 1

	wait "$pid"
	status=$?
	unset "children[$1]"
	return $status
}

# within SECONDS COMMAND...: tries until it succeeds
within()
{
	local end=$((SECONDS + $1))
	shift

	until "$@" >/dev/null 2>&1; do
		[ $SECONDS -lt $end ] || return 1
		sleep 0.05
	done
}

# ended LABEL: it runs no more
ended()
{
	! kill -0 "${children[$1]}"
}

# is_ready LABEL: it has said so
is_ready()
{
	grep -qx ready "$WORK/$1.out"
}

# start_ready LABEL ...: start, and wait until it is ready
start_ready()
{
	start "$@"
	within 10 is_ready "$1" && return 0
	comment "$1 is not ready:"
	comment "$(cat "$WORK/$1.out" "$WORK/$1.err")"
	return 1
}

# --- network -------------------------------------------------------------------------------------

here()
{
	ip netns exec "$HERE" "$@"
}

there()
{
	ip netns exec "$THERE" "$@"
}

run_in() # NAMESPACE COMMAND...
{
	ip netns exec "$@"
}

# network [QUEUES]: a veth with so many receive and transmit queues on both ends
network()
{
	local queues="numrxqueues ${1:-1} numtxqueues ${1:-1}"

	# shellcheck disable=SC2086 # words, not one word
	ip netns add "$HERE" && ip netns add "$THERE" &&
		ip -n "$HERE" link add eth0 $queues type veth peer name eth0 netns "$THERE" $queues ||
		exit 1
	end_up "$HERE" $HERE4 $HERE6
	end_up "$THERE" $THERE4 $THERE6
	# gro gives the peer's end a NAPI of its own, without a program on it
	there ethtool -K eth0 gro on >/dev/null
	within 5 there ping -c 1 -W 1 $HERE4 || comment 'the veth does not come up'
}

end_up() # NAMESPACE IPV4 IPV6
{
	# no probes for addresses that are in use already: they would come at a moment of their own
	ip netns exec "$1" sysctl -qw net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.default.rp_filter=0 \
		net.ipv6.conf.eth0.accept_dad=0
	ip -n "$1" link set lo up
	ip -n "$1" link set eth0 up
	ip -n "$1" address add "$2/24" dev eth0
	ip -n "$1" address add "$3/64" dev eth0 nodad
	ip -n "$1" route add 224.0.0.0/4 dev eth0
}

mac() # NAMESPACE
{
	ip netns exec "$1" cat /sys/class/net/eth0/address
}

# tcp_transfer [MEGABYTES [PORT]]: from there to here; checks the sum of what arrived
tcp_transfer()
{
	local port=${2:-5201} sum

	head -c "${1:-4}M" /dev/urandom >"$WORK/tcp.in"
	sum=$(sha256sum <"$WORK/tcp.in")
	start tcp here nc -l -p $port
	within 5 listening $port
	timeout 20 ip netns exec "$THERE" nc -N $HERE4 $port <"$WORK/tcp.in" || return
	await tcp
	[ "$(sha256sum <"$WORK/tcp.out")" = "$sum" ]
}

listening() # TCP-PORT
{
	[ -n "$(here ss -Hltn "sport = :$1")" ]
}

pings() # COUNT ADDRESS: all of them answered
{
	there ping -q -c "$1" -i 0.02 -W 2 "$2" | grep -q " $1 received"
}

# --- xdivert -------------------------------------------------------------------------------------

# policy NAME: writes $WORK/NAME.policy from standard input
policy()
{
	cat >"$WORK/$1.policy"
}

# load NAME [OPTIONS]: what policy() wrote, on eth0
load()
{
	local name=$1
	shift

	here xdivert load eth0 "$WORK/$name.policy" "$@"
}

# counter RULE [packets|bytes|fallback]: of the live policy on eth0
counter()
{
	here xdivert show eth0 --json |
		jq -r --arg rule "$1" --arg key "${2:-packets}" \
			'[.. | objects | select(.name? == $rule and has($key))][0][$key]'
}

# counter_at_least N RULE [KEY]
counter_at_least()
{
	[ "$(counter "${@:2}")" -ge "$1" ]
}

# sent FILE: how many datagrams a seqsend has sent so far
sent()
{
	od -An -tu8 -N8 "$1" 2>/dev/null | tr -d ' '
}

sent_at_least() # N FILE
{
	[ "$(sent "$2")" -ge "$1" ]
}

# report ARGUMENTS: those of seqreport; the results are in ${R[sent]} and so on
# shellcheck disable=SC2034 # read by the tests
declare -A R=()
report()
{
	local key value

	R=()
	while IFS='=' read -r key value; do
		R[$key]=$value
	done < <(seqreport "$@")
}

all_came() # as for report(): nothing is lost, so far
{
	report "$@"
	[ "${R[lost]}" -eq 0 ]
}

program_id() # [INTERFACE]: of the XDP program attached here, nothing if there is none
{
	ip -n "$HERE" -j -d link show "${1:-eth0}" | jq -r '.[0].xdp.prog.id // empty'
}

# --- the end -------------------------------------------------------------------------------------

forget_namespace() # NAMESPACE
{
	local inode

	inode=$(stat -Lc %i "/run/netns/$1" 2>/dev/null) || return
	rm -rf "/sys/fs/bpf/xdivert/netns:$inode" "/run/xdivert/netns:$inode"
	ip netns delete "$1"
}

cleanup()
{
	local label pid

	trap '' INT TERM HUP
	for label in "${!children[@]}"; do
		pid=${children[$label]}
		kill -TERM "$pid" 2>/dev/null
		# a stopped process takes its signal only when it goes on
		kill -CONT "$pid" 2>/dev/null
		timeout 3 tail --pid="$pid" -f /dev/null 2>/dev/null || kill -KILL "$pid" 2>/dev/null
	done
	wait
	forget_namespace "$HERE"
	forget_namespace "$THERE"
	rmdir /sys/fs/bpf/xdivert /run/xdivert 2>/dev/null
	rm -rf "$WORK"
}

trap cleanup EXIT
trap 'exit 130' INT TERM HUP
