# shellcheck shell=bash
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#
# What soak.test does at random. An action is a function `do_NAME` that returns 2 if it makes no
# sense in the state that there is. It sets the window that it explains losses by, if it may lose.

# The state: who serves the consumer, whether a service runs, which policy is live.
app='' # the label of its process
kind='' # direct; lent, by the service; orphan, of a service that is gone
service=''
held='' # the policy that the service loads
live='' # the policy's name; '': none
member=0 # is the sender in the set of the policy `chosen`?
apps=0

# pick WORD...: one of them, in $picked; not a subshell, that would have its own RANDOM
pick()
{
	local choices=("$@")

	picked=${choices[RANDOM % $#]}
}

# a_while MILLISECONDS: sleeps up to that
a_while()
{
	sleep "$(printf '0.%03d' $((RANDOM % $1)))"
}

has_consumer()
{
	[ -n "$live" ] && [ "$live" != away ]
}

diverts()
{
	has_consumer && { [ "$live" != chosen ] || [ $member -eq 1 ]; }
}

# is_state any|all STATE: of the queues of the consumer
is_state()
{
	here xdivert show eth0 --json | jq -e --arg state "$2" \
		"[.interfaces[0].consumers[].queues[].state == \$state] | $1"
}

is_live() # NAME
{
	here xdivert show eth0 --json | jq -e --arg file "soak-$$-$1.policy" \
		'.interfaces[0].policy | endswith($file)'
}

generation()
{
	here xdivert show eth0 --json | jq '.interfaces[0].generation'
}

is_later() # GENERATION
{
	[ "$(generation)" -gt "$1" ]
}

fds() # PID
{
	find "/proc/$1/fd" -mindepth 1 2>/dev/null | wc -l
}

has_at_most() # FDS PID
{
	[ "$(fds "$2")" -le "$1" ]
}

# --- policies ----------------------------------------------------------------------------------------

# became NAME: it is live
became()
{
	live=$1
	if [ "$live" = chosen ]; then
		pick 0 1
		member=$picked
		if [ $member -eq 1 ]; then
			must_now here xdivert set add eth0 wanted $THERE4
		else
			must_now here xdivert set flush eth0 wanted
		fi
	fi
	# sockets join a policy that has their consumer again within about a second
	[ -z "$app" ] || ! has_consumer || must within 20 is_state all served
}

# An app whose service is gone joins no policy anew: see README, As a service.
pick_policy()
{
	pick plain ranges many chosen away
	[ "$picked" != away ] || [ "$kind" != orphan ] || picked=plain
}

do_reload()
{
	pick_policy
	note "load $picked"
	must_now load "soak-$$-$picked" && became "$picked"
}

do_bad_load()
{
	pick typo huge missing
	note "load $picked, which is bad"
	while ! load "soak-$$-$picked" >"$WORK/bad.out" 2>&1; do
		if ! grep -q 'is changing its policy' "$WORK/bad.out"; then # it is the policy, then
			[ -z "$live" ] || must is_live "$live"
			return
		fi
		sleep 0.05
	done
	wrong "a bad policy loads: $picked"
}

# Killed at any moment, it leaves the old policy or the new one.
do_killed_load()
{
	has_consumer || return 2
	pick plain ranges many
	note "load $picked, killed"
	load "soak-$$-$picked" >"$WORK/killed.out" 2>&1 &
	a_while 300
	kill -KILL $! 2>/dev/null
	wait $! 2>/dev/null
	if is_live "$picked" >/dev/null; then
		became "$picked"
	else
		must is_live "$live"
	fi
}

is_over() # the trial
{
	here xdivert show eth0 --json | jq -e '.interfaces[0].trial | . == null or .over'
}

do_trial()
{
	local time=60s end name

	has_consumer || return 2
	pick plain ranges many
	name=$picked
	pick out confirm --revert
	end=$picked
	[ "$end" != out ] || time=1s
	note "load $name --confirm $time, then: $end"
	must_now load "soak-$$-$name" --confirm $time || return
	case $end in
	out)
		must within 20 is_over
		;;
	confirm)
		must_now here xdivert confirm eth0 && became "$name"
		;;
	--revert)
		must_now here xdivert confirm eth0 --revert
		;;
	esac
	must is_live "$live"
}

do_unload()
{
	[ -n "$live" ] && [ "$kind" != orphan ] || return 2
	note 'unload'
	must_now here xdivert unload eth0 && live=''
}

do_member()
{
	[ "$live" = chosen ] || return 2
	note 'the sender in or out of the set'
	if [ $member -eq 1 ]; then
		must_now here xdivert set del eth0 wanted $THERE4 && member=0
	else
		must_now here xdivert set replace eth0 wanted $THERE4 10.9.9.9 && member=1
	fi
}

flow_has_taken() # COUNT
{
	here xdivert flow list eth0 --json | jq -e --argjson port 4000 \
		".flows | any(.sport == \$port and .packets >= $1)"
}

