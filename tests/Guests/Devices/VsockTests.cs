using System.Net.Sockets;
using System.Text;

namespace KvmInterop.Tests.Guests.Devices;

/// <summary>Sockets between a guest and programs of the host, here this one.</summary>
public sealed class VsockTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("kvminterop-vsock-").FullName;
    private readonly byte[] file = new byte[1 << 20];

    public VsockTests() => Random.Shared.NextBytes(file);

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [SkippableFact]
    public void Guest_withSockets_speaksWithTheHostBothWays()
    {
        Scenario scenario = new("vsock: both ways, refused, left alone");
        scenario.Run(() =>
        {
            string path = Path.Combine(folder, Path.GetRandomFileName());
            using Socket listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            listener.Bind(new UnixDomainSocketEndPoint($"{path}_52"));
            listener.Listen();
            using VmProcess vm = GuestProgram.Boot("sockets", "--vsock", path);
            vm.WaitFor("guest: nobody at 51, status 2\n", GuestProgram.Patience);

            // The guest connects, and says that it is at its end before it is answered.
            Timed(listener);
            using (Socket accepted = Timed(listener.Accept()))
            {
                string got = Host.SumOf(ReadToEnd(accepted));
                accepted.Send(file);
                accepted.Close();
                vm.WaitFor($"guest: sent {got} got {Host.SumOf(file)}\n", GuestProgram.Patience);
            }

            // The host connects; where nobody listens, the socket is closed without a word.
            vm.WaitFor("vsock: listens at 1234\n", GuestProgram.Patience);
            using (Socket nobody = Connect(path, 999))
            {
                Assert.Empty(ReadToEnd(nobody));
            }

            using (Socket socket = Connect(path, 1234))
            {
                ReadAnswer(socket);
                Task<byte[]> reading = Task.Run(() => ReadToEnd(socket));
                socket.Send(file);
                socket.Shutdown(SocketShutdown.Send);
                Assert.True(reading.Wait(GuestProgram.Patience));
                vm.WaitFor($"guest: sent {Host.SumOf(reading.Result)} got {Host.SumOf(file)}\n", GuestProgram.Patience);
            }

            // A program that goes in the middle.
            vm.WaitFor("vsock: listens at 1235\n", GuestProgram.Patience);
            using (Socket socket = Connect(path, 1235))
            {
                ReadAnswer(socket);
                Assert.Equal(1, socket.Receive(new byte[1]));
            }

            vm.WaitFor("guest: left alone, status 3\n", GuestProgram.Patience);
            vm.WaitFor("guest: sockets done\n", GuestProgram.Patience);
            Assert.Equal(0, vm.WaitForExit(GuestProgram.Patience));
            Assert.False(File.Exists(path));
            scenario.Note(ExitTable.Tell(vm));
        });
    }

    private static Socket Connect(string path, int port)
    {
        Socket socket = Timed(new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified));
        socket.Connect(new UnixDomainSocketEndPoint(path));
        socket.Send(Encoding.ASCII.GetBytes($"CONNECT {port}\n"));
        return socket;
    }

    // "OK", and the number of the host's end.
    private static void ReadAnswer(Socket socket)
    {
        StringBuilder answer = new();
        byte[] one = new byte[1];
        while (!answer.ToString().EndsWith('\n') && socket.Receive(one) == 1)
        {
            answer.Append((char)one[0]);
        }

        Assert.Matches("^OK [0-9]+\n$", answer.ToString());
    }

    private static byte[] ReadToEnd(Socket socket)
    {
        using MemoryStream all = new();
        using NetworkStream stream = new(socket);
        stream.CopyTo(all);
        return all.ToArray();
    }

    // So that a guest that says nothing fails the test.
    private static Socket Timed(Socket socket)
    {
        socket.ReceiveTimeout = socket.SendTimeout = (int)GuestProgram.Patience.TotalMilliseconds;
        return socket;
    }
}
