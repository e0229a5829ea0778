/** Unguessable text, handed in so that pure rooms and tests choose their own. */
export interface Entropy {
  /** 80 random bits as 20 hex digits: Via branches, tags. */
  token(): string;
  /** A whole number from 0 to `most`, each as likely. */
  upTo(most: number): number;
}
