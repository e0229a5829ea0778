import type { Cidr } from "./cidr.ts";
import type { Ip } from "./ip.ts";

/** Numbers of one node: its two children and where its values are; 0 is none. */
const NODE = 3;
const VALUES = 2;

/** A binary tree over the bits of the addresses of one family. */
interface Tree {
  nodes: Int32Array;
  count: number;
}

/**
 * Values by blocks of addresses, IPv4 and IPv6. A look-up takes one step per bit of the address, however many entries there are,
 * and makes no garbage. It only grows: whoever takes entries out builds a new one.
 */
export class PrefixTable<T> {
  readonly #v4: Tree = newTree();
  readonly #v6: Tree = newTree();
  /** From 1. */
  readonly #values: T[][] = [[]];

  /** Values are kept in the order in which they were added to one block. */
  add({ ip, bits }: Cidr, value: T): void {
    const tree = ip.family === 4 ? this.#v4 : this.#v6;
    let at = 0;
    for (let i = 0; i < bits; i++) {
      const side = at + bitOf(ip, i);
      if (tree.nodes[side] === 0) {
        const made = newNode(tree);
        tree.nodes[side] = made;
      }
      at = tree.nodes[side];
    }
    const known = tree.nodes[at + VALUES];
    if (known !== 0) this.#values[known].push(value);
    else tree.nodes[at + VALUES] = this.#values.push([value]) - 1;
  }

  /** Fills `out` with the values of all blocks that hold the address, the longest prefix last. */
  find(ip: Ip, out: T[]): void {
    out.length = 0;
    const { nodes } = ip.family === 4 ? this.#v4 : this.#v6;
    const width = ip.bytes.length * 8;
    for (let i = 0, at = 0; ; i++) {
      for (const value of this.#values[nodes[at + VALUES]]) out.push(value);
      if (i === width) return;
      at = nodes[at + bitOf(ip, i)];
      if (at === 0) return;
    }
  }
}

function newTree(): Tree {
  return { nodes: new Int32Array(NODE * 64), count: 1 };
}

/** Where the new node begins. */
function newNode(tree: Tree): number {
  const at = tree.count++ * NODE;
  if (at + NODE > tree.nodes.length) {
    const larger = new Int32Array(tree.nodes.length * 2);
    larger.set(tree.nodes);
    tree.nodes = larger;
  }
  return at;
}

function bitOf({ bytes }: Ip, i: number): number {
  return (bytes[i >> 3] >> (7 - (i & 7))) & 1;
}
