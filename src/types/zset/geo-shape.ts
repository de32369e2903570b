/**
 * Areas to search, and distances. An area is a circle, a box or a polygon; it has a center, and which members lie in it is
 * found in two steps:
 *
 *     cover      up to nine cells of the grid (base/geohash.ts) that hide the area: the center's and those around it
 *     distance   of each member in these cells: from the center, and whether it is in the area at all
 *
 *        ┌───┬───┬───┐     The cells are visited in this order, and the members in each by hash; that is the order of
 *        │ 6 │ 1 │ 5 │     results that nobody wants sorted. A cell that the area does not reach is left out.
 *        ├───┼───┼───┤
 *        │ 4 │ 0 │ 3 │     Angles are in degrees, lengths in meters, unless a name says otherwise. Each formula is
 *        ├───┼───┼───┤     written in Redis' order of operations, for the last bit of a distance decides whether
 *        │ 8 │ 2 │ 7 │     a member on the edge is inside.
 *        └───┴───┴───┘
 */
import {
  columnOf,
  LATITUDE_MAX,
  LONGITUDE_MAX,
  latitudeOf,
  longitudeOf,
  rowOf,
  STEP_MAX,
  southOf,
  westOf,
} from "../../base/geohash.ts";

export type Shape = Circle | Box | Polygon;

interface Centered {
  readonly longitude: number;
  readonly latitude: number;
  /** Meters per unit of the lengths that were given. */
  readonly unitMeters: number;
}

export interface Circle extends Centered {
  readonly kind: "circle";
  /** In units. */
  readonly radius: number;
}

export interface Box extends Centered {
  readonly kind: "box";
  /** In units. */
  readonly width: number;
  readonly height: number;
}

export interface Polygon extends Centered {
  readonly kind: "polygon";
  /** Longitude and latitude of each corner in turn. */
  readonly corners: readonly number[];
}

const DEGREE = Math.PI / 180;
const EARTH_RADIUS = 6372797.560856;
/** Half the width of the map: a radius that reaches everything. */
const REACH_MAX = 20037726.37;

// --- Distances -----------------------------------------------------------------------------------------------------

/** Distance of two places on a sphere. */
export function distanceBetween(lon1: number, lat1: number, lon2: number, lat2: number): number {
  const v = Math.sin((lon2 * DEGREE - lon1 * DEGREE) / 2);
  if (v === 0) return distanceAlongMeridian(lat1, lat2);
  const from = lat1 * DEGREE;
  const to = lat2 * DEGREE;
  const u = Math.sin((to - from) / 2);
  const a = u * u + Math.cos(from) * Math.cos(to) * v * v;
  return 2 * EARTH_RADIUS * Math.asin(Math.sqrt(a));
}

function distanceAlongMeridian(lat1: number, lat2: number): number {
  return EARTH_RADIUS * Math.abs(lat2 * DEGREE - lat1 * DEGREE);
}

// What `aim` works out once for all members. The limits are a little too wide, so that they decide nothing that is close.
let target: Shape;
let centerLongitude = 0;
let centerLatitude = 0;
let centerCosine = 0;
let latitudeLimit = 0;
let haversineLimit = 0;
const MARGIN = 1 + 1e-9;

/** Sets the area that `distanceWithin` asks about. */
function aim(shape: Shape): void {
  target = shape;
  centerLongitude = shape.longitude * DEGREE;
  centerLatitude = shape.latitude * DEGREE;
  centerCosine = Math.cos(centerLatitude);
  if (shape.kind === "polygon") return;
  const { unitMeters } = shape;
  const [up, aside] = shape.kind === "circle" ? [shape.radius, shape.radius] : [shape.height / 2, shape.width / 2];
  latitudeLimit = ((up * unitMeters) / EARTH_RADIUS) * MARGIN;
  const half = Math.sin(Math.min((((aside * unitMeters) / EARTH_RADIUS) * MARGIN) / 2, Math.PI / 2));
  haversineLimit = half * half * MARGIN;
}

/** How far a place in the area of the cover is from its center; -1 when it is outside. The place is that of a geohash. */
export function distanceWithin(hash: number): number {
  switch (target.kind) {
    case "circle":
      return distanceInCircle(target, hash);
    case "box":
      return distanceInBox(target, hash);
    case "polygon":
      return distanceInPolygon(target, hash);
  }
}

