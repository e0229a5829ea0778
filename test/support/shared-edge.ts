import { after } from "node:test";
import { type Edge, type EdgeOptions, startEdge } from "./edge.ts";
import { newOwner } from "./owner.ts";

/**
 * One edge for the tests of a file that want the same: started by the first that asks, stopped after the last test. Each start costs
 * more than most of what is tested on it. A test brings users of its own.
 */
export function sharedEdge(o: EdgeOptions): () => Promise<Edge> {
  const owner = newOwner();
  let edge: Promise<Edge> | undefined;
  after(() => owner.end());
  return () => {
    edge ??= startEdge(owner, o);
    return edge;
  };
}
