/**
 * A consumer group of a stream: how far it has read, what was delivered and not acknowledged yet (is pending), and its
 * consumers. Groups of a stream, and consumers of a group, are ordered by name in a sequence (struct/sequence.ts). The
 * blocks of both never move, so that a pending record can name its consumer.
 *
 *     group     ID delivered last · i64 entries read (-1: unknown) · ref of the pending · ref of the consumers
 *               · u32 length of the name · name
 *     consumer  i64 time at which it was seen, in ms · ref of its pending · u32 length of the name · name
 *
 *     pending of the group     by-id.ts: ID · i64 time of delivery, in ms · i64 deliveries · ref of the consumer
 *     pending of a consumer    by-id.ts: ID
 *
 * Invariant: the group's pending are those of its consumers together, each of one consumer.
 */
import { nowMs } from "../../base/env.ts";
import { compare, copy as copyBytes, type Region } from "../../base/region.ts";
import * as mem from "../../mem/mem.ts";
import { NIL, type Ref } from "../../mem/mem.ts";
import type { Element } from "../../struct/listpack.ts";
import * as sequence from "../../struct/sequence.ts";
import * as byId from "./by-id.ts";
import { ID_WORDS, Id } from "./id.ts";
import type { Int64 } from "./int64-words.ts";
import * as int64 from "./int64-words.ts";

// Words of a group.
export const LAST_ID = 0;
export const ENTRIES_READ = 4;
const GROUP_PENDING = 6;
const CONSUMERS = 7;
const GROUP_NAME = 8;

// Words of a consumer.
export const SEEN = 0;
const CONSUMER_PENDING = 2;
const CONSUMER_NAME = 3;

// Words of a pending record of a group, counted from its first.
export const DELIVERED = ID_WORDS;
export const DELIVERIES = ID_WORDS + 2;
const CONSUMER = ID_WORDS + 4;
const PENDING_WORDS = ID_WORDS + 5;

/** Entries read, when that is not known. */
export const UNKNOWN = -1;

// --- Names -------------------------------------------------------------------------------------------------------------

/** The name that is looked for, and the word at which names begin. */
let wantedRegion: Region;
let wantedStart = 0;
let wantedEnd = 0;
let nameWord = GROUP_NAME;

function compareName(held: Ref): number {
  const start = mem.byteOffset(held) + (nameWord + 1) * 4;
  const end = start + mem.word(held, nameWord);
  return compare(mem.chunkOf(held), start, end, wantedRegion, wantedStart, wantedEnd);
}

const isBefore = (held: Ref) => compareName(held) < 0;

/** Goes to where the name is or would be, in a sequence of groups or consumers; what has the name, or NIL. */
function findName(names: Ref, word: number, region: Region, start: number, end: number): Ref {
  wantedRegion = region;
  wantedStart = start;
  wantedEnd = end;
  nameWord = word;
  sequence.search(names, isBefore);
  const held = sequence.item();
  return held !== NIL && compareName(held) === 0 ? held : NIL;
}

function named(word: number, region: Region, start: number, end: number): Ref {
  const length = end - start;
  const made = mem.alloc((word + 1) * 4 + length);
  mem.setWord(made, word, length);
  copyBytes(mem.chunkOf(made), mem.byteOffset(made) + (word + 1) * 4, region, start, length);
  return made;
}

function readNameAt(held: Ref, word: number, into: Element): void {
  into.point(mem.chunkOf(held), mem.byteOffset(held) + (word + 1) * 4, mem.word(held, word));
}

export const readName = (group: Ref, into: Element) => readNameAt(group, GROUP_NAME, into);
export const readConsumerName = (consumer: Ref, into: Element) => readNameAt(consumer, CONSUMER_NAME, into);

// --- Groups ------------------------------------------------------------------------------------------------------------

/** The group of this name among the groups of a stream, or NIL. */
export function find(groups: Ref, region: Region, start: number, end: number): Ref {
  return findName(groups, GROUP_NAME, region, start, end);
}

