using System.Buffers.Binary;
using Register = KvmInterop.Machine.Virtio.VirtioPciRegister;

namespace KvmInterop.Machine.Virtio;

// Base address 0: common configuration, ISR status, the device's configuration, bells.
public sealed partial class VirtioPciTransport
{
    // Selectors: each is one word, and a driver does not use them from two vCPUs at once.
    private uint deviceFeaturesHalf;
    private uint driverFeaturesHalf;
    private ushort selectedQueue;

    private void ReadCommon(ulong offset, Span<byte> data)
    {
        // Of a whole picture any width is a part; what it is made of is read once.
        Span<byte> all = stackalloc byte[Register.Size];
        all.Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(all[Register.DeviceFeatureSelect..], deviceFeaturesHalf);
        BinaryPrimitives.WriteUInt32LittleEndian(
            all[Register.DeviceFeature..], HalfOf(device.OfferedFeatures, deviceFeaturesHalf));
        BinaryPrimitives.WriteUInt32LittleEndian(all[Register.DriverFeatureSelect..], driverFeaturesHalf);
        BinaryPrimitives.WriteUInt32LittleEndian(
            all[Register.DriverFeature..], HalfOf(device.Features, driverFeaturesHalf));
        BinaryPrimitives.WriteUInt16LittleEndian(all[Register.ConfigMsixVector..], configurationVector);
        BinaryPrimitives.WriteUInt16LittleEndian(all[Register.NumQueues..], (ushort)device.QueueCount);
        all[Register.DeviceStatus] = (byte)device.Status;
        all[Register.ConfigGeneration] = (byte)device.ConfigurationGeneration;
        BinaryPrimitives.WriteUInt16LittleEndian(all[Register.QueueSelect..], selectedQueue);
        if (device.FindQueue(selectedQueue) is Virtqueue queue)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(all[Register.QueueSize..], (ushort)queue.Size);
            BinaryPrimitives.WriteUInt16LittleEndian(
                all[Register.QueueMsixVector..], queueVectors[selectedQueue]);
            all[Register.QueueEnable] = queue.IsReady ? (byte)1 : (byte)0;
            BinaryPrimitives.WriteUInt16LittleEndian(all[Register.QueueNotifyOff..], selectedQueue);
            BinaryPrimitives.WriteUInt64LittleEndian(all[Register.QueueDesc..], queue.DescriptorTable);
            BinaryPrimitives.WriteUInt64LittleEndian(all[Register.QueueDriver..], queue.DriverArea);
            BinaryPrimitives.WriteUInt64LittleEndian(all[Register.QueueDevice..], queue.DeviceArea);
            BinaryPrimitives.WriteUInt16LittleEndian(all[Register.QueueNotifyData..], selectedQueue);
        }

        data.Clear();
        if (offset < Register.Size)
        {
            all = all[(int)offset..];
            all[..Math.Min(all.Length, data.Length)].CopyTo(data);
        }
    }

    // Fields are written whole; one of 64 bits in halves, or at once (4.1.3.1).
    private void WriteCommon(ulong offset, ReadOnlySpan<byte> data)
    {
        switch (data.Length)
        {
            case 1 when offset == Register.DeviceStatus:
                device.WriteStatus((VirtioStatus)data[0]);
                break;
            case 2:
                Write16(offset, BinaryPrimitives.ReadUInt16LittleEndian(data));
                break;
            case 4:
                Write32(offset, BinaryPrimitives.ReadUInt32LittleEndian(data));
                break;
            case 8 when offset is Register.QueueDesc or Register.QueueDriver or Register.QueueDevice:
                Write32(offset, BinaryPrimitives.ReadUInt32LittleEndian(data));
                Write32(offset + sizeof(uint), BinaryPrimitives.ReadUInt32LittleEndian(data[4..]));
                break;
            default:
                break;
        }
    }

    private void Write16(ulong offset, ushort value)
    {
        switch (offset)
        {
            case Register.ConfigMsixVector:
                Volatile.Write(ref configurationVector, VectorOrNone(value));
                break;
            case Register.QueueSelect:
                selectedQueue = value;
                break;
            case Register.QueueSize:
                device.SetUpQueue(selectedQueue, value, static (queue, value) => queue.Size = (int)value);
                break;
            case Register.QueueMsixVector when selectedQueue < queueVectors.Length:
                Volatile.Write(ref queueVectors[selectedQueue], VectorOrNone(value));
                break;
            case Register.QueueEnable when value == 1:
                // Taken away by a reset only (4.1.4.3.2).
                device.SetQueueReady(selectedQueue, isReady: true);
                break;
            default:
                break;
        }
    }

    private void Write32(ulong offset, uint value)
    {
        switch (offset)
        {
            case Register.DeviceFeatureSelect:
                deviceFeaturesHalf = value;
                break;
            case Register.DriverFeatureSelect:
                driverFeaturesHalf = value;
                break;
            case Register.DriverFeature:
                device.WriteDriverFeatures(driverFeaturesHalf, value);
                break;
            default:
                VirtioDevice.QueueChange? change = QueueAddress.ChangeAt(offset, Register.QueueDesc,
                    Register.QueueDriver, Register.QueueDevice);
                if (change is not null)
                {
                    device.SetUpQueue(selectedQueue, value, change);
                }

                break;
        }
    }

    // A vector that is not there reads back as none (4.1.5.1.2.1).
    private ushort VectorOrNone(ushort value) => value < function.Msix?.Vectors.Count ? value : NoVector;

    private static uint HalfOf(ulong features, uint half) => half switch
    {
        0 => (uint)features,
        1 => (uint)(features >> 32),
        _ => 0,
    };

    private sealed class Registers(VirtioPciTransport transport) : IBusDevice
    {
        public void Read(ulong offset, Span<byte> data)
        {
            switch (offset)
            {
                case < VirtioPciFunction.IsrOffset:
                    transport.ReadCommon(offset, data);
                    break;
                case VirtioPciFunction.IsrOffset:
                    data.Clear();
                    data[0] = transport.TakeIsr();
                    break;
                case >= VirtioPciFunction.DeviceOffset and < VirtioPciFunction.NotifyOffset:
                    transport.device.ReadConfiguration(offset - VirtioPciFunction.DeviceOffset, data);
                    break;
                default:
                    data.Clear();
                    break;
            }
        }

        public void Write(ulong offset, ReadOnlySpan<byte> data)
        {
            switch (offset)
            {
                case < VirtioPciFunction.IsrOffset:
                    transport.WriteCommon(offset, data);
                    break;
                case >= VirtioPciFunction.DeviceOffset and < VirtioPciFunction.NotifyOffset:
                    transport.device.WriteConfiguration(offset - VirtioPciFunction.DeviceOffset, data);
                    break;
                case >= VirtioPciFunction.NotifyOffset:
                    transport.device.Notify(
                        (uint)(offset - VirtioPciFunction.NotifyOffset) / VirtioPciFunction.NotifyMultiplier);
                    break;
                default:
                    break;
            }
        }
    }
}
