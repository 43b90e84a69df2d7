#!/usr/bin/env bash
# tools-arm64.sh MACHINE OUT: what tests run beside guests in the emulated arm64 machine, out of Debian's packages:
# OUT/e2fsck, and OUT/gdb and OUT/script with their libraries in OUT/lib. Kept for the next time.
#   MACHINE   what the kit has set up: in deb/ are the packages that its own libraries come from
set -euo pipefail
machine=$1 out=$2
ready=$out/e2fsck-gdb-script
[ ! -e "$ready" ] || exit 0
rm -rf "$out"
mkdir -p "$out/deb" "$out/root" "$out/lib"
# Those of the machine's own packages must be of its versions.
packages=$(apt-cache depends --recurse --no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces \
  --no-enhances gdb-minimal:arm64 | grep -E '^[a-z].*:arm64$' \
  | grep -v -E '^(dpkg|install-info|debconf|libc6|gcc-[0-9]+-base|libgcc-s1|libstdc\+\+6):')
(cd "$out/deb" && apt-get download -q e2fsck-static:arm64 bsdutils:arm64 $packages)
for package in "$out"/deb/*.deb "$machine"/deb/lib*.deb; do
  dpkg-deb -x "$package" "$out/root"
done
cp "$out/root/sbin/e2fsck.static" "$out/e2fsck"
cp "$out/root/usr/bin/gdb" "$out/root/usr/bin/script" "$out/"

# What a program is linked to, and what that is linked to.
collect() {
  local name file
  readelf -d "$1" | sed -nE 's/.*\(NEEDED\).*\[(.*)\]/\1/p' | while read -r name; do
    for file in "$out"/root{,/usr}/lib/aarch64-linux-gnu/"$name"; do
      if [ -e "$file" ] && [ ! -e "$out/lib/$name" ]; then
        cp -L "$file" "$out/lib/$name"
        collect "$file"
      fi
    done
  done
}
collect "$out/gdb"
collect "$out/script"
rm -rf "$out/root"
touch "$ready"
