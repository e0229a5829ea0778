import type { Size } from "./screen.ts";

/** The terminal while a program draws on all of it. */
export interface Screen {
  readonly size: () => Size;
  draw(lines: readonly string[]): void;
  /** Settles when the person wants to leave: q, Ctrl+C, or a signal. */
  readonly left: Promise<void>;
  /** Called when the size has changed. */
  onResize: () => void;
  /** As it was before. Twice does no harm. */
  restore(): void;
}

const ENTER = "\x1b[?1049h\x1b[?25l";
const LEAVE = "\x1b[?25h\x1b[?1049l";
const HOME = "\x1b[H";
const END_OF_LINE = "\x1b[K";
const REST = "\x1b[J";

/** Takes the terminal over: another screen, no cursor, keys one by one. */
export function openScreen(input: NodeJS.ReadStream, output: NodeJS.WriteStream): Screen {
  const { promise: left, resolve: leave } = Promise.withResolvers<void>();
  const onKey = (keys: Buffer): void => {
    // 3 is Ctrl+C, which makes no signal while keys come one by one.
    if (keys.includes(3) || keys.includes("q") || keys.includes("Q")) leave();
  };
  const onSignal = (): void => leave();
  const screen = { onResize: () => {} };
  const onResize = (): void => screen.onResize();
  let isOpen = true;
  const restore = (): void => {
    if (!isOpen) return;
    isOpen = false;
    output.write(LEAVE);
    output.off("resize", onResize);
    input.off("data", onKey);
    if (input.isTTY) input.setRawMode(false);
    input.pause();
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.off(signal, onSignal);
    process.off("exit", restore);
  };
  // Whatever ends the program: a terminal without a cursor is nobody's wish.
  process.on("exit", restore);
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, onSignal);
  if (input.isTTY) input.setRawMode(true);
  input.on("data", onKey);
  input.resume();
  output.on("resize", onResize);
  output.write(ENTER);
  return Object.assign(screen, {
    size: () => ({ columns: output.columns, rows: output.rows }),
    draw(lines: readonly string[]): void {
      output.write(`${HOME}${lines.map((line) => `${line}${END_OF_LINE}`).join("\r\n")}${REST}`);
    },
    left,
    restore,
  });
}