/** Adds a group; NIL when there is one of that name. */
export function add(groups: Ref, region: Region, start: number, end: number, lastId: Id, entriesRead: Int64): Ref {
  if (find(groups, region, start, end) !== NIL) return NIL;
  const group = named(GROUP_NAME, region, start, end);
  lastId.write(group, LAST_ID);
  int64.write(group, ENTRIES_READ, entriesRead);
  mem.setWord(group, GROUP_PENDING, byId.create(PENDING_WORDS));
  mem.setWord(group, CONSUMERS, sequence.create());
  sequence.insertBefore(groups, group, 1);
  return group;
}

/** Removes the group that `find` has found just now. */
export function removeFound(groups: Ref): void {
  const group = sequence.item();
  sequence.remove(groups);
  release(group, Number.POSITIVE_INFINITY);
}

/** Sets how far a group has read. */
export function setPosition(group: Ref, lastId: Id, entriesRead: Int64): void {
  mem.touch(group);
  lastId.write(group, LAST_ID);
  int64.write(group, ENTRIES_READ, entriesRead);
}

/** The pending of a group, as by-id.ts has them. */
export const pendingOf = (group: Ref) => mem.refAt(group, GROUP_PENDING);
export const pendingCount = (group: Ref) => byId.count(pendingOf(group));
export const consumerCount = (group: Ref) => sequence.items(mem.refAt(group, CONSUMERS));

// --- Consumers ---------------------------------------------------------------------------------------------------------

/** The consumer of this name, or NIL. */
export function findConsumer(group: Ref, region: Region, start: number, end: number): Ref {
  return findName(mem.refAt(group, CONSUMERS), CONSUMER_NAME, region, start, end);
}

/** Adds a consumer, seen now; NIL when there is one of that name. */
export function addConsumer(group: Ref, region: Region, start: number, end: number): Ref {
  if (findConsumer(group, region, start, end) !== NIL) return NIL;
  const consumer = named(CONSUMER_NAME, region, start, end);
  int64.write(consumer, SEEN, nowMs);
  mem.setWord(consumer, CONSUMER_PENDING, byId.create(ID_WORDS));
  sequence.insertBefore(mem.refAt(group, CONSUMERS), consumer, 1);
  return consumer;
}

const removed = new Id();

/** Removes a consumer with all that it has pending. */
export function removeConsumer(group: Ref, consumer: Ref): void {
  const pending = pendingOf(group);
  byId.each(consumerPending(consumer), (pack, word) => byId.remove(pending, removed.read(pack, word)));
  const name = mem.byteOffset(consumer) + (CONSUMER_NAME + 1) * 4;
  findConsumer(group, mem.chunkOf(consumer), name, name + mem.word(consumer, CONSUMER_NAME));
  sequence.remove(mem.refAt(group, CONSUMERS));
  releaseConsumer(consumer, Number.POSITIVE_INFINITY);
}

/** Visits all consumers, in the order of their names. */
export function eachConsumer(group: Ref, visit: (consumer: Ref) => void): void {
  sequence.each(mem.refAt(group, CONSUMERS), visit);
}

/** Notes that the consumer was seen now. */
export function see(consumer: Ref): void {
  mem.touch(consumer);
  int64.write(consumer, SEEN, nowMs);
}

/** The IDs that a consumer has pending, as by-id.ts has them. */
export const consumerPending = (consumer: Ref) => mem.refAt(consumer, CONSUMER_PENDING);

// --- Pending -----------------------------------------------------------------------------------------------------------

/** The consumer of the pending record at the place of by-id.ts. */
export const consumerAt = (pack: Ref, word: number) => mem.refAt(pack, word + CONSUMER);

/** Notes that an entry was delivered to a consumer, now and for the first time, whoever had it before. */
export function deliver(group: Ref, consumer: Ref, id: Id): void {
  const isNew = byId.insert(pendingOf(group), id);
  const { pack, word } = byId;
  if (!isNew) {
    mem.touch(pack);
    byId.remove(consumerPending(consumerAt(pack, word)), id);
  }
  int64.write(pack, word + DELIVERED, nowMs);
  int64.write(pack, word + DELIVERIES, 1);
  mem.setWord(pack, word + CONSUMER, consumer);
  byId.insert(consumerPending(consumer), id);
}

