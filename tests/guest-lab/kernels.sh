#!/usr/bin/env bash
# kernels.sh OUT: compiles the small kernels of kernels/ and runs each case in QEMU's machine "pc". For case N
# there are OUT/N.output, what it printed, and OUT/N.status, how QEMU ended; kernels and cases lie beside them.
set -euo pipefail
out=$1
sources=$(cd "$(dirname "${BASH_SOURCE[0]}")/kernels" && pwd)
rm -rf "$out"
mkdir -p "$out"
cd "$out"
cp "$sources/cases" cases
printf abcdefg > A
printf 1234 > A,comma
for source in "$sources"/*.c; do
  gcc -m32 -O1 -Wall -Werror -ffreestanding -fno-pic -no-pie -nostdlib -static -fno-stack-protector \
    -fcf-protection=none -mgeneral-regs-only -fno-toplevel-reorder "-Wl,-T,$sources/kernel.ld" \
    -Wl,--build-id=none -Wl,--no-warn-rwx-segments -o "$(basename "$source" .c)" "$source"
done
number=0
while IFS='|' read -r name kernel processors words modules _; do
  options=()
  [ -z "$words" ] || options+=(-append "$words")
  [ -z "$modules" ] || options+=(-initrd "$modules")
  status=0
  timeout 120 qemu-system-x86_64 -accel tcg -M pc -smp "$processors" -m 64 -display none -serial stdio \
    -monitor none -no-reboot -device isa-debug-exit,iobase=0xf4,iosize=0x4 -kernel "$kernel" \
    ${options[@]+"${options[@]}"} </dev/null > "$number.output" 2> "$number.errors" || status=$?
  [ "$status" -ne 124 ] || { echo "QEMU did not come to the end of \"$name\"" >&2; exit 1; }
  echo "$status" > "$number.status"
  number=$((number + 1))
done < <(grep -v '^#' cases)
