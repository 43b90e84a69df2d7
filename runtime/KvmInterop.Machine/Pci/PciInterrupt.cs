namespace KvmInterop.Machine.Pci;

/// <summary>Where a PCI bus's interrupts go: one of up to four lines that its devices share.</summary>
/// <param name="Line">The line, level-triggered, of nobody else.</param>
/// <param name="Number">What functions that use it show in their interrupt line register, for guests without
/// ACPI: the IRQ.</param>
public readonly record struct PciInterrupt(IInterruptLine Line, byte Number);
