// A program of its own: sends PING every millisecond whether or not the last one was answered, so that a stall costs as many
// late answers as it lasts milliseconds. Until SIGTERM; then prints a PingReport as JSON.
// Usage: bun pinger.ts PORT

import { percentile } from "./figures.ts";

export interface PingReport {
  readonly answers: number;
  readonly p50Ms: number;
  readonly p999Ms: number;
  readonly worstMs: number;
  /** By how much the pinger's own timer came late at worst: it was not given its core, and the figures are off by that. */
  readonly timerLateMs: number;
}

const INTERVAL_MS = 1;
const PONG_BYTES = "+PONG\r\n".length;

if (import.meta.main) {
  const sentAt: number[] = [];
  const latencies: number[] = [];
  let bytesReceived = 0;
  let lastTickMs = performance.now();
  let timerLateMs = 0;

  const socket = await Bun.connect({
    hostname: "127.0.0.1",
    port: Number(process.argv[2]),
    socket: {
      close: () => process.exit(1),
      data(_socket, chunk) {
        const nowMs = performance.now();
        bytesReceived += chunk.length;
        while (latencies.length < Math.floor(bytesReceived / PONG_BYTES)) {
          latencies.push(nowMs - sentAt[latencies.length]!);
        }
      },
    },
  });

  setInterval(() => {
    const nowMs = performance.now();
    timerLateMs = Math.max(timerLateMs, nowMs - lastTickMs - INTERVAL_MS);
    lastTickMs = nowMs;
    sentAt.push(nowMs);
    socket.write("PING\r\n");
  }, INTERVAL_MS);

  process.on("SIGTERM", () => {
    const report: PingReport = {
      answers: latencies.length,
      p50Ms: percentile(latencies, 0.5),
      p999Ms: percentile(latencies, 0.999),
      worstMs: percentile(latencies, 1),
      timerLateMs,
    };
    process.stdout.write(JSON.stringify(report), () => process.exit(0));
  });
}
