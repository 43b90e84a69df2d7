#!/usr/bin/env bash
# boot.sh MACHINE_DIR SECONDS COMMAND [FOLDER=NAME...]: boots a lab machine and runs a command in its /app.
# Each FOLDER is there as /app/NAME. Exit status: the command's; 124 at the deadline, or when nothing was
# printed for STALL seconds; 125 when the machine went away without a status.
# ACCEL, CPU, MEMORY and PROCESSORS choose another machine. ICOUNT makes its clock count instructions, as QEMU's
# -icount says: shift=0,sleep=off is a nanosecond for each, with one processor. LOG is a file to which all that it prints is added
# as it comes.
set -euo pipefail
machine=$1 seconds=$2 command=$3
shift 3
work=$(mktemp -d)
qemu=
trap 'kill "$qemu" 2>/dev/null || true; rm -rf "$work"' EXIT
mkdir -p "$work/app"
printf '%s\n' "$command" > "$work/app/run.sh"
for pair in "$@"; do
  cp -rL "${pair%%=*}" "$work/app/${pair##*=}"
done
# The kernel takes archives one behind the other, each from a multiple of 4 bytes.
(cd "$work" && find app -mindepth 1 | cpio -o -H newc --quiet) > "$work/run.cpio"
cat "$machine/base.cpio" "$work/run.cpio" > "$work/initrd"

# The outer kernel polls instead of sleeping: with its timer stopped, a nested guest was seen to hang.
# Of a busy host's time a timer's interrupts come late; the kernel is not to panic over that (no_timer_check).
options="console=ttyS0 panic=-1 quiet no_timer_check tsc=unstable mitigations=off idle=poll nohz=off"
: > "$work/log" # Looked at below, maybe before QEMU has begun.
qemu-system-x86_64 -accel "${ACCEL:-tcg}" -cpu "${CPU:-EPYC,+svm,+npt}" \
  ${ICOUNT:+-icount "$ICOUNT"} -smp "${PROCESSORS:-1}" -m "${MEMORY:-2048}" -nodefaults -display none -serial stdio -no-reboot \
  -kernel "$machine/vmlinuz" -initrd "$work/initrd" -append "$options" </dev/null >"$work/log" 2>&1 &
qemu=$!
[ -z "${LOG:-}" ] || tail --pid="$qemu" -f -n +1 "$work/log" >> "$LOG" &

status=125
while kill -0 "$qemu" 2>/dev/null; do
  sleep 0.5
  quiet=$(($(date +%s) - $(stat -c %Y "$work/log")))
  if [ "$SECONDS" -ge "$seconds" ] || [ "$quiet" -ge "${STALL:-240}" ]; then
    kill "$qemu" 2>/dev/null || true
    status=124
  fi
done
tr -d '\r' < "$work/log" \
  | grep -av -e '^@@RC=' -e '^qemu-system-x86_64: warning: TCG' -e '^RUNNING ' -e 'reboot: Power down' || true
said=$(tr -d '\r' < "$work/log" | sed -n 's/^@@RC=//p' | tail -1)
exit "${said:-$status}"
