#!/usr/bin/env bash
# qemu.sh OUT: the installed QEMU for use inside a lab machine, to measure beside: OUT/qemu starts it. With it
# are the libraries that it is linked to and the firmware of its machines "microvm" and "q35" without a display.
set -euo pipefail
out=$1
program=$(command -v qemu-system-x86_64)
data=$(for folder in /usr/share/qemu /usr/share/seabios /usr/local/share/qemu; do
  [ ! -d "$folder" ] || echo "$folder"
done)
rm -rf "$out"
mkdir -p "$out/lib" "$out/firmware"
cp -L "$program" "$out/qemu-system-x86_64"
ldd "$program" | sed -nE 's/.*=> (\/[^ ]+) .*/\1/p; s/^[[:space:]]*(\/[^ :]+) .*/\1/p' | sort -u \
  | while read -r library; do cp -L "$library" "$out/lib/"; done
for file in bios-256k.bin bios-microvm.bin kvmvapic.bin linuxboot_dma.bin; do
  # The first folder that has it; $data is a list of words.
  # shellcheck disable=SC2086
  found=$(find $data -maxdepth 1 -name "$file" | head -1)
  [ -n "$found" ] || { echo "QEMU's firmware $file is not installed" >&2; exit 1; }
  cp -L "$found" "$out/firmware/"
done
loader=$(basename "$(ldd "$program" | sed -nE 's/^[[:space:]]*(\/[^ :]*ld-linux[^ ]*) .*/\1/p')")
cat > "$out/qemu" <<TEXT
#!/bin/sh
here=\$(dirname "\$0")
exec "\$here/lib/$loader" --library-path "\$here/lib" "\$here/qemu-system-x86_64" -L "\$here/firmware" "\$@"
TEXT
chmod 755 "$out/qemu"