do_flow()
{
	local flow="udp $THERE4:4000 > $HERE4:9000"

	[ "$live" = plain ] || [ "$live" = chosen ] || return 2
	note 'a flow of the feed to the kernel, and back'
	must_now here xdivert flow add eth0 "$flow => pass" || return
	must within 20 flow_has_taken 10
	must_now here xdivert flow del eth0 "$flow"
}

# --- apps --------------------------------------------------------------------------------------------

app_starts() # LABEL OPTIONS...
{
	local label=$1
	shift

	start_ready "$label" here seqxsk "$@" -o "$WORK/app" eth0 feed
}

do_start()
{
	local label=app$((apps + 1))

	[ -z "$app" ] && has_consumer || return 2
	pick direct lent
	[ "$picked" = direct ] || [ -n "$service" ] || picked=direct
	pick_profile
	note "an app starts, $picked, $profile"
	apps=$((apps + 1))
	if [ "$picked" = lent ]; then
		must app_starts $label -T -p "$profile" || return
	else
		must app_starts $label -p "$profile" || return
	fi
	app=$label kind=$picked
	app_fds=$(fds "${children[$app]}")
}

pick_profile()
{
	local before=$picked

	pick balanced frugal latency
	profile=$picked picked=$before
}

do_take_over()
{
	local label=app$((apps + 1))

	[ "$kind" = lent ] && [ -n "$service" ] && has_consumer || return 2
	pick_profile
	note "an app takes over, $profile"
	apps=$((apps + 1))
	must app_starts $label -T -p "$profile" || return
	must within 10 ended "$app"
	must await "$app"
	app=$label
	app_fds=$(fds "${children[$app]}")
}

# Its end as it should be loses nothing. Without its service it leaves its place late: to be taken for
# hung, and one packet in a while is still tried with it.
do_stop()
{
	local from=$base was=$kind

	[ -n "$app" ] || return 2
	note "the app ends, $kind"
	must within 10 has_at_most "$app_fds" "${children[$app]}"
	must stop "$app"
	app='' kind=''
	if has_consumer; then
		must within 20 is_state all empty
	fi
	[ "$was" != orphan ] || window kill "$from" "$(feed_sent)"
}

killed()
{
	stop "$app" KILL
	app='' kind=''
	if has_consumer; then
		must within 20 is_state all empty
	fi
	window kill $base "$(feed_sent)"
}

do_kill()
{
	[ -n "$app" ] || return 2
	note "the app is killed, $kind"
	killed
}

do_hang()
{
	[ -n "$app" ] || return 2
	note "the app hangs, $kind"
	kill -STOP "${children[$app]}"
	! diverts || must within 20 is_state any stalled
	a_while 900
	pick goes_on goes_on killed
	note "and $picked"
	if [ "$picked" = killed ]; then
		killed
		return
	fi
	kill -CONT "${children[$app]}"
	! diverts || must within 20 is_state all served
}

# --- links -------------------------------------------------------------------------------------------

do_flap()
{
	local from=$base

	pick here there
	note "the link goes down $picked"
	$picked ip link set eth0 down
	a_while 300
	$picked ip link set eth0 up
	must within 20 pings 1 $HERE4
	window link "$from" "$(feed_sent)"
}

# --- the service -------------------------------------------------------------------------------------

service_is_ready()
{
	grep -q 'ready, at' "$WORK/run.out"
}

rss() # PID: in kB
{
	awk '$1 == "VmRSS:" {print $2}' "/proc/$1/status"
}

do_service()
{
	[ -z "$service" ] || return 2
	pick_policy
	note "a service starts, with $picked"
	cp "$WORK/soak-$$-$picked.policy" "$WORK/held/soak-$$-$picked.policy"
	held=$picked
	start run here xdivert run eth0="$WORK/held/soak-$$-$picked.policy"
	must within 30 service_is_ready || return
	service=run
	service_fds=$(fds "${children[run]}")
	service_rss=$(rss "${children[run]}")
	became "$picked"
}

do_hup()
{
	local before

	[ -n "$service" ] && [ -n "$live" ] || return 2
	[ "$held" != away ] || [ "$kind" != orphan ] || return 2
	note "SIGHUP, which loads $held"
	before=$(generation)
	kill -HUP "${children[run]}"
	must within 30 is_later "$before" && became "$held"
}

# It ends, or is killed; its policy stays, and so does its app.
do_end_service()
{
	[ -n "$service" ] || return 2
	[ "$kind" != lent ] || has_consumer || return 2 # it would join none any more
	pick TERM KILL
	note "the service ends by $picked"
	[ "$kind" = lent ] || judge_service
	stop run "$picked"
	service=''
	[ "$kind" != lent ] || kind=orphan
}

# What it has of descriptors and memory when nobody has anything of it, beside what it began with.
judge_service()
{
	must within 10 has_at_most $((service_fds + 1)) "${children[run]}"
	local grown=$(($(rss "${children[run]}") - service_rss))
	[ $grown -le $largest_growth ] || largest_growth=$grown
	[ $grown -le 4096 ] || wrong "the service has grown by $grown kB"
}
largest_growth=0
