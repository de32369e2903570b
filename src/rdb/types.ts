/**
 * The numbers by which an RDB file (and a DUMP payload) says what follows: types of values in all the encodings that were
 * ever written. Redis' numbers and names.
 */

export const RDB_STRING = 0;
export const RDB_LIST = 1;
export const RDB_SET = 2;
/** Scores as text. */
export const RDB_ZSET = 3;
export const RDB_HASH = 4;
/** Scores as binary doubles. */
export const RDB_ZSET_2 = 5;
export const RDB_HASH_ZIPMAP = 9;
export const RDB_LIST_ZIPLIST = 10;
export const RDB_SET_INTSET = 11;
export const RDB_ZSET_ZIPLIST = 12;
export const RDB_HASH_ZIPLIST = 13;
/** A list of ziplists. */
export const RDB_LIST_QUICKLIST = 14;
export const RDB_STREAM_LISTPACKS = 15;
export const RDB_HASH_LISTPACK = 16;
export const RDB_ZSET_LISTPACK = 17;
/** A list of listpacks and of plain large elements. */
export const RDB_LIST_QUICKLIST_2 = 18;
export const RDB_STREAM_LISTPACKS_2 = 19;
export const RDB_SET_LISTPACK = 20;
export const RDB_STREAM_LISTPACKS_3 = 21;
/** Hashes whose fields may have deadlines, as the release candidates of Redis 7.4 wrote them, */
export const RDB_HASH_METADATA_EARLY = 22;
export const RDB_HASH_LISTPACK_EX_EARLY = 23;
/** and as Redis has written them since. */
export const RDB_HASH_METADATA = 24;
export const RDB_HASH_LISTPACK_EX = 25;
/** What 22 means in files and payloads of Valkey 9; no file has this number. */
export const RDB_HASH_VALKEY = 256 + 22;

/** Values of modules, which nobody can read without the module. */
export const RDB_MODULE_EARLY = 6;
export const RDB_MODULE = 7;
