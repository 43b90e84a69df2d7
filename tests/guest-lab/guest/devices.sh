# What guests do with devices (see init).

sum_of() {
  sha256sum "$1" | cut -d' ' -f1
}

# A file of what nobody can guess, of so many 64 KiB.
random_file() {
  dd if=/dev/urandom of="$1" bs=64k count="$2" 2>/dev/null
}

# Connections to the host, which is CID 2 (vsock(7)), and from there, in the order in which the test makes them.
sockets() {
  load_virtio
  load vsock vmw_vsock_virtio_transport_common vmw_vsock_virtio_transport
  await /dev/vsock
  random_file /tmp/file 16
  vsock connect 2 51 < /dev/null
  echo "guest: nobody at 51, status $?"
  vsock connect 2 52 < /tmp/file > /tmp/answer || fail "connection to 52"
  echo "guest: sent $(sum_of /tmp/file) got $(sum_of /tmp/answer)"
  vsock listen 1234 < /tmp/file > /tmp/asked || fail "connection at 1234"
  echo "guest: sent $(sum_of /tmp/file) got $(sum_of /tmp/asked)"
  # Whoever connects here goes before it has read what there is to send.
  cat /dev/zero | vsock listen 1235 > /tmp/asked
  echo "guest: left alone, status $?"
  finish "sockets done"
}

# Folders of the host, by a kernel that has 9P: "share" for all, "fixed" to read.
shared() {
  load_virtio
  load netfs fscache 9pnet 9pnet_virtio 9p
  mkdir /tmp/fixed
  mount -t 9p -o trans=virtio,version=9p2000.L share /mnt || fail "mount of share"
  mount -t 9p -o trans=virtio,version=9p2000.L fixed /tmp/fixed || fail "mount of fixed"
  cd /mnt || fail "folder"
  echo "guest: finds $(ls | tr '\n' ' ')"
  echo "guest: reads $(sum_of from-host)"
  random_file from-guest 16
  echo "guest: writes $(sum_of from-guest)"
  mkdir folder && mv from-guest folder/renamed && rm gone && rmdir empty && ln -s folder/renamed link \
    && ln folder/renamed hard && chmod 640 folder/renamed && truncate -s 10 cut && echo more >> cut || fail "changes"
  echo "guest: by link $(sum_of link)"
  for name in out/secret absolute/secret ../outside/secret; do
    cat "$name" 2>/dev/null && echo "guest: reads out of the folder by $name"
    echo spoilt 2>/dev/null > "$name" && echo "guest: writes out of the folder by $name"
  done
  echo spoilt 2>/dev/null > /tmp/fixed/from-host && echo "guest: writes to fixed"
  rm /tmp/fixed/from-host 2>/dev/null && echo "guest: removes from fixed"
  echo "guest: fixed $(sum_of /tmp/fixed/from-host)"
  cd /
  umount /mnt
  # Another root than the folder: the server has none.
  mount -t 9p -o trans=virtio,version=9p2000.L,aname=../outside share /mnt \
    && cat /mnt/secret 2>/dev/null && echo "guest: reads out of the folder by its name"
  umount /mnt
  finish "shared"
}

memory() {
  sed -n "s/^$1: *\([0-9]*\) kB/\1/p" /proc/meminfo
}

# Has memory that is used and let go, and says how much is free whenever it is asked.
balloon() {
  load_virtio
  load virtio_balloon
  dd if=/dev/zero of=/tmp/fill bs=1M count=80 2>/dev/null || fail "fill"
  echo "guest: filled"
  read -r line
  rm /tmp/fill
  echo "guest: let go"
  while read -r line; do
    [ "$line" != off ] || finish "off"
    echo "guest: free $(memory MemFree) of $(memory MemTotal)"
  done
}

# Copies a file to the host and one back, by a card on a TAP interface.
tap() {
  net 10.1.0.2
  ping -c 3 -W 10 10.1.0.1 && echo "guest: pings"
  random_file /tmp/file 16
  nc 10.1.0.1 7000 < /tmp/file > /tmp/answer
  finish "sent $(sum_of /tmp/file) got $(sum_of /tmp/answer)"
}

# The file of a virtio port, once there is one of that name.
port_of() {
  while true; do
    for port in /sys/class/virtio-ports/*; do
      [ "$(cat "$port/name" 2>/dev/null)" != "$1" ] || { echo "/dev/${port##*/}"; return; }
    done
    sleep 0.1
  done
}

# Two lines and their answers by one port, a file by another, and a shell on the console.
terminal() {
  load_virtio
  load virtio_console
  await /dev/hvc0
  exec < /dev/hvc0 > /dev/hvc0 2>&1
  exec 3<> "$(port_of first)"
  random_file /tmp/file 16
  cat /tmp/file > "$(port_of second)" || fail "second port"
  for turn in 1 2; do
    read -r line <&3
    echo "$line, says the guest" >&3
  done
  exec 3>&-
  echo "guest: sent $(sum_of /tmp/file)"
  exec setsid -c sh
}
