# shellcheck shell=bash
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#
# The accounts of soak.test: where each numbered packet of the feed has gone. After each action all
# that was sent meanwhile must have come, to the app or to the kernel's socket, but for what the
# action's window explains.

base=0 # all before is accounted for
declare -A lost=([kill]=0 [link]=0 [outside]=0) windows=([kill]=0 [link]=0)
# The rings of a killed app held no more than there is room for.
ring=2048 queues=2
ring_excess=0 largest_ring=0

# window CAUSE FROM TO: numbers that may be lost, of this action; one for an action
window()
{
	cause=$1 window_from=$2 window_to=$3
	windows[$cause]=$((${windows[$cause]} + 1))
}

feed_sent()
{
	sent "$WORK/sent"
}

in_stretch() # FROM TO
{
	report -f "$1" -t "$2" "$WORK/sent" "$WORK/app" "$WORK/socket"
}

# nothing_is_missing TO: from the base to there, outside of the window
nothing_is_missing()
{
	in_stretch $base "$window_from"
	outside=${R[lost]} where=${R[first_lost]}-${R[last_lost]}
	in_stretch "$window_to" "$1"
	[ "${R[lost]}" -eq 0 ] || where=${R[first_lost]}-${R[last_lost]}
	outside=$((outside + R[lost]))
	[ $outside -eq 0 ]
}

# settle: what was sent until now is accounted for
settle()
{
	local end

	end=$(feed_sent)
	[ -n "$cause" ] || window_from=$end window_to=$end
	# what is in a ring or a socket is received in time, by a process that has the processor
	if ! within 20 nothing_is_missing "$end"; then
		lost[outside]=$((${lost[outside]} + outside))
		wrong "$outside of $base-$end are lost outside of $cause $window_from-$window_to: $where"
	fi
	if [ -n "$cause" ]; then
		in_stretch "$window_from" "$window_to"
		lost[$cause]=$((${lost[$cause]} + R[lost]))
		note "  $cause: ${R[lost]} of ${R[sent]} lost in the window"
		[ "$cause" != kill ] || judge_ring "${R[lost]}"
	fi
	base=$end cause=''
}

judge_ring() # LOST
{
	[ "$1" -le $largest_ring ] || largest_ring=$1
	[ "$1" -le $((ring * queues)) ] || ring_excess=$((ring_excess + 1))
}

# reaches 1|2: a stretch of a hundred packets went there whole: to the app, or the kernel's socket
reaches()
{
	local from

	from=$(feed_sent)
	within 5 sent_at_least $((from + 100)) "$WORK/sent"
	sleep 0.05
	in_stretch "$from" $((from + 100))
	[ "${R[received_$1]}" -eq 100 ]
}

# note TEXT: in the journal, which is shown if something goes wrong
note()
{
	echo "$(($(date +%s) - began)) s, from $base: $*" >>"$WORK/journal"
}

wrongs=0
wrong()
{
	wrongs=$((wrongs + 1))
	note "WRONG: $*"
	comment "wrong, in action $actions: $*"
	comment "$(tail -n 12 "$WORK/journal")"
}

# must COMMAND...: it succeeds; what it says is told if not
must()
{
	"$@" >"$WORK/must.out" 2>&1 && return 0
	wrong "status $? of: $*"$'\n'"$(tail -n 5 "$WORK/must.out")"
	return 1
}

# must_now COMMAND...: likewise, but others may change the policy at that moment
must_now()
{
	local tries

	for tries in {1..100}; do
		"$@" >"$WORK/must.out" 2>&1 && return 0
		grep -q 'is changing its policy' "$WORK/must.out" || break
		sleep 0.05
	done
	wrong "after $tries tries, the last says: $*"$'\n'"$(tail -n 5 "$WORK/must.out")"
	return 1
}

print_accounts()
{
	in_stretch 0 "$base"
	comment "$actions actions; sent ${R[sent]}: the app has ${R[received_1]}," \
		"the kernel's socket ${R[received_2]}, twice came ${R[twice]}"
	comment "lost in the rings of ${windows[kill]} killed apps: ${lost[kill]}" \
		"($largest_ring of one at the most); by ${windows[link]} links down: ${lost[link]}"
	comment "lost otherwise: ${lost[outside]}"
}
