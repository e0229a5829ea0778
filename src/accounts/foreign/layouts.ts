import type { ForeignRow, TableShape } from "../../store/index.ts";
import type { Gathering } from "./gather.ts";

/** What is done with each row, by table. */
export type Takers = Readonly<Record<string, (row: ForeignRow) => void>>;

/** Tables of one other program, and how their rows become accounts. */
export interface Layout {
  /** Read in this order. */
  readonly shapes: readonly TableShape[];
  /** Begins one reading, whose accounts go to `out`. */
  begin(out: Gathering): Takers;
}
