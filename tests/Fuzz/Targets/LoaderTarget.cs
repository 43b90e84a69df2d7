using System.Buffers;
using KvmInterop.Machine.Boot;

namespace KvmInterop.Tests.Fuzz.Targets;

/// <summary>A boot loader: an image that was right is spoilt and loaded.</summary>
/// <param name="name">The target's name.</param>
/// <param name="images">Images that the loader takes.</param>
/// <param name="head">How many bytes of them, from the start, are most worth changing.</param>
/// <param name="load">Loads; <see cref="BootImageException"/> is how it refuses.</param>
internal sealed class LoaderTarget(string name, byte[][] images, int head, Action<BootFile> load)
    : FuzzTarget(name)
{
    // The longest that any loader reads so far is some 100 pieces, and 2 for each note of an ELF file.
    private const int MostReads = 20_000;

    public override byte[] Make(FuzzRandom random) =>
        Mutator.Spoil(images[random.Below(images.Length)], random, head);

    public override bool Run(byte[] input)
    {
        using CountedBytes bytes = new(input);
        using BootFile file = BootFile.FromBytes("image", bytes.Memory);
        try
        {
            load(file);
            return true;
        }
        catch (BootImageException e)
        {
            StateCheck.CheckSentence(e.Message);
            return false;
        }
    }

    /// <summary>A file that counts how often it is read: a loader that never ends reads on and on.</summary>
    private sealed class CountedBytes(byte[] bytes) : MemoryManager<byte>
    {
        private int reads;

        public override Span<byte> GetSpan() => ++reads <= MostReads
            ? bytes
            : throw new FuzzFailureException($"the loader reads the file more than {MostReads:#,0} times");

        public override MemoryHandle Pin(int elementIndex = 0) => throw new NotSupportedException();

        public override void Unpin()
        {
        }

        protected override void Dispose(bool disposing)
        {
        }
    }
}
