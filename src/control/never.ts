import { type Cidr, parseCidr } from "../base/index.ts";

/** Who is never kept out: this machine, its phone systems, trunks, who works on it by SSH, and whom the operator has named. */
export function neverList(sources: {
  readonly own: readonly string[];
  readonly backends: readonly { readonly host: string }[];
  readonly trunks: readonly { readonly addresses: readonly string[] }[];
  readonly named: readonly string[];
  /** SSH_CONNECTION: "client port server port". */
  readonly ssh: string | undefined;
}): Cidr[] {
  const [operator = ""] = (sources.ssh ?? "").split(" ");
  const all = [
    ...sources.own,
    ...sources.backends.map((b) => b.host),
    ...sources.trunks.flatMap((t) => t.addresses),
    ...sources.named,
    operator,
  ];
  return all.flatMap((text) => parseCidr(text) ?? []);
}
