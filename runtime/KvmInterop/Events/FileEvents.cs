namespace KvmInterop;

/// <summary>What a file is watched for, and what has happened to it: bits of <c>epoll_ctl(2)</c>.</summary>
[Flags]
public enum FileEvents
{
    /// <summary>Nothing: the file is not watched for data, only for its end.</summary>
    None = 0,

    /// <summary>There is something to read, a connection to accept, or the end of the data.</summary>
    Readable = 0x1,

    /// <summary>There is room to write.</summary>
    Writable = 0x4,

    /// <summary>An error waits on the file. Told always, whatever it is watched for.</summary>
    Error = 0x8,

    /// <summary>The other side is gone. Told always, whatever the file is watched for.</summary>
    HungUp = 0x10,
}
