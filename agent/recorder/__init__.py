"""The flight recorder's files: what the pure half in core/recorder makes goes to disk here, and comes back."""
