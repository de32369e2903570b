/**
 * Bytes for people, as INFO prints them: `512B`, `1.50K`, `3.27G`.
 */
const UNITS = ["K", "M", "G", "T", "P"];

export function humanBytes(bytes: number): string {
  if (bytes < 1024) return `${bytes}B`;
  const power = Math.min(UNITS.length, Math.floor(Math.log2(bytes) / 10));
  return `${(bytes / 1024 ** power).toFixed(2)}${UNITS[power - 1]}`;
}
