# shellcheck shell=bash
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#
# Completion for bash. What there is to complete, xdivert says itself: commands, options and what
# they take come from its help, so that nothing here is ever behind it.

# The synopsis has alternatives, ` | ` between them; of those whose first word was typed, what may
# stand in place N: `add|del`, `IFACE`, `FILE|OBJECT`.
_xdivert_place() # SYNOPSIS N FIRST
{
	local rest="$1 | " alternative
	local -a places

	while [ -n "$rest" ]; do
		alternative=${rest%%' | '*}
		rest=${rest#*' | '}
		read -ra places <<<"$alternative"
		[ ${#places[@]} -eq 0 ] && continue
		if [ "$2" -gt 0 ] && [[ ${places[0]} == [a-z]* && "|${places[0]}|" != *"|$3|"* ]]; then
			continue
		fi
		if [ "$2" -lt ${#places[@]} ]; then
			echo "${places[$2]}"
		elif [[ ${places[-1]} == *...* ]]; then
			echo "${places[-1]}"
		fi
	done
}

# What a place stands for: words for compgen -W; or FILES
_xdivert_words() # PLACE INTERFACE
{
	local place=${1#'['}
	local -a interfaces=(/sys/class/net/*)

	place=${place%%'['*} # the first of what may be several
	place=${place//[^A-Za-z|=-]/}
	case $place in
	IFACE) printf '%s\n' "${interfaces[@]##*/}" ;;
	IFACE=*) printf '%s=\n' "${interfaces[@]##*/}" ;;
	SET) xdivert set show "$2" 2>/dev/null | awk '{print $1}' ;;
	TARGET) xdivert show "$2" 2>/dev/null | sed -n 's/^  dpdk target \([^ ,]*\).*/\1/p' ;;
	COMMAND) xdivert help | awk '/^  [a-z]/ {print $1}' ;;
	FILE* | PCAP | OBJECT) echo FILES ;;
	[a-z]*) tr '|' '\n' <<<"$place" ;;
	esac
}

# The choices of an option that takes a value, FILES if it is a file's; fails if it takes none.
_xdivert_value() # HELP OPTION
{
	awk -v option="$2" '
		seen {if (/^ +\(/) {gsub(/[(),]/, ""); print} exit}
		$1 == option || $1 == option "," || $2 == option {
			value = $1 == option ? $2 : $3
			if (value !~ /^[A-Z]+$/) exit 1
			if (value ~ /FILE|OBJECT|PATH/) print "FILES"
			seen = 1
		}
		END {exit !seen}' <<<"$1"
}

_xdivert_reply() # WORDS
{
	if [ "$1" = FILES ]; then
		compopt -o filenames 2>/dev/null
		mapfile -t COMPREPLY < <(compgen -f -- "$current")
	else
		mapfile -t COMPREPLY < <(compgen -W "$1" -- "$current")
	fi
	[[ ${COMPREPLY[*]} == *= ]] && compopt -o nospace 2>/dev/null
}

_xdivert()
{
	local current=${COMP_WORDS[COMP_CWORD]} command='' help='' word value synopsis words='' i
	local -a arguments=()

	[ "$current" = = ] && current=''
	for ((i = 1; i < COMP_CWORD; i++)); do
		word=${COMP_WORDS[i]}
		if [[ $word == -?* ]]; then
			value=$(_xdivert_value "$help" "$word") || continue
			[ "${COMP_WORDS[i + 1]}" = = ] && i=$((i + 1))
			i=$((i + 1))
			if [ $i -ge "$COMP_CWORD" ]; then
				_xdivert_reply "$value"
				return
			fi
		elif [ -z "$command" ]; then
			command=$word
			help=$(xdivert help "$command" 2>/dev/null)
		elif [ "$word" = = ]; then # eth0=FILE
			if [ $((i + 1)) -ge "$COMP_CWORD" ]; then
				_xdivert_reply FILES
				return
			fi
			i=$((i + 1))
		else
			arguments+=("$word")
		fi
	done
	if [ -z "$command" ]; then
		_xdivert_reply "$(_xdivert_words COMMAND) --help --version --json --debug"
	elif [[ $current == -* ]]; then
		_xdivert_reply "$(grep -oE '^ +(-., )?--[a-z-]+' <<<"$help" | grep -o -- '--.*')"
	else
		synopsis=$(sed -n "s/^usage: xdivert $command \[OPTIONS\] *//p" <<<"$help")
		while read -r word; do
			words+=" $(_xdivert_words "$word" "${arguments[1]-${arguments[0]-}}")"
		done < <(_xdivert_place "$synopsis" ${#arguments[@]} "${arguments[0]-}")
		_xdivert_reply "${words# }"
	fi
}

complete -F _xdivert xdivert
