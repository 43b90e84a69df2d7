using System.Runtime.CompilerServices;

namespace VerifyTests;

/// <summary>A comparison that starts when awaited, so that settings can be chained to the call.</summary>
public class SettingsTask(VerifySettings? settings, Func<VerifySettings, Task> start)
{
    // A copy: what is chained to one call must not change settings that several calls share.
    private readonly VerifySettings settings = new(settings);
    private Task? task;

    public SettingsTask UseDirectory(string directory) => With(() => settings.UseDirectory(directory));

    public SettingsTask UseFileName(string fileName) => With(() => settings.UseFileName(fileName));

    public SettingsTask UseTypeName(string name) => With(() => settings.UseTypeName(name));

    public SettingsTask UseMethodName(string name) => With(() => settings.UseMethodName(name));

    public SettingsTask UseParameters(params object?[] parameters) =>
        With(() => settings.UseParameters(parameters));

    public static implicit operator Task(SettingsTask settingsTask) => settingsTask.ToTask();

    public Task ToTask() => task ??= start(settings);

    public TaskAwaiter GetAwaiter() => ToTask().GetAwaiter();

    public ConfiguredTaskAwaitable ConfigureAwait(bool continueOnCapturedContext) =>
        ToTask().ConfigureAwait(continueOnCapturedContext);

    private SettingsTask With(Action change)
    {
        change();
        return this;
    }
}
