using System.CommandLine;
using KvmInterop.HeaderScraper.Commands;
using KvmInterop.HeaderScraper.Headers;

RootCommand root = new("Reads the kernel's KVM headers for KvmInterop.");
root.Subcommands.Add(ScrapeCommand.Create());
root.Subcommands.Add(HeadersCommand.Create());
return root.Parse(args).Invoke();
