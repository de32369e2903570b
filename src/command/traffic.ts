/**
 * What the sockets count, for INFO. The server adds to it; CONFIG RESETSTAT sets it back.
 */
export const traffic = {
  /** Connections accepted, and turned away for `maxclients`. */
  connections: 0,
  rejectedConnections: 0,
  /** Pieces received and handed to the kernel, and their bytes. */
  reads: 0,
  writes: 0,
  inputBytes: 0,
  outputBytes: 0,
};

export function reset(): void {
  traffic.connections = traffic.rejectedConnections = 0;
  traffic.reads = traffic.writes = traffic.inputBytes = traffic.outputBytes = 0;
}
