#!/usr/bin/env bash
# image.sh KERNEL_DIR DOTNET_DIR FRAMEWORK_VERSION OUT: makes a lab machine, OUT/vmlinuz and OUT/base.cpio.
#   KERNEL_DIR         an unpacked linux-image package (boot/vmlinuz-*, lib/modules/*)
#   DOTNET_DIR         the installed .NET, of which the host and one framework are taken
# The archive has busybox, the modules of KVM, .NET and the libraries that it is linked to. What a run adds
# (run.sh, the tests) is a second archive behind it.
set -euo pipefail
kernel=$1 dotnet=$2 version=$3 out=$4
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$out/root
rm -rf "$root"
mkdir -p "$root"/{bin,sbin,modules,proc,sys,dev,app,etc} "$root/dotnet/shared/Microsoft.NETCore.App"

install -m 755 "$here/init" "$root/init"
install -m 755 "$(command -v busybox)" "$root/bin/busybox"
# What looks at the disks of guests, from outside, and makes terminals; not in /bin, where busybox puts its own.
for tool in mke2fs e2fsck debugfs script; do
  install -m 755 "$(PATH=$PATH:/sbin:/usr/sbin command -v "$tool")" "$root/sbin/$tool"
done
printf 'root:x:0:0:root:/tmp:/bin/sh\nnobody:x:65534:65534:nobody:/tmp:/bin/sh\n' > "$root/etc/passwd"
printf 'root:x:0:\nkvm:x:100:\n' > "$root/etc/group"

for module in virt/lib/irqbypass arch/x86/kvm/kvm arch/x86/kvm/kvm-amd drivers/net/tun; do
  cp "$kernel"/lib/modules/*/kernel/"$module".ko "$root/modules/"
done
cp "$kernel"/boot/vmlinuz-* "$out/vmlinuz"

cp "$dotnet/dotnet" "$root/dotnet/"
mkdir -p "$root/dotnet/host"
cp -r "$dotnet/host/fxr" "$root/dotnet/host/"
cp -r "$dotnet/shared/Microsoft.NETCore.App/$version" "$root/dotnet/shared/Microsoft.NETCore.App/"

# OpenSSL is not linked to but opened when a program first hashes; without it .NET ends that program.
openssl() { /sbin/ldconfig -p | sed -nE 's/.*lib(ssl|crypto)\.so\.[0-9.]+ .*=> //p'; }

# The loader and every library that .NET's own files are linked to, at the paths where they look for them.
programs() { find "$root"/{bin,sbin,dotnet} \( -name '*.so' -o -name dotnet -o -path '*bin/*' \) "$@"; }
{ openssl; programs -exec ldd {} + 2>/dev/null || true; } \
  | sed -nE 's/.*=> (\/[^ ]+) .*/\1/p; s/^[[:space:]]*(\/[^ :]+)( .*|)$/\1/p' | sort -u \
  | while read -r library; do
      case $library in "$root"/*) continue ;; esac
      install -D -m 755 "$(readlink -f "$library")" "$root$library"
    done

(cd "$root" && find . -mindepth 1 | LC_ALL=C sort | cpio -o -H newc --quiet) > "$out/base.cpio"
rm -rf "$root"
