namespace KvmInterop.Machine.Virtio;

// The loop that most queues need.
public abstract partial class VirtioDevice
{
    /// <summary>Serves one request, for <see cref="ServeRequests"/>.</summary>
    /// <param name="queue">Where it came from.</param>
    /// <param name="request">Valid until this returns.</param>
    /// <returns>Bytes that were written, from the first writable one on.</returns>
    protected virtual uint Serve(Virtqueue queue, DescriptorChain request) => 0;

    /// <summary>
    /// Serves the requests that wait in a queue, at most as many as it has entries, then rings again for
    /// those that are left: others of the loop, and a reset, have their turn in between.
    /// </summary>
    /// <param name="queue">Where they wait.</param>
    /// <param name="chain">One of the queue's, for this.</param>
    protected void ServeRequests(Virtqueue queue, DescriptorChain chain)
    {
        ArgumentNullException.ThrowIfNull(queue);
        int left = queue.Size;
        do
        {
            queue.DisableNotifications();
            while (queue.TryPop(chain))
            {
                queue.Push(chain, Serve(queue, chain));
                if (--left == 0)
                {
                    Interrupt(queue);
                    Ring(queue);
                    return;
                }
            }
        }
        while (queue.EnableNotifications());
        Interrupt(queue);
    }
}
