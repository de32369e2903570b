import { describe, expect, test } from "bun:test";
import * as geohash from "../../../src/base/geohash.ts";
import * as shapes from "../../../src/types/zset/geo-shape.ts";
import { seededRandom, seedOfRun } from "../../support/random.ts";

const random = seededRandom(seedOfRun());
const between = (low: number, high: number) => low + (random.below(1_000_001) / 1_000_000) * (high - low);

function circle(longitude: number, latitude: number, radius: number): shapes.Shape {
  return { kind: "circle", longitude, latitude, radius, unitMeters: 1 };
}

function anyShape(): shapes.Shape {
  const [longitude, latitude] = [between(-175, 175), between(-70, 70)];
  const size = () => 10 ** between(0, 6);
  const kind = random.below(3);
  if (kind === 0) return circle(longitude, latitude, size());
  if (kind === 1) return { kind: "box", longitude, latitude, width: size(), height: size(), unitMeters: 1 };
  const corners: number[] = [];
  for (let i = random.between(3, 8); i > 0; i--) corners.push(longitude + between(-4, 4), latitude + between(-4, 4));
  return shapes.polygonOf(corners);
}

/** A place that may well be at the edge of the area. */
function nearby(shape: shapes.Shape): [number, number] {
  const reach = shape.kind === "circle" ? shape.radius : shape.kind === "box" ? shape.width : 400_000;
  const degrees = Math.min(10, (reach / 111_000) * between(0, 1.5));
  const wide = degrees / Math.cos((shape.latitude * Math.PI) / 180);
  return [
    Math.max(-180, Math.min(180, shape.longitude + between(-wide, wide))),
    Math.max(-85, Math.min(85, shape.latitude + between(-degrees, degrees))),
  ];
}

/** The definition, without short cuts. */
function isInside(shape: shapes.Shape, lon: number, lat: number): boolean {
  const { distanceBetween } = shapes;
  if (shape.kind === "circle") return distanceBetween(shape.longitude, shape.latitude, lon, lat) <= shape.radius;
  if (shape.kind === "box") {
    const along = distanceBetween(lon, lat, lon, shape.latitude);
    return along <= shape.height / 2 && distanceBetween(lon, lat, shape.longitude, lat) <= shape.width / 2;
  }
  // Angles that the sides make, seen from the place: they add up to a full turn for each time around it.
  let turns = 0;
  const { corners } = shape;
  for (let i = 0; i < corners.length; i += 2) {
    const k = (i + 2) % corners.length;
    const [ax, ay, bx, by] = [corners[i]! - lon, corners[i + 1]! - lat, corners[k]! - lon, corners[k + 1]! - lat];
    turns += Math.atan2(ax * by - ay * bx, ax * bx + ay * by);
  }
  return Math.round(turns / (2 * Math.PI)) % 2 !== 0;
}

const isCovered = (hash: number) => {
  const { step, count, columns, rows } = shapes.cover;
  for (let i = 0; i < count; i++) {
    const first = geohash.firstHashIn(columns[i]!, rows[i]!, step);
    if (hash >= first && hash < geohash.hashBehind(columns[i]!, rows[i]!, step)) return true;
  }
  return false;
};

test("what is inside has its distance, is covered, and nothing else has one", () => {
  let inside = 0;
  for (let round = 0; round < 3000; round++) {
    const shape = anyShape();
    shapes.setCover(shape);
    for (let i = 0; i < 20; i++) {
      const hash = geohash.hashOf(...nearby(shape));
      const [lon, lat] = [geohash.longitudeOf(hash), geohash.latitudeOf(hash)];
      const distance = shapes.distanceBetween(shape.longitude, shape.latitude, lon, lat);
      const wanted = isInside(shape, lon, lat) ? distance : -1;
      expect({ shape, lon, lat, distance: shapes.distanceWithin(hash) }).toEqual({ shape, lon, lat, distance: wanted });
      if (wanted === -1) continue;
      inside++;
      // The very edge of the map is hashed beyond the last column, as in Redis, and no cell reaches there.
      if (lon === 180) continue;
      if (shape.kind !== "box") expect({ shape, lon, lat, is: isCovered(hash) }).toEqual({ shape, lon, lat, is: true });
    }
  }
  expect(inside).toBeGreaterThan(10_000);
});

test("a radius that is the very distance is enough, and one bit less is not", () => {
  const bits = new BigInt64Array(1);
  const double = new Float64Array(bits.buffer);
  for (let round = 0; round < 5000; round++) {
    const center = circle(between(-180, 180), between(-85, 85), 1);
    const hash = geohash.hashOf(between(-180, 180), between(-85, 85));
    const distance = shapes.distanceBetween(
      center.longitude,
      center.latitude,
      geohash.longitudeOf(hash),
      geohash.latitudeOf(hash),
    );
    shapes.setCover(circle(center.longitude, center.latitude, distance));
    expect(shapes.distanceWithin(hash)).toBe(distance);
    double[0] = distance;
    bits[0]!--;
    shapes.setCover(circle(center.longitude, center.latitude, double[0]));
    expect(shapes.distanceWithin(hash)).toBe(-1);
  }
});

describe("cells", () => {
  test("come once each, the center's first", () => {
    for (let round = 0; round < 3000; round++) {
      const shape = circle(between(-180, 180), between(-85, 85), 10 ** between(-3, 8));
      shapes.setCover(shape);
      const { step, count, columns, rows } = shapes.cover;
      expect(count).toBeWithin(1, 10);
      expect(columns[0]).toBe(geohash.columnOf(shape.longitude, step));
      expect(rows[0]).toBe(geohash.rowOf(shape.latitude, step));
      const names = columns.slice(0, count).map((column, i) => `${column} ${rows[i]}`);
      expect(new Set(names).size).toBe(count);
    }
  });

  test("are all the world for what is large, and one for what has no extent", () => {
    shapes.setCover(circle(10, 20, 1e9));
    expect(shapes.cover).toMatchObject({ step: 1, count: 4 });
    shapes.setCover(circle(10, 20, Infinity));
    expect(shapes.cover).toMatchObject({ step: 1, count: 4 });
    shapes.setCover(circle(10, 20, 0));
    expect(shapes.cover.step).toBeGreaterThanOrEqual(25);
  });
});

test("distances", () => {
  expect(shapes.distanceBetween(0, 0, 0, 0)).toBe(0);
  expect(shapes.distanceBetween(0, 0, 180, 0)).toBeCloseTo(Math.PI * 6372797.560856, 3);
  expect(shapes.distanceBetween(7, 10, 7, 11)).toBeCloseTo((6372797.560856 * Math.PI) / 180, 6);
});

test("a polygon's center is the mean of its corners on the sphere", () => {
  const { longitude, latitude } = shapes.polygonOf([-10, 0, 10, 0, 10, 20, -10, 20]);
  expect(longitude).toBeCloseTo(0, 10);
  expect(latitude).toBeGreaterThan(10);
  shapes.setCover(shapes.polygonOf([0, 85, 120, 85, -120, 85]));
  expect(shapes.cover.count).toBeGreaterThan(0);
});