/** As `distanceBetween`, and most of what is outside is seen before the distance is worked out. */
function distanceInCircle(circle: Circle, hash: number): number {
  const latitude = latitudeOf(hash) * DEGREE;
  const along = latitude - centerLatitude;
  if (Math.abs(along) > latitudeLimit) return -1;
  const v = Math.sin((longitudeOf(hash) * DEGREE - centerLongitude) / 2);
  let distance: number;
  if (v === 0) {
    distance = EARTH_RADIUS * Math.abs(along);
  } else {
    const u = Math.sin(along / 2);
    const a = u * u + centerCosine * Math.cos(latitude) * v * v;
    if (a > haversineLimit) return -1;
    distance = 2 * EARTH_RADIUS * Math.asin(Math.sqrt(a));
  }
  return distance > circle.radius * circle.unitMeters ? -1 : distance;
}

/** A place is in a box if it is near enough to the center's latitude and, along its own, to the center's longitude. */
function distanceInBox(box: Box, hash: number): number {
  const latitude = latitudeOf(hash);
  if (Math.abs(latitude * DEGREE - centerLatitude) > latitudeLimit) return -1;
  const longitude = longitudeOf(hash);
  const v = Math.sin((longitude * DEGREE - centerLongitude) / 2);
  const cosine = Math.cos(latitude * DEGREE);
  if (cosine * cosine * v * v > haversineLimit) return -1;
  if (distanceAlongMeridian(latitude, box.latitude) > (box.height * box.unitMeters) / 2) return -1;
  if (distanceBetween(longitude, latitude, box.longitude, latitude) > (box.width * box.unitMeters) / 2) return -1;
  return distanceBetween(box.longitude, box.latitude, longitude, latitude);
}

function distanceInPolygon(polygon: Polygon, hash: number): number {
  const longitude = longitudeOf(hash);
  const latitude = latitudeOf(hash);
  if (!isInPolygon(polygon.corners, longitude, latitude)) return -1;
  return distanceBetween(polygon.longitude, polygon.latitude, longitude, latitude);
}

/** Whether a line from the place to the east crosses the polygon's sides an odd number of times. */
function isInPolygon(corners: readonly number[], longitude: number, latitude: number): boolean {
  let isInside = false;
  let lonB = corners[corners.length - 2]!;
  let latB = corners[corners.length - 1]!;
  for (let i = 0; i < corners.length; i += 2) {
    const lonA = corners[i]!;
    const latA = corners[i + 1]!;
    if (latA > latitude !== latB > latitude) {
      if (longitude < ((lonB - lonA) * (latitude - latA)) / (latB - latA) + lonA) isInside = !isInside;
    }
    lonB = lonA;
    latB = latA;
  }
  return isInside;
}

// --- Cells ---------------------------------------------------------------------------------------------------------

/** The smallest grid-aligned box around an area. */
interface Bounds {
  readonly west: number;
  readonly south: number;
  readonly east: number;
  readonly north: number;
}

function boundsOf(shape: Circle | Box): Bounds {
  const { longitude, latitude, unitMeters } = shape;
  const height = unitMeters * (shape.kind === "circle" ? shape.radius : shape.height / 2);
  const width = unitMeters * (shape.kind === "circle" ? shape.radius : shape.width / 2);
  const up = height / EARTH_RADIUS / DEGREE;
  // A degree of longitude is the shorter, the nearer the pole: so the edge on that side is the one that counts.
  const edge = latitude < 0 ? latitude - up : latitude + up;
  const aside = width / EARTH_RADIUS / Math.cos(edge * DEGREE) / DEGREE;
  return { west: longitude - aside, south: latitude - up, east: longitude + aside, north: latitude + up };
}

function boundsOfCorners(corners: readonly number[]): Bounds {
  const bounds = { west: LONGITUDE_MAX, south: LATITUDE_MAX, east: -LONGITUDE_MAX, north: -LATITUDE_MAX };
  for (let i = 0; i < corners.length; i += 2) {
    bounds.west = Math.min(bounds.west, corners[i]!);
    bounds.east = Math.max(bounds.east, corners[i]!);
    bounds.south = Math.min(bounds.south, corners[i + 1]!);
    bounds.north = Math.max(bounds.north, corners[i + 1]!);
  }
  return bounds;
}

/** A polygon. Its center is the mean of its corners, in space, brought back to the surface. */
export function polygonOf(corners: readonly number[]): Polygon {
  let x = 0;
  let y = 0;
  let z = 0;
  const count = corners.length / 2;
  for (let i = 0; i < corners.length; i += 2) {
    const lon = corners[i]! * DEGREE;
    const lat = corners[i + 1]! * DEGREE;
    x += EARTH_RADIUS * Math.cos(lat) * Math.cos(lon);
    y += EARTH_RADIUS * Math.cos(lat) * Math.sin(lon);
    z += EARTH_RADIUS * Math.sin(lat);
  }
  x /= count;
  y /= count;
  z /= count;
  const longitude = Math.atan2(y, x) / DEGREE;
  const latitude = Math.atan2(z, Math.sqrt(x * x + y * y)) / DEGREE;
  return { kind: "polygon", corners, longitude, latitude, unitMeters: 1 };
}

