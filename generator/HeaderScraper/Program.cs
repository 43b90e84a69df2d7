using System.CommandLine;
using KvmInterop.HeaderScraper.Commands;
using KvmInterop.HeaderScraper.Headers;
using KvmInterop.HeaderScraper.Verify;

RootCommand root = new("Reads the kernel's KVM headers for KvmInterop.");
root.Subcommands.Add(ScrapeCommand.Create());
root.Subcommands.Add(HeadersCommand.Create());
root.Subcommands.Add(VerifyCommand.Create());
return root.Parse(args).Invoke();
