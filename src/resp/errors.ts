/**
 * Error texts that many commands share, exactly as Redis words them.
 */
export const SYNTAX = "ERR syntax error";
export const WRONG_TYPE = "WRONGTYPE Operation against a key holding the wrong kind of value";
export const NOT_AN_INTEGER = "ERR value is not an integer or out of range";
export const NOT_A_FLOAT = "ERR value is not a valid float";
export const NO_SUCH_KEY = "ERR no such key";
export const OVERFLOW = "ERR increment or decrement would overflow";
export const INVALID_CURSOR = "ERR invalid cursor";
export const DB_OUT_OF_RANGE = "ERR DB index is out of range";
export const STRING_TOO_LONG = "ERR string exceeds maximum allowed size (proto-max-bulk-len)";
export const SAME_OBJECT = "ERR source and destination objects are the same";
export const NOT_POSITIVE = "ERR value is out of range, must be positive";
export const NO_KEYS = "ERR numkeys should be greater than 0";
export const NO_COUNT = "ERR count should be greater than 0";
