"""What makes the daemon breathe: ticks, workers, signals and the word to systemd; it knows nothing of what the work is."""
