"""The shell: gathers what a decision takes, calls the pure middle, saves what it came to."""
