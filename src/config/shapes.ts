import * as z from "zod/mini";

/** Every message of this schema is what was expected: the path and what was found are put before it. */
export const table = <S extends z.core.$ZodLooseShape>(shape: S) =>
  z.strictObject(shape, {
    error: (issue) => (issue.code === "unrecognized_keys" ? oneOf(Object.keys(shape)) : "a table"),
  });
export const oneOf = (values: readonly string[]): string =>
  values.length === 1 ? values[0] : `one of ${values.join(", ")}`;
export const choice = <const T extends readonly string[]>(values: T) => z.enum(values, { error: oneOf(values) });
export const flag = () => z.boolean({ error: "true or false" });
export const list = <T extends z.ZodMiniType>(item: T, expected: string) => z.array(item, { error: expected });
export const some = <T extends z.ZodMiniType>(item: T, expected: string) =>
  list(item, expected).check(z.minLength(1, { error: expected }));

export function whole(min: number, max: number, unit = "") {
  const error = `a whole number from ${min} to ${max}${unit}`;
  return z.int({ error }).check(z.gte(min, { error }), z.lte(max, { error }));
}
export const seconds = (min: number, max: number) => whole(min, max, " (seconds)");

export function text(syntax: { readonly expected: string; readonly test: (text: string) => boolean }) {
  const { expected: error, test } = syntax;
  return z.string({ error }).check(z.refine(test, { error }));
}

export const PATH = { expected: "the path of a folder", test: (path: string) => path !== "" && !path.includes("\0") };
export const NAME = {
  expected: "letters, digits, dots and dashes, such as asterisk-1",
  test: (n: string) => /^[\w.-]{1,64}$/.test(n),
};
export const FILE = { ...PATH, expected: "the path of a file" };
