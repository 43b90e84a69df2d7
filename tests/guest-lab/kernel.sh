#!/usr/bin/env bash
# kernel.sh OUT PACKAGE [PATTERN...]: unpacks one of Debian's kernels into OUT (boot/, lib/modules/), all of it or
# the files of these patterns. Installs nothing.
#   PACKAGE            linux-image-cloud-amd64 or another that depends on the current version's
set -euo pipefail
out=$1 name=$2
shift 2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
chmod 755 "$work"
cd "$work"
# The package of this name only depends on the one of the version that is current.
package=$(apt-cache depends "$name" | sed -n 's/.*Depends: \(linux-image-[0-9].*\)/\1/p' | head -1)
[ -n "$package" ] || { echo "apt knows no $name" >&2; exit 1; }
apt-get -q download "$package"
mkdir unpacked
dpkg-deb --fsys-tarfile "$package"_*.deb | tar -x -C unpacked --no-same-owner --wildcards "${@:-*}"
rm -rf "$out"
mkdir -p "$(dirname "$out")"
mv unpacked "$out"
