#!/usr/bin/env bash
# The verbs of this repository. build.ps1 has the same.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DiffEngine_Disabled=true

# Layouts of the other architectures are compared with their own gcc; Debian has none for loongarch64.
# arm64 has a C library too: one program of the guests of its emulated machine is linked.
cross_compilers=(gcc-aarch64-linux-gnu gcc-riscv64-linux-gnu gcc-s390x-linux-gnu
  gcc-powerpc64le-linux-gnu gcc-mips64el-linux-gnuabi64 libc6-dev-arm64-cross)

# The guest lab; its kernel is downloaded by tests/guest-lab/kernel.sh and not installed.
lab_tools=(qemu-system-x86 busybox-static cpio e2fsprogs gcc libc6-dev)

# Guests that nobody here wrote, for the tests.
firmware=(u-boot-qemu seabios)

usage() {
  cat <<'TEXT'
usage: ./build.sh VERB [ARGUMENT...]
  run [EXAMPLE [ARGUMENT...]]  run an example (HelloVm)
  test                         install what the tests need, where this may, and run them all
  lab [--soak|--speed|--bench] [ARGUMENT...]
                               run the tests on kvm-amd in an emulated machine (of "dotnet test"); with --soak
                               guests that work for five minutes, with --speed guests' disks, cards and starts
                               measured beside QEMU's and a C program's, with --bench what the bench measures
                               with /dev/kvm (KVMINTEROP_BENCH: its arguments)
  headers [RELEASE|all]        fetch the kernel headers of a release (the default one) into headers/cache
  scrape [ARCHITECTURE|all]    make the committed model of the default release again (all)
  bench [ARGUMENT...]          measure this project beside others (--runs, --only, --output, --save, --compare)
  fuzz [ARGUMENT...]           give whatever takes bytes from others a million spoilt inputs (--help: what)
  pack                         make the NuGet packages in artifacts/packages
  help                         this text
The package registry is asked once for ClangSharp.Interop and Verify.Xunit; to ask again, delete
packages.found.props.
TEXT
}

# What the tests use beyond the .NET SDK, by Debian package; tests skip what cannot be installed.
install_tools() {
  local missing=() package
  command -v apt-get >/dev/null || return 0
  for package in "$@"; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  if [ "$(id -u)" -ne 0 ]; then
    echo "Not installed: ${missing[*]}. For all tests: sudo apt-get install ${missing[*]}"
    return 0
  fi
  echo "Installing ${missing[*]}"
  # One by one where all at once fails: a package that this Debian lacks must not keep out the others.
  apt-get update -qq || true
  apt_install "${missing[@]}" && return 0
  for package in "${missing[@]}"; do
    apt_install "$package" || echo "Could not install $package; the tests that need it are skipped."
  done
}

apt_install() {
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null </dev/null
}

kvmgen() {
  dotnet run --project generator/HeaderScraper -- "$@"
}

default_release() {
  sed -n 's/^ *"default": *"\([^"]*\)".*/\1/p' headers/releases.json
}

run() {
  local example=${1:-HelloVm}
  [ -d "examples/$example" ] || { echo "No example $example; there are: $(ls examples)" >&2; exit 2; }
  exec dotnet run --project "examples/$example" -- "${@:2}"
}

tests() {
  local code=0
  install_tools gcc libc6-dev clang-19 libclang1-19 gdb acpica-tools device-tree-compiler \
    "${cross_compilers[@]}" "${lab_tools[@]}" "${firmware[@]}"
  dotnet run build/Packages.cs
  kvmgen headers fetch all || echo "The tests that need the missing headers are skipped."
  rm -rf artifacts/tests
  lab_follow '^\(LAB\|FAIL\|RUNNING\) '
  dotnet test KvmInterop.sln -m:1 || code=$?
  lab_table
  dotnet run build/TestReport.cs artifacts/tests || code=1
  return "$code"
}

# An emulated AMD machine with KVM: what runs there, and how it went.
lab() {
  local code=0
  if [ "${1:-}" = --soak ]; then
    shift
    export KVMINTEROP_SOAK=1
    set -- --filter "FullyQualifiedName~GuestSoak" "$@"
  fi
  if [ "${1:-}" = --speed ]; then
    shift
    export KVMINTEROP_SPEED=${KVMINTEROP_SPEED:-5}
    set -- --filter "FullyQualifiedName~GuestSpeed" "$@"
    rm -f artifacts/lab/speed.md
  fi
  if [ "${1:-}" = --bench ]; then
    shift
    export KVMINTEROP_BENCH=${KVMINTEROP_BENCH:---runs 5} MEMORY=${MEMORY:-6000}
    set -- -c Release --filter "FullyQualifiedName~Bench_on" "$@"
    rm -rf artifacts/lab/bench
  fi
  install_tools "${lab_tools[@]}"
  lab_follow ''
  dotnet test tests/Lab "$@" || code=$?
  lab_table
  [ -z "${KVMINTEROP_BENCH:-}" ] || echo "The bench's reports are in artifacts/lab/bench."
  [ -z "${KVMINTEROP_SPEED:-}" ] || [ ! -f artifacts/lab/speed.md ] || cat artifacts/lab/speed.md
  return "$code"
}

# Shows what lab machines print that matches, as it comes: "dotnet test" itself shows nothing before its end.
lab_follow() {
  mkdir -p artifacts/lab
  rm -f artifacts/lab/scenarios.txt
  : > artifacts/lab/output.log
  tail --pid=$$ -n +1 -f artifacts/lab/output.log | grep --line-buffered -a "$1" &
}

lab_table() {
  [ ! -f artifacts/lab/scenarios.txt ] || { echo "Guest lab:"; cat artifacts/lab/scenarios.txt; }
}

bench() {
  install_tools gcc libc6-dev bindgen libclang1-14 libclang1-19
  dotnet run -c Release --project tests/Benchmarks -- "$@"
}

# Loaders and devices one by one; without arguments also all devices of a PC on its buses.
fuzz() {
  dotnet run -c Release --project tests/Fuzz -- "$@"
  [ $# -gt 0 ] || KVMINTEROP_FUZZ_INPUTS=1000000 dotnet test tests/Machine --filter Category=Fuzz
}

verb=${1:-help}
[ $# -eq 0 ] || shift
case "$verb" in
  run) run "$@" ;;
  test) tests ;;
  headers) kvmgen headers fetch "$@" ;;
  scrape) kvmgen scrape --arch "${1:-all}" --output "headers/models/$(default_release)" ;;
  lab) lab "$@" ;;
  bench) bench "$@" ;;
  fuzz) fuzz "$@" ;;
  pack) dotnet msbuild build/Pack.proj -m -v:m "$@" ;;
  help | -h | --help) usage ;;
  *)
    echo "build.sh: no verb '$verb'" >&2
    usage >&2
    exit 2
    ;;
esac
