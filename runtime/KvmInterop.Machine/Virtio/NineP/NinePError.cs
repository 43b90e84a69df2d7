namespace KvmInterop.Machine.Virtio.NineP;

/// <summary>Linux's error numbers, in which 9P2000.L answers (Rlerror).</summary>
internal enum NinePError
{
    None = 0,
    NotPermitted = 1,
    NotFound = 2,
    Io = 5,
    BadFile = 9,
    Access = 13,
    NotFolder = 20,
    Invalid = 22,
    TooManyFiles = 23,
    ReadOnly = 30,
    NameTooLong = 36,
    TooManyLinks = 40,
    NotSupported = 95,
}
