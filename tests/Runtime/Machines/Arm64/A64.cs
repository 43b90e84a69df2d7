namespace KvmInterop.Tests.Runtime.Machines.Arm64;

/// <summary>
/// The few A64 instructions of the guests here, encoded as the Arm Architecture Reference Manual (C6.2) says.
/// </summary>
internal sealed class A64
{
    private const uint MostImmediate = 0xffff;
    private readonly List<uint> code = [];

    /// <summary>The number of instructions so far: a label for <see cref="Branch"/>.</summary>
    public int Here => code.Count;

    public uint[] Code => [.. code];

    /// <summary><c>movz</c> and as many <c>movk</c> as the value needs.</summary>
    public void Move(int register, ulong value)
    {
        code.Add(0xd2800000 | Immediate(value, 0) | (uint)register);
        for (int part = 1; part < 4; part++)
        {
            if ((value >> (16 * part) & MostImmediate) != 0)
            {
                code.Add(0xf2800000 | Immediate(value, part) | (uint)register);
            }
        }
    }

    /// <summary><c>strb</c>, <c>strh</c>, <c>str w</c> or <c>str x</c>, at a multiple of its size.</summary>
    public void Store(int bytes, int register, int address, int offset = 0) =>
        code.Add(0x39000000 | Access(bytes, register, address, offset));

    /// <summary><c>ldrb</c>, <c>ldrh</c>, <c>ldr w</c> or <c>ldr x</c>.</summary>
    public void Load(int bytes, int register, int address, int offset = 0) =>
        code.Add(0x39400000 | Access(bytes, register, address, offset));

    /// <summary><c>ldp w0, w1, [address]</c>: two registers at once, which no syndrome describes.</summary>
    public void LoadPair(int address) => code.Add(0x29400000 | 1u << 10 | (uint)address << 5);

    /// <summary><c>add x, x, #1</c>.</summary>
    public void Increment(int register) =>
        code.Add(0x91000000 | 1u << 10 | (uint)register << 5 | (uint)register);

    /// <summary><c>b</c>.</summary>
    public void Branch(int label) => code.Add(0x14000000 | ((uint)(label - Here) & 0x03ffffff));

    /// <summary><c>cbz w</c>.</summary>
    public void BranchIfZero(int register, int label) =>
        code.Add(0x34000000 | ((uint)(label - Here) & 0x7ffff) << 5 | (uint)register);

    /// <summary><c>msr</c> to a system register, named as its encoding is: S3_op1_Cn_Cm_op2.</summary>
    public void WriteSystem((uint Op1, uint CRn, uint CRm, uint Op2) system, int register) =>
        code.Add(0xd5180000 | Encode(system) | (uint)register);

    /// <summary><c>mrs</c>.</summary>
    public void ReadSystem((uint Op1, uint CRn, uint CRm, uint Op2) system, int register) =>
        code.Add(0xd5380000 | Encode(system) | (uint)register);

    /// <summary><c>isb</c>, then <c>msr daifclr, #2</c>: lets interrupts in.</summary>
    public void EnableInterrupts() => code.AddRange([0xd5033fdf, 0xd50342ff]);

    /// <summary><c>wfi</c>.</summary>
    public void WaitForInterrupt() => code.Add(0xd503207f);

    /// <summary><c>eret</c>.</summary>
    public void ReturnFromException() => code.Add(0xd69f03e0);

    /// <summary><c>hvc #0</c> with the function in x0: how PSCI is called.</summary>
    public void Call(uint function)
    {
        Move(0, function);
        code.Add(0xd4000002);
    }

    private static uint Encode((uint Op1, uint CRn, uint CRm, uint Op2) name) =>
        name.Op1 << 16 | name.CRn << 12 | name.CRm << 8 | name.Op2 << 5;

    private static uint Immediate(ulong value, int part) =>
        (uint)part << 21 | (uint)(value >> (16 * part) & MostImmediate) << 5;

    private static uint Access(int bytes, int register, int address, int offset) =>
        (uint)System.Numerics.BitOperations.Log2((uint)bytes) << 30
        | (uint)(offset / bytes) << 10 | (uint)address << 5 | (uint)register;
}
