using KvmInterop.HeaderScraper.Commands;

return Kvmgen.Run(args);
