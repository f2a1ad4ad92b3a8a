"""Lets the sides work in turns, and prints the medians and their ratios to ours."""

import statistics, subprocess, sys

ROUNDS = 9
sides = [line.split("=", 1) for line in sys.argv[1:]]
running = [(name, subprocess.Popen(command, shell=True, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE))
           for name, command in sides]
times = {name: [] for name, _ in running}
for round in range(ROUNDS + 1):
    for name, process in running:
        process.stdin.write("go\n")
        process.stdin.flush()
        line = process.stdout.readline()
        if not line:
            sys.exit(f"{name} ended early")
        if round:  # The first round warms up.
            times[name].append(float(line))
for _, process in running:
    process.stdin.close()
ours = running[0][0]
print(f"| library | user CPU, µs | ratio to {ours} (median of {ROUNDS} pairs) |")
print("| --- | ---: | ---: |")
for name, _ in running:
    ratio = statistics.median(theirs / mine for theirs, mine in zip(times[name], times[ours]))
    print(f"| {name} | {statistics.median(times[name]):.2f} | {ratio:.2f} |")
