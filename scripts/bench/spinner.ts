// A program of its own: does nothing but read the clock, as fast as it can, and prints the longest gap between two readings
// in ms. Two of them, one per core, show what the machine itself (its host, other programs) takes away when it is busy:
// no server on it can have shorter pauses.
// Usage: bun spinner.ts MILLISECONDS

const beganMs = performance.now();
const endMs = beganMs + Number(process.argv[2]);
let lastMs = beganMs;
let worstMs = 0;
while (lastMs < endMs) {
  const nowMs = performance.now();
  worstMs = Math.max(worstMs, nowMs - lastMs);
  lastMs = nowMs;
}
process.stdout.write(String(worstMs));
