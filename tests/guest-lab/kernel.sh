#!/usr/bin/env bash
# kernel.sh OUT: unpacks Debian's kernel for virtual machines into OUT (boot/, lib/modules/). Installs nothing.
set -euo pipefail
out=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
chmod 755 "$work"
cd "$work"
# The package of this name only depends on the one of the version that is current.
package=$(apt-cache depends linux-image-cloud-amd64 | sed -n 's/.*Depends: \(linux-image-[0-9].*\)/\1/p' | head -1)
[ -n "$package" ] || { echo "apt knows no linux-image-cloud-amd64" >&2; exit 1; }
apt-get -q download "$package"
rm -rf "$out"
mkdir -p "$out"
dpkg-deb -x "$package"_*.deb "$out"
