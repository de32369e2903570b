/**
 * Block sizes. Up to 128 bytes every multiple of 8 has its class; above, each doubling is cut in eight, so rounding
 * wastes at most an eighth. Blocks above 128 KiB are whole pages and have no class.
 *
 *     class   1  2 … 16 | 17  18 … 24 | 25 … 32 | …
 *     bytes   8 16 … 128| 144 160 … 256| 288 … 512| … 128 KiB
 */

/** Granules (8 bytes) in the largest classed block. */
export const CLASSED_GRANULES_MAX = 16384;

/** Granules of a block by its class; class 0 is none. */
export const granulesOf = granulesByClass();

export const CLASSES = granulesOf.length;

/** Class of a block by its granules. */
export const classOf = classByGranules();

function granulesByClass(): Int32Array {
  const sizes = [0];
  for (let granules = 1; granules <= CLASSED_GRANULES_MAX; ) {
    sizes.push(granules);
    granules += granules < 16 ? 1 : 2 ** (Math.floor(Math.log2(granules)) - 3);
  }
  return Int32Array.from(sizes);
}

function classByGranules(): Uint8Array {
  const classes = new Uint8Array(CLASSED_GRANULES_MAX + 1);
  for (let size = 1; size < CLASSES; size++) classes.fill(size, granulesOf[size - 1]! + 1, granulesOf[size]! + 1);
  // Nothing still takes a granule.
  classes[0] = 1;
  return classes;
}

/** Pages (64 KiB) of a span that is cut into blocks of one class: eight where one would hold fewer than eight blocks. */
export function spanPages(size: number): number {
  return granulesOf[size]! <= 1024 ? 1 : 8;
}
