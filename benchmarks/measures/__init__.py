"""One file a measure; the folder is the registry. `measure(effort, folder)` gives its figures."""
