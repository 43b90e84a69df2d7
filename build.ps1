#!/usr/bin/env pwsh
# The verbs of this repository, as build.sh has them.
param([string] $Verb = 'help', [Parameter(ValueFromRemainingArguments)] [string[]] $Arguments = @())
Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'
Set-Location $PSScriptRoot
$env:DOTNET_CLI_TELEMETRY_OPTOUT = '1'
$env:DOTNET_NOLOGO = '1'
$env:DiffEngine_Disabled = 'true'
$first = if ($Arguments.Count -gt 0) { $Arguments[0] } else { '' }
$rest = @($Arguments | Select-Object -Skip 1)

function Invoke-Kvmgen { dotnet run --project generator/HeaderScraper -- @args }

switch ($Verb) {
    'run' {
        $example = if ($first) { $first } else { 'HelloVm' }
        dotnet run --project "examples/$example" -- @rest
    }
    'test' {
        dotnet run build/Packages.cs
        Invoke-Kvmgen headers fetch all
        if ($LASTEXITCODE -ne 0) { 'The tests that need the missing headers are skipped.' }
        if (Test-Path artifacts/tests) { Remove-Item -Recurse artifacts/tests }
        dotnet test KvmInterop.sln -m:1
        $tested = $LASTEXITCODE
        dotnet run build/TestReport.cs artifacts/tests
        if ($tested -ne 0) { exit $tested }
    }
    'fuzz' {
        dotnet run -c Release --project tests/Fuzz -- @Arguments
        if ($LASTEXITCODE -eq 0 -and -not $first) {
            $env:KVMINTEROP_FUZZ_INPUTS = '1000000'
            dotnet test tests/Machine --filter Category=Fuzz
        }
    }
    'lab' {
        if ($first -eq '--soak') {
            $env:KVMINTEROP_SOAK = '1'
            $Arguments = @('--filter', 'FullyQualifiedName~GuestSoak') + $rest
        }
        if ($first -eq '--speed') {
            if (-not $env:KVMINTEROP_SPEED) { $env:KVMINTEROP_SPEED = '5' }
            $Arguments = @('--filter', 'FullyQualifiedName~GuestSpeed') + $rest
        }
        if ($first -eq '--bench') {
            if (-not $env:KVMINTEROP_BENCH) { $env:KVMINTEROP_BENCH = '--runs 5' }
            if (-not $env:MEMORY) { $env:MEMORY = '6000' }
            if (Test-Path artifacts/lab/bench) { Remove-Item -Recurse artifacts/lab/bench }
            $Arguments = @('-c', 'Release', '--filter', 'FullyQualifiedName~Bench_on') + $rest
        }
        dotnet test tests/Lab @Arguments
        $tested = $LASTEXITCODE
        if (Test-Path artifacts/lab/scenarios.txt) { Get-Content artifacts/lab/scenarios.txt }
        if ($first -eq '--bench') { "The bench's reports are in artifacts/lab/bench." }
        if ($first -eq '--speed' -and (Test-Path artifacts/lab/speed.md)) { Get-Content artifacts/lab/speed.md }
        if ($tested -ne 0) { exit $tested }
    }
    'headers' { Invoke-Kvmgen headers fetch @Arguments }
    'scrape' {
        $release = (Get-Content -Raw headers/releases.json | ConvertFrom-Json).default
        $architecture = if ($first) { $first } else { 'all' }
        Invoke-Kvmgen scrape --arch $architecture --output "headers/models/$release"
    }
    'bench' { dotnet run -c Release --project tests/Benchmarks -- @Arguments }
    'pack' { dotnet msbuild build/Pack.proj -m -v:m @Arguments }
    default {
        @'
usage: ./build.ps1 VERB [ARGUMENT...]
  run [EXAMPLE [ARGUMENT...]]  run an example (HelloVm)
  test                         run all tests
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
'@
        if ($Verb -notin 'help', '-h', '--help') { exit 2 } else { exit 0 }
    }
}
exit $LASTEXITCODE
