/**
 * The frame of an RDB file, in which keys with their values stand:
 *
 *     magic       REDIS0010 (Redis: 0001 to 0012) or VALKEY080 (Valkey 9), 9 bytes
 *     records     an opcode of those below with what belongs to it · or type, key, value
 *     EOF         255, then since version 5 the CRC-64 of all before it (0: there is none)
 *
 *     250 AUX       name, value: two strings            254 SELECTDB      length: the database of what follows
 *     251 RESIZEDB  lengths: keys in it, keys in it that have a deadline
 *     252, 253      the deadline of the next key: i64 ms, or i32 seconds (Redis 2.4 and earlier)
 *     248 IDLE      length: seconds since the next key was used         249 FREQ   u8: its LFU counter
 *     247 MODULE_AUX, 246 and 245 functions, 244 and 243 slots of a cluster
 */
/** The lowest of them: what is below is the type of a value. */
export const SLOT_IMPORT = 243;
export const SLOT_INFO = 244;
export const FUNCTION = 245;
/** Libraries of functions as the release candidates of Redis 7.0 wrote them. */
export const FUNCTION_EARLY = 246;
export const MODULE_AUX = 247;
export const IDLE = 248;
export const FREQ = 249;
export const AUX = 250;
export const RESIZE = 251;
export const DEADLINE_MS = 252;
export const DEADLINE_SECONDS = 253;
export const SELECT = 254;
export const EOF = 255;

export const MAGIC_BYTES = 9;
export const REDIS_MAGIC = "REDIS";
export const VALKEY_MAGIC = "VALKEY";

/** What Redis 7.0 writes, and so do we, */
export const VERSION = 10;
/** except for what it does not know: Redis 7.4 has fields with deadlines. */
export const VERSION_NEWER = 12;
/** What Redis 7.2 (11) and 7.4 to 8 (12) write is read. */
export const VERSION_MAX = 12;
/** What Valkey 9 writes. Its versions have nothing to do with those of Redis from 12 on. */
export const VERSION_VALKEY = 80;
/** Files have a checksum from this version on. */
export const VERSION_WITH_CHECKSUM = 5;

// What a module's data are composed of.
export const MODULE_END = 0;
export const MODULE_SIGNED = 1;
export const MODULE_UNSIGNED = 2;
export const MODULE_FLOAT = 3;
export const MODULE_DOUBLE = 4;
export const MODULE_STRING = 5;
