/**
 * The nodes of a stream in order: a sequence (struct/sequence.ts) that is searched by the IDs that the nodes begin with.
 * Each function leaves the sequence's place at the node that it returns.
 */
import { NIL, type Ref } from "../../mem/mem.ts";
import * as sequence from "../../struct/sequence.ts";
import { Id } from "./id.ts";

const wanted = new Id();
const isBefore = (node: Ref) => wanted.compareAt(node, 0) > 0;
const isNotAfter = (node: Ref) => wanted.compareAt(node, 0) >= 0;

export function first(nodes: Ref): Ref {
  sequence.seekFirst(nodes);
  return sequence.item();
}

export function last(nodes: Ref): Ref {
  sequence.seekLast(nodes);
  return sequence.item();
}

/** The node that holds the ID if any does: the last one that does not begin after it. */
export function holding(nodes: Ref, id: Id): Ref {
  wanted.copy(id);
  sequence.search(nodes, isNotAfter);
  if (sequence.item() === NIL) sequence.seekLast(nodes);
  else sequence.previous();
  return sequence.item();
}

/** The node after this one; NIL after the last. */
export function after(nodes: Ref, node: Ref): Ref {
  wanted.read(node, 0);
  sequence.search(nodes, isNotAfter);
  return sequence.item();
}

/** The node before this one; NIL before the first. */
export function before(nodes: Ref, node: Ref): Ref {
  seek(nodes, node);
  sequence.previous();
  return sequence.item();
}

/** Goes to this node. */
export function seek(nodes: Ref, node: Ref): void {
  wanted.read(node, 0);
  sequence.search(nodes, isBefore);
}

/** Adds a node that begins after all others. */
export function append(nodes: Ref, node: Ref): void {
  sequence.seekLast(nodes);
  sequence.insertAfter(nodes, node, 1);
}

/** Puts the block into which the node at the place has moved where the old one was. */
export function moved(nodes: Ref, node: Ref): void {
  sequence.setItem(nodes, node, 1);
}

/** Takes the node at the place out. */
export function remove(nodes: Ref): void {
  sequence.remove(nodes);
}
