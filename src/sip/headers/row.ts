import type { Failure } from "../../base/index.ts";

/** One row of the header registry. */
export interface Header<T> {
  /**
   * 1..8: stands once, and we rely on its value, so that a second line is refused; 9..63: stands once, and whoever reads it may
   * mind; from 64 on: several times. 0 is the unknown header.
   */
  readonly id: number;
  readonly name: string;
  /** Compact form, "" for none. */
  readonly compact: string;
  /** More than one line or value may stand in a message. */
  readonly list: boolean;
  /** Values of one line are parted by commas. */
  readonly comma: boolean;
  /** `parse` stops at a comma by itself and its value has `start` and `end`. */
  readonly ends: boolean;
  /** Reads one value, which begins at `start`; white space around it is already off. */
  parse(text: string, start: number, end: number): T | Failure;
  print(value: T): string;
  readonly rfc: string;
}

type Parse<T> = (text: string, start: number, end: number) => T | Failure;
type Print<T> = (value: T) => string;

/** A header that stands once. */
export function single<T>(
  id: number,
  name: string,
  compact: string,
  parse: Parse<T>,
  print: Print<T>,
  rfc: string,
): Header<T> {
  return { id, name, compact, list: false, comma: false, ends: false, parse, print, rfc };
}

/** A header whose values may stand on several lines and be parted by commas. */
export function list<T>(
  id: number,
  name: string,
  compact: string,
  parse: Parse<T>,
  print: Print<T>,
  rfc: string,
): Header<T> {
  return { id, name, compact, list: true, comma: true, ends: false, parse, print, rfc };
}

/** Like `list`, with a parser that finds the comma itself and values that know their span. */
export function spanList<T>(
  id: number,
  name: string,
  compact: string,
  parse: Parse<T>,
  print: Print<T>,
  rfc: string,
): Header<T> {
  return { id, name, compact, list: true, comma: true, ends: true, parse, print, rfc };
}

/** A header that may stand on several lines, one value each: commas belong to the value. */
export function lines<T>(
  id: number,
  name: string,
  compact: string,
  parse: Parse<T>,
  print: Print<T>,
  rfc: string,
): Header<T> {
  return { id, name, compact, list: true, comma: false, ends: false, parse, print, rfc };
}