/** How far an area reaches from its center. */
function reachOf(shape: Shape, { west, south, east, north }: Bounds): number {
  switch (shape.kind) {
    case "circle":
      return shape.radius * shape.unitMeters;
    case "box": {
      const halfWidth = shape.width / 2;
      const halfHeight = shape.height / 2;
      return Math.sqrt(halfWidth * halfWidth + halfHeight * halfHeight) * shape.unitMeters;
    }
    case "polygon": {
      const to = (lon: number, lat: number) => distanceBetween(shape.longitude, shape.latitude, lon, lat);
      return Math.max(to(west, north), to(east, north), to(west, south), to(east, south));
    }
  }
}

/** The finest grid on which the cells around the center's hide most areas that reach so far. */
function stepFor(reach: number, latitude: number): number {
  if (reach === 0) return STEP_MAX;
  let step = -1;
  for (let meters = reach; meters < REACH_MAX; meters *= 2) step++;
  // Cells become narrower towards the poles.
  if (Math.abs(latitude) > 66) step--;
  if (Math.abs(latitude) > 80) step--;
  return Math.max(1, Math.min(STEP_MAX, step));
}

/** The cells of a cover, in the order in which they are to be visited. */
export const cover = {
  step: 0,
  count: 0,
  columns: [0, 0, 0, 0, 0, 0, 0, 0, 0],
  rows: [0, 0, 0, 0, 0, 0, 0, 0, 0],
};

/** Finds the cells that hide an area, and leaves them in `cover`. `distanceWithin` asks about this area from now on. */
export function setCover(shape: Shape): void {
  aim(shape);
  const bounds = shape.kind === "polygon" ? boundsOfCorners(shape.corners) : boundsOf(shape);
  const { longitude } = shape;
  // Corners all around a pole have their center there, where the grid does not reach.
  const latitude = Math.max(-LATITUDE_MAX, Math.min(LATITUDE_MAX, shape.latitude));
  const estimate = stepFor(reachOf(shape, bounds), latitude);
  const step = estimate > 1 && !reaches(longitude, latitude, estimate, bounds) ? estimate - 1 : estimate;
  const column = columnOf(longitude, step);
  const row = rowOf(latitude, step);
  // On the coarsest grid the cells around the center's are the rest of the world.
  const all = step < 2;
  const goesNorth = all || !(southOf(row + 1, step) > bounds.north);
  const goesSouth = all || !(southOf(row, step) < bounds.south);
  const goesEast = all || !(westOf(column + 1, step) > bounds.east);
  const goesWest = all || !(westOf(column, step) < bounds.west);
  const last = 2 ** step - 1;
  // The grid goes around the world, and Redis lets it do so over the poles as well.
  const east = (column + 1) & last;
  const west = (column - 1) & last;
  const north = (row + 1) & last;
  const south = (row - 1) & last;
  cover.step = step;
  cover.count = 0;
  add(column, row);
  if (goesNorth) add(column, north);
  if (goesSouth) add(column, south);
  if (goesEast) add(east, row);
  if (goesWest) add(west, row);
  if (goesNorth && goesEast) add(east, north);
  if (goesNorth && goesWest) add(west, north);
  if (goesSouth && goesEast) add(east, south);
  if (goesSouth && goesWest) add(west, south);
}

/** Adds a cell, unless it is the one before it, as it may be on the coarsest grid. The first one is never asked. */
function add(column: number, row: number): void {
  const { columns, rows, count } = cover;
  if (count > 1 && columns[count - 1] === column && rows[count - 1] === row) return;
  columns[count] = column;
  rows[count] = row;
  cover.count++;
}

/** Whether the cells around the center's reach to the area's bounds. They may not when the center is near a cell's edge. */
function reaches(longitude: number, latitude: number, step: number, { west, south, east, north }: Bounds): boolean {
  const last = 2 ** step - 1;
  const column = columnOf(longitude, step);
  const row = rowOf(latitude, step);
  if (southOf(((row + 1) & last) + 1, step) < north || southOf((row - 1) & last, step) > south) return false;
  return !(westOf(((column + 1) & last) + 1, step) < east || westOf((column - 1) & last, step) > west);
}
