/** How well a password stands against guessing: 0 (at once) to 4. `words`: what an attacker tries first here. */
export type Strength = (secret: string, words: readonly string[]) => number;

/** Longer ones are judged by their beginning: the work grows with the square of the length. */
const LONGEST = 32;
/** Letters written as digits, in one password; more of them cost ten times the work and find no more. */
const MOST_SUBSTITUTED = 2;

/** Loads zxcvbn and its lists of common passwords; some megabytes, so only where passwords are judged. */
export async function loadStrength(): Promise<Strength> {
  const [{ ZxcvbnFactory }, common] = await Promise.all([
    import("@zxcvbn-ts/core"),
    import("@zxcvbn-ts/language-common"),
  ]);
  const zxcvbn = new ZxcvbnFactory({
    dictionary: { ...common.dictionary },
    graphs: common.adjacencyGraphs,
    l33tMaxSubstitutions: MOST_SUBSTITUTED,
  });
  return (secret, words) => zxcvbn.check(secret.slice(0, LONGEST), words.slice(0, 8)).score;
}
