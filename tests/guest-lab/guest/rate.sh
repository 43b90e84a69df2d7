# What guests measure with the program "rate"; read by init, whose functions it uses.

# Interrupts of virtio devices until now.
interrupts() {
  awk '/virtio/ { for (i = 2; i <= NF; i++) if ($i ~ /^[0-9]+$/) sum += $i } END { print sum + 0 }' /proc/interrupts
}

# Runs "rate" (rate.c) when a line comes, between which and the result the other side looks at its counters.
measure() {
  echo "guest: ready"
  read -r _
  before=$(interrupts)
  result=$(rate "$@") || fail "rate $*"
  echo "guest: measured $result, $(($(interrupts) - before)) interrupts"
}

# Each argument is a measurement: read or write, sequential or random, bytes of a request, how many, how many at
# a time, with colons between.
rate_disk() {
  load_virtio
  load virtio_blk
  await /dev/vda
  for each in "$@"; do
    # shellcheck disable=SC2086
    measure disk /dev/vda $(echo "$each" | tr : ' ')
  done
  finish "disk measured"
}

rate_serve() {
  net 10.0.0.1
  rate serve 7000
  rate echo 7001
  finish served
}

# Bytes to send, then how many questions to ask.
rate_net() {
  net 10.0.0.2
  measure send 10.0.0.1 7000 "$1"
  measure ask 10.0.0.1 7001 "$2"
  finish "network measured"
}