/** Takes an entry from who has it pending: it is nobody's then, until `give`. Its record in the group stays. */
export function give(group: Ref, consumer: Ref, id: Id): void {
  byId.find(pendingOf(group), id);
  const { pack, word } = byId;
  const owner = consumerAt(pack, word);
  if (owner === consumer) return;
  mem.touch(pack);
  mem.setWord(pack, word + CONSUMER, consumer);
  if (owner !== NIL) byId.remove(consumerPending(owner), id);
  byId.insert(consumerPending(consumer), id);
}

/** Adds a pending record that is nobody's yet, for a caller that gives it an owner next. */
export function addPending(group: Ref, id: Id, deliveredMs: Int64, deliveries: Int64): boolean {
  if (!byId.insert(pendingOf(group), id)) return false;
  const { pack, word } = byId;
  int64.write(pack, word + DELIVERED, deliveredMs);
  int64.write(pack, word + DELIVERIES, deliveries);
  mem.setWord(pack, word + CONSUMER, NIL);
  return true;
}

/** Removes an entry from the pending; false when it was not. */
export function acknowledge(group: Ref, id: Id): boolean {
  const pending = pendingOf(group);
  if (!byId.find(pending, id)) return false;
  const owner = consumerAt(byId.pack, byId.word);
  byId.remove(pending, id);
  byId.remove(consumerPending(owner), id);
  return true;
}

// --- All of it ---------------------------------------------------------------------------------------------------------

/** The same group in blocks of its own. */
export function copy(group: Ref): Ref {
  const copied = copyBlock(group, GROUP_NAME);
  const pending = byId.copy(pendingOf(group));
  const consumers = sequence.create();
  mem.setWord(copied, GROUP_PENDING, pending);
  mem.setWord(copied, CONSUMERS, consumers);
  const copies = new Map<Ref, Ref>();
  eachConsumer(group, (consumer) => {
    const other = copyBlock(consumer, CONSUMER_NAME);
    mem.setWord(other, CONSUMER_PENDING, byId.copy(consumerPending(consumer)));
    copies.set(consumer, other);
    sequence.seekLast(consumers);
    sequence.insertAfter(consumers, other, 1);
  });
  byId.each(pending, (pack, word) => mem.setWord(pack, word + CONSUMER, copies.get(consumerAt(pack, word))!));
  return copied;
}

function copyBlock(held: Ref, word: number): Ref {
  const bytes = (word + 1) * 4 + mem.word(held, word);
  const other = mem.alloc(bytes);
  copyBytes(mem.chunkOf(other), mem.byteOffset(other), mem.chunkOf(held), mem.byteOffset(held), bytes);
  return other;
}

/** Frees a consumer that nobody can reach any more, about `budget` packs at a time; true when all is gone. */
function releaseConsumer(consumer: Ref, budget: number): boolean {
  if (!byId.drain(consumerPending(consumer), budget)) return false;
  mem.free(consumer);
  return true;
}

/** Frees a group that nobody can reach any more, about `budget` packs at a time; true when all is gone. */
export function release(group: Ref, budget: number): boolean {
  const pending = pendingOf(group);
  if (pending !== NIL) {
    if (!byId.drain(pending, budget)) return false;
    mem.touch(group);
    mem.setWord(group, GROUP_PENDING, NIL);
  }
  const consumers = mem.refAt(group, CONSUMERS);
  for (;;) {
    sequence.seekLast(consumers);
    const consumer = sequence.item();
    if (consumer === NIL) break;
    if (!releaseConsumer(consumer, budget)) return false;
    sequence.remove(consumers);
    // A slice ends after each consumer, except where there is no limit.
    if (budget !== Number.POSITIVE_INFINITY) return false;
  }
  sequence.drain(consumers, 1, mem.free);
  mem.free(group);
  return true;
}

/** Visits every block of a group, of one that is being released as well. */
export function blocks(group: Ref, visit: (block: Ref) => void): void {
  if (pendingOf(group) !== NIL) byId.blocks(pendingOf(group), visit);
  const consumers = mem.refAt(group, CONSUMERS);
  sequence.each(consumers, (consumer) => {
    byId.blocks(consumerPending(consumer), visit);
    visit(consumer);
  });
  sequence.blocks(consumers, visit);
  visit(group);
}
