#!/usr/bin/env bash
# guest-arm64.sh MACHINE OUT: what guests of the emulated arm64 machine boot, OUT/vmlinuz and OUT/initrd; their
# first process is the same as that of the lab's guests.
#   MACHINE   what the kit has set up: vmlinuz, the kernel's package in deb/, busybox in root/
set -euo pipefail
machine=$1 out=$2
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$out/guest-root
rm -rf "$root"
mkdir -p "$root"/{bin,modules,proc,sys,dev,tmp,etc,root,mnt}
install -m 755 "$here/guest/init" "$root/init"
install -m 755 "$machine/root/bin/busybox" "$root/bin/busybox"
install -m 644 "$here"/guest/*.sh "$root/"
aarch64-linux-gnu-gcc -O2 -Wall -static -s -o "$root/bin/vsock" "$here/guest/vsock.c"
install -m 644 "$here"/guest/etc/* "$root/etc/"
dpkg-deb --fsys-tarfile "$machine"/deb/linux-image-*.deb | tar x --transform 's,.*/,,' -C "$root/modules" --wildcards \
  './lib/modules/*/kernel/drivers/virtio/*.ko' './lib/modules/*/virtio_blk.ko' './lib/modules/*/virtio-rng.ko' \
  './lib/modules/*/virtio_net.ko' './lib/modules/*/failover.ko' './lib/modules/*/net_failover.ko' \
  './lib/modules/*/virtio_console.ko' './lib/modules/*/vsock.ko' './lib/modules/*/vmw_vsock_virtio_transport*.ko'
(cd "$root" && find . -mindepth 1 | LC_ALL=C sort | cpio -o -H newc --quiet) | gzip -1 > "$out/initrd"
rm -rf "$root"
cp "$machine/vmlinuz" "$out/vmlinuz"
