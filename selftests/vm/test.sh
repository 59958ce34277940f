# shellcheck shell=bash
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#
# For a test of what this machine's kernel may lack: source it behind ../lib.sh.

# shellcheck disable=SC2034,SC2154 # children is of ../lib.sh
# needs_vm VERSION: the test goes on behind it in a VM with that kernel of Debian, or with the one
# that XDIVERT_KERNEL names
needs_vm()
{
	local status version=${XDIVERT_KERNEL:-$1}

	[ -z "${XDIVERT_VM-}" ] || return 0
	"$TOP/selftests/vm/run" --kernel "$version" --timeout 280 "$TOP/selftests/$(basename "$0")" \
		2>"$WORK/vm.err" &
	children[vm]=$!
	await vm
	status=$?
	case $status in
	0 | 1) exit $status ;; # it has said all there is to say
	77) skip_all "$(tail -n 1 "$WORK/vm.err")" ;;
	esac
	not_ok "the VM with kernel $version runs the test to its end"
	comment "status $status: $(<"$WORK/vm.err")"
	finish
}
