using System.Runtime.CompilerServices;

// Every signature is blittable, and this says so: calls then need no stub made at run time, which a tool
// that lives
// for a tenth of a second notices.
[assembly: DisableRuntimeMarshalling]
