#!/usr/bin/env bash
# guest.sh KERNEL_DIR KERNEL_9P_DIR OUT: what guests inside the lab machine boot, OUT/vmlinuz and OUT/initrd, the
# same of a kernel that has 9P, OUT/vmlinuz-9p and OUT/initrd-9p, and OUT/minimal-vmm, the C program that boots
# the first.
#   KERNEL_DIR         an unpacked linux-image package (boot/vmlinuz-*, lib/modules/*)
set -euo pipefail
kernel=$1 kernel9p=$2 out=$3
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$out/guest-root
rm -rf "$root"
mkdir -p "$root"/{bin,modules,proc,sys,dev,tmp,etc,root,mnt}

install -m 755 "$here/guest/init" "$root/init"
install -m 644 "$here/guest/rate.sh" "$here/guest/devices.sh" "$root/"
install -m 755 "$(command -v busybox)" "$root/bin/busybox"
for program in mark rate vsock; do
  gcc -O2 -Wall -static -s -o "$root/bin/$program" "$here/guest/$program.c"
done
# The password is "lab".
install -m 644 "$here"/guest/etc/* "$root/etc/"

# The console must be there before anything is mounted, and making a device takes no right in an archive of
# one's own: header, name, padding (Documentation/driver-api/early-userspace/buffer-format.rst).
node() {
  printf '070701%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%s\0\0\0\0' \
    "$1" "$2" 0 0 1 0 0 0 0 "$3" "$4" $((${#5} + 1)) 0 "$5" | head -c $(((110 + ${#5} + 1 + 3) / 4 * 4))
}

# What a kernel boots (kernel, its file, the archive, modules; what one does not have as a module it has built in).
make_initrd() {
  local from=$1 module file
  cp "$from"/boot/vmlinuz-* "$2"
  rm -f "$root"/modules/*
  for module in "${@:4}"; do
    for file in "$from"/lib/modules/*/kernel/"$module".ko; do
      [ ! -f "$file" ] || cp "$file" "$root/modules/"
    done
  done
  {
    (cd "$root" && find . -mindepth 1 | LC_ALL=C sort | cpio -o -H newc --quiet)
    node 1 $((0020600)) 5 1 dev/console
    node 0 0 0 0 'TRAILER!!!'
  } | gzip -1 > "$3"
}

virtio=(drivers/virtio/virtio{,_ring,_mmio,_pci_modern_dev,_pci_legacy_dev,_pci})
make_initrd "$kernel" "$out/vmlinuz" "$out/initrd" "${virtio[@]}" drivers/virtio/virtio_balloon \
  drivers/block/virtio_blk drivers/char/virtio_console drivers/char/hw_random/virtio-rng \
  net/core/failover drivers/net/{net_failover,virtio_net} \
  net/vmw_vsock/{vsock,vmw_vsock_virtio_transport_common,vmw_vsock_virtio_transport} \
  fs/fuse/{fuse,virtiofs}
make_initrd "$kernel9p" "$out/vmlinuz-9p" "$out/initrd-9p" "${virtio[@]}" \
  fs/{netfs/netfs,fscache/fscache,9p/9p} net/9p/{9pnet,9pnet_virtio}
rm -rf "$root"
gcc -O2 -Wall -static -pthread -o "$out/minimal-vmm" "$here"/minimal-vmm/*.c
