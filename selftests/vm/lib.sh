# shellcheck shell=bash
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#
# What the scripts of the test bench share: how they end when they can't go on.

fail() # MESSAGE: the bench itself is at fault, not what runs in it
{
	echo "${0##*/}: $*" >&2
	exit 125
}

unavailable() # MESSAGE: no fault; this machine lacks something
{
	echo "${0##*/}: $*" >&2
	exit 77
}

need() # PROGRAM...
{
	local program

	for program in "$@"; do
		type -P "$program" >/dev/null || unavailable "$program is not installed: make deps"
	done
}

# what an ordinary user's PATH lacks
PATH=$PATH:/usr/sbin:/sbin
